// SPDX-License-Identifier: Apache-2.0
#pragma once
/// For formats made of small units (a header, a run, a command): the document
/// comes in pieces cut anywhere, the parser sees whole units.
#include <printrouter/language.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace printrouter::languages {

/// Derive, and take whole units off the front in `parse`. What is left over
/// comes again with more behind it. At most `most_unit` bytes are ever kept.
class ChunkedAnalyser : public sdk::StreamAnalyser {
 public:
  explicit ChunkedAnalyser(std::size_t most_unit) : most_unit_(most_unit) {}

  bool feed(std::string_view bytes) final {
    while (!ended_ && !bytes.empty()) {
      if (take_skipped(bytes)) continue;
      if (left_over_.empty()) {
        const std::size_t used = parse(bytes);
        bytes.remove_prefix(std::min(used, bytes.size()));
        if (ended_ || skip_ > 0) continue;
        // A unit longer than promised would pile up: no document of this
        // language.
        if (bytes.size() > most_unit_) ended_ = true;
        if (!ended_) left_over_.assign(bytes);
        return !ended_;
      }
      const std::size_t before = left_over_.size();
      const std::size_t more = std::min(bytes.size(), most_unit_ + 1 - std::min(before, most_unit_));
      left_over_.append(bytes.substr(0, more));
      const std::size_t used = std::min(parse(left_over_), left_over_.size());
      if (ended_) {
        left_over_.clear();
        break;
      }
      if (used < before) {
        left_over_.erase(0, used);
        bytes.remove_prefix(more);
        if (left_over_.size() > most_unit_) ended_ = true;
      } else {
        bytes.remove_prefix(used - before);
        left_over_.clear();
      }
    }
    return !ended_;
  }

 protected:
  /// Answers how many bytes were taken; fewer than a unit are left, unless the
  /// analysis has ended or a skip is on.
  virtual std::size_t parse(std::string_view bytes) = 0;
  /// The next `bytes` (behind what this parse takes) are of no interest. Return
  /// from parse at once.
  void skip(std::uint64_t bytes) { skip_ = bytes; }
  /// No need for more: the answer stands.
  void end() { ended_ = true; }
  bool ended() const { return ended_; }
  bool skipping() const { return skip_ > 0; }
  /// At finish: the unit that never became whole.
  std::string_view left_over() const { return left_over_; }
  /// At finish: nothing is left of a unit or a skip that began.
  bool whole() const { return left_over_.empty() && skip_ == 0; }

 private:
  bool take_skipped(std::string_view& bytes) {
    if (skip_ == 0) return false;
    if (!left_over_.empty()) {
      const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(skip_, left_over_.size()));
      left_over_.erase(0, n);
      skip_ -= n;
      return true;
    }
    const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(skip_, bytes.size()));
    bytes.remove_prefix(n);
    skip_ -= n;
    return true;
  }

  const std::size_t most_unit_;
  std::string left_over_;
  std::uint64_t skip_ = 0;
  bool ended_ = false;
};

inline std::uint32_t big_endian(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

}  // namespace printrouter::languages
