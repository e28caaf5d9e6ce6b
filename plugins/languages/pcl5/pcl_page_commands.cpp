// SPDX-License-Identifier: Apache-2.0
// Escape sequences that shape the page, move the cursor or choose a font.
#include <algorithm>
#include <cmath>

#include "pcl_page.hpp"

namespace printrouter::languages {

void PclPage::page_control(const PclField& f) {
  const std::int64_t value = f.value();
  const auto small = static_cast<int>(f.value(-100'000, 100'000));
  switch (f.command) {
    case 'A':
      set_paper(std::abs(small));
      break;
    case 'C':
      set_line(std::llround(std::min(std::fabs(f.number), 1e4) * 150));
      break;
    case 'D':
      if (value >= 0 && value <= 48 && 48 % (value ? value : 12) == 0) set_line(7200 / (value ? value : 12));
      break;
    case 'E':
      set_top(value);
      break;
    case 'F':
      set_length(value);
      break;
    case 'H':
      set_source(small);
      break;
    case 'L':
      if (value == 0 || value == 1) env.skip_perforation = value == 1;
      break;
    case 'M':
      change_media();
      break;
    case 'O':
      set_orientation(small);
      break;
    case 'P':
      set_lines_a_page(value);
      break;
    case 'S':
      set_sides(small);
      break;
    case 'X':
      if (value >= 1) env.copies = std::min<std::int64_t>(value, 32'767);
      break;
    default:
      break;
  }
}

void PclPage::text_control(const PclField& f) {
  const std::int64_t value = f.value();
  switch (f.command) {
    case 'G':
      if (value >= 0 && value <= 3) env.line_termination = static_cast<int>(value);
      break;
    case 'H':
      env.column = std::llround(std::min(std::fabs(f.number), 1e6) * 60);
      env.column_set = true;
      break;
    case 'S':
      env.font[0].pitch_said = env.font[1].pitch_said = false;
      env.font[0].known = env.font[1].known = false;
      env.column = value == 2 ? 432 : value == 4 ? 600 : 720;
      break;
    default:
      break;
  }
}

void PclPage::cursor(const PclField& f) {
  const std::int64_t value = f.value();
  const double number = std::clamp(f.number, -1e6, 1e6);
  switch (f.command) {
    case 'C':
      move_x(static_cast<std::int64_t>(number * static_cast<double>(env.column)), f.is_signed);
      break;
    case 'H':
      move_x(static_cast<std::int64_t>(number * 10), f.is_signed);
      break;
    case 'R':
      move_rows(number, f.is_signed);
      break;
    case 'V':
      move_y(static_cast<std::int64_t>(number * 10), f.is_signed);
      break;
    case 'G':
      select_side(static_cast<int>(f.value(0, 9)));
      break;
    case 'L':
      set_left(value);
      break;
    case 'M':
      set_right(value);
      break;
    case 'P':
      set_direction(static_cast<int>(f.value(-1, 1000)));
      break;
    default:
      break;
  }
}

void PclPage::choose_font(const PclField& f) {
  PclEnvironment::Font& font = env.font[f.type == ')' ? 1 : 0];
  if (f.group == 's' && f.command == 'P') {
    font.fixed = f.value() == 0;
    font.spacing_said = true;
  } else if (f.group == 's' && f.command == 'H' && f.number > 0.1) {
    font.pitch_said = true;
    const std::int64_t pitch = std::llround(7200 / std::min(f.number, 600.0));
    env.column = (pitch + env.unit / 2) / env.unit * env.unit;
  } else if (f.group == 0 && (f.command == 'X' || f.command == '@')) {
    font = {};  // a font by its number, or the device's own
  }
  font.known = font.pitch_said && font.spacing_said;
  font_changed();
}

}  // namespace printrouter::languages
