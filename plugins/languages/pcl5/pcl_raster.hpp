// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Colour in PCL 5c: the palette, what is drawn with it, and the rows of raster graphics (PCL 5 Color
/// Technical Reference Manual, chapters 2, 3 and 6). A row is decoded only where the palette could make it
/// coloured, and only until the page is known to be.
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace printrouter::languages {

struct PclPalette {
  enum class Encoding : std::uint8_t { planes, pixels, direct_planes, direct_pixels };
  Encoding encoding = Encoding::planes;
  unsigned bits = 1;                ///< of an index
  unsigned bits_of[3] = {8, 8, 8};  ///< of a primary, for direct
  bool uncertain = false;           ///< a colour space or setting that is not followed here
  bool black_apart = false;         ///< first plane black, then cyan, magenta, yellow
  bool stock = true;                ///< entries as the device made them
  std::array<bool, 256> coloured{};
  bool any_coloured = false;

  bool direct() const { return encoding == Encoding::direct_planes || encoding == Encoding::direct_pixels; }
  bool can_colour() const { return any_coloured || direct() || uncertain; }
  void set_entry(unsigned index, bool is_coloured);
  /// ESC*r#U: 1 black and white, 3 RGB, -3 CMY, -4 KCMY.
  static PclPalette simple(int planes);
  /// ESC*v#W, configure image data.
  static PclPalette configured(std::string_view data);
};

/// Graphics state of colour: kept by macro calls.
struct PclColour {
  PclPalette palette = {};
  double component[3] = {};
  bool foreground_coloured = false, foreground_uncertain = false;
  bool monochrome = false;  ///< ESC&b1M: everything comes out grey
  int pattern = 0;          ///< ESC*v#T
  // Raster graphics
  std::int64_t raster_width = 0;  ///< pixels; 0: not said
  int compression = 0;
};

class PclRaster {
 public:
  enum class Sees : std::uint8_t { grey, coloured, uncertain };
  /// Bytes that must be seen as a whole: more is uncertain.
  static constexpr std::size_t most_row = 1 << 18;

  void start(const PclColour& colour);
  void blank_rows();  ///< a vertical move: the seed row is empty then
  /// What the dots of the page's planes come to: grey may be made of dots of three inks that do not fall
  /// together, in equal parts then.
  Sees dots() const;
  void next_page();
  /// One plane of a row, or with `last` what completes it (ESC*b#V, ESC*b#W).
  Sees row(const PclColour& colour, std::string_view data, bool last);

 private:
  /// Bytes behind its end are 0; grows up to the row's full size.
  using Row = std::vector<std::uint8_t>;
  bool expand(int method, std::string_view data, Row& out);
  bool adaptive(const PclColour& colour, std::string_view data, Row& out, Sees& sees);
  Sees look(const PclColour& colour);
  static std::size_t row_bytes(const PclColour& colour);

  std::vector<Row> planes_{1};
  std::size_t plane_ = 0, limit_ = 0;
  std::size_t from_ = 0, to_ = 0;  ///< what changed since the last look
  std::uint64_t ink_[3] = {};      ///< dots in rows whose planes differ
};

}  // namespace printrouter::languages
