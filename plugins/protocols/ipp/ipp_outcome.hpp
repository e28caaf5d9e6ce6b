// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What a refusal means for the job (design: outcomes).
#include <printrouter/abi/action.h>

#include <cstdint>
#include <string>

namespace printrouter::ipp {

struct Verdict {
  uint32_t kind = PR_OUTCOME_UNKNOWN;  ///< PR_OUTCOME_*
  bool busy = false;
  std::string reason;
  std::string text;  ///< for people
};

/// How much of the document had gone out when the answer came.
enum class Sent { nothing, some, all };

/// Of an IPP status that is no success.
Verdict verdict_of_ipp(uint16_t status, Sent sent);
/// Of an HTTP status other than 200.
Verdict verdict_of_http(uint32_t status, Sent sent);

}  // namespace printrouter::ipp
