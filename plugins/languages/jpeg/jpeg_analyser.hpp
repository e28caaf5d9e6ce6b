// SPDX-License-Identifier: Apache-2.0
#pragma once
/// JPEG (ITU-T T.81 annex B): one picture, one page. The frame header says
/// whether it is grey; the pixels of a coloured one are not decoded.
#include "../shared/chunked_analyser.hpp"

namespace printrouter::languages {

class JpegAnalyser : public ChunkedAnalyser {
 public:
  static constexpr const char* media_type = "image/jpeg";
  JpegAnalyser() : ChunkedAnalyser(64) {}
  void finish(sdk::Analysis& out) override;

 private:
  std::size_t parse(std::string_view bytes) override;
  std::size_t marker(std::string_view bytes);

  enum class At { start, marker, coded, done, damaged } at_ = At::start;
  unsigned components_ = 0;
};

}  // namespace printrouter::languages
