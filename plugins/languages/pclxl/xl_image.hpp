// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Looks for colour in the pixels of a PCL XL image or pattern as they pass (PCL XL Feature Reference 2.1,
/// ReadImage): uncompressed, run-length and delta rows. Keeps one row, and that only for delta rows.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace printrouter::languages {

class XlImage {
 public:
  enum class Sees : std::uint8_t {
    nothing,  ///< grey samples: no colour whatever they hold
    direct,   ///< 8-bit red, green, blue
    indexed,  ///< palette with coloured entries
    blind     ///< samples that are not taken apart here
  };
  enum Compression : std::uint8_t { none = 0, run_length = 1, jpeg = 2, delta_row = 3 };
  using ColouredEntries = std::array<bool, 256>;

  /// `bits`: of a sample, 1, 4 or 8. `coloured`: of the palette, for indexed.
  void begin(Sees sees, std::uint32_t width, unsigned bits, const ColouredEntries& coloured);
  /// A block of rows follows; `pad`: rows are filled up to a multiple of so many bytes.
  void begin_block(unsigned compression, std::uint32_t pad);
  /// Whether the bytes of the block are of interest at all.
  bool looks() const { return !coloured_ && !uncertain_ && sees_ != Sees::nothing; }
  void feed(std::string_view bytes);

  bool coloured() const { return coloured_; }
  /// Coloured samples that could not be looked at.
  bool uncertain() const { return uncertain_; }

 private:
  static constexpr std::uint64_t most_row = 1 << 20;
  void put(const std::uint8_t* data, std::size_t size);
  void put_row_part(const std::uint8_t* data, std::size_t size);
  void put_pixels(const std::uint8_t* data, std::size_t size);
  void feed_runs(const std::uint8_t* p, const std::uint8_t* last);
  void feed_delta(const std::uint8_t* p, const std::uint8_t* last);
  void end_delta_row();

  Sees sees_ = Sees::nothing;
  bool coloured_ = false, uncertain_ = false;
  unsigned bits_ = 8, compression_ = none;
  ColouredEntries entries_{};
  std::uint64_t row_bytes_ = 0, padded_ = 0, at_ = 0;  ///< of a row: with data, with padding, where we are
  std::uint8_t last_mask_ = 0xff;
  std::uint8_t pixel_[3] = {};
  // Run-length: what is left of a literal run; -1: the next byte says the run; else the repeated byte is
  // next.
  std::size_t literal_ = 0, repeat_ = 0;
  // Delta rows.
  enum class Delta : std::uint8_t { count_low, count_high, command, offset, bytes };
  Delta delta_ = Delta::count_low;
  std::uint32_t row_left_ = 0, replace_ = 0;
  std::uint64_t changed_from_ = 0, changed_to_ = 0;
  std::vector<std::uint8_t> row_;
};

}  // namespace printrouter::languages
