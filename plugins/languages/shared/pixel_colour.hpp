// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Colour in rows of red, green and blue bytes.
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace printrouter::languages {

/// Whether any of `pixels` pixels of three bytes is other than grey.
inline bool any_colour_rgb8(const std::uint8_t* p, std::size_t pixels) {
  // Eight pixels at a time: each byte against its neighbour, except the last of a pixel against the next
  // one's.
  constexpr auto mask = [](unsigned from) {
    std::uint64_t out = 0;
    for (unsigned i = 0; i < 8; ++i)
      if ((from + i) % 3 != 2) out |= std::uint64_t{0xff} << (8 * i);
    return out;
  };
  constexpr std::uint64_t masks[3] = {mask(0), mask(8), mask(16)};
  static_assert(masks[0] != masks[1]);
  std::uint64_t differs = 0;
  for (; pixels > 8; pixels -= 8, p += 24)
    for (unsigned i = 0; i < 3; ++i) {
      std::uint64_t here, next;
      std::memcpy(&here, p + 8 * i, 8);
      std::memcpy(&next, p + 8 * i + 1, 8);
      differs |= (here ^ next) & masks[i];  // which byte of the word is which holds on little-endian machines
    }
  unsigned rest = 0;
  for (; pixels > 0; --pixels, p += 3) rest |= static_cast<unsigned>((p[0] ^ p[1]) | (p[1] ^ p[2]));
  return differs != 0 || rest != 0;
}

}  // namespace printrouter::languages
