// SPDX-License-Identifier: Apache-2.0
/// PJL lines: what a driver says of a job around its document. Says nothing of pages.
#include "pjl_language.hpp"

namespace printrouter::pjl {
namespace {

sdk::Word said(const std::string& value) {
  return value.empty() ? sdk::Word() : sdk::exact(value);
}

std::string color_mode(std::string_view word) {
  if (word == "GRAYSCALE" || word == "BW" || word == "MONOCHROME" || word == "MONO") return "monochrome";
  return word == "COLOR" || word == "COLOUR" ? "color" : "";
}

class PjlPlugin : public sdk::Plugin {
 public:
  using Plugin::Plugin;
  const void* extension(std::string_view id) override {
    static constexpr pr_language table = sdk::stream_language<PjlAnalyser>("application/vnd.hp-PJL");
    return id == PR_LANGUAGE_ID ? &table : nullptr;
  }
};

}  // namespace

bool PjlAnalyser::feed(std::string_view bytes) {
  parser_.feed(bytes);
  return !parser_.done();
}

void PjlAnalyser::finish(sdk::Analysis& out) {
  parser_.finish();
  const sdk::pjl::Header& header = parser_.header();
  if (header.copies)
    out.copies = header.copies_doubtful ? sdk::estimate(*header.copies) : sdk::exact(*header.copies);
  out.sides = said(header.sides());
  out.media = said(std::string(sdk::pjl::media(header.paper)));
  out.color_mode = said(color_mode(header.color_mode));
  out.user = said(header.user);
  out.title = said(header.job_name);
  out.account = said(header.account);
  if (!header.hold.empty() || header.password) out.hold = sdk::exact(int64_t{header.holds()});
}

}  // namespace printrouter::pjl

PRINTROUTER_PLUGIN(printrouter::pjl::PjlPlugin, "pjl", "0.1.0")
