// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The attributes of a job as we send it, fitted to what the printer says about itself.
#include <printrouter/abi/protocol.h>

#include "ipp_message.hpp"

namespace printrouter::ipp {

/// The request of the host, owned.
struct SendJob {
  uint32_t operation = 0;  ///< PR_SEND_*
  std::string host;
  uint32_t port = 631;
  uint32_t tls = 0;
  std::string path;  ///< begins with '/'
  std::string user;
  std::string title;
  std::string uuid;  ///< without urn:uuid:
  std::string format;
  uint64_t size = PR_LENGTH_TO_END;
  Group ticket;
  Group extra;
  std::string remote_job_id;
  bool truncated_discards = false;

  explicit SendJob(const pr_send_request& request);
  /// "host:port", an IPv6 address in brackets.
  std::string authority() const;
  std::string printer_uri() const;
  /// Options of a vendor rule that are about the conversation, not about the job.
  bool no_expect() const;      ///< extra "http-no-expect" = true: the device ignores Expect: 100-continue
  bool strict_ticket() const;  ///< ticket or extra "ipp-attribute-fidelity" = true
  /// Extra "ticket-exact" = true: copies, sides, media and colour must reach the paper, or nothing is
  /// printed.
  bool exact_ticket() const;
  /// Whether losing this attribute would change the paper in one of those.
  bool must_reach_paper(std::string_view attribute) const;
};

/// What to do about one printer, decided from its Get-Printer-Attributes.
struct Plan {
  std::string format;       ///< as the printer spells it; empty: say nothing
  uint32_t coding = 0;      ///< PR_CODING_*
  bool create_job = false;  ///< Create-Job and Send-Document instead of Print-Job
  bool with_uuid = true;
  bool media_col = false;
  bool validate = false;  ///< Validate-Job first: only the printer knows whether it takes this ticket
  std::vector<std::string> unsupported;  ///< ticket attributes that the printer says it cannot do
  std::string refusal;                   ///< reason id; not empty: do not send
};
Plan make_plan(const SendJob& job, const Group& printer);

/// Attributes asked of a printer before a job, and for a probe.
extern const std::vector<Value> wanted_printer_attributes;

/// A request with charset, language, printer-uri and requesting-user-name in place.
Message make_request(const SendJob& job, uint16_t operation, uint8_t major, uint8_t minor,
                     uint32_t request_id);
/// Adds name, format, ticket to a Print-Job, Validate-Job or Create-Job.
void add_job(Message& message, const SendJob& job, const Plan& plan, bool with_document);
/// job-name: the title with the uuid behind it, so that a device's own log can be matched.
std::string job_name(const SendJob& job);

}  // namespace printrouter::ipp
