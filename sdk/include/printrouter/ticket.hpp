// SPDX-License-Identifier: Apache-2.0
#pragma once
/// How the ticket reaches the paper on one port: the table that vendor packs share. A pack states what its
/// device understands; the ticket answers per attribute (PR_CARRY_*) and writes the PJL lines. One thing is
/// never set twice: what stands in the document already, or travels as an IPP attribute, gets no PJL line.
#include <printrouter/pjl.hpp>
#include <printrouter/vendor.hpp>

#include <string>
#include <string_view>

namespace printrouter::sdk {

/// What of the ticket a device takes by PJL. Unknown counts as yes: these variables are those of HP's manual.
struct PjlAbility {
  pr_tristate copies = PR_UNKNOWN;
  pr_tristate sides = PR_UNKNOWN;
  pr_tristate media = PR_UNKNOWN;
  pr_tristate color = PR_UNKNOWN;
};

/// The abilities that the model facts "copies-by-pjl", "sides-by-pjl", "media-by-pjl", "color-by-pjl" state.
inline PjlAbility pjl_ability(const pr_device& device) {
  const Attributes facts(device.facts);
  return {facts.boolean("copies-by-pjl"), facts.boolean("sides-by-pjl"), facts.boolean("media-by-pjl"),
          facts.boolean("color-by-pjl")};
}

class Ticket {
 public:
  /// `untouched`: the document must stay as it is (its driver's own headers rule), so nothing travels by PJL.
  explicit Ticket(const pr_assess_in& in, bool untouched = false)
      : ticket_(in.ticket),
        profile_(in.profile),
        facts_(in.device->facts),
        protocol_(view(in.port->protocol)),
        format_(view(in.document_format)),
        ability_(pjl_ability(*in.device)),
        untouched_(untouched) {}

  /// A PJL header can be edited: the document has one, or the model says it may be wrapped.
  bool has_pjl_path() const {
    if (untouched_ || protocol_ == "ipp") return false;
    if (profile_.boolean("document-has-pjl") == PR_YES) return true;
    return facts_.boolean("pjl-wrap") == PR_YES && !pjl::language(format_).empty();
  }

  /// PR_CARRY_* of one attribute of the ticket.
  uint32_t how(const pr_attr& attribute) const {
    const std::string_view name = view(attribute.name);
    if (in_document(name) || needs_nothing(attribute)) return PR_CARRY_IN_DOCUMENT;
    if (protocol_ == "ipp") return edits_on_ipp() && !line(attribute).empty() ? PR_CARRY_PJL : PR_CARRY_IPP;
    if (has_pjl_path() && !line(attribute).empty()) return PR_CARRY_PJL;
    if (name == "copies" && protocol_ == "lpr") return PR_CARRY_LPR;
    return name == "copies" && may_follow_itself() ? PR_CARRY_HOST_COPIES : PR_CARRY_LOST;
  }

  /// Reports how each attribute of the ticket travels.
  void carry(const Sink& sink) const {
    for (const pr_attr& a : ticket_)
      if (ticket_.find(view(a.name)) == &a) sink.carry(view(a.name), how(a));
  }

  /// The PJL lines of what travels by PJL.
  void edits(const Sink& sink) const {
    for (const pr_attr& a : ticket_) {
      if (ticket_.find(view(a.name)) != &a || how(a) != PR_CARRY_PJL) continue;
      const std::string text = line(a);
      for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = text.find('\n', at) + 1;
        const std::string_view one = std::string_view(text).substr(at, end - at);
        sink.replace_line(PR_ANCHOR_AFTER_PJL_HEADER, one.substr(0, one.find('=')), one);
        at = end;
      }
    }
  }

 private:
  bool in_document(std::string_view name) const {
    for (const pr_attr& a : profile_)
      if (view(a.name) == "in-document-ticket" && view(a.text) == name) return true;
    return false;
  }

  /// On one connection a second copy is read as such. What is a file, found through from its end or counted
  /// from its beginning, is one file for all that is sent: of two PDFs behind each other one is printed.
  bool may_follow_itself() const {
    return format_ != "application/pdf" && format_ != "image/pwg-raster" && format_ != "image/urf" &&
           format_ != "image/tiff" && format_ != "application/oxps" &&
           format_ != "application/vnd.ms-xpsdocument";
  }

  /// Where PJL and IPP attributes together give wrong paper (model fact "ipp-and-in-document-conflict"), a
  /// document that has a PJL header is told in there, and not by IPP.
  bool edits_on_ipp() const {
    return !untouched_ && profile_.boolean("document-has-pjl") == PR_YES &&
           facts_.boolean("ipp-and-in-document-conflict") == PR_YES;
  }

  /// The paper comes out as asked without anybody setting anything.
  bool needs_nothing(const pr_attr& a) const {
    const std::string_view name = view(a.name), value = view(a.text);
    if (name == "sides") return value == "one-sided" && facts_.boolean("duplex") == PR_NO;
    if (name == "print-color-mode")
      return value == "auto" || (facts_.boolean("color") == PR_NO && value.find("monochrome") != value.npos);
    if (name == "finishings") return a.kind == PR_ATTR_ENUM ? a.integer == 3 : value == "none";
    return false;
  }

  /// The PJL lines for an attribute, empty if PJL has no words for it or the device does not know them.
  std::string line(const pr_attr& a) const {
    const std::string_view name = view(a.name), value = view(a.text);
    if (name == "copies" && ability_.copies != PR_NO && a.integer >= 1 && a.integer <= 999)
      return pjl::set("COPIES", std::to_string(a.integer));
    if (name == "sides" && ability_.sides != PR_NO) {
      if (value == "one-sided") return pjl::set("DUPLEX", "OFF");
      if (value == "two-sided-long-edge") return pjl::set("DUPLEX", "ON") + pjl::set("BINDING", "LONGEDGE");
      if (value == "two-sided-short-edge") return pjl::set("DUPLEX", "ON") + pjl::set("BINDING", "SHORTEDGE");
    }
    if (name == "media" && ability_.media != PR_NO && !pjl::paper(value).empty())
      return pjl::set("PAPER", pjl::paper(value));
    if (name == "print-color-mode" && ability_.color != PR_NO) {
      if (value == "color") return pjl::set("RENDERMODE", "COLOR");
      if (value == "monochrome" || value == "process-monochrome") return pjl::set("RENDERMODE", "GRAYSCALE");
    }
    return {};
  }

  Attributes ticket_, profile_, facts_;
  std::string_view protocol_, format_;
  PjlAbility ability_;
  bool untouched_;
};

/// Names the job and its user in the PJL header, so that the device's own log can be matched with ours. A
/// document with a header of its own gets no new JOB line in it: JOB resets what the lines before it have
/// set. Its JOB line is replaced if the host says that there is one ("pjl-job-line"), else the name goes into
/// JOBNAME.
inline void name_job(const pr_assess_in& in, const Sink& sink) {
  const auto limit = Attributes(in.device->facts).integer("job-name-max-bytes", int64_t{pjl::kJobNameBytes});
  const std::string name =
      pjl::job_name(view(in.job_uuid), view(in.title), limit < 1 ? 1 : static_cast<std::size_t>(limit));
  const Attributes profile(in.profile);
  const bool own_header = profile.boolean("document-has-pjl") == PR_YES;
  if (!own_header || profile.boolean("pjl-job-line") == PR_YES)
    sink.replace_line(PR_ANCHOR_AFTER_PJL_HEADER, "@PJL JOB", "@PJL JOB NAME=\"" + name + "\"\r\n");
  else
    sink.replace_line(PR_ANCHOR_AFTER_PJL_HEADER, "@PJL SET JOBNAME",
                      "@PJL SET JOBNAME=\"" + name + "\"\r\n");
  if (in.user.size)
    sink.replace_line(PR_ANCHOR_AFTER_PJL_HEADER, "@PJL SET USERNAME",
                      pjl::set_text("USERNAME", view(in.user), pjl::kUserNameBytes));
  if (!own_header) sink.insert(PR_ANCHOR_BEFORE_LAST_UEL, std::string(pjl::kUel) + "@PJL EOJ\r\n");
}

}  // namespace printrouter::sdk
