// SPDX-License-Identifier: Apache-2.0
#pragma once
/// HP-GL/2 within PCL 5 (Technical Reference Manual, chapters 17 to 23), only as far as something is drawn:
/// PG and the like do not move paper here.
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace printrouter::languages {

class PclPlotter {
 public:
  /// Takes all up to an ESC outside of text, answers how many bytes.
  std::size_t take(std::string_view bytes);
  /// Something was drawn since the last `clear`.
  bool drew() const { return drew_; }
  /// With a pen other than black, or after pens were given colours.
  bool drew_coloured() const { return drew_coloured_; }
  bool in_label() const { return in_ == In::label; }
  void clear() { drew_ = drew_coloured_ = false; }
  void reset() { *this = {}; }

 private:
  void command();
  void draw();

  enum class In : std::uint8_t { command, arguments, label, encoded, comment, terminator } in_ = In::command;
  char name_[2] = {};
  unsigned letters_ = 0;
  char label_end_ = 3;
  std::int64_t pen_ = 1;
  bool number_begun_ = false, drew_ = false, drew_coloured_ = false, pens_changed_ = false;
};

}  // namespace printrouter::languages
