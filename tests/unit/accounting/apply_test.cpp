// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "accounting/batch.hpp"

namespace printrouter::accounting {
namespace {

constexpr Timestamp noon{1'800'000'000'000};
Timestamp after(int minutes) {
  return noon + std::chrono::minutes(minutes);
}
const Uuid job = *Uuid::parse("6ba7b810-9dad-41d1-80b4-00c04fd430c8");
const std::string key = job_key(job, 1);

Claim claim(CountedBy by = CountedBy::client, std::optional<std::int64_t> pages = 10) {
  Claim c;
  c.job_uuid = job;
  c.attempt = 1;
  c.user = "anna";
  c.device = "d1";
  c.counted_by = by;
  if (by == CountedBy::device) c.port.port_class = PortClass::device_spooling;
  c.pages.mono = pages;
  if (pages) {
    c.evidence = Evidence::document;
    c.confidence = Confidence::exact;
    c.price = {Money{100}.times(*pages), "EUR"};
  }
  c.outcome = OutcomeKind::delivered;
  c.started = noon;
  c.ended = after(1);
  return c;
}
DeviceRecord record(std::int64_t pages, DeviceRecord::State state = DeviceRecord::State::printed,
                    const Uuid& uuid = job) {
  DeviceRecord r;
  r.device = "d1";
  r.record = "17";
  r.state = state;
  r.user = "ANNA";
  r.job_uuid = uuid;
  if (state == DeviceRecord::State::printed || state == DeviceRecord::State::cancelled) r.pages.total = pages;
  r.when = after(3);
  return r;
}
LedgerAmendment amendment(ledger::Kind kind, std::string reason, Evidence evidence = Evidence::none,
                          std::optional<std::int64_t> pages = {}) {
  LedgerAmendment a;
  a.kind = kind;
  a.amendment.job_uuid = job;
  a.amendment.attempt = 1;
  a.amendment.reason = std::move(reason);
  a.amendment.evidence = evidence;
  a.amendment.pages.total = pages;
  a.amendment.when = after(5);
  return a;
}

struct Apply : testing::Test {
  Batch books;
  Rules rules;
  Timestamp now = after(60);

  std::size_t take(const Event& event) {
    const auto changes = apply(books, rules, event, now);
    EXPECT_TRUE(changes) << (changes ? "" : changes.error().message());
    if (!changes) return 0;
    for (const Change& c : *changes) moved[charge(c.after).user] += charge(c.after).pages;
    for (const Change& c : *changes)
      if (c.before) moved[charge(*c.before).user] -= charge(*c.before).pages;
    books.take(*changes);
    return changes->size();
  }
  void a_day_passes() {
    now = now + std::chrono::hours(25);
    while (true) {
      const auto changes = advance(books, rules, now, 1);
      ASSERT_TRUE(changes);
      if (changes->empty()) return;
      books.take(*changes);
    }
  }
  Booking at(const std::string& which = key) {
    const auto row = books.find(which);
    return row && *row ? **row : Booking{};
  }
  std::string stands(const std::string& which = key) {
    const Booking b = at(which);
    return std::string(to_string(b.status)) + " " + std::to_string(charge(b).pages);
  }
  std::map<std::string, std::int64_t> moved;  ///< what accounts moved by, change by change
};

TEST_F(Apply, a_clients_count_is_booked_at_once_and_a_repeat_changes_nothing) {
  EXPECT_EQ(take(claim()), 1u);
  EXPECT_EQ(stands(), "booked 10");
  EXPECT_EQ(at().price.amount, Money{1000});
  EXPECT_EQ(take(claim()), 0u);
  EXPECT_EQ(moved["anna"], 10);
}
TEST_F(Apply, the_same_key_with_other_content_is_an_alarm_and_the_first_is_kept) {
  take(claim());
  EXPECT_EQ(take(claim(CountedBy::client, 99)), 1u);
  EXPECT_EQ(stands(), "booked 10");
  EXPECT_NE(at().conflict, "");
}
TEST_F(Apply, counted_by_the_device_waits_for_its_record) {
  take(claim(CountedBy::device));
  EXPECT_EQ(stands(), "awaiting-record 0");
  EXPECT_EQ(moved["anna"], 0);
  take(record(9));
  EXPECT_EQ(stands(), "confirmed 9");
  EXPECT_EQ(at().price.amount, Money{900});
  EXPECT_EQ(at().evidence, Evidence::device_log);
  EXPECT_FALSE(at().inferred);
  EXPECT_EQ(at(record_key("d1", "17")).status, Status::merged);
  EXPECT_EQ(moved["anna"], 9);
}
TEST_F(Apply, a_record_that_never_comes_leaves_the_next_best_evidence_and_one_that_comes_late_replaces_it) {
  take(claim(CountedBy::device));
  a_day_passes();
  EXPECT_EQ(stands(), "unconfirmed 10");
  EXPECT_TRUE(is_listed(at().status));
  take(record(8));
  EXPECT_EQ(stands(), "confirmed 8");
}
TEST_F(Apply, a_record_without_claim_is_booked_after_a_limit_and_a_later_claim_takes_it_over) {
  take(record(10));
  const std::string own = record_key("d1", "17");
  EXPECT_EQ(stands(own), "awaiting-owner 0");
  a_day_passes();
  EXPECT_EQ(stands(own), "device-only 10");
  EXPECT_EQ(at(own).user, "ANNA");
  take(claim());
  EXPECT_EQ(stands(own), "merged 0");
  EXPECT_EQ(stands(), "confirmed 10");
}
TEST_F(Apply, a_job_never_released_is_closed_unbooked) {
  take(claim(CountedBy::device));
  take(record(0, DeviceRecord::State::held));
  EXPECT_EQ(stands(), "awaiting-record 0");
  EXPECT_EQ(at().reason, "record.held");
  a_day_passes();
  EXPECT_EQ(stands(), "not-released 0");
  take(record(10));  // released after all
  EXPECT_EQ(stands(), "confirmed 10");
  EXPECT_EQ(take(record(0, DeviceRecord::State::held)), 0u) << "an old report of the same record";
}
TEST_F(Apply, a_job_deleted_at_the_device_is_closed_at_once) {
  take(claim(CountedBy::device));
  take(record(0, DeviceRecord::State::deleted));
  EXPECT_EQ(stands(), "not-released 0");
  EXPECT_EQ(at().reason, "record.deleted");
}
TEST_F(Apply, without_a_uuid_device_user_time_and_pages_tell) {
  take(claim(CountedBy::device));
  DeviceRecord other = record(10, DeviceRecord::State::printed, {});
  other.record = "1";
  other.user = "ben";
  take(other);
  DeviceRecord early = record(10, DeviceRecord::State::printed, {});
  early.record = "2";
  early.when = noon + -std::chrono::hours(2);
  take(early);
  DeviceRecord pages = record(7, DeviceRecord::State::printed, {});
  pages.record = "3";
  take(pages);
  EXPECT_EQ(stands(), "awaiting-record 0");
  take(record(10, DeviceRecord::State::printed, {}));
  EXPECT_EQ(stands(), "confirmed 10");
  EXPECT_TRUE(at().inferred);
  EXPECT_EQ(at().partner, record_key("d1", "17"));
}
TEST_F(Apply, a_uuid_that_comes_late_undoes_what_was_inferred) {
  take(claim());
  DeviceRecord guess = record(10, DeviceRecord::State::printed, {});
  guess.record = "1";
  take(guess);
  EXPECT_EQ(at().partner, record_key("d1", "1"));
  take(record(4));
  EXPECT_EQ(at().partner, record_key("d1", "17"));
  EXPECT_EQ(stands(), "confirmed 4");
  EXPECT_EQ(at(record_key("d1", "1")).status, Status::awaiting_owner);
}
TEST_F(Apply, counters_recognise_others_and_never_charge_for_them) {
  take(claim());
  CounterWindow window{"d1", "w", noon, after(2), {}, job, 1};
  window.pages.total = 14;
  take(window);
  EXPECT_EQ(stands(), "booked 10");
  EXPECT_EQ(at().foreign.total, 4);
  EXPECT_EQ(take(window), 0u);
}
TEST_F(Apply, a_counter_that_rose_by_less_is_what_came_out) {
  take(amendment(ledger::Kind::evidence, "counter", Evidence::counter, 6));
  EXPECT_EQ(stands(), "awaiting-claim 0");
  take(claim());
  EXPECT_EQ(stands(), "booked 6");
  EXPECT_EQ(at().evidence, Evidence::counter);
  EXPECT_EQ(at().price.amount, Money{600});
}
TEST_F(Apply, a_window_of_nobody_is_evidence_for_the_one_job_inside) {
  CounterWindow window{"d1", "w", noon + -std::chrono::hours(2), after(180), {}, {}, 0};
  window.pages.total = 6;
  take(window);
  take(claim());
  EXPECT_EQ(stands(), "booked 6");
  Claim second = claim();
  second.attempt = 2;
  take(second);
  EXPECT_EQ(stands(), "booked 10") << "two jobs inside: it tells nothing of one of them";
  EXPECT_EQ(stands(job_key(job, 2)), "booked 10");
}
TEST_F(Apply, cancelled_costs_what_is_confirmed) {
  take(claim());
  take(amendment(ledger::Kind::settle, "cancelled-at-panel"));
  EXPECT_EQ(stands(), "not-printed 0");
  take(amendment(ledger::Kind::settle, "cancelled-at-panel", Evidence::ipp_impressions, 3));
  EXPECT_EQ(stands(), "booked 3");
}
TEST_F(Apply, unknown_waits_for_a_persons_word_and_evidence_outranks_it) {
  Claim unknown = claim();
  unknown.outcome = OutcomeKind::unknown;
  take(unknown);
  EXPECT_EQ(stands(), "awaiting-person 0");
  take(amendment(ledger::Kind::settle, "settled.printed"));
  EXPECT_EQ(stands(), "booked 10");
  take(amendment(ledger::Kind::evidence, "counter", Evidence::counter, 0));
  EXPECT_EQ(stands(), "not-printed 0");
}
TEST_F(Apply, not_printed_as_settled_is_refunded) {
  Claim unknown = claim();
  unknown.outcome = OutcomeKind::unknown;
  take(unknown);
  take(amendment(ledger::Kind::refund, "settled.not-printed"));
  EXPECT_EQ(stands(), "not-printed 0");
}
TEST_F(Apply, what_was_refused_books_nothing) {
  Claim refused = claim();
  refused.outcome = OutcomeKind::rejected;
  take(refused);
  EXPECT_EQ(stands(), "not-printed 0");
}
TEST_F(Apply, printed_without_a_count_is_listed) {
  take(claim(CountedBy::client, std::nullopt));
  EXPECT_EQ(stands(), "uncounted 0");
  EXPECT_TRUE(is_listed(at().status));
}
TEST_F(Apply, nobody_pays_for_colour_that_may_not_have_come_out) {
  Claim colourful = claim();
  colourful.pages = {8, 2, {}, {}};
  take(colourful);
  take(record(6, DeviceRecord::State::cancelled));
  EXPECT_EQ(at().pages.mono, 6);
  EXPECT_EQ(at().pages.color, 0);
  DeviceRecord more = record(9, DeviceRecord::State::cancelled);
  more.when = after(4);
  take(more);
  EXPECT_EQ(at().pages.mono, 8);
  EXPECT_EQ(at().pages.color, 1);
}
TEST_F(Apply, an_administrators_word_outranks_all_whenever_it_comes) {
  take(claim());
  Correction correction;
  correction.key = key;
  correction.pages = ledger::Pages{2, {}, {}, {}};
  correction.user = "ben";
  correction.by = "boss";
  correction.when = after(90);
  take(correction);
  EXPECT_EQ(stands(), "confirmed 2");
  take(record(10));
  EXPECT_EQ(stands(), "confirmed 2");
  EXPECT_EQ(at().user, "ben");
  EXPECT_EQ(moved["anna"], 0);
  EXPECT_EQ(moved["ben"], 2);
  EXPECT_EQ(take(correction), 0u);
  correction.key = "job:none:1";
  EXPECT_EQ(apply(books, rules, correction, now).error().code, ErrorCode::not_found);
}
TEST_F(Apply, the_servers_price_list_decides_where_there_is_one) {
  rules.price = [](const Booking& b) -> std::optional<Price> {
    return Price{Money{7}.times(b.pages.sum().value_or(0)), "EUR"};
  };
  take(claim());
  EXPECT_EQ(at().price.amount, Money{70});
}
TEST_F(Apply, what_cannot_be_placed_is_refused) {
  Claim nobody = claim();
  nobody.job_uuid = {};
  EXPECT_EQ(apply(books, rules, nobody, now).error().field, "uuid");
  DeviceRecord nowhere = record(1);
  nowhere.device.clear();
  EXPECT_EQ(apply(books, rules, nowhere, now).error().field, "device");
}

/// Books that count what is asked of them.
struct CountingBooks final : Books {
  explicit CountingBooks(Batch& below) : below_(below) {}
  Batch& below_;
  std::size_t queries = 0, rows = 0;
  template <class R>
  R counted(R result) {
    ++queries;
    if constexpr (requires { result->size(); })
      if (result) rows += result->size();
    return result;
  }
  Result<std::optional<Booking>> find(std::string_view k) override { return counted(below_.find(k)); }
  Result<std::vector<Booking>> of_job(const Uuid& u, std::size_t n) override {
    return counted(below_.of_job(u, n));
  }
  Result<std::vector<Booking>> near(const Near& q) override { return counted(below_.near(q)); }
  Result<std::vector<Booking>> due(Timestamp t, std::size_t n) override { return counted(below_.due(t, n)); }
};

TEST_F(Apply, an_event_asks_the_same_of_a_full_store_as_of_an_empty_one) {
  const auto many = [&](int from, int to) {
    for (int i = from; i < to; ++i) {
      Claim c = claim();
      c.job_uuid.bytes[14] = static_cast<std::uint8_t>(i / 256);
      c.job_uuid.bytes[15] = static_cast<std::uint8_t>(i % 256);
      c.started = after(i * 60);
      c.ended = after(i * 60 + 1);
      take(c);
      DeviceRecord r = record(10, DeviceRecord::State::printed, {});
      r.record = std::to_string(i);
      r.when = after(i * 60 + 2);
      take(r);
    }
  };
  const auto cost_of_one = [&](int number) {
    CountingBooks counting(books);
    Claim c = claim();
    c.job_uuid.bytes[0] = 9;
    c.attempt = number;
    c.started = after(number * 60);
    c.ended = after(number * 60 + 1);
    EXPECT_TRUE(apply(counting, rules, c, now));
    return std::pair(counting.queries, counting.rows);
  };
  many(0, 60);
  const auto small = cost_of_one(30);
  many(60, 200);
  EXPECT_EQ(cost_of_one(30), small);
  EXPECT_LE(small.second, rules.candidates);
}

}  // namespace
}  // namespace printrouter::accounting
