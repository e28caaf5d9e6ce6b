// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Asks the worker: one process for one document.
#include <filesystem>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "document/analysis_json.hpp"

namespace printrouter {

/// /usr/bin/gs, empty if it is not there.
std::filesystem::path installed_ghostscript();

struct AnalysisOptions {
  std::filesystem::path program = {};  ///< printrouter-analyse-worker; empty: beside the running program
  std::vector<std::filesystem::path> plugins = {};  ///< folders; empty: lib/printrouter/plugins beside it
  bool pages_only = false;                          ///< colours are not looked for
  std::uint64_t memory_mb = 512;                    ///< address space of the worker
  std::uint64_t cpu_seconds = 10;
  /// Asked for PostScript, whose own comments are an estimate at most; empty: nobody is.
  std::filesystem::path ghostscript = installed_ghostscript();
  /// Ghostscript takes far longer than all the rest: it is left for a second call, and where it would be
  /// asked the answer is marked provisional.
  bool first_opinion = false;
  Milliseconds deadline{15'000};  ///< of the whole, kept by the host; the worker is killed then
};

/// What is in the document at `file`. Blocks until then: call it from a thread that may wait. Whatever
/// happens in the worker (crash, limit, forbidden system call, silence) is an answer without parts and a
/// reason. Error: the file cannot be read, or the worker cannot be started.
Result<WorkerAnswer> run_analysis(const std::filesystem::path& file, const std::string& declared,
                                  const AnalysisOptions& options);

/// run_analysis and join_parts.
Result<Analysis> analyse_file(const std::filesystem::path& file, const std::string& declared,
                              const Attributes& ticket, const AnalysisOptions& options);

}  // namespace printrouter
