// SPDX-License-Identifier: Apache-2.0
#include "pdf_lexer.hpp"

#include <array>

namespace printrouter::pdf {
namespace {
enum Class : std::uint8_t { regular, space, delimiter };
constexpr std::array<Class, 256> make_classes() {
  std::array<Class, 256> out{};
  for (const char c : {'\0', '\t', '\n', '\f', '\r', ' '}) out[static_cast<unsigned char>(c)] = space;
  for (const char c : {'(', ')', '<', '>', '[', ']', '{', '}', '/', '%'})
    out[static_cast<unsigned char>(c)] = delimiter;
  return out;
}
constexpr auto classes = make_classes();
Class class_of(char c) {
  return classes[static_cast<unsigned char>(c)];
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool number_of(std::string_view word, double& out) {
  const char c = word.front();
  if (!((c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.')) return false;
  // Nearly all numbers are short: sign, digits, point, digits.
  std::size_t i = 0;
  bool negative = false;
  while (i < word.size() && (word[i] == '-' || word[i] == '+')) negative |= word[i++] == '-';
  double value = 0, scale = 1;
  bool point = false;
  for (; i < word.size(); ++i) {
    if (word[i] == '.') {
      if (point) return false;
      point = true;
    } else if (word[i] >= '0' && word[i] <= '9') {
      value = value * 10 + (word[i] - '0');
      if (point) scale *= 10;
    } else if (word[i] == '-') {
      break;  // "12-34": other readers stop here too
    } else {
      return false;
    }
  }
  out = (negative ? -value : value) / scale;
  return true;
}
}  // namespace

std::string_view ContentLexer::string() {
  int depth = 0;
  std::size_t i = 0;
  for (; i < rest_.size(); ++i) {
    if (rest_[i] == '\\')
      ++i;
    else if (rest_[i] == '(')
      ++depth;
    else if (rest_[i] == ')' && --depth == 0)
      break;
  }
  const std::string_view out = rest_.substr(0, i < rest_.size() ? i + 1 : i);
  rest_.remove_prefix(out.size());
  return out;
}

std::string_view ContentLexer::hex() {
  const auto end = rest_.find('>');
  const std::string_view out = rest_.substr(0, end == std::string_view::npos ? end : end + 1);
  rest_.remove_prefix(out.size());
  return out;
}

bool ContentLexer::next(std::string_view& op, std::vector<Operand>& operands) {
  operands.clear();
  const auto add = [&](Operand operand) {
    if (operands.size() >= 64) operands.erase(operands.begin());
    operands.push_back(operand);
  };
  while (!rest_.empty()) {
    const char c = rest_.front();
    if (class_of(c) == space) {
      rest_.remove_prefix(1);
    } else if (c == '%') {
      const auto end = rest_.find_first_of("\r\n");
      rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end);
    } else if (c == '(') {
      add({Operand::text, 0, string()});
    } else if (c == '<' && rest_.size() > 1 && rest_[1] != '<') {
      add({Operand::text, 0, hex()});
    } else if (c == '/') {
      std::size_t i = 1;
      while (i < rest_.size() && class_of(rest_[i]) == regular) ++i;
      add({Operand::name, 0, rest_.substr(1, i - 1)});
      rest_.remove_prefix(i);
    } else if (class_of(c) == delimiter) {
      rest_.remove_prefix((c == '<' || c == '>') && rest_.size() > 1 && rest_[1] == c ? 2 : 1);
    } else {
      std::size_t i = 0;
      while (i < rest_.size() && class_of(rest_[i]) == regular) ++i;
      const std::string_view word = rest_.substr(0, i);
      rest_.remove_prefix(i);
      double value = 0;
      if (number_of(word, value)) {
        add({Operand::number, value, {}});
      } else if (word == "true" || word == "false" || word == "null") {
        add({});
      } else {
        op = word;
        return true;
      }
    }
  }
  return false;
}

std::string unquoted(std::string_view written) {
  std::string out;
  if (written.empty()) return out;
  if (written.front() == '<') {
    int high = -1;
    for (const char c : written.substr(1)) {
      const int digit = hex_value(c);
      if (digit < 0) continue;
      if (high < 0)
        high = digit;
      else
        out += static_cast<char>(high * 16 + digit), high = -1;
    }
    if (high >= 0) out += static_cast<char>(high * 16);
    return out;
  }
  for (std::size_t i = 1; i < written.size(); ++i) {
    char c = written[i];
    if (c == ')' && i + 1 == written.size()) break;
    if (c != '\\') {
      out += c;
      continue;
    }
    if (++i >= written.size()) break;
    c = written[i];
    if (c >= '0' && c <= '7') {
      int value = 0;
      for (int digits = 0; digits < 3 && i < written.size() && written[i] >= '0' && written[i] <= '7';
           ++digits)
        value = value * 8 + (written[i++] - '0');
      --i;
      out += static_cast<char>(value);
    } else if (c == '\r') {
      if (i + 1 < written.size() && written[i + 1] == '\n') ++i;
    } else if (c != '\n') {
      out += c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c == 'b' ? '\b' : c == 'f' ? '\f' : c;
    }
  }
  return out;
}

std::string decoded_name(std::string_view written) {
  std::string out = "/";
  for (std::size_t i = 0; i < written.size(); ++i) {
    const int high = written[i] == '#' && i + 2 < written.size() ? hex_value(written[i + 1]) : -1;
    const int low = high >= 0 ? hex_value(written[i + 2]) : -1;
    if (low >= 0)
      out += static_cast<char>(high * 16 + low), i += 2;
    else
      out += written[i];
  }
  return out;
}

}  // namespace printrouter::pdf
