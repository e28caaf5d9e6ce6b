// SPDX-License-Identifier: Apache-2.0
#include "document/facts.hpp"
#include "model/media_name.hpp"
#include "routing/judge.hpp"

namespace printrouter {

bool routing::asks_for_black(std::string_view mode) {
  return mode == "monochrome" || mode == "process-monochrome" || mode == "bi-level" ||
         mode == "auto-monochrome";
}

JobVolume job_volume(const Job& job) {
  const Attributes ticket = effective_ticket(job.ticket, job.document);
  const std::string_view mode = text_of(ticket, "print-color-mode");
  JobVolume out;
  out.pages = job.document.pages;
  out.copies = integer_of(ticket, "copies").value_or(1);
  out.color = routing::asks_for_black(mode) ? std::optional(false) : job.document.color;
  if (mode == "color") out.color = true;
  out.two_sided = text_of(ticket, "sides").starts_with("two-sided");
  out.media = pwg_media_name(text_of(ticket, "media"));
  if (const auto& found = job.analysis; found && found->pages) {
    out.pages = found->pages;
    out.color_pages = found->color_pages;
    out.copies = found->copies;
    if (!found->sides.empty()) out.two_sided = found->sides.starts_with("two-sided");
    // Several sizes in one document: the price list's general price.
    if (!found->media.empty() && found->media.find(' ') == std::string::npos) out.media = found->media;
  }
  return out;
}

}  // namespace printrouter
