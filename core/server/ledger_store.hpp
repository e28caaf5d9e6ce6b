// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Ledger entries as desktops report them: append-only, key (ledger, seq). [store's thread]
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "accounting/books.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "server/database.hpp"

namespace printrouter::server {

struct ReportedEntry {
  std::int64_t seq = 0;
  std::string kind, job;
  std::int64_t attempt = 0;
  std::string content;  ///< canonical JSON
  /// What the booking engine is told of it; absent: nothing (reserve, void). Filled by read_content().
  std::optional<accounting::Event> event = {};
};

struct RejectedEntry {
  std::int64_t seq = 0;
  std::string reason, text;  ///< stable id; English
};

struct LedgerAnswer {
  std::vector<std::pair<std::int64_t, std::int64_t>> acknowledged =
      {};  ///< all of this ledger, ends included
  std::vector<RejectedEntry> rejected = {};
  std::vector<ReportedEntry> fresh = {};  ///< those that were not here before
};

/// Takes a batch. Repeating it changes nothing. The same key with other content is rejected (`other-content`)
/// and raises an alarm, once.
Result<LedgerAnswer> take_entries(Database& db, const std::string& ledger, const std::string& desktop,
                                  const std::vector<ReportedEntry>& entries, Timestamp now);

/// Something that must not happen and did. The same again raises no second alarm.
Status note_alarm(Database& db, const std::string& kind, const std::string& subject, const std::string& text,
                  Timestamp now);

/// Reads the content as its kind says. Why that cannot be done; empty: done.
std::string read_content(ReportedEntry& entry);
/// What the booking engine is told of entries that were read, in their order.
std::vector<accounting::Event> events_of(const std::vector<ReportedEntry>& entries);

/// Which printers a user's jobs reached, as claims say; the newest time wins.
struct Use {
  std::string user, device;
  Timestamp when = {};
};
Status note_uses(Database& db, const std::vector<Use>& uses);
/// The uses that fresh claims tell of; the entries were read.
std::vector<Use> uses_of(const std::vector<ReportedEntry>& entries, Timestamp now);

}  // namespace printrouter::server
