// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "accounting/assess.hpp"
#include "accounting/books.hpp"
#include "accounting/rows.hpp"

namespace printrouter::accounting {
namespace {

/// Of two statements the later one; at the same moment the one whose text is greater, whichever came first.
template <class T, class Text>
bool supersedes(const T& news, const T& old, Text&& text) {
  return news.when != old.when ? news.when > old.when : text(news) > text(old);
}

std::string text_of_pages(const Pages& p) {
  const auto number = [](const std::optional<std::int64_t>& n) { return n ? std::to_string(*n) : "-"; };
  return number(p.mono) + "," + number(p.color) + "," + number(p.sheets) + "," + number(p.total);
}

void take_fact(Booking& row, Fact fact) {
  const auto it = std::ranges::lower_bound(row.facts, fact.evidence, {}, &Fact::evidence);
  if (it == row.facts.end() || it->evidence != fact.evidence) {
    row.facts.insert(it, std::move(fact));
  } else if (supersedes(fact, *it, [](const Fact& f) {
               return text_of_pages(f.pages) + std::string(ledger::to_string(f.confidence)) + f.reason;
             })) {
    *it = std::move(fact);
  }
}

void take_word(Booking& row, Word word) {
  if (!row.word || supersedes(word, *row.word, [](const Word& w) {
        return std::to_string(w.printed) + text_of_pages(w.pages) + w.reason + w.by;
      }))
    row.word = std::move(word);
}

void take_amendment(Booking& row, const LedgerAmendment& event) {
  const ledger::Amendment& a = event.amendment;
  switch (event.kind) {
    case ledger::Kind::refund:
      return take_word(row, {false, {}, a.when, a.reason, a.by});
    case ledger::Kind::settle:
      if (a.reason == "cancelled-at-panel" || a.reason == "aborted-by-device")
        row.ended_early = true;
      else if (a.evidence == Evidence::none)
        take_word(row, {a.reason != "unknown-after.none", a.pages, a.when, a.reason, a.by});
      break;
    case ledger::Kind::reserve:
    case ledger::Kind::claim:
    case ledger::Kind::evidence:
    case ledger::Kind::void_copy:
      break;
  }
  if (a.evidence != Evidence::none) take_fact(row, {a.evidence, a.pages, a.confidence, a.when, a.reason});
}

/// A final state outranks `held`; among equals the later, then the greater, whichever came first.
bool supersedes(const DeviceRecord& news, const DeviceRecord& old) {
  const auto rank = [](const DeviceRecord& r) { return r.state == DeviceRecord::State::held ? 0 : 1; };
  if (rank(news) != rank(old)) return rank(news) > rank(old);
  return supersedes(news, old, [](const DeviceRecord& r) { return encode(r); });
}

Booking job_row(const Uuid& job_uuid, int attempt, Timestamp now) {
  Booking row;
  row.key = job_key(job_uuid, attempt);
  row.job_uuid = job_uuid;
  row.attempt = attempt;
  row.received = now;
  return row;
}

class Application {
 public:
  Application(Books& books, const Rules& rules, Timestamp now) : rows_(books, rules), now_(now) {}

  Result<std::vector<Change>> take(const Claim& claim) {
    if (claim.job_uuid.empty())
      return fail(Error{ErrorCode::invalid, "is missing", "uuid", "claim", "a uuid"});
    if (claim.device.empty())
      return fail(Error{ErrorCode::invalid, "is missing", "device", "claim", "a device"});
    auto row = rows_.get_or(job_row(claim.job_uuid, claim.attempt, now_));
    if (!row) return fail(row.error());
    Booking& booking = **row;
    if (booking.claim) {
      if (ledger::encode(*booking.claim) == ledger::encode(claim) || !booking.conflict.empty())
        return std::vector<Change>{};
      booking.conflict = "another claim came under this key";
      return rows_.changes();
    }
    booking.claim = claim;
    booking.device = claim.device;
    booking.received = now_;  // the device's record is awaited from here on
    if (const Done done = rows_.settle(booking); !done) return fail(done.error());
    return rows_.changes();
  }

  Result<std::vector<Change>> take(const LedgerAmendment& event) {
    const auto& a = event.amendment;
    if (a.job_uuid.empty())
      return fail(Error{ErrorCode::invalid, "is missing", "uuid", "amendment", "a uuid"});
    auto row = rows_.get_or(job_row(a.job_uuid, a.attempt, now_));
    if (!row) return fail(row.error());
    take_amendment(**row, event);
    if (const Done done = rows_.settle(**row); !done) return fail(done.error());
    return rows_.changes();
  }

  Result<std::vector<Change>> take(const DeviceRecord& record) {
    if (record.device.empty() || record.record.empty())
      return fail(Error{ErrorCode::invalid, "is missing", record.device.empty() ? "device" : "record",
                        "device record", "a text"});
    Booking fresh;
    fresh.key = record_key(record.device, record.record);
    fresh.kind = Kind::record;
    fresh.device = record.device;
    fresh.received = now_;
    auto row = rows_.get_or(std::move(fresh));
    if (!row) return fail(row.error());
    Booking& booking = **row;
    if (booking.record && !supersedes(record, *booking.record)) return std::vector<Change>{};
    booking.record = record;
    booking.job_uuid = record.job_uuid;
    if (const Done done = rows_.settle(booking); !done) return fail(done.error());
    return rows_.changes();
  }

  Result<std::vector<Change>> take(const CounterWindow& window) {
    if (window.device.empty() || window.window.empty())
      return fail(Error{ErrorCode::invalid, "is missing", window.device.empty() ? "device" : "window",
                        "counter window", "a text"});
    Booking fresh;
    fresh.key = window_key(window.device, window.window);
    fresh.kind = Kind::window;
    fresh.device = window.device;
    fresh.received = now_;
    auto row = rows_.get_or(std::move(fresh));
    if (!row) return fail(row.error());
    Booking& booking = **row;
    if (booking.window) {
      if (*booking.window == window || !booking.conflict.empty()) return std::vector<Change>{};
      booking.conflict = "another reading came under this key";
      return rows_.changes();
    }
    booking.window = window;
    rows_.judge(booking);
    if (window.job_uuid.empty()) {
      if (const Done done = rows_.see_window(booking); !done) return fail(done.error());
      return rows_.changes();
    }
    booking.job_uuid = window.job_uuid;
    booking.attempt = window.attempt;
    auto job = rows_.get_or(job_row(window.job_uuid, window.attempt, now_));
    if (!job) return fail(job.error());
    rows_.give_window(**job, window);
    return rows_.changes();
  }

  Result<std::vector<Change>> take(const Correction& correction) {
    auto found = rows_.find(correction.key);
    if (!found) return fail(found.error());
    Booking* row = *found;
    if (row && row->status == Status::merged) {  // it is part of another booking by now
      found = rows_.find(row->partner);
      if (!found) return fail(found.error());
      row = *found;
    }
    if (!row || row->kind == Kind::window)
      return fail(Error{ErrorCode::not_found, "there is no booking of this key", "key", "correction",
                        "the key of a booking"});
    Correction as_kept = correction;
    as_kept.key = row->key;
    if (row->correction &&
        !supersedes(as_kept, *row->correction, [](const Correction& c) { return encode(c); }))
      return std::vector<Change>{};
    row->correction = std::move(as_kept);
    rows_.judge(*row);
    return rows_.changes();
  }

  Result<std::vector<Change>> pass(const std::vector<Booking>& due) {
    for (const Booking& row : due) {
      Booking& booking = rows_.hold(row);
      booking.overdue = true;
      rows_.judge(booking);
    }
    return rows_.changes();
  }

 private:
  Rows rows_;
  Timestamp now_;
};

}  // namespace

Charge charge(const Booking& booking) {
  if (!is_booked(booking.status)) return {};
  return {booking.user, booking.price.amount, booking.pages.sum().value_or(0)};
}

Result<std::vector<Change>> apply(Books& books, const Rules& rules, const Event& event, Timestamp now) {
  Application application(books, rules, now);
  return std::visit([&](const auto& e) { return application.take(e); }, event);
}

Result<std::vector<Change>> advance(Books& books, const Rules& rules, Timestamp now, std::size_t most) {
  const auto due = books.due(now, most);
  if (!due) return fail(due.error());
  return Application(books, rules, now).pass(*due);
}

}  // namespace printrouter::accounting
