// SPDX-License-Identifier: Apache-2.0
/// The PDF plugin with a planted error: a page more than there is, and sure of it. The demo must notice.
#include "pdf_analyser.hpp"

namespace printrouter::pdf {
namespace {
class PlusOne : public PdfAnalyser {
 public:
  using PdfAnalyser::PdfAnalyser;
  void finish(sdk::Analysis& out) override {
    PdfAnalyser::finish(out);
    ++out.pages.value;
    ++out.mono_pages.value;
  }
};

class PlusOnePlugin : public sdk::Plugin {
 public:
  using Plugin::Plugin;
  const void* extension(std::string_view id) override {
    static constexpr pr_language table = sdk::seekable_language<PlusOne>("application/pdf");
    return id == PR_LANGUAGE_ID ? &table : nullptr;
  }
};
}  // namespace
}  // namespace printrouter::pdf

PRINTROUTER_PLUGIN(printrouter::pdf::PlusOnePlugin, "pdf-plus-one", "0.1.0")
