// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The beginning of a document that arrived by RAW: is it a print job at all, and what does its PJL header
/// say?
#include <string>
#include <string_view>

namespace printrouter::raw {

enum class Beginning {
  undecided,  /* too few bytes */
  http,       /* an HTTP request: a web page can make a browser send one to loopback */
  pjl_header, /* begins with a PJL header that goes on */
  document    /* anything else, or a PJL header that is complete */
};

/// Looks at the first bytes. More bytes may turn `undecided` and `pjl_header` into something else, never the
/// others.
Beginning look_at(std::string_view first_bytes);

/// The job's name from a PJL header ("@PJL JOB NAME=", "@PJL SET JOBNAME="), at most 255 bytes, without
/// control characters; empty if it says none.
std::string title_from_pjl(std::string_view first_bytes);

}  // namespace printrouter::raw
