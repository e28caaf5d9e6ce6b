// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "journal/journal.hpp"
#include "model/ledger_entry.hpp"

namespace printrouter::ledger {

/// Each adds one entry to `transaction`, so that it is durable together with the job's new state. [main
/// thread]
void reserve(journal::Transaction& transaction, const Reservation& reservation);
void claim(journal::Transaction& transaction, const Claim& claim);
void add_evidence(journal::Transaction& transaction, const Amendment& amendment);
void settle(journal::Transaction& transaction, const Amendment& amendment);
void refund(journal::Transaction& transaction, const Amendment& amendment);  ///< pages and price given back
void void_copy(journal::Transaction& transaction, const VoidCopy& copy);

/// "<ledger id>:<seq>"
std::string ledger_key(const Uuid& ledger_id, std::int64_t seq);

/// One entry as `printrouter ledger` shows it and as it will be reported:
/// {"ledger","seq","kind","job","attempt", "acknowledged","content":{…}}.
std::string to_json(const Uuid& ledger_id, const journal::LedgerRow& row);

/// The same for the server: {"seq","kind","job","attempt","content"} (docs/openapi/server.yaml, LedgerEntry).
std::string report_line(const journal::LedgerRow& row);

/// Two entries under the same key: true if they say the same (a repeat), false is an alarm. `acknowledged` is
/// not compared.
bool same_entry(const journal::LedgerRow& a, const journal::LedgerRow& b);

struct Verification {
  std::int64_t entries = 0;
  std::int64_t last_seq = 0;
  std::vector<std::string> alarms = {};  ///< English; empty: sound
};

/// Reads the whole ledger: no gap, each entry canonical and decodable, no second claim for a booking key
/// (but one that says a refused one right),
/// nothing amended that was not claimed or reserved.
Result<Verification> verify(journal::Journal& journal);

}  // namespace printrouter::ledger
