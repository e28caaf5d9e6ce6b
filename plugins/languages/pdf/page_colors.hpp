// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The colours that a page puts out, told from its content streams without drawing it (ISO 32000-1 chapters
/// 8, 9, 11). Marks are taken by their bounds: what lies outside the page or the clip, or under a later
/// rectangle, is not seen.
#include <chrono>
#include <map>
#include <qpdf/QPDF.hh>
#include <set>
#include <string>
#include <vector>

#include "color_space.hpp"
#include "page_geometry.hpp"

namespace printrouter::pdf {

struct Font {
  bool type3 = false, two_bytes = false;
  Colour glyphs = Colour::mono;    ///< of Type 3: what its procedures paint themselves
  bool glyphs_take_color = false;  ///< of Type 3: at least one is painted in the current colour
};

/// For one document; what pages share is looked at once.
class PageColors {
 public:
  /// `hidden_layers`: the document has optional content that may be switched off.
  PageColors(bool hidden_layers, std::chrono::steady_clock::time_point deadline)
      : hidden_layers_(hidden_layers), deadline_(deadline) {}

  /// `media`: what of the page is seen, in its own units. Never throws on content.
  Colour of(QPDFObjectHandle page, QPDFObjectHandle resources, const Box& media);
  /// The time is over: what was answered since counts for nothing.
  bool late() const { return late_; }

 private:
  friend class ContentRun;
  Colour annotations(QPDFObjectHandle page);
  bool out_of_time();

  bool hidden_layers_, late_ = false;
  std::chrono::steady_clock::time_point deadline_;
  unsigned ticks_ = 0, inline_images_ = 0;
  QPDF* owner_ = nullptr;
  std::map<QPDFObjGen, Colour> images_ = {};
  std::map<QPDFObjGen, Font> fonts_ = {};
  std::map<QPDFObjGen, Colour> patterns_ = {};
  std::map<QPDFObjGen, Space> spaces_ = {};
  std::set<QPDFObjGen> open_ = {};  ///< forms and patterns under way: a loop paints nothing new
};

}  // namespace printrouter::pdf
