// SPDX-License-Identifier: Apache-2.0
#include "text_analyser.hpp"

namespace printrouter::languages {
namespace {
/// Six lines an inch on US Letter with half-inch margins, ten characters an
/// inch.
constexpr std::int64_t lines_a_page = 60, characters_a_line = 80;
}  // namespace

void TextAnalyser::new_line() {
  column_ = 0;
  if (++lines_ < lines_a_page) return;
  if (ink_) ++pages_;
  lines_ = 0;
  ink_ = false;
}

std::size_t TextAnalyser::parse(std::string_view bytes) {
  for (const char c : bytes) {
    if (c == '\f') {
      ++pages_;
      lines_ = column_ = 0;
      ink_ = false;
    } else if (c == '\n') {
      new_line();
    } else if (const auto byte = static_cast<unsigned char>(c); byte >= 0x20 && (byte & 0xc0) != 0x80) {
      if (column_ == characters_a_line) new_line();
      ++column_;
      ink_ |= c != ' ';
    }
  }
  return bytes.size();
}

void TextAnalyser::finish(sdk::Analysis& out) {
  const std::int64_t pages = pages_ + (ink_ ? 1 : 0);
  out.why = "plain text: how many lines a page takes is the device's setting";
  out.pages = out.mono_pages = sdk::estimate(pages);
  out.color_pages = sdk::estimate(0);
}

}  // namespace printrouter::languages
