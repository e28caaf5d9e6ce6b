// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What of PCL 5c makes a page coloured: palettes, the foreground, patterns and raster graphics, and what all
/// of it comes to on the page that is under way.
#include <string_view>
#include <vector>

#include "../shared/page_tally.hpp"
#include "pcl_field.hpp"
#include "pcl_raster.hpp"

namespace printrouter::languages {

class PclInk {
 public:
  PclColour state = {};  ///< a macro call keeps it

  /// ESC E.
  void reset();
  /// Something is put on the page with the foreground.
  void draw();
  /// A filled rectangle of this kind (ESC*c#P).
  void fill(std::int64_t kind);
  /// HP-GL/2 with pens of its own.
  void plot() { uncertain_ |= !state.monochrome; }
  void doubt() { uncertain_ = true; }

  /// ESC*p#P, ESC*v#…
  void color(const PclField& field);
  /// ESC*t#J, ESC*b#M, ESC*b#Y, ESC*r#…; ESC*b#V only where no data comes.
  void raster(const PclField& field);
  /// The first bytes of what ESC*v#W, ESC*c#W or ESC*l#W brings.
  void take(char group, std::string_view bytes);

  /// A row is worth looking at.
  bool looks() const { return state.palette.can_colour() && !coloured_ && !state.monochrome; }
  void row(std::string_view data, bool last);
  /// A row is put on the page: its black is the foreground.
  void row_drawn() { uncertain_ |= state.foreground_coloured || state.foreground_uncertain; }

  /// Of the page that is about to leave.
  Colour page();
  void next_page();

  /// What is on the page apart from this, for what is laid over it.
  struct Marks {
    bool coloured = false, uncertain = false;
  };
  Marks swap_marks(Marks with);
  void add(Marks marks);

 private:
  void foreground_black() { state.foreground_coloured = state.foreground_uncertain = false; }

  std::vector<PclPalette> palettes_;
  PclRaster raster_;
  bool coloured_ = false, uncertain_ = false, coloured_patterns_ = false;
};

}  // namespace printrouter::languages
