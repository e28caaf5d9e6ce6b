// SPDX-License-Identifier: Apache-2.0
#include "pcl_ink.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace printrouter::languages {
namespace {
constexpr int black_pattern = 1, user_pattern = 4;
constexpr std::size_t most_palettes = 64;
}  // namespace

void PclInk::reset() {
  state = {};
  palettes_.clear();
  coloured_patterns_ = false;
}

void PclInk::draw() {
  if (state.monochrome || state.pattern == black_pattern) return;
  coloured_ |= state.foreground_coloured;
  uncertain_ |= state.foreground_uncertain || (state.pattern == user_pattern && coloured_patterns_);
}

void PclInk::fill(std::int64_t kind) {
  if (kind != 1) draw();
  uncertain_ |= kind == user_pattern && coloured_patterns_;
}

void PclInk::color(const PclField& f) {
  PclPalette& palette = state.palette;
  if (f.group == 'p') {
    if (f.command != 'P') return;
    if (f.value() == 0) {
      if (palettes_.size() < most_palettes)
        palettes_.push_back(palette);
      else
        palette.uncertain = true;
    } else if (!palettes_.empty()) {
      palette = palettes_.back();
      palettes_.pop_back();
      state.foreground_coloured = false;
    }
    return;
  }
  const auto index = static_cast<unsigned>(f.value(0, 255));
  double* const c = state.component;
  switch (f.command) {
    case 'A':
    case 'B':
    case 'C':
      c[f.command - 'A'] = f.number;
      break;
    case 'I':
      palette.set_entry(index, c[0] != c[1] || c[1] != c[2]);
      std::fill_n(c, 3, 0.0);
      break;
    case 'S':
      state.foreground_coloured = palette.coloured[index];
      state.foreground_uncertain = palette.uncertain || (palette.bits < 8 && index >> palette.bits != 0);
      break;
    case 'T':
      state.pattern = static_cast<int>(f.value(0, 9));
      break;
    default:
      break;
  }
}

void PclInk::raster(const PclField& f) {
  const std::int64_t value = f.value();
  if (f.group == 't') {
    // Rendering that turns colours grey, or greys to dots of colour, is the device's business.
    if (f.command == 'J' &&
        (value == 2 || value == 5 || value == 6 || value == 8 || value == 10 || value == 12 || value == 14))
      state.palette.uncertain |= state.palette.can_colour();
    return;
  }
  if (f.group == 'b') {
    if (f.command == 'M') {
      state.compression = static_cast<int>(f.value(0, 99));
      if (value >= 6 && value <= 8) state.palette = {};  // fax codings are black and white
    } else if (f.command == 'Y') {
      raster_.blank_rows();
    } else if (f.command == 'V' && value <= 0 && state.palette.can_colour() && !coloured_) {
      (void)raster_.row(state, {}, false);
    }
    return;
  }
  switch (f.command) {
    case 'A':
      raster_.start(state);
      break;
    case 'C':
      state.compression = 0;
      break;
    case 'S':
      state.raster_width = std::clamp<std::int64_t>(std::abs(value), 0, 1 << 20);
      break;
    case 'U':
      state.palette = PclPalette::simple(static_cast<int>(f.value(-99, 99)));
      foreground_black();
      raster_.start(state);
      break;
    default:
      break;
  }
}

void PclInk::take(char group, std::string_view bytes) {
  if (group == 'v') {
    state.palette = PclPalette::configured(bytes);
    foreground_black();
    raster_.start(state);
  } else if (group == 'c') {
    coloured_patterns_ |= bytes[0] != 0;
  } else {
    state.palette.uncertain |= state.palette.can_colour();  // lookup tables
  }
}

void PclInk::row(std::string_view data, bool last) {
  const PclRaster::Sees sees = raster_.row(state, data, last);
  coloured_ |= sees == PclRaster::Sees::coloured;
  uncertain_ |= sees == PclRaster::Sees::uncertain;
}

Colour PclInk::page() {
  if (!state.monochrome) {
    coloured_ |= raster_.dots() == PclRaster::Sees::coloured;
    uncertain_ |= raster_.dots() == PclRaster::Sees::uncertain;
  }
  return coloured_ ? Colour::color : uncertain_ ? Colour::maybe : Colour::mono;
}

void PclInk::next_page() {
  coloured_ = uncertain_ = false;
  raster_.next_page();
}

PclInk::Marks PclInk::swap_marks(Marks with) {
  return {std::exchange(coloured_, with.coloured), std::exchange(uncertain_, with.uncertain)};
}

void PclInk::add(Marks marks) {
  coloured_ |= marks.coloured;
  uncertain_ |= marks.uncertain;
}

}  // namespace printrouter::languages
