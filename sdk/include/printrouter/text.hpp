// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Text that crosses a protocol: peers send Latin-1, control characters and names without end, while
/// everything that a plugin tells its host is UTF-8.
#include <cstdint>
#include <string>
#include <string_view>

namespace printrouter::sdk {

/// The length of the well-formed UTF-8 character that `s` begins with (RFC 3629); 0 if there is none.
inline size_t utf8_character(std::string_view s) {
  if (s.empty()) return 0;
  const auto byte = [s](size_t i) { return static_cast<uint8_t>(s[i]); };
  const auto follows = [&](size_t i) { return i < s.size() && (byte(i) & 0xc0) == 0x80; };
  if (byte(0) < 0x80) return 1;
  if (byte(0) >= 0xc2 && byte(0) <= 0xdf) return follows(1) ? 2 : 0;
  if (byte(0) >= 0xe0 && byte(0) <= 0xef) {
    if (!follows(1) || !follows(2)) return 0;
    if (byte(0) == 0xe0 && byte(1) < 0xa0) return 0;
    return byte(0) == 0xed && byte(1) >= 0xa0 ? 0 : 3;
  }
  if (byte(0) >= 0xf0 && byte(0) <= 0xf4) {
    if (!follows(1) || !follows(2) || !follows(3)) return 0;
    if (byte(0) == 0xf0 && byte(1) < 0x90) return 0;
    return byte(0) == 0xf4 && byte(1) >= 0x90 ? 0 : 4;
  }
  return 0;
}

/// How many bytes from the start are UTF-8; the size if all are.
inline size_t utf8_prefix(std::string_view s) {
  size_t at = 0;
  while (at < s.size()) {
    const size_t length = utf8_character(s.substr(at));
    if (length == 0) break;
    at += length;
  }
  return at;
}

inline bool is_utf8(std::string_view s) { return utf8_prefix(s) == s.size(); }

/// UTF-8 without control characters (C0, DEL): fit to be a name, and to stand in a log.
inline bool is_plain_text(std::string_view s) {
  for (const char c : s)
    if (static_cast<uint8_t>(c) < 0x20 || c == 0x7f) return false;
  return is_utf8(s);
}

/// `s` as UTF-8 on one line: what is no UTF-8 is taken for Latin-1, control characters become blanks, and it
/// ends at a character that keeps it within `max_bytes`.
inline std::string one_line(std::string_view s, size_t max_bytes) {
  const bool utf8 = is_utf8(s);
  std::string out;
  while (!s.empty()) {
    const auto byte = static_cast<uint8_t>(s.front());
    const size_t length = utf8 ? utf8_character(s) : 1;
    std::string character(s.substr(0, length));
    if (byte < 0x20 || byte == 0x7f) character = " ";
    if (!utf8 && byte >= 0x80)
      character = {static_cast<char>(0xc0 | (byte >> 6)), static_cast<char>(0x80 | (byte & 0x3f))};
    if (out.size() + character.size() > max_bytes) break;
    out += character;
    s.remove_prefix(length);
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

}  // namespace printrouter::sdk
