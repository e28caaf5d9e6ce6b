// SPDX-License-Identifier: Apache-2.0
#include "pwg_raster_analyser.hpp"

namespace printrouter::languages {
namespace {
/// Where things stand in the header (PWG 5102.4 table 2).
constexpr std::size_t at_duplex = 272, at_resolution = 276, at_copies = 340, at_tumble = 368, at_width = 372,
                      at_height = 376, at_bits_a_color = 384, at_bits_a_pixel = 388, at_bytes_a_line = 392,
                      at_color_order = 396, at_color_space = 400, at_size_name = 1732;

struct Encoding {
  Pixels pixels;
  std::uint32_t bits;  ///< a pixel
};
/// Colour spaces of PWG 5102.4 table 4, and the few more that CUPS writes.
Encoding encoding(std::uint32_t space, std::uint32_t bits_a_color, std::uint32_t bits_a_pixel) {
  const bool wide = bits_a_color == 16;
  switch (space) {
    case 0:   // W
    case 3:   // K
    case 18:  // sGray
      return {Pixels::grey, bits_a_pixel};
    case 1:   // RGB
    case 19:  // sRGB
    case 20:  // AdobeRGB
      if (bits_a_pixel == (wide ? 48 : 24)) return {wide ? Pixels::rgb16 : Pixels::rgb8, bits_a_pixel};
      break;
    case 6:  // CMYK
      if (bits_a_pixel == (wide ? 64 : 32)) return {wide ? Pixels::cmyk16 : Pixels::cmyk8, bits_a_pixel};
      break;
    default:
      break;
  }
  return {Pixels::opaque, bits_a_pixel};
}
}  // namespace

bool PwgRasterAnalyser::begin_page(std::string_view header, Page& page) {
  const auto number = [&](std::size_t at) { return big_endian(header, at); };
  const Encoding how = encoding(number(at_color_space), number(at_bits_a_color), number(at_bits_a_pixel));
  // Pixels below a byte come in whole bytes, and runs count bytes then.
  const std::uint32_t pixel_bytes = how.bits < 8 ? 1 : how.bits / 8;
  const std::uint32_t line_bytes = number(at_bytes_a_line), height = number(at_height);
  const std::uint64_t needed = (std::uint64_t{number(at_width)} * how.bits + 7) / 8;
  if (header.substr(0, 10) != std::string_view("PwgRaster\0", 10) || how.bits == 0 ||
      how.bits > 8 * RasterLines::most_pixel || (how.bits > 8 && how.bits % 8) || height == 0 ||
      line_bytes == 0 || line_bytes % pixel_bytes || number(at_color_order) != 0 || needed != line_bytes)
    return false;
  page.pixels_a_line = line_bytes / pixel_bytes;
  page.lines = height;
  page.pixel_bytes = pixel_bytes;
  page.pixels = how.pixels;
  page.sides = number(at_duplex) == 0 ? Sides::one : number(at_tumble) ? Sides::short_edge : Sides::long_edge;
  page.copies = number(at_copies);
  const std::string_view name = header.substr(at_size_name, 64);
  page.media = std::string(name.substr(0, std::min(name.find('\0'), name.size())));
  const double dpi_x = number(at_resolution), dpi_y = number(at_resolution + 4);
  // A name that is not one of PWG's says less than the page's own size.
  if (page.media.find('_') == std::string::npos ||
      page.media.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._-") != std::string::npos)
    page.media = dpi_x > 0 && dpi_y > 0
                     ? media_name(number(at_width) / dpi_x * mm_per_inch, height / dpi_y * mm_per_inch)
                     : std::string();
  return true;
}

}  // namespace printrouter::languages
