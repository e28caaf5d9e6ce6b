// SPDX-License-Identifier: Apache-2.0
#include "pcl_plotter.hpp"

#include <algorithm>

namespace printrouter::languages {
namespace {
char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
}
bool is(const char* name, std::string_view word) {
  return name[0] == word[0] && name[1] == word[1];
}
}  // namespace

void PclPlotter::draw() {
  drew_ = true;
  if (pen_ > 1 || pens_changed_) drew_coloured_ = true;
}

void PclPlotter::command() {
  in_ = In::arguments;
  number_begun_ = false;
  constexpr std::string_view drawing[] = {"PD", "FP", "EP", "EA", "ER", "RA", "RR", "WG", "EW",
                                          "CI", "AA", "AR", "AT", "RT", "BR", "BZ", "SM"};
  if (is(name_, "LB")) in_ = In::label;
  if (is(name_, "PE")) in_ = In::encoded;
  if (is(name_, "CO")) in_ = In::comment;
  if (is(name_, "DT")) in_ = In::terminator;
  if (is(name_, "PC") || is(name_, "NP")) pens_changed_ = true;
  if (is(name_, "SP")) pen_ = 0;
  if (is(name_, "IN")) pen_ = 1;
  if (is(name_, "PE") || std::ranges::any_of(drawing, [&](std::string_view word) { return is(name_, word); }))
    draw();
}

std::size_t PclPlotter::take(std::string_view bytes) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    const char c = bytes[at];
    switch (in_) {
      case In::label: {
        const std::size_t end = bytes.find(label_end_, at);
        if (end != at) draw();
        if (end == std::string_view::npos) return bytes.size();
        at = end + 1;
        in_ = In::command;
        continue;
      }
      case In::encoded: {
        const std::size_t end = bytes.find_first_of(";\x1b", at);
        if (end == std::string_view::npos) return bytes.size();
        in_ = In::command;
        at = end;
        continue;
      }
      case In::comment:
        if (c == '"') {
          in_ = name_[0] ? In::comment : In::command;
          name_[0] = 0;  // the second quotation mark ends it
        } else if (c == '\x1b' || (c == ';' && name_[0])) {
          in_ = In::command;
          continue;
        }
        ++at;
        continue;
      case In::terminator:
        if (c != ';' && c != '\x1b') label_end_ = c;
        in_ = In::command;
        if (c == '\x1b') continue;
        ++at;
        continue;
      case In::arguments:
        if (is(name_, "SP") && c >= '0' && c <= '9') {
          pen_ = std::min<std::int64_t>(pen_ * 10 + (c - '0'), 1000);
          ++at;
          continue;
        }
        in_ = c == ';' || c == '\x1b' || (upper(c) >= 'A' && upper(c) <= 'Z') ? In::command : In::arguments;
        if (in_ == In::arguments) ++at;
        continue;
      case In::command:
        if (c == '\x1b') {
          letters_ = 0;
          return at;
        }
        ++at;
        if (upper(c) >= 'A' && upper(c) <= 'Z') {
          name_[letters_++] = upper(c);
          if (letters_ == 2) {
            letters_ = 0;
            command();
          }
        } else if (c == ';') {
          letters_ = 0;
        }
        continue;
    }
  }
  return at;
}

}  // namespace printrouter::languages
