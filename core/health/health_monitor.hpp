// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Keeps the health of the server and the devices: runs the probes, hears of outcomes, tells who listens.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "health/target_health.hpp"
#include "net/io_context.hpp"

namespace printrouter {

struct HealthInfo {
  std::string target = {};
  HealthState state = HealthState::unknown;
  std::string reason = {};
  Milliseconds since{0};                        ///< age of the state
  std::optional<Milliseconds> last_heard = {};  ///< age of the last signal
};

/// [main thread only]
class HealthMonitor {
 public:
  /// Starts one probe; `done` gets its outcome once (delivered = can take jobs). Wraps DeliveryRun in the
  /// daemon.
  using Probe = std::function<void(const std::string& target, std::function<void(Outcome)> done)>;
  using Changed = std::function<void(const std::string& target, HealthState from, HealthState to)>;

  HealthMonitor(net::IoContext& io, Changed changed);
  ~HealthMonitor();
  HealthMonitor(const HealthMonitor&) = delete;
  HealthMonitor& operator=(const HealthMonitor&) = delete;

  /// Watches a target from now on. `always`: probes go on while all is well (server); else only while it is
  /// down or in doubt (devices). Adding it again replaces probe and options and keeps the state.
  void watch(const std::string& target, HealthOptions options, bool always, Probe probe);
  void forget(const std::string& target);

  HealthState state(const std::string& target) const;  ///< unknown if it is not watched
  HealthInfo info(const std::string& target) const;
  std::vector<HealthInfo> all() const;
  /// See TargetHealth::admit; a target that is not watched is admitted.
  bool admit(const std::string& target);
  void trial_dropped(const std::string& target);
  /// An attempt's outcome. May call `changed` inside.
  void outcome(const std::string& target, const Outcome& outcome);
  /// Probe now, whatever the schedule says (`check fallback`, the network came back).
  void probe_now(const std::string& target);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace printrouter
