// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What the journal keeps beside jobs. Values; `json` members are canonical JSON of the caller's making.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "base/uuid.hpp"
#include "model/ledger_entry.hpp"

namespace printrouter::journal {

using LedgerKind = ledger::Kind;

struct LedgerRow {
  std::int64_t seq = 0;  ///< from 1 without gap; given by the journal at commit, 0 before
  LedgerKind kind = LedgerKind::claim;
  Uuid job_uuid = {};
  int attempt = 0;
  std::string json = {};
  bool acknowledged = false;  ///< the management server has it, as it stands here
  bool operator==(const LedgerRow&) const = default;
};

/// Stands for the first ledger entry that the same transaction appends.
inline constexpr std::int64_t this_transactions_entry = -1;

/// What became of an entry that the server did not simply take. Kept beside the ledger, whose rows never
/// change. Key: seq.
struct LedgerNote {
  enum class State {
    rejected,  ///< the server refused it; a person has to look
    resend,    ///< a person wants it sent once more
    corrected  ///< another entry says it right; this one is not sent any more
  };
  std::int64_t seq = 0;
  State state = State::rejected;
  std::string reason = {};  ///< the server's stable id: "malformed", "other-content", "unknown-user", ...
  std::string text = {};    ///< the server's words
  Timestamp when = {};
  /// seq of the entry that says it right; 0: none. In a transaction also this_transactions_entry.
  std::int64_t corrected_by = 0;
  bool operator==(const LedgerNote&) const = default;
};
std::string_view to_string(LedgerNote::State state);

/// One printer that a user's jobs demonstrably reached. Key: user and device.
struct HistoryRow {
  std::string user = {};
  std::string device = {};
  Timestamp last_used = {};
  std::string source = {};  ///< "delivered", "imported", "server"
  bool operator==(const HistoryRow&) const = default;
};

/// Somebody whose jobs came through here. Key: user. Outlives those jobs: the server is asked for what a user
/// needs in an outage, and a job that went to a healthy server leaves no other trace.
struct OwnerRow {
  std::string user = {};  ///< as the server names them
  Timestamp last_used = {};
  bool operator==(const OwnerRow&) const = default;
};

/// A question to the user, open or answered. Key: id.
struct QuestionRow {
  std::string id = {};
  std::string state = {};  ///< "open", "answered", "withdrawn"
  std::string json = {};
  bool operator==(const QuestionRow&) const = default;
};

}  // namespace printrouter::journal
