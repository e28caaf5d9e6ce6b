// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What an answer of the server means for the operation that was asked for.
#include <printrouter/abi/outcome.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace printrouter::http_server {

/// How much of the document had left when the answer came.
enum class Sent { nothing, some, all };

struct Verdict {
  uint32_t kind = PR_OUTCOME_UNKNOWN;
  bool busy = false;
  std::string reason;  ///< stable id
  std::string text;
  int64_t job_state = 0;  ///< QUERY: of IPP (RFC 8011 section 5.3.7); 0: not known
};

/// `operation` as pr_server_request.operation; `body` the JSON that came with the status.
Verdict verdict_of(uint32_t operation, uint32_t status, std::string_view body, Sent sent);

}  // namespace printrouter::http_server
