// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The management server's word on how this desktop prints without it (docs/openapi/server.yaml, Snapshot).
/// Values; any thread.
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "config/config_load.hpp"
#include "policy/balance.hpp"

namespace printrouter {

/// user -> device -> when a job of this user last reached it.
using UsedDevices = std::map<std::string, std::map<std::string, Timestamp>>;

struct Snapshot {
  std::int64_t version = 0;
  Timestamp as_of = {};
  std::string place = {};  ///< for findings: where it was read from
  Profile profile = {};
  std::map<std::string, std::vector<std::string>> groups = {};
  std::vector<Device> devices = {};
  std::optional<PriceBook> prices = {};
  UsedDevices history = {};
  /// What each user may spend on this desktop: each of balance, quota and allowance is a limit of its own.
  BalanceBook balances = {};
  std::map<std::string, std::map<std::string, std::string>> codes = {};  ///< as IdentityConfig::codes
  std::size_t users = 0;
  /// The parts that are the same for all users, as text: as long as it does not change, neither do the rules.
  std::string rules = {};
};

struct SnapshotResult {
  std::shared_ptr<const Snapshot> snapshot = {};  ///< null if there is an error among the findings
  ConfigFindings findings = {};
  Error error() const;  ///< the first; only if `snapshot` is null
};
/// `place` stands in the findings. Members that a newer server adds are ignored; within profile and devices
/// they are errors, as in the desktop's own file: there they would change what is printed where.
SnapshotResult parse_snapshot(std::string_view text, const std::string& place);

/// The same, known to be still true at `at`: a server that says "not modified" makes every balance as fresh
/// as its word.
std::shared_ptr<const Snapshot> confirmed(const Snapshot& snapshot, Timestamp at);

/// The administrator's file with the snapshot's parts in place of its own.
std::shared_ptr<const Config> overlay(const Config& config, const Snapshot& snapshot);

}  // namespace printrouter
