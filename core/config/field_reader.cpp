// SPDX-License-Identifier: Apache-2.0
#include "config/field_reader.hpp"

#include <algorithm>
#include <numeric>

namespace printrouter {
namespace {
/// Levenshtein's distance, for "did you mean".
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t corner = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = corner + (a[i - 1] == b[j - 1] ? 0 : 1);
      corner = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, changed});
    }
  }
  return row[b.size()];
}

std::string range_text(std::int64_t least, std::int64_t most, bool german) {
  return (german ? "eine ganze Zahl von " : "a whole number from ") + std::to_string(least) +
         (german ? " bis " : " to ") + std::to_string(most);
}

std::string span_text(Milliseconds d) {
  const auto ms = d.count();
  if (ms != 0 && ms % 86'400'000 == 0) return std::to_string(ms / 86'400'000) + "d";
  if (ms != 0 && ms % 3'600'000 == 0) return std::to_string(ms / 3'600'000) + "h";
  if (ms != 0 && ms % 60'000 == 0) return std::to_string(ms / 60'000) + "m";
  if (ms != 0 && ms % 1'000 == 0) return std::to_string(ms / 1'000) + "s";
  return std::to_string(ms) + "ms";
}
}  // namespace

FieldReader::FieldReader(const JsonNode& node, std::string path, const std::string& file,
                         ConfigFindings& findings)
    : node_(node), path_(std::move(path)), file_(file), findings_(findings) {
  if (!is_object()) wrong_type(node, {}, "an object", "ein Objekt");
}

std::string FieldReader::path_of(std::string_view name) const {
  if (name.empty()) return path_;
  return path_.empty() ? std::string(name) : path_ + "." + std::string(name);
}

void FieldReader::report(Severity severity, std::string id, int line, std::string_view name, std::string en,
                         std::string de, std::string expected, std::string expected_de) {
  findings_.push_back({severity, std::move(id), file_, line, path_of(name), std::move(en), std::move(de),
                       std::move(expected), std::move(expected_de)});
}

void FieldReader::wrong_type(const JsonNode& node, std::string_view name, std::string expected,
                             std::string expected_de) {
  report(Severity::refusal, "config.type", node.line, name, "is " + std::string(kind_name(node.kind, false)),
         "ist " + std::string(kind_name(node.kind, true)), std::move(expected), std::move(expected_de));
}

const JsonNode* FieldReader::take(std::string_view name) {
  known_.emplace_back(name);
  return node_.member(name);
}

const JsonNode* FieldReader::need(std::string_view name, bool required) {
  const JsonNode* node = take(name);
  if (!node && required && is_object())
    report(Severity::refusal, "config.missing", node_.line, name, "is missing", "fehlt");
  return node;
}

void FieldReader::text(std::string_view name, std::string& out, bool required) {
  const JsonNode* node = need(name, required);
  if (!node) return;
  if (node->kind != JsonNode::Kind::text) return wrong_type(*node, name, "a text", "ein Text");
  if (required && node->text.empty())
    return report(Severity::refusal, "config.empty", node->line, name, "is empty", "ist leer", "a text",
                  "ein Text");
  out = node->text;
}

void FieldReader::id(std::string_view name, std::string& out, bool required) {
  const JsonNode* node = need(name, required);
  if (!node) return;
  const auto allowed = [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  if (node->kind != JsonNode::Kind::text || node->text.empty() || !std::ranges::all_of(node->text, allowed))
    return report(Severity::refusal, "config.value", node->line, name, "is no valid name",
                  "ist kein gültiger Name", "letters, digits, '.', '_', '-'",
                  "Buchstaben, Ziffern, '.', '_', '-'");
  out = node->text;
}

void FieldReader::flag(std::string_view name, bool& out) {
  const JsonNode* node = take(name);
  if (!node) return;
  if (node->kind != JsonNode::Kind::boolean)
    return wrong_type(*node, name, "true or false", "true oder false");
  out = node->boolean;
}

bool FieldReader::whole(std::string_view name, std::int64_t& out, std::int64_t least, std::int64_t most,
                        bool required) {
  const JsonNode* node = need(name, required);
  if (!node) return false;
  if (node->kind != JsonNode::Kind::integer) {
    wrong_type(*node, name, range_text(least, most, false), range_text(least, most, true));
    return false;
  }
  if (node->integer < least || node->integer > most) {
    report(Severity::refusal, "config.range", node->line, name, "is " + std::to_string(node->integer),
           "ist " + std::to_string(node->integer), range_text(least, most, false),
           range_text(least, most, true));
    return false;
  }
  out = node->integer;
  return true;
}

void FieldReader::duration(std::string_view name, Milliseconds& out, Milliseconds least, Milliseconds most) {
  const JsonNode* node = take(name);
  if (!node) return;
  const std::string expected =
      "\"" + span_text(least) + "\" to \"" + span_text(most) + "\"; units ms, s, m, h, d";
  const std::string erwartet =
      "\"" + span_text(least) + "\" bis \"" + span_text(most) + "\"; Einheiten ms, s, m, h, d";
  if (node->kind != JsonNode::Kind::text) return wrong_type(*node, name, expected, erwartet);
  const auto value = parse_duration(node->text);
  if (!value || *value < least || *value > most)
    return report(Severity::refusal, value ? "config.range" : "config.value", node->line, name,
                  "is no duration that fits here", "ist keine Dauer, die hier passt", expected, erwartet);
  out = *value;
}

void FieldReader::size(std::string_view name, std::uint64_t& out) {
  const JsonNode* node = take(name);
  if (!node) return;
  const std::string expected = "bytes, or a text like \"512KiB\", \"200MiB\", \"4GiB\"";
  const std::string erwartet = "Bytes, oder ein Text wie \"512KiB\", \"200MiB\", \"4GiB\"";
  if (node->kind == JsonNode::Kind::integer && node->integer >= 0) {
    out = static_cast<std::uint64_t>(node->integer);
    return;
  }
  const auto value = node->kind == JsonNode::Kind::text ? parse_size(node->text) : std::nullopt;
  if (!value)
    return report(Severity::refusal, "config.value", node->line, name, "is no size", "ist keine Größe",
                  expected, erwartet);
  out = *value;
}

void FieldReader::texts(std::string_view name, std::vector<std::string>& out) {
  bool good = true;
  std::vector<std::string> values;
  each(name, [&](const JsonNode& item, const std::string& path) {
    if (item.kind == JsonNode::Kind::text && !item.text.empty()) {
      values.push_back(item.text);
      return;
    }
    good = false;
    findings_.push_back({Severity::refusal, "config.type", file_, item.line, path, "is no text, or empty",
                         "ist kein Text oder leer", "a text", "ein Text"});
  });
  if (good && node_.member(name)) out = std::move(values);
}

int FieldReader::choice(std::string_view name, const std::vector<std::string_view>& words, bool required) {
  const JsonNode* node = need(name, required);
  if (!node) return -1;
  if (node->kind == JsonNode::Kind::text)
    if (const auto it = std::ranges::find(words, node->text); it != words.end())
      return static_cast<int>(it - words.begin());
  std::string expected, erwartet;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) {
      const bool last = i + 1 == words.size();
      expected += last ? " or " : ", ";
      erwartet += last ? " oder " : ", ";
    }
    expected += "\"" + std::string(words[i]) + "\"";
    erwartet += "\"" + std::string(words[i]) + "\"";
  }
  if (node->kind == JsonNode::Kind::text)
    report(Severity::refusal, "config.value", node->line, name, "is \"" + node->text + "\"",
           "ist \"" + node->text + "\"", expected, erwartet);
  else
    wrong_type(*node, name, expected, erwartet);
  return -1;
}

void FieldReader::object(std::string_view name, const Member& read, bool required) {
  const JsonNode* node = need(name, required);
  if (!node) return;
  FieldReader inner(*node, path_of(name), file_, findings_);
  if (!inner.is_object()) return;
  read(inner);
  inner.done();
}

void FieldReader::each(std::string_view name, const Item& read, bool required) {
  const JsonNode* node = need(name, required);
  if (!node) return;
  if (node->kind != JsonNode::Kind::array) return wrong_type(*node, name, "a list", "eine Liste");
  for (std::size_t i = 0; i < node->items.size(); ++i)
    read(node->items[i], path_of(name) + "[" + std::to_string(i) + "]");
}

void FieldReader::entries(
    std::string_view name,
    const std::function<void(const std::string&, const JsonNode&, const std::string&)>& read) {
  const JsonNode* node = take(name);
  if (!node) return;
  if (node->kind != JsonNode::Kind::object) return wrong_type(*node, name, "an object", "ein Objekt");
  for (const auto& [key, value] : node->members) read(key, value, path_of(name) + "." + key);
}

void FieldReader::done(Severity severity) {
  for (const auto& [key, value] : node_.members) {
    if (key == "$schema" || key == "comment" || std::ranges::find(known_, key) != known_.end()) continue;
    const std::string* nearest = nullptr;
    std::size_t best = 3;
    for (const std::string& known : known_)
      if (const std::size_t d = key.size() > 64 ? best : distance(key, known); d < best)
        best = d, nearest = &known;
    std::string known_list;
    if (nearest)
      known_list = "\"" + *nearest + "\"";
    else
      for (const std::string& k : known_) known_list += (known_list.empty() ? "" : ", ") + k;
    report(severity, "config.unknown-key", value.line, key, "is not known here", "ist hier nicht bekannt",
           nearest ? "perhaps " + known_list : "one of " + known_list,
           nearest ? "vielleicht " + known_list : "eines von " + known_list);
  }
}

bool to_attributes(const JsonNode& node, const std::string& name, Attributes& out) {
  switch (node.kind) {
    case JsonNode::Kind::null:
      return true;
    case JsonNode::Kind::boolean:
      out.push_back(Attribute::flag(name, node.boolean));
      return true;
    case JsonNode::Kind::integer:
      out.push_back(Attribute::number(name, node.integer));
      return true;
    case JsonNode::Kind::real:
      return false;
    case JsonNode::Kind::text:
      if (node.text != "unknown") out.push_back(Attribute::word(name, node.text));
      return true;
    case JsonNode::Kind::array:
      return std::ranges::all_of(node.items, [&](const JsonNode& item) {
        return item.kind != JsonNode::Kind::array && to_attributes(item, name, out);
      });
    case JsonNode::Kind::object:
      return std::ranges::all_of(
          node.members, [&](const auto& m) { return to_attributes(m.second, name + "." + m.first, out); });
  }
  return false;
}

Port read_port(const JsonNode& node, const std::string& path, const std::string& file,
               ConfigFindings& findings) {
  Port port;
  FieldReader in(node, path, file, findings);
  if (!in.is_object()) return port;
  in.id("protocol", port.protocol, true);
  in.number("port", port.port, 1, 65535, true);
  in.text("queue", port.queue);
  if (const JsonNode* tls = in.take("tls")) {
    if (tls->kind == JsonNode::Kind::boolean)
      port.tls = tls->boolean ? Tls::from_start : Tls::none;
    else if (tls->kind == JsonNode::Kind::text && tls->text == "upgrade")
      port.tls = Tls::upgrade;
    else
      in.wrong_type(*tls, "tls", "true, false or \"upgrade\"", "true, false oder \"upgrade\"");
  }
  in.word<PortClass>("class", port.port_class,
                     {{"plain", PortClass::plain}, {"device-spooling", PortClass::device_spooling}});
  in.done();
  return port;
}

}  // namespace printrouter
