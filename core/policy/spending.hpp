// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "model/ledger_entry.hpp"
#include "policy/balance.hpp"

namespace printrouter {

/// What this desktop has set apart and used up for each user, as its ledger tells: the same calls, in the
/// order of the ledger, rebuild it after a restart. [one thread at a time]
class Spending {
 public:
  void take(const ledger::Reservation& reservation);
  void take(const ledger::Claim& claim);
  /// An evidence, settle or refund entry.
  void take(ledger::Kind kind, const ledger::Amendment& amendment);
  /// One row of the ledger; what does not read back is left to `ledger verify`.
  void replay(ledger::Kind kind, std::string_view json);

  struct Sum {
    Money money = {};
    std::int64_t pages = 0;
    bool operator==(const Sum&) const = default;
  };
  /// What a balance of that time does not know of: all that is still open, and what was settled since.
  Sum since(const std::string& user, Timestamp as_of) const;
  /// Reserved or used by jobs that began at `began` or later. Not set: nothing.
  Sum in_outage(const std::string& user, Timestamp began) const;
  /// By how much the settlement of this attempt went above what was set apart for it.
  Sum overdraft(const Uuid& job_uuid, int attempt) const;
  /// Settled before: every balance that is still valid knows of it.
  void forget(Timestamp before);

 private:
  struct Entry {
    std::string user;
    Sum reserved, used;
    bool open = true;  ///< what it comes to is not known yet: `reserved` counts
    Timestamp began, settled;
  };
  Entry& entry(const Uuid& job_uuid, int attempt) { return entries_[{job_uuid, attempt}]; }
  std::map<std::pair<Uuid, int>, Entry> entries_;
};

}  // namespace printrouter
