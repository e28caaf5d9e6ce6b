// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

namespace printrouter::worker {

/// The whole of printrouter-analyse-worker: looks at the job on standard input, answers one line, and an exit
/// code of document/analysis_protocol.hpp. Order: limits; take the job apart (own code); load the plugins it
/// needs; the sandbox; only then plugins see its bytes.
int analysis_worker(const std::vector<std::string>& arguments);

}  // namespace printrouter::worker
