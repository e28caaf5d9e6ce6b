// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <printrouter/abi/plugin.h>

#include <memory>
#include <optional>

#include "plugin/plugin_files.hpp"
#include "plugin/plugin_finding.hpp"

namespace printrouter {

/// A mapped plugin library whose entry fits the contract and its manifest. Mapped as long as a copy lives.
class PluginLibrary {
 public:
  /// Loads with every symbol bound at once and none shared (a symbol that is missing shows now, not in the
  /// middle of a job). Findings: load-failed, symbol-missing, struct-size, abi-version, id-mismatch,
  /// function-missing.
  static std::optional<PluginLibrary> load(const PluginCandidate& candidate, PluginFinding* out);
  const pr_plugin_entry& entry() const { return *entry_; }

 private:
  PluginLibrary(std::shared_ptr<void> mapping, const pr_plugin_entry* entry)
      : mapping_(std::move(mapping)), entry_(entry) {}
  std::shared_ptr<void> mapping_;
  const pr_plugin_entry* entry_;
};

}  // namespace printrouter
