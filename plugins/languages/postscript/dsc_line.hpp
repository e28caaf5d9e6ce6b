// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Words out of a line of PostScript or of a structuring comment.
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace printrouter::languages::dsc {

inline bool blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\0';
}

/// The next blank-separated word, taken off the front.
inline std::string_view word(std::string_view& text) {
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  std::size_t n = 0;
  while (n < text.size() && !blank(text[n])) ++n;
  const std::string_view out = text.substr(0, n);
  text.remove_prefix(n);
  return out;
}

inline std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end == text.data() || !(value > -1e9 && value < 1e9)) return std::nullopt;
  return value;
}

/// What stands behind `name` in `line`: "/NumCopies" in "<</NumCopies
/// 3>>setpagedevice" answers " 3>>...".
inline std::optional<std::string_view> behind(std::string_view line, std::string_view name) {
  for (std::size_t at = line.find(name); at != std::string_view::npos; at = line.find(name, at + 1)) {
    const std::string_view rest = line.substr(at + name.size());
    if (!rest.empty() && (blank(rest[0]) || rest[0] == '[')) return rest;
  }
  return std::nullopt;
}

/// The value of %%Title and the like: a PostScript string or the rest of the
/// line, as UTF-8.
inline std::string text(std::string_view in) {
  while (!in.empty() && blank(in.front())) in.remove_prefix(1);
  while (!in.empty() && blank(in.back())) in.remove_suffix(1);
  std::string out;
  const bool quoted = in.size() >= 2 && in.front() == '(' && in.back() == ')';
  if (quoted) in = in.substr(1, in.size() - 2);
  for (std::size_t i = 0; i < in.size() && out.size() < 255; ++i) {
    char c = in[i];
    if (quoted && c == '\\' && i + 1 < in.size()) {
      c = in[++i];
      if (c >= '0' && c <= '7') {
        unsigned code = 0;
        std::size_t digits = 0;
        for (; digits < 3 && i < in.size() && in[i] >= '0' && in[i] <= '7'; ++digits)
          code = code * 8 + static_cast<unsigned>(in[i++] - '0');
        --i;
        c = static_cast<char>(code);
      }
    }
    const auto byte = static_cast<unsigned char>(c);
    // Which 8-bit charset it is nobody says.
    out += byte < 0x20 || byte >= 0x7f ? '?' : c;
  }
  return out;
}

}  // namespace printrouter::languages::dsc
