// SPDX-License-Identifier: Apache-2.0
// One print that several parties speak of, in every order, with repeats: what docs/accounting.md says is
// charged.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "accounting/batch.hpp"
#include "unit/accounting/ground_truth.hpp"

namespace printrouter::accounting {
namespace {
using test::account;
using test::World;
using Number = std::optional<std::int64_t>;

int roll(int n) {
  return n <= 1 ? 0 : *rc::gen::resize(1000, rc::gen::inRange(0, n));
}
bool coin() {
  return roll(2) == 0;
}

const Uuid job = *Uuid::parse("6ba7b810-9dad-41d1-80b4-00c04fd430c8");

Claim claim(const World& world, std::int64_t pages, int attempt = 1) {
  Claim c;
  c.job_uuid = job;
  c.attempt = attempt;
  c.user = "anna";
  c.device = "d";
  c.pages.mono = pages;
  c.evidence = Evidence::document;
  c.confidence = Confidence::exact;
  c.outcome = OutcomeKind::delivered;
  c.started = world.start + std::chrono::minutes(5 * attempt);
  c.ended = c.started + std::chrono::minutes(1);
  return c;
}

DeviceRecord record(const Claim& of, Number pages) {
  DeviceRecord r;
  r.device = of.device;
  r.record = std::to_string(of.attempt);
  r.user = of.user;
  r.job_uuid = of.job_uuid;
  r.pages.total = pages;
  r.when = of.ended + std::chrono::minutes(1);
  return r;
}

LedgerAmendment amendment(const Claim& of, ledger::Kind kind, std::string reason, int minutes_later) {
  LedgerAmendment a;
  a.kind = kind;
  a.amendment.job_uuid = of.job_uuid;
  a.amendment.attempt = of.attempt;
  a.amendment.reason = std::move(reason);
  a.amendment.when = of.ended + std::chrono::minutes(minutes_later);
  return a;
}

/// Says up to twice what it knows; the later word holds.
Number state(World& world, const Claim& of, Evidence evidence, std::int64_t least = 1) {
  Number holds;
  for (int said = roll(3); said > 0; --said) {
    const std::int64_t pages = least + roll(20);
    LedgerAmendment a = amendment(of, ledger::Kind::evidence, "said", said);
    a.amendment.evidence = evidence;
    a.amendment.confidence = Confidence::exact;
    a.amendment.pages.total = pages;
    world.events.emplace_back(a);
    if (!holds) holds = pages;
  }
  return holds;
}

const Booking& find(const std::vector<Booking>& rows, const std::string& key) {
  const auto it = std::ranges::find(rows, key, &Booking::key);
  RC_ASSERT(it != rows.end());
  return *it;
}

std::int64_t booked(const std::vector<Booking>& rows) {
  std::int64_t pages = 0;
  for (const Booking& row : rows) pages += charge(row).pages;
  return pages;
}

RC_GTEST_PROP(Evidence, the_best_and_of_its_kind_the_latest_decides, ()) {
  World world;
  Claim c = claim(world, 1 + roll(20));
  const OutcomeKind outcomes[] = {OutcomeKind::delivered, OutcomeKind::cancelled, OutcomeKind::unknown};
  c.outcome = outcomes[roll(3)];
  world.events.emplace_back(c);

  bool early = c.outcome == OutcomeKind::cancelled;
  const Number confirmed = roll(4) == 0 ? state(world, c, Evidence::device_confirmation) : Number{};
  const Number counted = coin() ? state(world, c, Evidence::counter) : Number{};
  const Number told = coin() ? state(world, c, Evidence::ipp_impressions) : Number{};
  Number logged;
  const bool device_spoke = roll(3) == 0;
  if (device_spoke) {
    logged = coin() ? Number(1 + roll(20)) : Number{};
    DeviceRecord r = record(c, logged);
    if (coin()) r.state = DeviceRecord::State::cancelled, early = true;
    world.events.emplace_back(r);
  }
  Number worded;  // a person's: 1 printed, 0 not
  if (c.outcome == OutcomeKind::unknown)
    for (int said = roll(3); said > 0; --said) {
      const bool printed = coin();
      world.events.emplace_back(printed ? amendment(c, ledger::Kind::settle, "settled.printed", said)
                                        : amendment(c, ledger::Kind::refund, "settled.not-printed", said));
      if (!worded) worded = printed;
    }

  const std::int64_t document = *c.pages.sum(), own = told.value_or(document);
  // That the document has so many pages says nothing of what came out, where that is the question.
  const bool document_counts = !early && (c.outcome != OutcomeKind::unknown || device_spoke);
  std::int64_t expected = 0;
  if (confirmed)
    expected = *confirmed;
  else if (logged)
    expected = *logged;
  else if (counted && *counted <= own)
    expected = *counted;  // more: others printed meanwhile, and what is known otherwise decides
  else if (told)
    expected = *told;
  else if (document_counts || (!early && worded == 1))
    expected = document;

  const auto rows = account(world, {}, roll);
  for (const Booking& row : rows) RC_LOG() << encode(row) << "\n";
  RC_ASSERT(charge(find(rows, job_key(job, 1))).pages == expected);
  RC_ASSERT(booked(rows) == expected);
}

RC_GTEST_PROP(Evidence, counters_read_around_a_job_outrank_a_window_that_merely_holds_it, ()) {
  World world;
  const Claim c = claim(world, 20);
  world.events.emplace_back(c);
  CounterWindow own{c.device, "own", c.started, c.ended, {}, job, 1};
  own.pages.total = 1 + roll(19);
  CounterWindow wide{
      c.device, "wide", c.started + -std::chrono::hours(2), c.ended + std::chrono::hours(2), {}, {}, 0};
  wide.pages.total = 1 + roll(19);
  world.events.emplace_back(own);
  world.events.emplace_back(wide);
  RC_ASSERT(booked(account(world, {}, roll)) == *own.pages.total);
}

/// Clocks differ, and queues take their time: near the edge nobody knows whether the job is in it.
RC_GTEST_PROP(Evidence, a_window_tells_of_a_job_that_lies_wholly_inside, ()) {
  World world;
  const Claim c = claim(world, 20);
  world.events.emplace_back(c);
  const int before = roll(20), after = roll(80);
  CounterWindow wide{
      c.device, "wide", c.started + -std::chrono::minutes(before), c.ended + std::chrono::minutes(after), {},
      {},       0};
  wide.pages.total = 5;
  world.events.emplace_back(wide);
  RC_ASSERT(booked(account(world, {}, roll)) == (before >= 10 && after >= 40 ? 5 : 20));
}

RC_GTEST_PROP(Evidence, of_two_words_on_an_unknown_outcome_the_later_holds, ()) {
  World world;
  Claim c = claim(world, 10);
  c.outcome = OutcomeKind::unknown;
  const bool printed = coin();
  world.events = {Event(c), Event(amendment(c, ledger::Kind::settle, "settled.printed", printed ? 2 : 1)),
                  Event(amendment(c, ledger::Kind::refund, "settled.not-printed", printed ? 1 : 2))};
  RC_ASSERT(booked(account(world, {}, roll)) == (printed ? 10 : 0));
}

/// The uuid is that of both attempts, and so it is in both records.
RC_GTEST_PROP(Evidence, a_deliberate_reprint_is_booked_beside_the_first_print, ()) {
  World world;
  std::int64_t printed = 0;
  const int attempts = 2 + roll(2);
  for (int attempt = 1; attempt <= attempts; ++attempt) {
    const Claim c = claim(world, 10 * attempt + roll(9), attempt);
    printed += *c.pages.sum();
    world.events.emplace_back(c);
    world.events.emplace_back(record(c, c.pages.sum()));
  }
  const auto rows = account(world, {}, roll);
  RC_ASSERT(booked(rows) == printed);
  for (int attempt = 1; attempt <= attempts; ++attempt)
    RC_ASSERT(find(rows, job_key(job, attempt)).partner == record_key("d", std::to_string(attempt)));
}

/// One record names the job and not which attempt; the other lost the name on its way.
RC_GTEST_PROP(Evidence, a_reprint_whose_name_one_record_lost_is_not_booked_beside_that_record, ()) {
  World world;
  for (int attempt = 1; attempt <= 2; ++attempt) {
    const Claim c = claim(world, 10, attempt);
    world.events.emplace_back(c);
    DeviceRecord r = record(c, 10);
    if (attempt == 2) r.job_uuid = {};
    world.events.emplace_back(r);
  }
  const auto rows = account(world, {}, roll);
  RC_ASSERT(booked(rows) == 20);
  for (const char* name : {"1", "2"}) RC_ASSERT(find(rows, record_key("d", name)).status == Status::merged);
}

/// A history that IPP tells has no times. The device gave the first attempt up, and the desktop says so too.
RC_GTEST_PROP(Evidence, what_came_to_nothing_does_not_take_the_record_of_the_attempt_that_printed, ()) {
  World world;
  Claim broken = claim(world, 10, 1);
  broken.outcome = OutcomeKind::unknown;
  const Claim c = claim(world, 10, 2);
  for (Claim one : {broken, c}) {
    one.counted_by = CountedBy::device;
    one.port.port_class = PortClass::device_spooling;
    world.events.emplace_back(one);
  }
  world.events.emplace_back(amendment(broken, ledger::Kind::refund, "aborted-in-job-list", 1));
  DeviceRecord printed = record(c, 10), given_up = record(broken, {});
  given_up.state = DeviceRecord::State::deleted;
  printed.when = given_up.when = {};
  world.events.emplace_back(printed);
  const bool both = coin();
  if (both) world.events.emplace_back(given_up);
  const auto rows = account(world, {}, roll);
  RC_ASSERT(booked(rows) == 10);
  RC_ASSERT(find(rows, job_key(job, 2)).partner == record_key("d", "2"));
  RC_ASSERT(!is_booked(find(rows, job_key(job, 1)).status));
}

/// Where each job has the record that names it, a nameless one is somebody else's.
RC_GTEST_PROP(Evidence, a_nameless_record_is_not_guessed_to_be_a_job_that_another_record_names, ()) {
  World world;
  Claim refused = claim(world, 10, 1);
  refused.outcome = OutcomeKind::rejected;
  const Claim c = claim(world, 10, 2);
  DeviceRecord other = record(c, 10);
  other.record = "other";
  other.job_uuid = {};
  world.events = {Event(refused), Event(c), Event(record(c, 10)), Event(other)};
  const auto rows = account(world, {}, roll);
  RC_ASSERT(booked(rows) == 20);
  RC_ASSERT(find(rows, job_key(job, 2)).partner == record_key("d", "2"));
  RC_ASSERT(find(rows, record_key("d", "other")).status == Status::device_only);
}

RC_GTEST_PROP(Evidence, an_administrators_word_on_a_record_alone_holds_when_its_claim_comes, ()) {
  World before;
  const Claim c = claim(before, 10);
  Batch books;
  const auto take = [&](const Event& event, int hours) {
    const auto changes = apply(books, {}, event, c.ended + std::chrono::hours(hours));
    RC_ASSERT(changes.has_value());
    books.take(*changes);
  };
  take(record(c, 10), 1);
  if (coin()) {
    const auto changes = advance(books, {}, c.ended + std::chrono::hours(30), 10);
    RC_ASSERT(changes.has_value());
    books.take(*changes);
  }
  Correction word;
  word.key = record_key("d", "1");
  word.pages = Pages{roll(10), {}, {}, {}};
  word.by = "boss";
  word.when = c.ended + std::chrono::hours(31);
  if (coin()) {
    take(word, 31);
    take(c, 32);
  } else {
    take(c, 31);
    take(word, 32);
  }
  std::vector<Booking> rows;
  for (const Change& change : books.net()) rows.push_back(change.after);
  RC_ASSERT(charge(find(rows, job_key(job, 1))).pages == *word.pages->sum());
  RC_ASSERT(booked(rows) == *word.pages->sum());
}

}  // namespace
}  // namespace printrouter::accounting
