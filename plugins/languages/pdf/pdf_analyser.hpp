// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <printrouter/language.hpp>

namespace printrouter::pdf {

/// Reads a PDF by libqpdf: pages by walking the page tree, colours by reading each page's content. Bounded by
/// pages, nesting, stream sizes and 6 s of colour looking; what is beyond is said unknown, not guessed.
class PdfAnalyser : public sdk::SeekableAnalyser {
 public:
  /// Plugin configuration "depth": "pages" leaves colours out.
  PdfAnalyser(const sdk::Plugin& plugin, sdk::Reader reader);
  void finish(sdk::Analysis& out) override;

 private:
  bool look_for_colors_;
};

}  // namespace printrouter::pdf
