// SPDX-License-Identifier: Apache-2.0
#include "pdf_analyser.hpp"

namespace printrouter::pdf {
namespace {
class PdfPlugin : public sdk::Plugin {
 public:
  using Plugin::Plugin;
  const void* extension(std::string_view id) override {
    static constexpr pr_language table = sdk::seekable_language<PdfAnalyser>("application/pdf");
    return id == PR_LANGUAGE_ID ? &table : nullptr;
  }
};
}  // namespace
}  // namespace printrouter::pdf

PRINTROUTER_PLUGIN(printrouter::pdf::PdfPlugin, "pdf", "0.1.0")
