// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The analysis as JSON: one line from the worker to its host, and what `printrouter analyse --json` shows.
#include <string>
#include <string_view>
#include <vector>

#include "document/analysis.hpp"

namespace printrouter {

/// What the worker found in one job.
struct WorkerAnswer {
  std::vector<AnalysedPart> parts = {};
  bool complete = true;
  std::string why = {};  ///< English; where the job as a whole could not be looked at
};

/// One line without its end, at most 1 MiB.
std::string encode(const WorkerAnswer& answer);
/// The worker has met hostile bytes, so its line is judged like one: ranges, words, lengths. Error: corrupt.
Result<WorkerAnswer> decode_worker_answer(std::string_view line);

/// {"language", "pages", ..., "confidence": {"pages": "exact", ...}, "why"}; what is unknown is null. Without
/// the account.
std::string analysis_json(const Analysis& analysis);

}  // namespace printrouter
