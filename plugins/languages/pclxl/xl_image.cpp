// SPDX-License-Identifier: Apache-2.0
#include "xl_image.hpp"

#include <algorithm>
#include <cstring>

#include "../shared/pixel_colour.hpp"

namespace printrouter::languages {

void XlImage::begin(Sees sees, std::uint32_t width, unsigned bits, const ColouredEntries& coloured) {
  sees_ = sees;
  bits_ = bits;
  entries_ = coloured;
  coloured_ = false;
  uncertain_ = sees == Sees::blind;
  const std::uint64_t row_bits = std::uint64_t{width} * bits * (sees == Sees::direct ? 3 : 1);
  row_bytes_ = (row_bits + 7) / 8;
  last_mask_ = row_bits % 8 ? static_cast<std::uint8_t>(0xff00 >> (row_bits % 8)) : 0xff;
  if (looks() && (row_bytes_ == 0 || row_bytes_ > most_row)) uncertain_ = true;
}

void XlImage::begin_block(unsigned compression, std::uint32_t pad) {
  compression_ = compression;
  if (!looks()) return;
  if (compression > delta_row || compression == jpeg || pad == 0 || pad > 4096) {
    uncertain_ = true;
    return;
  }
  padded_ = (row_bytes_ + pad - 1) / pad * pad;
  at_ = 0;
  literal_ = repeat_ = 0;
  delta_ = Delta::count_low;
  if (compression == delta_row) row_.assign(padded_, 0);
}

void XlImage::feed(std::string_view bytes) {
  const auto* p = reinterpret_cast<const std::uint8_t*>(bytes.data());
  if (compression_ == none) put(p, bytes.size());
  if (compression_ == run_length) feed_runs(p, p + bytes.size());
  if (compression_ == delta_row) feed_delta(p, p + bytes.size());
}

void XlImage::put(const std::uint8_t* data, std::size_t size) {
  while (size > 0 && !coloured_) {
    const std::uint64_t end = at_ < row_bytes_ ? row_bytes_ : padded_;
    const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(size, end - at_));
    if (at_ < row_bytes_) put_row_part(data, n);
    at_ += n;
    data += n;
    size -= n;
    if (at_ == padded_) at_ = 0;
  }
}

void XlImage::put_row_part(const std::uint8_t* data, std::size_t size) {
  if (sees_ == Sees::direct) return put_pixels(data, size);
  for (std::size_t i = 0; i < size; ++i) {
    const std::uint8_t byte = data[i];
    const bool last = at_ + i + 1 == row_bytes_;
    if (bits_ == 8) {
      coloured_ |= entries_[byte];
    } else if (bits_ == 4) {
      coloured_ |= entries_[byte >> 4] || (entries_[byte & 15] && (!last || last_mask_ == 0xff));
    } else {
      const std::uint8_t mask = last ? last_mask_ : 0xff;
      coloured_ |= (entries_[1] && (byte & mask)) || (entries_[0] && (~byte & mask));
    }
  }
}

void XlImage::put_pixels(const std::uint8_t* data, std::size_t size) {
  std::size_t i = 0;
  unsigned in_pixel = static_cast<unsigned>(at_ % 3);
  if (in_pixel) {
    while (i < size && in_pixel < 3) pixel_[in_pixel++] = data[i++];
    if (in_pixel < 3) return;
    coloured_ |= pixel_[0] != pixel_[1] || pixel_[1] != pixel_[2];
  }
  const std::size_t pixels = (size - i) / 3;
  coloured_ |= any_colour_rgb8(data + i, pixels);
  i += pixels * 3;
  for (in_pixel = 0; i < size; ++i) pixel_[in_pixel++] = data[i];
}

void XlImage::feed_runs(const std::uint8_t* p, const std::uint8_t* last) {
  std::uint8_t same[128];
  while (p < last && !coloured_) {
    if (literal_ > 0) {
      const auto n = std::min(literal_, static_cast<std::size_t>(last - p));
      put(p, n);
      p += n;
      literal_ -= n;
    } else if (repeat_ > 0) {
      std::memset(same, *p++, repeat_);
      put(same, repeat_);
      repeat_ = 0;
    } else {
      const unsigned code = *p++;
      if (code < 128) literal_ = code + 1;
      if (code > 128) repeat_ = 257 - code;
    }
  }
}

void XlImage::end_delta_row() {
  const std::uint64_t from = changed_from_ / 3 * 3, to = std::min(row_bytes_, (changed_to_ + 2) / 3 * 3);
  if (sees_ == Sees::direct) {
    coloured_ |= from < to && any_colour_rgb8(row_.data() + from, static_cast<std::size_t>(to - from) / 3);
  } else if (changed_from_ < to) {
    at_ = changed_from_;
    put_row_part(row_.data() + changed_from_, static_cast<std::size_t>(to - changed_from_));
  }
  delta_ = Delta::count_low;
}

/// A row: two bytes of length (low first), then commands of three bits "so many bytes replaced, and one
/// more", five bits of offset from the last, 31: and more bytes of it up to one that is not 255.
void XlImage::feed_delta(const std::uint8_t* p, const std::uint8_t* last) {
  while (!coloured_ && (p < last || (delta_ == Delta::command && row_left_ == 0))) {
    if (delta_ == Delta::command && row_left_ == 0) {
      end_delta_row();
      continue;
    }
    const std::uint8_t byte = *p;
    switch (delta_) {
      case Delta::count_low:
        row_left_ = byte;
        delta_ = Delta::count_high;
        ++p;
        continue;
      case Delta::count_high:
        row_left_ |= static_cast<std::uint32_t>(byte) << 8;
        delta_ = Delta::command;
        at_ = 0;
        changed_from_ = row_bytes_;
        changed_to_ = 0;
        // A row that repeats the last may still be the first of the block, which repeats zeros: index 0.
        if (sees_ == Sees::indexed) changed_from_ = 0, changed_to_ = row_bytes_;
        ++p;
        continue;
      case Delta::command:
        replace_ = (byte >> 5) + 1u;
        at_ += byte & 31u;
        delta_ = (byte & 31) == 31 ? Delta::offset : Delta::bytes;
        break;
      case Delta::offset:
        at_ += byte;
        if (byte != 255) delta_ = Delta::bytes;
        break;
      case Delta::bytes:
        if (at_ >= padded_) {
          uncertain_ = true;  // beyond the row: damaged
          return;
        }
        row_[at_] = byte;
        changed_from_ = std::min(changed_from_, at_);
        changed_to_ = std::max(changed_to_, at_ + 1);
        ++at_;
        if (--replace_ == 0) delta_ = Delta::command;
        break;
    }
    ++p;
    --row_left_;
    if (row_left_ == 0 && delta_ != Delta::command) {
      uncertain_ = true;  // the row ends within a command: damaged
      return;
    }
  }
}

}  // namespace printrouter::languages
