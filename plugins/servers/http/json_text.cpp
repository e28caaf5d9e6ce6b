// SPDX-License-Identifier: Apache-2.0
#include "json_text.hpp"

#include <algorithm>
#include <array>

namespace printrouter::http_server {
namespace {

constexpr int deepest = 32;

/// One code point from the start of UTF-8 `text`, and how many bytes it took; what is none is U+FFFD, one
/// byte.
std::pair<uint32_t, size_t> code_point(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const size_t length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (length == 0 || text.size() < length) return {0xfffd, 1};
  uint32_t point = lead & (0xffu >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {0xfffd, 1};
    point = point << 6 | (byte(i) & 0x3fu);
  }
  static constexpr std::array<uint32_t, 5> least = {0, 0, 0x80, 0x800, 0x10000};
  if (point < least[length] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return {0xfffd, 1};
  return {point, length};
}

void append_escape(std::string& out, uint32_t unit) {
  static constexpr char digits[] = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += digits[unit >> shift & 15];
}

void append_utf8(std::string& out, uint32_t point) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | (point >> shift & 0x3f)); };
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xc0 | point >> 6);
    tail(0);
  } else if (point < 0x10000) {
    out += static_cast<char>(0xe0 | point >> 12);
    tail(6), tail(0);
  } else {
    out += static_cast<char>(0xf0 | point >> 18);
    tail(12), tail(6), tail(0);
  }
}

/// Walks over a JSON text. Every function answers false where it is none.
class Walk {
 public:
  explicit Walk(std::string_view text) : rest_(text) {}

  bool take(char c) {
    blank();
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool text(std::string* out) {
    if (!take('"')) return false;
    while (!rest_.empty()) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') return true;
      if (c != '\\') {
        if (out) *out += c;
      } else if (!escape(out)) {
        return false;
      }
    }
    return false;
  }
  bool skip(int level = 0) {
    if (level > deepest) return false;
    blank();
    if (rest_.empty()) return false;
    switch (rest_.front()) {
      case '"':
        return text(nullptr);
      case '{':
      case '[': {
        const bool object = rest_.front() == '{';
        const char end = object ? '}' : ']';
        rest_.remove_prefix(1);
        if (take(end)) return true;
        do {
          if (object && (!text(nullptr) || !take(':'))) return false;
          if (!skip(level + 1)) return false;
        } while (take(','));
        return take(end);
      }
      default: {
        const size_t end = rest_.find_first_of(",]} \t\r\n");
        const std::string_view word = rest_.substr(0, end);
        rest_.remove_prefix(word.size());
        return !word.empty() && word.find_first_of("\"{[:") == std::string_view::npos;
      }
    }
  }

 private:
  void blank() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size())); }
  bool unit(uint32_t& out) {
    if (rest_.size() < 4) return false;
    out = 0;
    for (const char c : rest_.substr(0, 4)) {
      const bool digit = c >= '0' && c <= '9', low = c >= 'a' && c <= 'f', high = c >= 'A' && c <= 'F';
      if (!digit && !low && !high) return false;
      out = out << 4 | static_cast<uint32_t>(digit ? c - '0' : low ? c - 'a' + 10 : c - 'A' + 10);
    }
    rest_.remove_prefix(4);
    return true;
  }
  bool escape(std::string* out) {
    if (rest_.empty()) return false;
    const char c = rest_.front();
    rest_.remove_prefix(1);
    static constexpr std::string_view from = "\"\\/bfnrt", to = "\"\\/\b\f\n\r\t";
    if (const size_t at = from.find(c); at != std::string_view::npos) {
      if (out) *out += to[at];
      return true;
    }
    uint32_t point = 0, second = 0;
    if (c != 'u' || !unit(point)) return false;
    if (point >= 0xd800 && point < 0xdc00 && rest_.starts_with("\\u")) {
      rest_.remove_prefix(2);
      if (!unit(second)) return false;
      point =
          second >= 0xdc00 && second < 0xe000 ? 0x10000 + ((point & 0x3ff) << 10) + (second & 0x3ff) : 0xfffd;
    } else if (point >= 0xd800 && point < 0xe000) {
      point = 0xfffd;
    }
    if (out) append_utf8(*out, point);
    return true;
  }

  std::string_view rest_;
};

std::string json_value(const pr_attr& a) {
  switch (a.kind) {
    case PR_ATTR_INTEGER:
    case PR_ATTR_ENUM:
    case PR_ATTR_DATETIME:
      return std::to_string(a.integer);
    case PR_ATTR_BOOLEAN:
      return a.integer ? "true" : "false";
    case PR_ATTR_RANGE:
      return '[' + std::to_string(a.integer) + ',' + std::to_string(a.upper) + ']';
    case PR_ATTR_RESOLUTION:
      return json_string(std::to_string(a.integer) + 'x' + std::to_string(a.upper) + "dpi");
    case PR_ATTR_NO_VALUE:
      return "null";
    default:
      return json_string(sdk::view(a.text));
  }
}

}  // namespace

std::string json_string(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const auto [point, length] = code_point(text);
    text.remove_prefix(length);
    if (point == '"' || point == '\\') {
      out += '\\';
      out += static_cast<char>(point);
    } else if (point >= 0x20 && point < 0x7f) {
      out += static_cast<char>(point);
    } else if (point < 0x10000) {
      append_escape(out, point);
    } else {
      append_escape(out, 0xd800 + ((point - 0x10000) >> 10));
      append_escape(out, 0xdc00 + ((point - 0x10000) & 0x3ff));
    }
  }
  return out + '"';
}

std::string json_object(pr_attrs attributes) {
  std::string out = "{";
  for (size_t i = 0; i < attributes.count;) {
    const std::string_view name = sdk::view(attributes.items[i].name);
    size_t end = i + 1;
    while (end < attributes.count && sdk::view(attributes.items[end].name) == name) ++end;
    if (i > 0) out += ',';
    out += json_string(name) + ':';
    if (end == i + 1) {
      out += json_value(attributes.items[i]);
    } else {
      for (size_t at = i; at < end; ++at) out += (at == i ? '[' : ',') + json_value(attributes.items[at]);
      out += ']';
    }
    i = end;
  }
  return out + '}';
}

std::optional<std::string> json_text_at(std::string_view json, std::string_view path) {
  Walk walk(json);
  while (true) {
    const size_t dot = path.find('.');
    const std::string_view wanted = path.substr(0, dot);
    if (!walk.take('{')) return std::nullopt;
    bool found = false;
    do {
      std::string name;
      if (!walk.text(&name) || !walk.take(':')) return std::nullopt;
      found = name == wanted;
      if (!found && !walk.skip()) return std::nullopt;
    } while (!found && walk.take(','));
    if (!found) return std::nullopt;
    if (dot == std::string_view::npos) break;
    path.remove_prefix(dot + 1);
  }
  std::string out;
  if (!walk.text(&out)) return std::nullopt;
  return out;
}

}  // namespace printrouter::http_server
