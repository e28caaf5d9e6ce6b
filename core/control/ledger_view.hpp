// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The ledger as JSON, the same by the control API and, daemon stopped, by the command line.
#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "journal/journal.hpp"

namespace printrouter::control {

struct LedgerQuery {
  std::int64_t from = 1;
  std::size_t limit = 1000;
  bool rejected = false;  ///< only entries with a note of the server's
};

/// A list of entries, ascending: as ledger::to_json, with "job_uuid" and, if the server said something,
/// "note".
Result<std::string> ledger_list(journal::Journal& journal, const LedgerQuery& query);

/// {"ok", "entries", "last_seq", "acknowledged_through", "rejected", "alarms", "text"}.
Result<std::string> ledger_verification(journal::Journal& journal);

}  // namespace printrouter::control
