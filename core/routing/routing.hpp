// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Where a job goes, and why. Pure: no clock, no I/O, no memory; the same input gives the same decision.
/// Every row of the routing table has one test (tests/unit/routing). Reasons: docs/reasons.md.
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "devices/directory.hpp"
#include "devices/vendor_rules.hpp"
#include "model/decision.hpp"
#include "model/job.hpp"
#include "model/profile.hpp"
#include "policy/balance.hpp"

namespace printrouter {

struct ServerFacts {
  bool configured = false;
  bool up = false;  ///< the shared health state: it can take jobs
  std::string name = {};
  std::string text = {};  ///< why not, for people: "no answer from print.example:631 since 10:02"
  Timestamp down_since = {};
  Timestamp up_since = {};  ///< when it last came up; what failed before says nothing about it now
};

/// What health knows of a device's answers.
struct DeviceHealth {
  enum class State { unknown, reachable, silent, asleep } state = State::unknown;
  Timestamp checked = {};
  std::string text = {};
};
std::string_view to_string(DeviceHealth::State state);

/// A result of `check fallback`.
enum class Verdict { untested, usable, may_count_twice, refused };
std::string_view to_string(Verdict verdict);
struct CheckResult {
  Verdict verdict = Verdict::untested;
  Timestamp when = {};
  std::string text = {};
  std::optional<bool> accepts_unidentified = {};  ///< as observed; goes to the vendor rule
};

/// A printer that the user's jobs demonstrably reached.
struct UsedDevice {
  std::string device_id;
  Timestamp last_used = {};
};

/// What a person said about this job.
struct Answer {
  enum class Kind {
    device,  ///< print there: release --to, or the answer to a question
    server,  ///< wait for the server
    reprint  ///< settled by a person: an earlier `unknown` does not forbid another attempt
  } kind = Kind::device;
  std::string device_id = {};
  Timestamp when = {};  ///< failures before it are forgiven for this device
};

/// Everything that a decision depends on. References and pointers are borrowed for the call.
struct RoutingInput {
  const Job& job;
  const Profile& profile;
  const Directory& directory;
  const VendorRules& vendors;
  ServerFacts server = {};
  bool network = true;  ///< the desktop has an address other than loopback
  std::vector<UsedDevice> history = {};
  std::map<std::string, DeviceHealth, std::less<>> health = {};  ///< by device id; absent: unknown
  std::map<std::string, CheckResult, std::less<>> checks = {};   ///< by device id; absent: untested
  Milliseconds check_max_age = std::chrono::hours(24 * 7);       ///< older results count as untested
  const PriceBook* prices = nullptr;
  bool balance_source = false;  ///< a source of balances is configured
  Funds funds = {};
  Attributes identity = {};  ///< of the job's user, for vendor rules
  std::string sender_address = {};
  std::optional<Answer> answer = {};
  /// Judge every device of a large group (more than 200) also where those that the user has used, or chose,
  /// decide: for `explain`.
  bool every_device = false;
  Timestamp now = {};
};

/// What the job would use, as far as it is known: its analysis, else what its head and ticket say.
JobVolume job_volume(const Job& job);

/// The next step for a job that no attempt is under way for. job.attempts says what has been tried.
/// The reasons of the decision are for the job; those of each candidate and port are for `explain`.
Decision decide(const RoutingInput& input);

/// Each device of the profile's target, judged for this job, permitted or not, in the order they would be
/// offered: `devices`, questions and `check fallback` show it. The server plays no part.
std::vector<Candidate> judge_devices(const RoutingInput& input);

/// What to hand to the protocol for a port that `decide` chose: the same job facts go to the vendor's
/// prepare().
Result<Preparation> prepare_delivery(const RoutingInput& input, const Device& device,
                                     const PortChoice& choice);

}  // namespace printrouter
