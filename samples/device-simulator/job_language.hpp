// SPDX-License-Identifier: Apache-2.0
// What the simulator reads out of a job's own bytes: PJL lines, a PRESCRIBE account code, the ticket inside
// PostScript or PCL, and where the document begins and ends. Deliberately small and separate from the
// router's code.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace simulator {

inline constexpr std::string_view kUel = "\x1b%-12345X";

struct Ticket {
  std::optional<int> copies;
  std::string sides;  // one-sided | two-sided-long-edge | two-sided-short-edge | ""
  std::string media;
  std::string color;  // color | monochrome | auto | ""
  bool empty() const { return !copies && sides.empty() && media.empty() && color.empty(); }
};

struct Inspection {
  std::map<std::string, std::string> pjl;  // SET/DEFAULT variables (upper case) and JOB, values unquoted
  std::string pjl_job_name, user, title, uuid, account_code, prescribe_code, user_code, language;
  bool has_pjl = false;
  bool hold = false;  // @PJL SET HOLD=...
  Ticket pjl_ticket, document_ticket;
};

// `text`: the job's bytes, or as much of their beginning as is at hand.
Inspection inspect(std::string_view text, const std::vector<std::string>& account_keys);

// The document bytes between PJL headers and UELs, PRESCRIBE identity commands left out.
std::vector<std::string_view> documents(std::string_view text);

// application/pdf, application/postscript, image/pwg-raster, image/urf, application/vnd.hp-PCL, ... or
// application/octet-stream.
std::string sniff(std::string_view document);

// The first urn:uuid or bare UUID in the text, lower case; "" if none.
std::string find_uuid(std::string_view text);

struct PjlLine {
  std::string command;  // upper case: SET, JOB, EOJ, ECHO, INFO, USTATUS, ...
  std::string rest;
};
PjlLine split_pjl(std::string_view line);

}  // namespace simulator
