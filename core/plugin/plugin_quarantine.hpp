// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <set>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "plugin/plugin_finding.hpp"

namespace printrouter {

/// What this machine has learned about plugin libraries, by hash, in two files of the state folder:
/// plugin-quarantine.json (findings, each written before anything else happens) and plugin-scan.json (hashes
/// whose scan found nothing). A new build of a plugin has a new hash and starts afresh. Main thread.
class PluginQuarantine {
 public:
  /// Empty `state_dir`: kept in memory only. A damaged file is set aside as <name>.corrupt and counts as
  /// empty.
  static Result<PluginQuarantine> open(const std::filesystem::path& state_dir);

  const PluginFindings& findings() const { return findings_; }
  /// The finding for which libraries of this hash are not loaded; nullptr: none.
  const PluginFinding* quarantined(std::string_view sha256) const;
  /// Keeps a finding; the same id for the same hash once.
  Status add(PluginFinding finding);
  /// Forgets what is known of a hash, good and bad: it will be scanned again.
  Status forget(std::string_view sha256);

  bool known_good(std::string_view sha256) const { return good_.count(sha256) > 0; }
  /// Libraries whose scan found nothing. Forgets the others that were known: only what is installed is kept.
  Status set_good(std::set<std::string, std::less<>> hashes);

 private:
  Status write_findings() const;
  std::filesystem::path findings_file_, good_file_;
  PluginFindings findings_;
  std::set<std::string, std::less<>> good_;
};

}  // namespace printrouter
