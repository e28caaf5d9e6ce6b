// SPDX-License-Identifier: Apache-2.0
#include "pdf_image.hpp"

#include <algorithm>

#include "pdf_stream.hpp"

namespace printrouter::pdf {
namespace {
constexpr std::size_t most_pixels = 192u << 20;  // bytes
/// Fewer coloured pixels than one in so many may vanish when the image is scaled to the device's dots.
constexpr long long vanishing = 2'000;

Colour counted(long long coloured, long long all) {
  if (coloured == 0) return Colour::mono;
  return coloured > 16 && coloured * vanishing > all ? Colour::color : Colour::maybe;
}

long long integer(QPDFObjectHandle dict, const char* name, const char* short_name, long long otherwise) {
  for (const char* key : {name, short_name})
    if (dict.hasKey(key) && dict.getKey(key).isInteger()) return dict.getKey(key).getIntValue();
  return otherwise;
}

std::string last_filter(QPDFObjectHandle dict) {
  QPDFObjectHandle filter = dict.hasKey("/Filter") ? dict.getKey("/Filter") : dict.getKey("/F");
  if (filter.isArray() && filter.getArrayNItems() > 0)
    filter = filter.getArrayItem(filter.getArrayNItems() - 1);
  return filter.isName() ? filter.getName() : "";
}

bool plain_decode(QPDFObjectHandle dict) {
  QPDFObjectHandle decode = dict.hasKey("/Decode") ? dict.getKey("/Decode") : dict.getKey("/D");
  if (!decode.isArray()) return true;
  const int n = decode.getArrayNItems();
  for (int i = 0; i < n; ++i) {
    QPDFObjectHandle item = decode.getArrayItem(i);
    if (!item.isNumber() || item.getNumericValue() != (i % 2)) return false;
  }
  return true;
}
}  // namespace

Colour pixel_colors(std::string_view bytes, const ColorSpace& space, long long width, long long height,
                    int bits) {
  if (space.only_grey()) return Colour::mono;
  if (width < 1 || height < 1 || width > 1'000'000 || height > 1'000'000) return Colour::maybe;
  const auto per_row = (static_cast<std::size_t>(width) * static_cast<std::size_t>(space.components) *
                            static_cast<std::size_t>(bits) +
                        7) /
                       8;
  const std::size_t rows = std::min(bytes.size() / per_row, static_cast<std::size_t>(height));
  if (rows < static_cast<std::size_t>(height)) return Colour::maybe;
  long long coloured = 0;
  const auto* p = reinterpret_cast<const unsigned char*>(bytes.data());
  if (space.kind == ColorSpace::rgb && bits == 8) {
    for (std::size_t y = 0; y < rows; ++y, p += per_row)
      for (long long x = 0; x < width; ++x)
        coloured += p[3 * x] != p[3 * x + 1] || p[3 * x + 1] != p[3 * x + 2];
  } else if (space.kind == ColorSpace::cmyk && bits == 8) {
    long long inked = 0;
    for (std::size_t y = 0; y < rows; ++y, p += per_row)
      for (long long x = 0; x < width; ++x) {
        coloured += p[4 * x] != p[4 * x + 1] || p[4 * x + 1] != p[4 * x + 2];
        inked += (p[4 * x] | p[4 * x + 1] | p[4 * x + 2]) != 0;
      }
    if (coloured == 0 && inked > 0) return Colour::maybe;
  } else if (space.kind == ColorSpace::indexed && bits <= 8) {
    Colour doubt = Colour::mono;
    for (std::size_t y = 0; y < rows; ++y, p += per_row)
      for (long long x = 0; x < width; ++x) {
        const auto bit = static_cast<std::size_t>(x) * static_cast<std::size_t>(bits);
        const auto index = static_cast<std::size_t>(p[bit / 8] >> (8 - bits - static_cast<int>(bit % 8))) &
                           ((1u << bits) - 1);
        const Colour c = index < space.palette.size() ? space.palette[index] : Colour::maybe;
        coloured += c == Colour::color;
        doubt = more(doubt, c == Colour::color ? Colour::mono : c);
      }
    return more(counted(coloured, width * height), doubt);
  } else {
    return Colour::maybe;
  }
  return counted(coloured, width * height);
}

Colour image_colors(QPDFObjectHandle image, QPDFObjectHandle resources) {
  QPDFObjectHandle dict = image.getDict();
  const std::string filter = last_filter(dict);
  QPDFObjectHandle named = dict.getKey("/ColorSpace");
  const bool jpx = filter == "/JPXDecode";
  if (named.isNull()) return jpx ? Colour::maybe : Colour::mono;
  const Space space = color_space(named, resources);
  if (space->only_grey()) return Colour::mono;
  const long long width = integer(dict, "/Width", "/W", 0), height = integer(dict, "/Height", "/H", 0);
  const int bits = static_cast<int>(integer(dict, "/BitsPerComponent", "/BPC", 8));
  if (jpx || filter == "/JBIG2Decode" || filter == "/CCITTFaxDecode") return Colour::maybe;
  std::string bytes;
  if (!stream_bytes(image, most_pixels, bytes, true)) return Colour::maybe;
  const bool dct = filter == "/DCTDecode" || filter == "/DCT";
  Colour seen = pixel_colors(bytes, *space, width, height, dct ? 8 : bits);
  // Pixels that a Decode array, a mask or a decoder of its own bend: grey stays grey, but colour may not
  // show.
  const bool mask = dict.hasKey("/SMask") || dict.hasKey("/Mask");
  if (mask && seen == Colour::color) seen = Colour::maybe;
  if (!plain_decode(dict) && space->kind != ColorSpace::rgb) seen = Colour::maybe;
  if (dct && space->kind == ColorSpace::cmyk) seen = Colour::maybe;
  return seen;
}

}  // namespace printrouter::pdf
