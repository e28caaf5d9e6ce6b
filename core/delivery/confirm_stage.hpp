// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What a device that accepted a job says of it later: asked again and again, by whoever delivered it,
/// without holding a delivery slot. Pure.
#include "model/job.hpp"
#include "model/ledger_entry.hpp"
#include "plugin/plugin_registry.hpp"

namespace printrouter {

/// Accepted, not confirmed, and the protocol can ask the device by its own number of the job. What waits
/// there for its user is not asked about.
bool can_confirm(const Attempt& attempt, const LoadedProtocol* protocol);

/// Before question number `round`, the first being 0: slower and slower, 10 s at most.
Milliseconds confirm_pause(int round);

struct Confirmation {
  enum class Verdict {
    ask_again,
    printed,
    cancelled,  ///< at the device; the evidence says how many pages came out before, if it knows
    no_more  ///< it cannot say or no longer knows the job, or was asked often enough: accepted is all there
             ///< is
  };
  Verdict verdict = Verdict::ask_again;
  /// printed, cancelled: what goes into the books. Without a count of its own, `printed` is a word (settle):
  /// a job whose outcome was unknown is then no longer that.
  ledger::Kind kind = ledger::Kind::evidence;
  ledger::Amendment evidence = {};
};

/// What the answer to question number `round` means. printed and cancelled are noted in attempt.outcome.
Confirmation confirmed_by(const Outcome& answer, const Uuid& job, Attempt& attempt, int round, Timestamp now);

/// What the target's list of jobs says of an attempt whose outcome is unknown.
struct JobListed {
  enum class Verdict {
    whole,    ///< it is there, and all of it arrived
    in_part,  ///< ended there, and less than all of it arrived, or it does not say how much: perhaps printed
    cancelled,  ///< at the device
    absent,     ///< not there: nothing of it was printed
    given_up,   ///< there, but what does not arrive whole is not printed by this target
    arrives,    ///< the target has not noticed yet that the connection broke, or waits for the rest
    open        ///< no word that tells
  };
  Verdict verdict = Verdict::open;
  bool completed = false;
  bool ask_again = false;                   ///< open, arrives: it may say more
  std::optional<std::int64_t> octets = {};  ///< of the document there, in units of 1024
};
JobListed job_listed(const Job& job, const Attempt& attempt, const Outcome& answer);

/// What left of the document, in the same units. After a restart only the document tells: nobody counted.
std::int64_t octets_sent(const Job& job, const Outcome& outcome);

}  // namespace printrouter
