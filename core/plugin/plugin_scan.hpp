// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "plugin/plugin_files.hpp"
#include "plugin/plugin_finding.hpp"

namespace printrouter {

struct ScanOptions {
  std::filesystem::path program = {};  ///< printrouter-plugin-scan; empty: beside the running program
  Milliseconds timeout{2000};          ///< for one stage: loading, create, one smoke script
};

/// Loads each candidate in a child process and runs the smoke scripts there. All of them share one child as
/// long as none falls; one that crashes or hangs takes only that child along, the rest goes on in another.
/// Findings are at most one a candidate and marked quarantined; candidates without one are good. Blocks:
/// about 5 ms plus the scripts. Error: the helper program cannot be started.
Result<PluginFindings> scan_plugins(const std::vector<PluginCandidate>& candidates,
                                    const ScanOptions& options);

/// The child's side: loads and scripts each manifest in turn, tells on standard output, one JSON object a
/// line:
/// {"plugin": manifest}, {"stage": text}, {"found": finding}, {"done": manifest}.
int plugin_scan_child(const std::vector<std::filesystem::path>& manifests);

}  // namespace printrouter
