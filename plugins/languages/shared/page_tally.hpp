// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What a document's pages add up to, and what may be said of them.
#include <printrouter/language.hpp>

#include <cstdint>
#include <string>
#include <string_view>

#include "media_sizes.hpp"

namespace printrouter::languages {

enum class Colour : std::uint8_t {
  mono,   ///< grey, black or blank for certain
  maybe,  ///< looks coloured, but something on the page was not decoded
  color   ///< coloured for certain
};
enum class Sides : std::uint8_t { unsaid, one, long_edge, short_edge };

inline const char* word(Sides sides) {
  return sides == Sides::long_edge    ? "two-sided-long-edge"
         : sides == Sides::short_edge ? "two-sided-short-edge"
                                      : "one-sided";
}

class PageTally {
 public:
  /// One page side. `copies` of this page as the document asks for; 0: it does not say.
  void page(Colour colour, std::int64_t copies, Sides sides, std::string_view media) {
    const std::int64_t of_it = copies > 0 ? copies : 1;
    if (pages_ == 0) {
      copies_ = copies;
      sides_ = sides;
    }
    if (copies != copies_) mixed_copies_ = true;
    if (sides != sides_) mixed_sides_ = true;
    ++pages_;
    if (colour == Colour::color || colour == Colour::maybe) ++color_;
    if (colour == Colour::maybe) colour_exact_ = false;
    // Copies that change on the way: the pages as they leave the device, of one copy of the whole.
    if (leaving_ <= most_leaving) {
      leaving_ += of_it;
      if (colour == Colour::color || colour == Colour::maybe) leaving_color_ += of_it;
    }
    media_.add(media);
  }

  std::int64_t pages() const { return pages_; }
  /// The page count itself is only likely. The first reason stays.
  void doubt_pages(std::string_view why) {
    if (pages_confidence_ > PR_CONFIDENCE_ESTIMATE) pages_confidence_ = PR_CONFIDENCE_ESTIMATE;
    if (why_.empty()) why_ = why;
  }
  void doubt_colour() { colour_exact_ = false; }
  /// Sides and media stand, but what a sheet holds does not follow from them.
  void doubt_sides() { sides_doubtful_ = true; }
  /// Damaged or beyond bounds: nothing that was counted counts. The first reason stays.
  void give_up(std::string_view why) {
    if (pages_confidence_ != PR_CONFIDENCE_UNKNOWN) why_ = why;
    pages_confidence_ = PR_CONFIDENCE_UNKNOWN;
  }
  bool given_up() const { return pages_confidence_ == PR_CONFIDENCE_UNKNOWN; }

  void report(sdk::Analysis& out) const {
    out.why = why_;
    if (given_up()) return;
    const bool folded = mixed_copies_;
    const std::int64_t pages = folded ? leaving_ : pages_, color = folded ? leaving_color_ : color_;
    out.pages = {pages, pages_confidence_};
    constexpr std::uint32_t likely = PR_CONFIDENCE_ESTIMATE;
    const std::uint32_t colour_confidence = colour_exact_ ? pages_confidence_ : likely;
    out.color_pages = {color, colour_confidence};
    out.mono_pages = {pages - color, colour_confidence};
    if (folded)
      out.copies = {1, pages_confidence_};
    else if (copies_ > 0)
      out.copies = {copies_, pages_confidence_};
    if (sides_ != Sides::unsaid && !mixed_sides_)
      out.sides = {word(sides_), sides_doubtful_ || folded ? likely : pages_confidence_};
    if (const std::string media = media_.joined(); !media.empty())
      out.media = {media, media_.unknown() ? likely : pages_confidence_};
  }

 private:
  static constexpr std::int64_t most_leaving = 1'000'000'000'000;
  std::int64_t pages_ = 0, color_ = 0, leaving_ = 0, leaving_color_ = 0, copies_ = 0;
  Sides sides_ = Sides::unsaid;
  bool mixed_copies_ = false, mixed_sides_ = false, sides_doubtful_ = false, colour_exact_ = true;
  std::uint32_t pages_confidence_ = PR_CONFIDENCE_EXACT;
  std::string why_;
  MediaList media_;
};

}  // namespace printrouter::languages
