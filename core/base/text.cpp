// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"

#include <algorithm>

namespace printrouter {
namespace {
/// The range of the second byte is what shuts out overlong forms, surrogates and what is beyond U+10FFFF
/// (RFC 3629, section 4); zero bytes: no first byte at all.
struct Sequence {
  std::size_t bytes;
  unsigned char second_from, second_to;
};
Sequence sequence_of(unsigned char first) {
  if (first < 0x80) return {1, 0, 0};
  if (first < 0xc2) return {0, 0, 0};
  if (first < 0xe0) return {2, 0x80, 0xbf};
  if (first < 0xf0)
    return {3, static_cast<unsigned char>(first == 0xe0 ? 0xa0 : 0x80),
            static_cast<unsigned char>(first == 0xed ? 0x9f : 0xbf)};
  if (first < 0xf5)
    return {4, static_cast<unsigned char>(first == 0xf0 ? 0x90 : 0x80),
            static_cast<unsigned char>(first == 0xf4 ? 0x8f : 0xbf)};
  return {0, 0, 0};
}
}  // namespace

std::size_t utf8_bytes(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
    const Sequence sequence = sequence_of(byte(0));
    if (sequence.bytes == 0 || sequence.bytes > text.size() - at) return at;
    for (std::size_t i = 1; i < sequence.bytes; ++i) {
      const unsigned char from = i == 1 ? sequence.second_from : 0x80;
      const unsigned char to = i == 1 ? sequence.second_to : 0xbf;
      if (byte(i) < from || byte(i) > to) return at;
    }
    at += sequence.bytes;
  }
  return at;
}

bool is_plain_text(std::string_view text) {
  return utf8_bytes(text) == text.size() &&
         std::ranges::none_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

}  // namespace printrouter
