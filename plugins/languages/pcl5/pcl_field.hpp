// SPDX-License-Identifier: Apache-2.0
#pragma once
/// One field of an escape sequence of PCL 5: ESC type group value command (Technical Reference Manual,
/// chapter 2).
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace printrouter::languages {

struct PclField {
  char type = 0, group = 0, command = 0;  ///< command 0: the sequence was cut off
  bool has_value = false, is_signed = false;
  double number = 0;
  std::int64_t value() const { return static_cast<std::int64_t>(number); }
  std::int64_t value(std::int64_t least, std::int64_t most) const {
    return value() < least ? least : value() > most ? most : value();
  }

  /// Takes value and command from `at` on; answers where the field ends, 0: more is needed.
  std::size_t read(std::string_view bytes, std::size_t at) {
    bool negative = false, fraction = false, garbage = false;
    double scale = 1;
    for (; at < bytes.size(); ++at) {
      const char c = bytes[at];
      if (c < ' ' || c > '?') break;
      if (garbage) continue;
      if (c >= '0' && c <= '9') {
        has_value = true;
        if (fraction)
          number += (scale /= 10) * (c - '0');
        else if (number < 1e9)
          number = number * 10 + (c - '0');
      } else if (c == '-' || c == '+') {
        negative = c == '-';
        is_signed = true;
      } else if (c == '.') {
        fraction = true;
      } else if (c != ' ') {
        garbage = has_value;
      }
    }
    if (at == bytes.size()) return 0;
    if (negative) number = -number;
    if (bytes[at] < '@' || bytes[at] > '~') return at;  // cut off: what stands here begins anew
    command = bytes[at];
    return at + 1;
  }
};

}  // namespace printrouter::languages
