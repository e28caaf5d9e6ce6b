// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Takes a fuzzer's bytes apart: a few choices first, the conversation behind them.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace printrouter::fuzz {

class Input {
 public:
  Input(const uint8_t* data, size_t size) : rest_(reinterpret_cast<const char*>(data), size) {}
  /// One byte of choices, 0 when there are no more.
  uint8_t choice() {
    if (rest_.empty()) return 0;
    const auto byte = static_cast<uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return byte;
  }
  std::string_view rest() const { return rest_; }
  /// The rest in pieces: a length byte, then so many bytes.
  std::vector<std::string> pieces() {
    std::vector<std::string> all;
    while (!rest_.empty()) {
      const size_t said = choice();
      const size_t length = std::min(said, rest_.size());
      if (length) all.emplace_back(rest_.substr(0, length));
      rest_.remove_prefix(length);
    }
    return all;
  }

 private:
  std::string_view rest_;
};

/// What must hold, in every build.
inline void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace printrouter::fuzz
