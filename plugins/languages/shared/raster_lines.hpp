// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The packed lines of a page of PWG or Apple raster, walked without keeping a pixel (PWG 5102.4
/// section 4.4): a line is a byte "so often again", then runs: 0..127 the next pixel so often and once more,
/// 129..255 that 257 - n pixels follow. 128 is no run in PWG; in Apple raster the rest of the line is white.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "pixel_colour.hpp"

namespace printrouter::languages {

/// How to see colour in a pixel.
enum class Pixels : std::uint8_t {
  grey,  ///< one component: nothing to look for
  rgb8,  ///< grey where the three agree
  rgb16,
  cmyk8,  ///< grey where cyan, magenta and yellow are not used
  cmyk16,
  opaque  ///< a space whose colours are not told apart here
};

class RasterLines {
 public:
  enum class State : std::uint8_t { more, page_done, damaged };
  static constexpr std::size_t most_pixel = 16;
  static constexpr std::size_t most_unit = 1 + 128 * most_pixel;

  void begin(std::uint32_t pixels_a_line, std::uint32_t lines, std::uint32_t pixel_bytes, Pixels pixels,
             bool white_rest) {
    width_ = pixels_a_line;
    lines_ = lines;
    bytes_ = pixel_bytes;
    pixels_ = pixels;
    white_rest_ = white_rest;
    coloured_ = false;
    in_line_ = false;
  }
  bool coloured() const { return coloured_; }

  /// Takes whole runs off the front, answers how many bytes.
  std::size_t take(std::string_view data, State& state) {
    const auto* const start = reinterpret_cast<const std::uint8_t*>(data.data());
    const std::uint8_t *p = start, *const last = start + data.size();
    state = State::more;
    for (;;) {
      if (!in_line_) {
        if (lines_ == 0) {
          state = State::page_done;
          break;
        }
        if (p == last) break;
        const std::uint32_t alike = *p++ + 1u;
        if (alike > lines_) {
          state = State::damaged;
          break;
        }
        lines_ -= alike;
        left_ = width_;
        in_line_ = true;
      }
      p = runs(p, last, state);
      if (state != State::more || in_line_) break;
    }
    return static_cast<std::size_t>(p - start);
  }

 private:
  const std::uint8_t* runs(const std::uint8_t* p, const std::uint8_t* last, State& state) {
    while (left_ > 0) {
      if (p == last) return p;
      const std::uint32_t code = *p;
      if (code == 128) {
        if (!white_rest_) {
          state = State::damaged;
          return p;
        }
        ++p;
        break;
      }
      const bool literal = code > 128;
      const std::uint32_t count = literal ? 257 - code : code + 1;
      const std::size_t size = literal ? std::size_t{count} * bytes_ : bytes_;
      if (static_cast<std::size_t>(last - p) < 1 + size) return p;
      if (count > left_) {
        state = State::damaged;
        return p;
      }
      if (!coloured_ && pixels_ != Pixels::grey) coloured_ = colour_in(p + 1, literal ? count : 1);
      left_ -= count;
      p += 1 + size;
    }
    left_ = 0;
    in_line_ = false;
    return p;
  }

  bool colour_in(const std::uint8_t* p, std::uint32_t pixels) const {
    std::uint32_t differs = 0;
    switch (pixels_) {
      case Pixels::rgb8:
        return any_colour_rgb8(p, pixels);
      case Pixels::rgb16:
        for (std::uint32_t i = 0; i < pixels; ++i, p += 6)
          differs |=
              static_cast<std::uint32_t>((p[0] ^ p[2]) | (p[2] ^ p[4]) | (p[1] ^ p[3]) | (p[3] ^ p[5]));
        break;
      case Pixels::cmyk8:
        for (std::uint32_t i = 0; i < pixels; ++i, p += 4)
          differs |= static_cast<std::uint32_t>(p[0] | p[1] | p[2]);
        break;
      case Pixels::cmyk16:
        for (std::uint32_t i = 0; i < pixels; ++i, p += 8)
          differs |= static_cast<std::uint32_t>(p[0] | p[1] | p[2] | p[3] | p[4] | p[5]);
        break;
      case Pixels::grey:
      case Pixels::opaque:
        break;
    }
    return differs != 0;
  }

  std::uint32_t width_ = 0, lines_ = 0, bytes_ = 1, left_ = 0;
  Pixels pixels_ = Pixels::grey;
  bool white_rest_ = false, coloured_ = false, in_line_ = false;
};

}  // namespace printrouter::languages
