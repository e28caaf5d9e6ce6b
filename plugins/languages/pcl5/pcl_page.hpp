// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The page of PCL 5 as far as counting needs it: where the cursor is, where text runs over the end of the
/// page, and whether anything was put on it (PCL 5 Technical Reference Manual, chapters 5, 6 and 8). Lengths
/// in 1/7200 inch.
#include <cstdint>
#include <string>
#include <vector>

#include "../shared/page_tally.hpp"
#include "pcl_field.hpp"

namespace printrouter::languages {

/// What ESC E resets and a macro call keeps.
struct PclEnvironment {
  std::int64_t paper_width = 61'200, paper_height = 79'200;  ///< portrait; a guess while !paper_set
  bool paper_set = false, paper_known = false;
  std::string media = {};
  std::int64_t custom_width = 0, custom_height = 0;
  int orientation = 0, direction = 0;  ///< quarter turns
  std::int64_t top = 3'600, length = 72'000, left = 0, right = 57'600;
  bool length_set = false;
  std::int64_t line = 1'200;  ///< VMI
  bool line_set = false;
  std::int64_t column = 720;  ///< HMI, of the font while !column_set
  bool column_set = false;
  bool skip_perforation = true, wrap = false;
  int line_termination = 0;
  int source = 0;
  std::int64_t unit = 24;   ///< unit of measure
  std::int64_t copies = 0;  ///< 0: not said
  Sides sides = Sides::unsaid;
  struct Font {
    bool fixed = true, known = false;  ///< known: the document said spacing and pitch
    bool pitch_said = false, spacing_said = false;
  } font[2];
  int current_font = 0;
};

class PclPage {
 public:
  explicit PclPage(PageTally& tally) : tally_(tally) {
    reset_margins();
    home();
  }

  PclEnvironment env;

  virtual ~PclPage() = default;

  void reset();

  // Escape sequences (pcl_page_commands.cpp)
  void page_control(const PclField& field);  ///< ESC&l
  void text_control(const PclField& field);  ///< ESC&k
  void cursor(const PclField& field);        ///< ESC&a
  void choose_font(const PclField& field);   ///< ESC( and ESC)

  void set_paper(int number);
  void set_lines_a_page(std::int64_t lines);
  void set_orientation(int orientation);
  void set_direction(int degrees);
  void set_source(int source);
  void set_sides(int value);
  void select_side(int side);
  void change_media() {
    eject_marked();
    home();
  }
  void set_top(std::int64_t lines);
  void set_length(std::int64_t lines);
  void set_left(std::int64_t column);
  void set_right(std::int64_t column);
  void clear_side_margins();
  void set_line(std::int64_t size);
  void font_changed() { env.column_set = false; }

  void form_feed();
  void line_feed(bool half = false);
  void carriage_return();
  void back_space();
  void tab();
  void move_x(std::int64_t to, bool relative);
  void move_y(std::int64_t to, bool relative);
  void move_rows(double rows, bool relative);
  void push_cursor();
  void pop_cursor();
  /// `count` characters; `ink`: one of them is no blank.
  void text(std::int64_t count, bool ink);
  void mark() { marked_ = Marks::yes; }
  void maybe_mark() {
    if (marked_ == Marks::no) marked_ = Marks::maybe;
  }
  /// The page leaves if anything is on it.
  void eject_marked();
  bool marked() const { return marked_ == Marks::yes; }

 protected:
  /// Of the page that is about to leave, overlays included.
  virtual Colour page_colour() = 0;
  /// It is gone.
  virtual void next_page() = 0;

 private:
  enum class Marks : std::uint8_t { no, maybe, yes };
  std::int64_t page_height() const;
  std::int64_t page_width() const;
  std::int64_t home_y() const { return env.top + env.line * 3 / 4; }
  void home();
  bool at_home() const { return x_ == env.left && y_ == home_y(); }
  void reset_margins();
  void eject();
  void advance(std::int64_t by, bool margins);
  void overflow();
  bool end_is_known() const;
  void empty_back();

  PageTally& tally_;
  Marks marked_ = Marks::no;
  std::int64_t x_ = 0, y_ = 0;
  std::int64_t widest_ = 0;  ///< where x would be in the widest of fonts
  bool moved_ = false, last_was_back_ = false, back_ = false, left_empty_ = false;
  std::vector<std::pair<std::int64_t, std::int64_t>> cursors_;
};

}  // namespace printrouter::languages
