// SPDX-License-Identifier: Apache-2.0
#pragma once
/// A queue as an IPP Everywhere printer (RFC 8011 5.4, PWG 5100.14): from the few facts that the host states
/// (docs/receiver-attributes.md section 2) everything else that a client wants to know.
#include <printrouter/abi/base.h>

#include "ipp_message.hpp"

namespace printrouter::ipp {

/// How the client reached us.
struct Site {
  std::string authority;  ///< "localhost:8631", as in the Host field
  std::string path;       ///< "/ipp/print"
  bool secure = false;
  std::string printer_uri() const { return (secure ? "ipps://" : "ipp://") + authority + path; }
  std::string job_uri(int64_t id) const { return printer_uri() + '/' + std::to_string(id); }
  std::string web(std::string_view page) const {
    return (secure ? "https://" : "http://") + authority + std::string(page);
  }
};

/// Seconds since 2020, never 0: what printer-up-time and time-at-* count in, so that they survive restarts
/// (RFC 8011 5.4.29) and fit 31 bits until 2088.
int32_t up_time(int64_t unix_seconds);

class Printer {
 public:
  Printer(pr_attrs facts, Site site, int64_t now, int64_t loaded);

  const Group& facts() const { return facts_; }
  const Site& site() const { return site_; }
  bool accepts_jobs() const;
  bool supports_format(std::string_view mime) const;

  /// The attributes a Get-Printer-Attributes asks for. `requested` empty: all but media-col-database.
  Group describe(const Attribute* requested);

  /// Sorts the job attributes of a request: what this queue can do goes, flat, into `accepted`; the rest as
  /// it was into `unsupported`. An attribute of the wrong syntax counts as unsupported.
  void sort_ticket(const Group& job_attributes, Group& accepted, Group& unsupported) const;

 private:
  // What the host did not state. A job needs only what its ticket is judged by.
  void complete_ticket_facts();
  void complete_description();
  void otherwise(std::string_view name, std::vector<Value> values);
  void otherwise(std::string_view name, Tag tag, std::string_view text);
  bool prints_color() const;
  bool fits(const Attribute& wanted) const;
  bool fits_media_col(const Value& col) const;
  void describe_media(Group& out) const;
  void describe_raster(Group& out) const;
  void describe_job_template(Group& out) const;
  void describe_service(Group& out) const;
  Value media_col_of(std::string_view media, bool with_source) const;
  std::vector<std::string_view> texts(std::string_view name) const;

  Group facts_{Tag::printer_group, {}};
  Site site_;
  int64_t now_;
  int64_t loaded_;
};

/// Is `name` among the requested attributes? Groups: all, job-template, printer-description, job-description.
bool is_requested(const Attribute* requested, std::string_view name);
/// The attribute belongs to the group job-template: "sides", "sides-supported", "media-ready" ...
bool is_job_template(std::string_view name);

}  // namespace printrouter::ipp
