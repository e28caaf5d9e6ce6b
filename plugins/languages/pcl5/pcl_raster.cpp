// SPDX-License-Identifier: Apache-2.0
#include "pcl_raster.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "../shared/pixel_colour.hpp"

namespace printrouter::languages {
namespace {
using Bytes = std::vector<std::uint8_t>;

std::uint8_t byte(std::string_view data, std::size_t at) {
  return static_cast<std::uint8_t>(data[at]);
}

/// A row as it is written: where it changes, and never beyond its limit.
class Writer {
 public:
  Writer(Bytes& row, std::size_t limit) : row_(row), limit_(limit) {}
  bool full() const { return at_ >= limit_; }
  void skip(std::size_t n) { at_ += n; }
  void fill(std::uint8_t value, std::size_t n) {
    if (n = room(n); n) std::memset(row_.data() + at_, value, n), moved(n);
  }
  void copy(std::string_view from) {
    if (const std::size_t n = room(from.size()); n) std::memcpy(row_.data() + at_, from.data(), n), moved(n);
  }
  /// The rest of the row is empty.
  void cut() {
    to_ = std::max(to_, row_.size());
    from_ = std::min(from_, at_);
    row_.resize(std::min(at_, limit_));
  }
  std::size_t from() const { return from_; }
  std::size_t to() const { return to_; }

 private:
  std::size_t room(std::size_t n) {
    n = full() ? 0 : std::min(n, limit_ - at_);
    if (at_ + n > row_.size() && n) row_.resize(at_ + n);
    return n;
  }
  void moved(std::size_t n) {
    from_ = std::min(from_, at_);
    at_ += n;
    to_ = std::max(to_, at_);
  }
  Bytes& row_;
  const std::size_t limit_;
  std::size_t at_ = 0, from_ = SIZE_MAX, to_ = 0;
};

/// Compression 1: count less one, byte.
void run_length(std::string_view in, Writer& out) {
  for (std::size_t i = 0; i + 1 < in.size() && !out.full(); i += 2)
    out.fill(byte(in, i + 1), byte(in, i) + 1u);
  out.cut();
}

/// Compression 2: TIFF packbits.
void pack_bits(std::string_view in, Writer& out) {
  for (std::size_t i = 0; i < in.size() && !out.full();) {
    const unsigned code = byte(in, i++);
    if (code < 128) {
      const std::string_view literal = in.substr(i, code + 1u);
      out.copy(literal);
      i += literal.size();
    } else if (code > 128 && i < in.size()) {
      out.fill(byte(in, i++), 257u - code);
    }
  }
  out.cut();
}

/// Compression 3: replacements in the row before; three bits of count, five of offset.
void delta_row(std::string_view in, Writer& out) {
  for (std::size_t i = 0; i < in.size() && !out.full();) {
    const unsigned code = byte(in, i++);
    std::size_t offset = code & 31;
    if (offset == 31)
      while (i < in.size()) {
        const unsigned more = byte(in, i++);
        offset += more;
        if (more != 255) break;
      }
    out.skip(offset);
    const std::string_view literal = i < in.size() ? in.substr(i, (code >> 5) + 1) : std::string_view();
    out.copy(literal);
    i += literal.size();
  }
}

/// Compression 9: replacements, repeated or literal, with longer counts and offsets.
void compressed_replacement(std::string_view in, Writer& out) {
  std::size_t i = 0;
  const auto more = [&](std::size_t& value) {
    while (i < in.size()) {
      const unsigned extra = byte(in, i++);
      value += extra;
      if (extra != 255) return;
    }
  };
  while (i < in.size() && !out.full()) {
    const unsigned code = byte(in, i++);
    const bool repeats = code & 0x80;
    std::size_t offset = repeats ? code >> 5 & 3 : code >> 3 & 15;
    std::size_t count = repeats ? (code & 31) + 2u : (code & 7) + 1u;
    if (offset == (repeats ? 3u : 15u)) more(offset);
    if (count == (repeats ? 33u : 8u)) more(count);
    out.skip(offset);
    if (i >= in.size()) return;
    if (repeats) {
      out.fill(byte(in, i++), count);
    } else {
      const std::string_view literal = in.substr(i, count);
      out.copy(literal);
      i += literal.size();
    }
  }
}
}  // namespace

void PclPalette::set_entry(unsigned index, bool is_coloured) {
  if (index >= coloured.size()) return;
  coloured[index] = is_coloured;
  stock = false;
  any_coloured |=
      is_coloured;  // once coloured, a palette may be looked at for nothing; never the other way round
}

PclPalette PclPalette::simple(int planes) {
  PclPalette out;
  if (planes == 3 || planes == -3 || planes == -4) {
    out.bits = planes == -4 ? 4 : 3;
    out.black_apart = planes == -4;
    for (unsigned i = 1; i < 7; ++i) out.coloured[i] = true;
    out.any_coloured = true;
  } else if (planes != 1 && planes != -1) {
    out.uncertain = true;
  }
  return out;
}

PclPalette PclPalette::configured(std::string_view data) {
  PclPalette out;
  if (data.size() < 6) {
    out.uncertain = true;
    return out;
  }
  const unsigned space = byte(data, 0), encoding = byte(data, 1);
  out.bits = byte(data, 2);
  for (unsigned i = 0; i < 3; ++i) out.bits_of[i] = byte(data, 3 + i);
  out.encoding = static_cast<Encoding>(encoding & 3);
  if (!out.direct() && (out.bits < 1 || out.bits > 8)) out.bits = 1;
  // Equal amounts are grey only in the device's own spaces.
  out.uncertain = space > 1 || encoding > 3;
  const unsigned entries = 1u << std::min(out.bits, 8u);
  for (unsigned i = 1; i < std::min(entries, 8u) - 1 && entries > 2; ++i) out.coloured[i] = true;
  out.any_coloured = entries > 2;
  return out;
}

void PclRaster::start(const PclColour& colour) {
  const PclPalette& palette = colour.palette;
  std::size_t planes = 1;
  if (palette.encoding == PclPalette::Encoding::planes) planes = palette.bits;
  if (palette.encoding == PclPalette::Encoding::direct_planes) planes = 3;
  planes_.resize(planes);
  limit_ = row_bytes(colour);
  blank_rows();
}

void PclRaster::blank_rows() {
  for (Row& row : planes_) row.clear();
  plane_ = 0;
  from_ = SIZE_MAX;
  to_ = 0;
}

PclRaster::Sees PclRaster::dots() const {
  const auto [least, most] = std::minmax({ink_[0], ink_[1], ink_[2]});
  if (most == 0) return Sees::grey;
  return most - least >= 64 && (most - least) * 4 > most ? Sees::coloured : Sees::uncertain;
}

void PclRaster::next_page() {
  blank_rows();
  std::fill(std::begin(ink_), std::end(ink_), std::uint64_t{0});
}

std::size_t PclRaster::row_bytes(const PclColour& colour) {
  const PclPalette& palette = colour.palette;
  std::uint64_t bits = 1;
  if (palette.encoding == PclPalette::Encoding::pixels) bits = palette.bits;
  if (palette.encoding == PclPalette::Encoding::direct_pixels)
    bits = palette.bits_of[0] + palette.bits_of[1] + palette.bits_of[2];
  // Where no width is said, the page's edge is the row's: no page is wider than this.
  constexpr std::uint64_t widest = 24'000;
  const auto width = std::clamp<std::uint64_t>(
      static_cast<std::uint64_t>(std::max<std::int64_t>(colour.raster_width, 0)), 0, widest);
  return static_cast<std::size_t>(((width ? width : widest) * bits + 7) / 8);
}

bool PclRaster::expand(int method, std::string_view data, Row& out) {
  Writer writer(out, limit_);
  switch (method) {
    case 0:
      writer.copy(data);
      writer.cut();
      break;
    case 1:
      run_length(data, writer);
      break;
    case 2:
      pack_bits(data, writer);
      break;
    case 3:
      delta_row(data, writer);
      break;
    case 9:
      compressed_replacement(data, writer);
      break;
    default:
      return false;
  }
  from_ = std::min(from_, writer.from());
  to_ = std::max(to_, writer.to());
  return true;
}

/// Compression 5: rows of their own methods in one block: method, count of two bytes, data; 4: so many empty
/// rows, 5: so many repeats.
bool PclRaster::adaptive(const PclColour& colour, std::string_view data, Row& out, Sees& sees) {
  std::size_t i = 0;
  while (i + 3 <= data.size()) {
    const unsigned method = byte(data, i);
    const std::size_t count = std::size_t{byte(data, i + 1)} << 8 | byte(data, i + 2);
    i += 3;
    if (method == 4) {
      if (count) expand(0, {}, out);
    } else if (method <= 3) {
      const std::size_t n = std::min(count, data.size() - i);
      expand(static_cast<int>(method), data.substr(i, n), out);
      i += n;
      sees = std::max(sees, look(colour));
      if (sees != Sees::grey) return true;
    } else if (method != 5) {
      return false;
    }
  }
  return true;
}

PclRaster::Sees PclRaster::row(const PclColour& colour, std::string_view data, bool last) {
  if (colour.palette.uncertain || planes_.empty() || limit_ == 0) return Sees::uncertain;
  if (plane_ >= planes_.size()) return Sees::uncertain;
  Row& out = planes_[plane_];
  if (colour.compression == 5) {
    Sees sees = Sees::grey;
    if (planes_.size() != 1 || !last || !adaptive(colour, data, out, sees)) return Sees::uncertain;
    return sees;
  }
  // Black is grey whatever it holds.
  const bool black = colour.palette.black_apart && colour.palette.stock && plane_ == 0;
  if (!black && !expand(colour.compression, data, out)) return Sees::uncertain;
  if (!last) {
    ++plane_;
    return Sees::grey;
  }
  // Planes that were not sent are empty, unless they repeat what was there.
  if (colour.compression != 3 && colour.compression != 9)
    for (std::size_t i = plane_ + 1; i < planes_.size(); ++i) expand(0, {}, planes_[i]);
  plane_ = 0;
  return look(colour);
}

PclRaster::Sees PclRaster::look(const PclColour& colour) {
  using Encoding = PclPalette::Encoding;
  const PclPalette& palette = colour.palette;
  const auto answer = [](bool coloured) { return coloured ? Sees::coloured : Sees::grey; };
  const std::size_t from = from_, to = to_;
  from_ = SIZE_MAX;
  to_ = 0;
  if (from >= to) return Sees::grey;
  const Row& first = planes_[0];
  if (palette.encoding == Encoding::direct_pixels) {
    if (palette.bits_of[0] != 8 || palette.bits_of[1] != 8 || palette.bits_of[2] != 8) return Sees::uncertain;
    const std::size_t begin = from / 3 * 3, end = std::min(first.size(), (to + 2) / 3 * 3);
    return answer(begin < end && any_colour_rgb8(first.data() + begin, (end - begin) / 3));
  }
  if (palette.encoding == Encoding::pixels) {
    const unsigned bits = palette.bits;
    if (bits != 8 && bits != 4 && bits != 2 && bits != 1) return Sees::uncertain;
    // What a row does not send is index 0. Behind the width an index may stand for anything; no driver writes
    // there.
    bool coloured = palette.coloured[0] && first.size() < limit_;
    for (std::size_t i = from; i < std::min(to, first.size()); ++i)
      for (unsigned shift = 0; shift < 8; shift += bits)
        coloured |= palette.coloured[static_cast<unsigned>(first[i]) >> shift & ((1u << bits) - 1)];
    return answer(coloured);
  }
  const auto at = [&](std::size_t plane, std::size_t i) {
    return i < planes_[plane].size() ? planes_[plane][i] : std::uint8_t{0};
  };
  const bool all_alike_is_grey =
      palette.encoding == Encoding::direct_planes
          ? palette.bits_of[0] == 1 && palette.bits_of[1] == 1 && palette.bits_of[2] == 1
          : palette.stock && (palette.bits == 3 || palette.black_apart);
  if (all_alike_is_grey) {
    const std::size_t skip = palette.black_apart ? 1 : 0;
    Row &a = planes_[skip], &b = planes_[skip + 1], &c = planes_[skip + 2];
    const std::size_t size = std::max({a.size(), b.size(), c.size()}), end = std::min(to, size);
    for (Row* row : {&a, &b, &c}) row->resize(size);
    if (from >= end || (std::memcmp(a.data() + from, b.data() + from, end - from) == 0 &&
                        std::memcmp(b.data() + from, c.data() + from, end - from) == 0))
      return Sees::grey;
    const Row* const rows[3] = {&a, &b, &c};
    for (std::size_t i = 0; i < 3; ++i)
      for (const std::uint8_t value : *rows[i]) ink_[i] += static_cast<std::uint64_t>(std::popcount(value));
    // Beyond doubt already; else the whole page tells.
    const auto [least, most] = std::minmax({ink_[0], ink_[1], ink_[2]});
    return answer(most - least > 2'000 && most > 2 * least);
  }
  if (palette.encoding == Encoding::direct_planes) return Sees::uncertain;
  for (std::size_t i = from; i < to; ++i)
    for (unsigned bit = 0; bit < 8; ++bit) {
      unsigned index = 0;
      for (std::size_t plane = 0; plane < planes_.size(); ++plane)
        index |= (static_cast<unsigned>(at(plane, i)) >> bit & 1u) << plane;
      if (palette.coloured[index]) return Sees::coloured;
    }
  return Sees::grey;
}

}  // namespace printrouter::languages
