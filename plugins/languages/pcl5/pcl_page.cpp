// SPDX-License-Identifier: Apache-2.0
#include "pcl_page.hpp"

#include <algorithm>
#include <tuple>

#include "pcl_paper.hpp"

namespace printrouter::languages {
namespace {
constexpr std::int64_t half_inch = 3'600;
constexpr std::int64_t far = 10'000'000;  ///< beyond any page

std::int64_t sane(std::int64_t value) {
  return std::clamp(value, -far, far);
}
}  // namespace

std::int64_t PclPage::page_height() const {
  return (env.orientation + env.direction) & 1 ? env.paper_width : env.paper_height;
}

std::int64_t PclPage::page_width() const {
  // A quarter of an inch on each side is not the logical page's (1/5 inch on landscape).
  return (env.orientation + env.direction) & 1 ? env.paper_height - 2 * 1'440 : env.paper_width - 2 * 1'800;
}

void PclPage::reset_margins() {
  const std::int64_t height = page_height();
  env.top = height > half_inch ? half_inch : 0;
  env.length = height - env.top > half_inch ? height - env.top - half_inch : height - env.top;
  env.length_set = false;
  clear_side_margins();
}

void PclPage::clear_side_margins() {
  env.left = 0;
  env.right = page_width();
}

void PclPage::home() {
  x_ = widest_ = env.left;
  y_ = home_y();
  moved_ = false;
}

/// ESC E, and the end of a document: the page leaves if marked, all is as the device's menu says.
void PclPage::reset() {
  eject_marked();
  empty_back();
  env = {};
  back_ = false;
  reset_margins();
  home();
}

/// The back of a sheet stays empty.
void PclPage::empty_back() {
  left_empty_ |= back_;
}

void PclPage::eject() {
  // Before other pages: sheets do not follow from sides then.
  if (left_empty_) tally_.doubt_sides();
  tally_.page(page_colour(), env.copies, env.sides, env.paper_set ? env.media : std::string());
  marked_ = Marks::no;
  next_page();
  back_ = (env.sides == Sides::long_edge || env.sides == Sides::short_edge) && !back_;
}

void PclPage::eject_marked() {
  if (marked_ == Marks::no) return;
  if (marked_ == Marks::maybe)
    tally_.doubt_pages("a page ends with nothing but blanks on it, which devices print or drop");
  eject();
}

void PclPage::set_paper(int number) {
  eject_marked();
  empty_back();
  env.direction = 0;
  env.paper_set = true;
  env.paper_known = false;
  env.media.clear();
  for (const PclPaper& paper : pcl_papers)
    if (paper.number == number) {
      env.paper_width = paper.width;
      env.paper_height = paper.height;
      env.media = paper.name;
      env.paper_known = true;
    }
  if (number == 101 && env.custom_width > 0 && env.custom_height > 0) {
    env.paper_width = env.custom_width;
    env.paper_height = env.custom_height;
    const auto mm = [](std::int64_t length) { return static_cast<double>(length) * mm_per_inch / 7200; };
    env.media = media_name(mm(env.custom_width), mm(env.custom_height));
    env.paper_known = true;
  }
  reset_margins();
  home();
}

/// ESC&l#P, the oldest way to say a page's length.
void PclPage::set_lines_a_page(std::int64_t lines) {
  eject_marked();
  empty_back();
  env.paper_set = true;
  env.paper_known = env.line_set && lines > 0;
  if (lines > 0 && lines * env.line < far) env.paper_height = lines * env.line;
  env.media.clear();
  reset_margins();
  home();
}

void PclPage::set_orientation(int orientation) {
  if (orientation < 0 || orientation > 3 || orientation == env.orientation) return;
  eject_marked();
  env.orientation = orientation;
  env.direction = 0;
  env.line = 1'200;
  env.line_set = false;
  env.column_set = false;
  reset_margins();
  home();
}

void PclPage::set_direction(int degrees) {
  if (degrees % 90 == 0 && degrees >= 0 && degrees <= 270) env.direction = degrees / 90;
}

void PclPage::set_source(int source) {
  // 0 says no tray but "print this page": what was begun is printed, and only what was not is left to the
  // device.
  if (source == 0 && marked_ == Marks::maybe) mark();
  if (source == 0 && marked_ == Marks::no && moved_)
    tally_.doubt_pages("an empty page is to be printed, which devices do or not");
  eject_marked();
  home();
  if (source == 0) return;
  if (source != env.source) empty_back();
  env.source = source;
}

void PclPage::set_sides(int value) {
  eject_marked();
  home();
  empty_back();
  if (value < 0 || value > 2) return;
  env.sides = value == 0 ? Sides::one : value == 1 ? Sides::long_edge : Sides::short_edge;
  back_ = false;
}

void PclPage::select_side(int side) {
  eject_marked();
  home();
  if ((side == 1 && back_) ||
      (side == 2 && !back_ && env.sides != Sides::one && env.sides != Sides::unsaid)) {
    left_empty_ = true;
    back_ = side == 2;
  }
}

void PclPage::set_top(std::int64_t lines) {
  const std::int64_t height = page_height(), top = sane(lines * env.line);
  if (env.line == 0 || lines < 0 || top > height) return;
  env.top = top;
  env.length = height - top > half_inch ? height - top - half_inch : height - top;
  if (marked_ == Marks::no && !moved_) y_ = home_y();
}

void PclPage::set_length(std::int64_t lines) {
  std::int64_t length = sane(lines * env.line);
  if (length == 0) {
    length = page_height() - env.top - half_inch;
    if (length < 0) length += half_inch;
  }
  if (length >= 0 && env.top + length <= page_height()) {
    env.length = length;
    env.length_set = env.top + length <= 11 * 7'200;  // within any paper that might lie there
  }
}

void PclPage::set_left(std::int64_t column) {
  const std::int64_t left = sane(column * env.column);
  if (left < 0 || left >= env.right) return;
  env.left = left;
  x_ = std::max(x_, left);
}

void PclPage::set_right(std::int64_t column) {
  const std::int64_t right = std::min(sane((column + 1) * env.column), page_width());
  if (right > env.left) env.right = right;
}

void PclPage::set_line(std::int64_t size) {
  if (size < 0 || size > page_height()) return;
  // On the first line the cursor goes with it.
  const bool first_line = at_home();
  env.line = size;
  env.line_set = true;
  if (first_line) y_ = home_y();
}

/// Where the text of a page ends follows from the document alone.
bool PclPage::end_is_known() const {
  return env.direction == 0 && env.line_set && (env.length_set || (env.paper_set && env.paper_known));
}

void PclPage::overflow() {
  if (!end_is_known())
    tally_.doubt_pages(
        "text runs over the end of a page whose size or line spacing the document leaves to the device");
  else if (marked_ != Marks::yes)
    tally_.doubt_pages("line feeds run over the end of an empty page");
  eject();
}

void PclPage::form_feed() {
  if (env.line_termination & 2) carriage_return();
  eject();
  y_ = home_y();
  moved_ = false;
}

/// Down by lines; beyond the end of the text area (or of the page, without perforation skip) the page leaves.
void PclPage::advance(std::int64_t by, bool margins) {
  const std::int64_t last = margins ? env.top + env.length : page_height();
  std::int64_t to = y_ + by;
  if (to <= last) {
    y_ = std::max<std::int64_t>(to, 0);
    return;
  }
  std::int64_t from = y_;
  for (int pages = 0; to > last && pages < 4; ++pages) {
    overflow();
    to -= from <= last ? last : from;
    from = margins ? home_y() : env.line * 3 / 4;
    if (env.line == 0 || to <= env.line) {
      to = from;
      break;
    }
    to += from - 1 - (to - 1) % env.line;
  }
  y_ = std::min(to, last);
}

void PclPage::line_feed(bool half) {
  if (!half && env.line_termination & 2) carriage_return();
  moved_ = true;
  advance(half ? env.line / 2 : env.line, env.skip_perforation);
}

void PclPage::back_space() {
  last_was_back_ = true;
  x_ = std::max(x_ - env.column, x_ >= env.left ? env.left : 0);
}

void PclPage::carriage_return() {
  x_ = widest_ = env.left;
  last_was_back_ = false;
}

void PclPage::tab() {
  const std::int64_t stop = 8 * env.column, x = std::max<std::int64_t>(x_ - env.left, 0);
  if (stop > 0) x_ = std::min(env.left + (x / stop + 1) * stop, std::max(env.right, x_));
}

void PclPage::move_x(std::int64_t to, bool relative) {
  moved_ = true;
  x_ = std::clamp<std::int64_t>(relative ? x_ + sane(to) : sane(to), 0,
                                std::max<std::int64_t>(page_width(), 0));
  widest_ = x_;
}

void PclPage::move_y(std::int64_t to, bool relative) {
  moved_ = true;
  y_ = std::clamp<std::int64_t>(relative ? y_ + sane(to) : env.top + sane(to), 0, page_height());
}

void PclPage::move_rows(double rows, bool relative) {
  moved_ = true;
  const auto by = static_cast<std::int64_t>(std::clamp(rows, -1e4, 1e4) * static_cast<double>(env.line));
  if (!relative) {
    y_ = std::clamp<std::int64_t>(home_y() + by, 0, page_height());
    return;
  }
  const std::int64_t most = 2 * page_height() - y_;
  if (by >= most) tally_.doubt_pages("a move by more rows than the next page has");
  advance(std::min(by, most), false);
}

void PclPage::push_cursor() {
  if (cursors_.size() < 20) cursors_.emplace_back(x_, y_);
}

void PclPage::pop_cursor() {
  if (cursors_.empty()) return;
  std::tie(x_, y_) = cursors_.back();
  cursors_.pop_back();
  widest_ = x_;
  moved_ = true;
}

void PclPage::text(std::int64_t count, bool ink) {
  moved_ = true;
  if (!env.wrap) {
    if (ink)
      mark();
    else
      maybe_mark();
    x_ = std::min(x_ + count * env.column, far);
    return;
  }
  const auto& font = env.font[env.current_font];
  const bool fixed = font.known && font.fixed && env.column > 0;
  std::int64_t limit = x_ <= env.right ? std::min(env.right, page_width()) : page_width();
  widest_ = std::min(widest_ + count * 3 * std::max<std::int64_t>(env.column, 720), far);
  if (!fixed && widest_ > limit)
    tally_.doubt_pages("text wraps at the line's end in a font whose widths only the device knows");
  const std::int64_t width = std::max<std::int64_t>(env.column, 1);
  for (std::int64_t left = count; left > 0;) {
    const std::int64_t room = last_was_back_ ? 1 : std::max<std::int64_t>((limit - x_) / width, 0);
    const std::int64_t here = std::min(left, room);
    if (here > 0) {
      if (ink)
        mark();
      else
        maybe_mark();
      x_ += here * width;
      left -= here;
      last_was_back_ = false;
    }
    if (left == 0) break;
    if (x_ == env.left &&
        here == 0) {  // not even one fits: print it beyond the margin, as nothing else helps
      mark();
      break;
    }
    carriage_return();
    limit = std::min(env.right, page_width());
    advance(env.line, env.skip_perforation);
    if (env.line == 0) break;
  }
}

}  // namespace printrouter::languages
