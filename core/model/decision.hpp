// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/shared_list.hpp"
#include "model/device.hpp"
#include "model/job.hpp"
#include "model/reason.hpp"

namespace printrouter {

/// How a ticket attribute reaches the paper on a port; numerically PR_CARRY_* (sdk abi/vendor.h).
enum class Carry : std::uint32_t { lost = 0, ipp, pjl, lpr, in_document, host_copies };
std::string_view to_string(Carry value);

struct TicketCarry {
  std::string attribute;
  Carry how = Carry::lost;
  bool operator==(const TicketCarry&) const = default;
};

/// One port of one candidate device, judged.
struct PortChoice {
  Port port;
  bool permitted = false;
  CountedBy counted_by = CountedBy::unknown;
  bool may_count_twice = false;
  bool release_at_device = false;
  bool needs_wake = false;
  std::uint16_t wake_port = 0;
  Milliseconds wake_wait{0};
  int preference = 0;
  std::vector<TicketCarry> ticket = {};
  Reasons reasons = {};
  bool operator==(const PortChoice&) const = default;
};

/// One candidate device, judged: which rule took it, or left it out.
struct Candidate {
  std::string device_id;
  std::string name, place;
  bool permitted = false;
  bool used = false;
  Timestamp last_used = {};
  std::optional<std::int64_t> price = {};  ///< hundredths of the currency; empty unknown
  SharedList<PortChoice> ports = {};       ///< best first; devices that are alike share them
  SharedList<Reason> reasons = {};
  bool operator==(const Candidate&) const = default;
};

enum class DecisionKind {
  to_server,
  to_device,  ///< print at `device_id` by ports.front() of its candidate, and notify
  ask,        ///< a person chooses among the permitted candidates
  hold,       ///< wait (no network, nobody permitted answers, private job)
  refuse      ///< an error the user sees; the job is kept
};
std::string_view to_string(DecisionKind kind);

struct Decision {
  DecisionKind kind = DecisionKind::hold;
  std::string device_id = {};
  std::optional<PortChoice> port = {};    ///< to_device
  std::vector<std::string> choices = {};  ///< ask: device ids, best first
  bool notify = false;
  Reasons reasons = {};
  std::vector<Candidate> candidates = {};
};

}  // namespace printrouter
