// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Plain text: form feeds and lines. How many lines a page takes, and how long
/// they are, the device decides.
#include "../shared/chunked_analyser.hpp"

namespace printrouter::languages {

class TextAnalyser : public ChunkedAnalyser {
 public:
  static constexpr const char* media_type = "text/plain";
  TextAnalyser() : ChunkedAnalyser(1) {}
  void finish(sdk::Analysis& out) override;

 private:
  std::size_t parse(std::string_view bytes) override;
  void new_line();

  std::int64_t pages_ = 0, lines_ = 0, column_ = 0;
  bool ink_ = false;
};

}  // namespace printrouter::languages
