// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The booking engine: each fact in, the changed rows out. Pure: it reads rows through Books, writes nothing,
/// and takes time as a value. What comes out does not depend on the order in which facts came in.
#include <chrono>
#include <functional>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "accounting/booking.hpp"

namespace printrouter::accounting {

/// Where the rows are. Each query must see what earlier apply() calls changed (same transaction, or Batch).
/// An error ends the call that asked; nothing was changed.
class Books {
 public:
  virtual ~Books() = default;
  virtual Result<std::optional<Booking>> find(std::string_view key) = 0;
  /// Rows of kind job or record with this job_uuid; at most `limit`.
  virtual Result<std::vector<Booking>> of_job(const Uuid& job_uuid, std::size_t limit) = 0;
  struct Near {
    Kind kind = Kind::job;
    std::string_view device = {};
    Timestamp from = {}, to = {};  ///< from <= at <= to
    std::string_view user = {};    ///< match_user equal or empty; empty here: any
    bool latest_first = false;     ///< else earliest first, by `at`
    bool nameless = false;         ///< only rows without a job_uuid
    std::size_t limit = 0;
  };
  /// Ordered by `at`. Index: kind, device, at.
  virtual Result<std::vector<Booking>> near(const Near& query) = 0;
  /// Rows whose `due` is set and not after `now`, earliest first. Index: due.
  virtual Result<std::vector<Booking>> due(Timestamp now, std::size_t limit) = 0;
};

struct Rules {
  /// A claim counted by the device waits so long for the record, from when the server received the claim.
  Milliseconds record_wait = std::chrono::hours(24);
  /// A record waits so long for its claim before it is booked as device-only.
  Milliseconds claim_wait = std::chrono::hours(24);
  /// How far apart the clocks of desktop and device may be.
  Milliseconds clock_skew = std::chrono::minutes(10);
  /// A queue at the device may delay what it was sent so much.
  Milliseconds print_time = std::chrono::minutes(30);
  /// What a device-spooling port took may be released there so much later.
  Milliseconds release_window = std::chrono::hours(24);
  std::size_t candidates = 48;  ///< rows looked at for one pairing, at most
  /// Price of booking.pages on its device, by the server's lists; nothing: no list. Without it the claim's
  /// own price is used, in proportion where fewer pages are booked.
  std::function<std::optional<Price>(const Booking&)> price = {};
};

/// An evidence, settle or refund entry of a desktop's ledger.
struct LedgerAmendment {
  ledger::Kind kind = ledger::Kind::evidence;
  ledger::Amendment amendment = {};
};
/// Ledger entries of kind reserve and void book nothing and do not come here.
using Event = std::variant<Claim, LedgerAmendment, DeviceRecord, CounterWindow, Correction>;

/// A row before and after. Write `after` under its key; what a user's account moves by is
/// charge(after) - charge(before).
struct Change {
  std::optional<Booking> before = {};
  Booking after = {};
};
struct Charge {
  std::string user = {};  ///< empty: nobody's account moves
  Money amount = {};
  std::int64_t pages = 0;
};
Charge charge(const Booking& booking);

/// Takes one fact in. A repeat changes nothing (no changes). `now` is when the server received it.
/// Errors: not_found (a correction of what is not there), invalid (no uuid, no device), and those of Books.
Result<std::vector<Change>> apply(Books& books, const Rules& rules, const Event& event, Timestamp now);

/// Looks at up to `most` rows whose limit has passed; call it again until nothing comes back, then at the
/// next minute.
Result<std::vector<Change>> advance(Books& books, const Rules& rules, Timestamp now, std::size_t most);

}  // namespace printrouter::accounting
