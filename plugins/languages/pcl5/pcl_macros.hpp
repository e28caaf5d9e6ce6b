// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Macros of PCL 5 (Technical Reference Manual, chapter 12): what is recorded, within bounds.
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace printrouter::languages {

class PclMacros {
 public:
  static constexpr std::size_t most_bytes = 2 << 20, most_macros = 256;

  std::int64_t id = 0;  ///< of ESC&f#Y
  bool defining() const { return defining_; }
  void start() {
    defining_ = true;
    text_.clear();
  }
  void record(std::string_view bytes) {
    if (text_.size() + kept_ + bytes.size() > most_bytes)
      lost_ = true;
    else
      text_ += bytes;
  }
  void stop() {
    defining_ = false;
    remove(id);
    if (macros_.size() >= most_macros) lost_ = true;
    if (!lost_) {
      kept_ += text_.size();
      macros_[id] = {text_, false};
    }
    text_.clear();
    ++version;
  }
  void remove(std::int64_t which) {
    if (const auto found = macros_.find(which); found != macros_.end()) {
      kept_ -= found->second.text.size();
      macros_.erase(found);
      ++version;
    }
  }
  void remove_all() {
    macros_.clear();
    kept_ = 0;
    ++version;
  }
  void remove_temporary() {
    for (auto at = macros_.begin(); at != macros_.end();) {
      if (at->second.permanent) {
        ++at;
        continue;
      }
      kept_ -= at->second.text.size();
      at = macros_.erase(at);
    }
    defining_ = false;
    ++version;
  }
  void keep(bool permanent) {
    if (const auto found = macros_.find(id); found != macros_.end()) found->second.permanent = permanent;
  }
  const std::string* find(std::int64_t which) const {
    const auto found = macros_.find(which);
    return found == macros_.end() ? nullptr : &found->second.text;
  }
  /// More was recorded than is kept.
  bool lost() const { return lost_; }

  std::uint64_t version = 0;  ///< changes with any macro

 private:
  struct Macro {
    std::string text = {};
    bool permanent = false;
  };
  std::map<std::int64_t, Macro> macros_;
  std::string text_;
  std::size_t kept_ = 0;
  bool defining_ = false, lost_ = false;
};

}  // namespace printrouter::languages
