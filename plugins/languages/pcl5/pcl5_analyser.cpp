// SPDX-License-Identifier: Apache-2.0
#include "pcl5_analyser.hpp"

#include <algorithm>
#include <utility>

namespace printrouter::languages {
namespace {
constexpr char esc = '\x1b';

/// Control codes that do something; all other bytes below a blank print nothing.
bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20;
}
/// Text parsing methods (ESC&t#P) of Asian code pages: what begins a character of two bytes.
bool two_bytes(int method, char c) {
  const auto byte = static_cast<unsigned char>(c);
  if (method == 21) return byte >= 0x21;
  if (method == 31) return (byte >= 0x81 && byte <= 0x9f) || (byte >= 0xe0 && byte <= 0xfc);
  return method == 38 && byte >= 0x80;
}
}  // namespace

void Pcl5Analyser::damaged(std::string_view why) {
  tally_.give_up(why);
  end();
}

std::size_t Pcl5Analyser::parse(std::string_view bytes) {
  std::size_t used = 0;
  while (!ended() && used < bytes.size()) {
    const bool recorded = macros_.defining();
    const std::size_t n = unit(bytes.substr(used));
    if (n == 0) break;
    if (recorded && macro_level_ == 0) macros_.record(bytes.substr(used, n));
    used += n;
  }
  return used;
}

std::size_t Pcl5Analyser::unit(std::string_view bytes) {
  if (data_left_ > 0) return data(bytes);
  if (displaying_) return displayed(bytes);
  if (combined_) {
    PclField next{.type = type_, .group = group_};
    const std::size_t n = next.read(bytes, 0);
    if (n > 0) execute(next);
    return n;
  }
  if (plotting_) {
    const std::size_t n = plotter_.take(bytes);
    if (!macros_.defining() && plotter_.drew()) {
      mark();
      if (plotter_.drew_coloured()) ink_.plot();
    }
    plotter_.clear();
    if (n > 0) return n;
  }
  return bytes[0] == esc ? escape(bytes) : plain(bytes);
}

std::size_t Pcl5Analyser::plain(std::string_view bytes) {
  if (!is_control(bytes[0])) {
    std::size_t n = 1;
    bool ink_seen = bytes[0] != ' ';
    if (text_parsing_ > 1) {  // the second of two bytes may be any
      if (two_bytes(text_parsing_, bytes[0])) ++n;
      if (bytes.size() < n) return 0;
    } else {
      while (n < bytes.size() && !is_control(bytes[n])) ink_seen |= bytes[n++] != ' ';
    }
    if (macros_.defining()) return n;
    if (ink_seen) ink_.draw();
    text(static_cast<std::int64_t>(n), ink_seen);
    return n;
  }
  if (macros_.defining()) return 1;
  switch (bytes[0]) {
    case '\f':
      form_feed();
      break;
    case '\n':
      line_feed();
      break;
    case '\r':
      carriage_return();
      if (env.line_termination & 1) line_feed();
      break;
    case '\b':
      back_space();
      break;
    case '\t':
      tab();
      break;
    case '\x0e':
      env.current_font = 1;
      font_changed();
      break;
    case '\x0f':
      env.current_font = 0;
      font_changed();
      break;
    default:
      break;
  }
  return 1;
}

/// ESC Y to ESC Z: everything is printed, nothing done but a carriage return.
std::size_t Pcl5Analyser::displayed(std::string_view bytes) {
  if (bytes[0] == esc) {
    if (bytes.size() < 2) return 0;
    if (bytes[1] == 'Z') {
      displaying_ = false;
      return 2;
    }
  }
  if (macros_.defining()) return 1;
  if (bytes[0] == '\r') {
    carriage_return();
    line_feed();
    return 1;
  }
  std::size_t n = 1;
  while (n < bytes.size() && bytes[n] != esc && bytes[n] != '\r') ++n;
  ink_.draw();
  text(static_cast<std::int64_t>(n), true);
  return n;
}

std::size_t Pcl5Analyser::escape(std::string_view bytes) {
  if (bytes.size() < 2) return 0;
  const char type = bytes[1];
  if (type < 0x21 || type > 0x2f) {
    if (type >= 0x30 && type <= 0x7e) {
      simple_escape(type);
      return 2;
    }
    return 1;
  }
  if (bytes.size() < 3) return 0;
  PclField first{.type = type};
  std::size_t at = 2;
  if (bytes[2] >= 0x60 && bytes[2] <= 0x7e) first.group = bytes[at++];
  const std::size_t n = first.read(bytes, at);
  if (n == 0) return 0;
  type_ = first.type;
  group_ = first.group;
  execute(first);
  return n;
}

void Pcl5Analyser::simple_escape(char command) {
  if (command == 'Y') displaying_ = true;
  if (macros_.defining() && command != 'E') return;
  if (command == 'E') full_reset();
  if (command == '9') clear_side_margins();
  if (command == '=') line_feed(true);
}

void Pcl5Analyser::full_reset() {
  if (macro_level_ > 0) {
    tally_.doubt_pages("a macro that resets the device");
    return;
  }
  macros_.remove_temporary();
  reset();
  overlay_on_ = plotting_ = displaying_ = false;
  ink_.reset();
  plotter_.reset();
  text_parsing_ = 0;
}

/// The next bytes belong to the command just read.
void Pcl5Analyser::expect(Data kind, std::int64_t bytes, char type, char group) {
  data_kind_ = kind;
  data_left_ = static_cast<std::uint64_t>(std::max<std::int64_t>(bytes, 0));
  data_type_ = type;
  data_group_ = group;
}

std::size_t Pcl5Analyser::data(std::string_view bytes) {
  const auto here = static_cast<std::size_t>(std::min<std::uint64_t>(data_left_, bytes.size()));
  if (macros_.defining() || data_kind_ == Data::skipped) {
    data_left_ -= here;
    return here;
  }
  if (data_kind_ == Data::text) {
    ink_.draw();
    text(static_cast<std::int64_t>(here), true);
    data_left_ -= here;
    return here;
  }
  if (data_kind_ == Data::kept) {
    const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(data_left_, 256));
    if (here < wanted) return 0;
    take_kept(bytes.substr(0, wanted));
    data_left_ -= wanted;
    data_kind_ = Data::skipped;
    return wanted;
  }
  // Raster: as a whole where the palette may make it coloured.
  if (!ink_.looks()) {
    data_left_ -= here;
    data_kind_ = Data::skipped;
    return here;
  }
  if (data_left_ > PclRaster::most_row) {
    ink_.doubt();
    data_kind_ = Data::skipped;
    return data(bytes);
  }
  if (here < data_left_) return 0;
  ink_.row(bytes.substr(0, here), data_kind_ == Data::row);
  data_left_ = 0;
  return here;
}

void Pcl5Analyser::execute(PclField field) {
  combined_ = field.command >= 0x60;
  if (field.command == 0) return;
  if (combined_) field.command = static_cast<char>(field.command - 32);
  if (macros_.defining()) return record(field);
  if (field.type == '%' && field.group == 0) {
    if (field.command == 'X' && field.value() == -12345) {
      full_reset();
      left_language_ = true;
      if (macro_level_ == 0) end();
    } else if (field.command == 'A' || field.command == 'B') {
      plotting_ = field.command == 'B';
    }
  } else if (field.command == 'W') {
    begin_data(field);
  } else if (field.type == '&') {
    ampersand(field);
  } else if (field.type == '*') {
    asterisk(field);
  } else if (field.type == '(' || field.type == ')') {
    choose_font(field);
  }
}

/// Into a macro: not done; but data is data, and the end must be seen.
void Pcl5Analyser::record(const PclField& field) {
  const char command = field.command;
  if (field.type == '&' && field.group == 'f' && command == 'X' && field.value() == 1) macros_.stop();
  if (command == 'W' || (field.group == 'p' && field.type == '&' && command == 'X') ||
      (field.type == '*' && field.group == 'b' && command == 'V'))
    expect(Data::skipped, field.value(), field.type, field.group);
}

void Pcl5Analyser::begin_data(const PclField& field) {
  const bool kept = (field.type == '*' && (field.group == 'v' || field.group == 'c' || field.group == 'l')) ||
                    (field.type == '&' && (field.group == 'a' || field.group == 'n'));
  const bool is_row = field.type == '*' && field.group == 'b';
  if (is_row) {
    mark();
    if (field.value() <= 0 && ink_.looks()) ink_.row({}, true);
    ink_.row_drawn();
  }
  expect(is_row ? Data::row : kept ? Data::kept : Data::skipped, field.value(), field.type, field.group);
}

void Pcl5Analyser::ampersand(const PclField& field) {
  const char command = field.command;
  const std::int64_t value = field.value();
  switch (field.group) {
    case 'l':
      page_control(field);
      break;
    case 'a':
      cursor(field);
      break;
    case 'k':
      text_control(field);
      break;
    case 'f':
      if (command == 'Y') macros_.id = value;
      if (command == 'X') control_macro(value);
      if (command == 'S') value == 0 ? push_cursor() : pop_cursor();
      if (command == 'I') env.custom_width = field.value(0, 100'000) * 10;
      if (command == 'J') env.custom_height = field.value(0, 100'000) * 10;
      break;
    case 's':
      if (command == 'C') env.wrap = value == 0;
      break;
    case 'u':
      if (command == 'D' && value >= 96 && value <= 7200) env.unit = 7200 / value;
      break;
    case 'p':
      if (command == 'X') expect(Data::text, value, '&', 'p');
      break;
    case 'b':
      if (command == 'M') ink_.state.monochrome = value == 1;
      break;
    case 't':
      if (command == 'P')
        text_parsing_ =
            value == 83 || value == 1008 ? 0 : static_cast<int>(std::min<std::int64_t>(value, 99));
      break;
    case 'r':
      if (command == 'F') eject_marked();
      break;
    default:
      break;
  }
}

void Pcl5Analyser::asterisk(const PclField& field) {
  const char command = field.command;
  switch (field.group) {
    case 'b':
      if (command == 'V') expect(Data::plane, field.value(), '*', 'b');
      [[fallthrough]];
    case 't':
      ink_.raster(field);
      break;
    case 'r':
      if (command == 'A') maybe_mark();
      ink_.raster(field);
      break;
    case 'p':
      if (command == 'X') move_x(field.value() * env.unit, field.is_signed);
      if (command == 'Y') move_y(field.value() * env.unit, field.is_signed);
      [[fallthrough]];
    case 'v':
      ink_.color(field);
      break;
    case 'c':
      if (command == 'P') {
        mark();
        ink_.fill(field.value());
      }
      break;
    default:
      break;
  }
}

void Pcl5Analyser::take_kept(std::string_view bytes) {
  if (data_type_ == '*') {
    ink_.take(data_group_, bytes);
  } else if (data_group_ == 'a') {
    tally_.doubt_pages("a logical page of the document's own size");
  } else {
    if (bytes[0] == 4 || bytes[0] == 5 || bytes[0] == 21) macros_.id = -1;  // a macro by name
    if (bytes[0] == 100) change_media();
  }
}

void Pcl5Analyser::control_macro(std::int64_t what) {
  if (macro_level_ > 0 && what != 2 && what != 3) return;  // no other macro operation is allowed within one
  switch (what) {
    case 0:
      macros_.start();
      break;
    case 2:
    case 3:
      run_macro(macros_.id, what == 3);
      break;
    case 4:
      overlay_on_ = true;
      overlay_id_ = macros_.id;
      overlay_version_ = 0;
      break;
    case 5:
      overlay_on_ = false;
      break;
    case 6:
      macros_.remove_all();
      break;
    case 7:
      macros_.remove_temporary();
      break;
    case 8:
      macros_.remove(macros_.id);
      break;
    case 9:
    case 10:
      macros_.keep(what == 10);
      break;
    default:
      break;
  }
}

void Pcl5Analyser::run_macro(std::int64_t id, bool keep_environment) {
  constexpr int most_level = 3;
  if (macro_level_ >= most_level) return;
  const std::string* found = macros_.find(id);
  if (!found || id < 0 || macros_.lost()) {
    tally_.doubt_pages("a macro that lies in the device runs");
    ink_.doubt();
    return;
  }
  const std::string text = *found;  // it may be replaced while it runs
  if (!keep_environment) return run(text);
  const PclEnvironment saved = env;
  const PclColour saved_colour = ink_.state;
  run(text);
  env = saved;
  ink_.state = saved_colour;
}

void Pcl5Analyser::run(const std::string& text) {
  macro_bytes_ += text.size() + 64;
  if (macro_bytes_ > most_macro_bytes) return damaged("macros that run without end");
  const bool combined = combined_;
  const char type = type_, group = group_;
  combined_ = false;
  ++macro_level_;
  std::size_t at = 0;
  while (!ended() && at < text.size()) {
    const std::size_t n = unit(std::string_view(text).substr(at));
    if (n == 0) break;
    at += n;
  }
  --macro_level_;
  data_left_ = 0;
  displaying_ = false;
  combined_ = combined;
  type_ = type;
  group_ = group;
}

/// Before a page leaves, the overlay is laid over it, in an environment of its own: it does the same each
/// time.
Colour Pcl5Analyser::page_colour() {
  if (overlay_on_ && !in_overlay_) {
    if (overlay_version_ != macros_.version + 1) {
      in_overlay_ = true;
      const PclInk::Marks marks = ink_.swap_marks({});
      const std::int64_t pages = tally_.pages();
      const PclColour saved = std::exchange(ink_.state, {});
      run_macro(overlay_id_, true);
      ink_.state = saved;
      if (tally_.pages() != pages) tally_.doubt_pages("an overlay that ejects pages");
      overlay_ = ink_.swap_marks(marks);
      overlay_version_ = macros_.version + 1;
      in_overlay_ = false;
    }
    ink_.add(overlay_);
  }
  return ink_.page();
}

void Pcl5Analyser::next_page() {
  ink_.next_page();
}

void Pcl5Analyser::finish(sdk::Analysis& out) {
  if (!tally_.given_up()) {
    // A file that was cut short looks like one that ends without a reset; in the middle of data it cannot be
    // one.
    if (data_left_ > 0 || macros_.defining() || (!whole() && !left_language_))
      tally_.give_up("PCL 5 that breaks off in a command");
    else
      eject_marked();
    if (plotter_.in_label()) tally_.doubt_pages("an HP-GL/2 label without end");
  }
  tally_.report(out);
}

}  // namespace printrouter::languages
