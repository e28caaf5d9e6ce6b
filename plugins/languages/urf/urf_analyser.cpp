// SPDX-License-Identifier: Apache-2.0
#include "urf_analyser.hpp"

namespace printrouter::languages {
namespace {
/// How a pixel shows colour; `bits` must fit the space.
Pixels pixels_of(unsigned space, unsigned bits) {
  if ((space == 0 || space == 4) && bits <= 16) return Pixels::grey;  // sGray, grey
  if (space == 1 || space == 3 || space == 5) {                       // sRGB, AdobeRGB, RGB
    if (bits == 24) return Pixels::rgb8;
    if (bits == 48) return Pixels::rgb16;
  }
  if (space == 6) {  // CMYK
    if (bits == 32) return Pixels::cmyk8;
    if (bits == 64) return Pixels::cmyk16;
  }
  return Pixels::opaque;
}
}  // namespace

bool UrfAnalyser::begin_file(std::string_view header) {
  announced_ = big_endian(header, 8);
  return header.starts_with(std::string_view("UNIRAST\0", 8));
}

bool UrfAnalyser::begin_page(std::string_view header, Page& page) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(header[at]); };
  const unsigned bits = byte(0), space = byte(1), duplex = byte(2);
  const std::uint32_t width = big_endian(header, 12), height = big_endian(header, 16),
                      dpi = big_endian(header, 20);
  page.pixels = pixels_of(space, bits);
  // Grey below a byte comes in whole bytes, and runs count bytes then.
  const bool packed = page.pixels == Pixels::grey && (bits == 1 || bits == 2 || bits == 4);
  if ((!packed && (bits == 0 || bits % 8)) || bits > 8 * RasterLines::most_pixel || width == 0 ||
      height == 0 || dpi == 0)
    return false;
  const std::uint64_t line_bits = std::uint64_t{width} * bits;
  page.pixels_a_line = packed ? static_cast<std::uint32_t>((line_bits + 7) / 8) : width;
  page.lines = height;
  page.pixel_bytes = packed ? 1 : bits / 8;
  page.white_rest = true;
  page.sides = duplex == 2   ? Sides::short_edge
               : duplex == 3 ? Sides::long_edge
               : duplex == 1 ? Sides::one
                             : Sides::unsaid;
  page.media = media_name(width * mm_per_inch / dpi, height * mm_per_inch / dpi);
  return true;
}

void UrfAnalyser::pages_are_over(PageTally& tally) {
  // Writers put 0 or 1 there before they know; more than there are pages means that some are missing.
  if (announced_ > 1 && announced_ != tally.pages())
    tally.doubt_pages("the file header of Apple raster announces " + std::to_string(announced_) +
                      " pages, but there are " + std::to_string(tally.pages()));
}

}  // namespace printrouter::languages
