// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Can this target take jobs? One state for all jobs, from what real traffic shows and from probes. A pure
/// state machine: time and randomness come in with the call, what is to be done comes out. (design section 4)
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/time.hpp"
#include "model/outcome.hpp"

namespace printrouter {

enum class HealthState {
  unknown,  ///< nothing was heard yet: treated as up, the first job finds out
  up,
  down,
  half_open  ///< it answers again; one job is let through as a trial, the others wait for its end
};
std::string_view to_string(HealthState state);

/// What one exchange says about a target's health.
enum class HealthSignal {
  ok,          ///< it took a job, or a probe says it can
  refuses,     ///< it answers and refuses this job (credit, rights, format): healthy
  cannot,      ///< cannot take jobs: no answer, 502/503/504, not accepting, busy
  busy,        ///< it answers and has too much to do: down only beyond busy_limit
  suspicious,  ///< HTTP 500 on one job: counts only if a probe fails too
  nothing      ///< says nothing about the target (cancelled, our own fault)
};
HealthSignal health_signal(const Outcome& outcome);

struct HealthOptions {
  Milliseconds probe_interval_up{30000};   ///< between probes of a target that is up and idle
  Milliseconds probe_interval_down{2000};  ///< first interval while down; doubles up to the next
  Milliseconds probe_interval_down_max{15000};
  int jitter_percent = 20;
  int failures_to_down = 2;  ///< in a row, within failure_window (passive and active together)
  Milliseconds failure_window{10000};
  int successes_to_up = 2;  ///< probes in a row, or one delivered job, after a half-open start
  /// The probe that follows a failure must answer within this time, for a job waits for it.
  Milliseconds confirm_timeout{150};
  Milliseconds busy_limit{60000};  ///< a target that says "busy" is down only after so long
};

class TargetHealth {
 public:
  using Time = std::chrono::steady_clock::time_point;
  explicit TargetHealth(HealthOptions options = {}) : options_(options) {}

  void set_options(HealthOptions options) { options_ = options; }
  HealthState state() const { return state_; }
  /// May a job be sent now? In half_open true for one caller only: it holds the trial until its outcome (or
  /// trial_dropped) is reported.
  bool admit();
  void trial_dropped();

  /// A job's attempt ended. Never call it for outcomes before now.
  void on_outcome(HealthSignal signal, Time now, const std::string& reason);
  /// A probe ended.
  void on_probe(HealthSignal signal, Time now, const std::string& reason);
  /// When the next probe is due; in the past: now. nullopt: a probe is running, or (unless `always`) none is
  /// needed, because the target is not down and not in doubt.
  std::optional<Time> next_probe(bool always) const;
  void probe_now(Time now) { next_probe_ = now; }
  /// Something failed, and the probe that tells has not ended yet.
  bool in_doubt() const { return failures_ > 0 || suspicious_; }
  /// A probe starts. `random` 0..65535 for the jitter of the one after it.
  void probe_started(Time now, std::uint32_t random);

  Time since() const { return since_; }  ///< of the present state
  const std::string& reason() const {
    return reason_;
  }  ///< why it is down, or, of one that is up, why it refuses
  std::uint32_t failures() const { return failures_; }

 private:
  void enter(HealthState state, Time now, const std::string& reason);
  void failed(Time now, const std::string& reason);
  void good(Time now, bool proof);
  bool busy(Time now, const std::string& reason);
  Milliseconds jittered(Milliseconds interval) const;

  HealthOptions options_;
  HealthState state_ = HealthState::unknown;
  Time since_ = {};
  std::string reason_ = {};
  std::uint32_t failures_ = 0;
  std::uint32_t successes_ = 0;
  Time first_failure_ = {};
  std::optional<Time> busy_since_ = {};
  bool suspicious_ = false;
  bool trial_ = false;
  bool probing_ = false;
  std::uint32_t random_ = 0;
  Time next_probe_ = {};
  Milliseconds down_interval_{0};
};

}  // namespace printrouter
