// SPDX-License-Identifier: Apache-2.0
#include "server/quota_period.hpp"

#include <cstdlib>
#include <ctime>
#include <limits>
#include <thread>

#include "base/time_text.hpp"
#include "server/accounts.hpp"
#include "server/book_store.hpp"
#include "server/snapshot.hpp"
#include "unit/server/store_kit.hpp"

namespace printrouter::server {
namespace {
using namespace std::chrono;

Timestamp at(const char* text) {
  return parse_time(text).value();
}
Day date(int y, unsigned m, unsigned d) {
  return local_days(year(y) / month(m) / day(d));
}

/// The server's local time zone, for one test.
class Zone {
 public:
  explicit Zone(const char* name) {
    if (const char* was = std::getenv("TZ")) was_ = was;
    set(name);
  }
  ~Zone() { set(was_ ? was_->c_str() : nullptr); }

 private:
  static void set(const char* name) {
    if (name)
      ::setenv("TZ", name, 1);
    else
      ::unsetenv("TZ");
    ::tzset();
  }
  std::optional<std::string> was_;
};
/// As POSIX writes it, so that no zone files are needed.
constexpr const char* berlin = "CET-1CEST,M3.5.0,M10.5.0/3";
constexpr const char* no_midnight = "AAA4BBB,M10.3.0/0,M2.3.0/0";  // in October midnight is left out

TEST(QuotaPeriod, DaysWeeksAndMonthsBeginAsTheCalendarSays) {
  const Zone zone(berlin);
  EXPECT_EQ(local_day(at("2026-01-31T22:59:59Z")), date(2026, 1, 31));
  EXPECT_EQ(local_day(at("2026-01-31T23:00:00Z")), date(2026, 2, 1));
  EXPECT_EQ(first_day(Period::day, date(2026, 3, 1)), date(2026, 3, 1));
  // 2026-03-01 is a Sunday: the end of its week.
  EXPECT_EQ(first_day(Period::week, date(2026, 3, 1)), date(2026, 2, 23));
  EXPECT_EQ(first_day(Period::week, date(2026, 3, 2)), date(2026, 3, 2));
  EXPECT_EQ(first_day(Period::week, date(2027, 1, 1)), date(2026, 12, 28));
  EXPECT_EQ(first_day(Period::month, date(2028, 2, 29)), date(2028, 2, 1));
  const Timestamp now = at("2026-12-30T12:00:00Z");
  EXPECT_EQ(next_period(Period::day, now), at("2026-12-30T23:00:00Z"));
  EXPECT_EQ(next_period(Period::week, now), at("2027-01-03T23:00:00Z"));
  EXPECT_EQ(next_period(Period::month, now), at("2026-12-31T23:00:00Z"));
  EXPECT_EQ(next_period(Period::month, at("2026-01-31T12:00:00Z")), at("2026-01-31T23:00:00Z"));
  for (const Period p : {Period::day, Period::week, Period::month}) EXPECT_EQ(period(to_string(p)), p);
  EXPECT_FALSE(period("year"));
  // What hostile clocks say does no harm.
  EXPECT_EQ(local_day({std::numeric_limits<std::int64_t>::max()}), date(10000, 1, 1));
  EXPECT_EQ(local_day({std::numeric_limits<std::int64_t>::min()}), date(1970, 1, 2));
}

TEST(QuotaPeriod, ClocksThatAreChangedChangeNoPeriod) {
  {
    const Zone zone(berlin);
    // 23 and 25 hours.
    EXPECT_EQ(next_period(Period::day, at("2026-03-28T23:00:00Z")), at("2026-03-29T22:00:00Z"));
    EXPECT_EQ(next_period(Period::day, at("2026-10-24T22:00:00Z")), at("2026-10-25T23:00:00Z"));
    EXPECT_EQ(next_period(Period::month, at("2026-03-15T12:00:00Z")), at("2026-03-31T22:00:00Z"));
    for (Timestamp t = at("2026-10-24T22:00:00Z"); t < at("2026-10-25T23:00:00Z"); t = t + minutes(10))
      EXPECT_EQ(local_day(t), date(2026, 10, 25)) << t.to_string();
  }
  const Zone zone(no_midnight);
  // Sunday, 2026-10-18 begins at one o'clock.
  EXPECT_EQ(next_period(Period::day, at("2026-10-17T12:00:00Z")), at("2026-10-18T04:00:00Z"));
  EXPECT_EQ(local_day(at("2026-10-18T04:00:00Z")), date(2026, 10, 18));
  EXPECT_EQ(local_day(at("2026-10-18T03:59:59Z")), date(2026, 10, 17));
}

class QuotaTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    db = open_migrated();
  }
  void put(const std::string& text, Timestamp now) {
    Account account;
    ASSERT_TRUE(take_account(text, account));
    const auto set = set_account(*db, "anna", account, "test", "me", now);
    ASSERT_TRUE(set) << set.error().message();
  }
  void print(std::int64_t pages, Timestamp printed, Timestamp now) {
    ASSERT_TRUE(*move_account(*db, "anna", Money{} - Money::hundredths(10).times(pages), -pages,
                              local_day(printed), now));
  }
  /// Credit, pages, money.
  std::string left(Timestamp now) {
    const auto account = find_account(*db, "anna", now);
    EXPECT_TRUE(account && *account);
    const Account& a = **account;
    return (a.credit ? a.credit->decimal() : "-") + " " +
           (a.quota_pages ? std::to_string(*a.quota_pages) : "-") + " " +
           (a.quota_money ? a.quota_money->decimal() : "-");
  }
  Zone zone{berlin};
  std::unique_ptr<Database> db;
};
ON_BOTH_ENGINES(QuotaTest);

constexpr const char* granted =
    R"({"credit": "100", "quota_period": "month", "period_pages": 50, "period_money": "8"})";

TEST_P(QuotaTest, AQuotaBeginsWithItsGrantAndIsSetToItAgainInEachPeriod) {
  put(granted, at("2026-01-15T12:00:00Z"));
  EXPECT_EQ(left(at("2026-01-15T12:00:00Z")), "100.0000 50 8.0000");
  print(20, at("2026-01-20T12:00:00Z"), at("2026-01-20T12:00:00Z"));
  EXPECT_EQ(left(at("2026-01-31T22:59:59Z")), "98.0000 30 6.0000");
  EXPECT_EQ(left(at("2026-01-31T23:00:00Z")), "98.0000 50 8.0000") << "midnight here; credit is not renewed";
  // What is put holds for the rest of its period.
  put(R"({"credit": "1", "quota_pages": 7, "quota_period": "week", "period_pages": 50, "quota_money": "2"})",
      at("2026-02-04T12:00:00Z"));
  EXPECT_EQ(left(at("2026-02-08T22:59:59Z")), "1.0000 7 2.0000");
  EXPECT_EQ(left(at("2026-02-08T23:00:00Z")), "1.0000 50 2.0000") << "nothing is granted in money";
  put(R"({"quota_period": "day", "period_money": "1"})", at("2026-02-10T12:00:00Z"));
  print(4, at("2026-02-10T12:00:00Z"), at("2026-02-10T12:00:00Z"));
  EXPECT_EQ(left(at("2026-02-10T22:59:59Z")), "- - 0.6000");
  EXPECT_EQ(left(at("2026-02-10T23:00:00Z")), "- - 1.0000");
  // Without a period it is a plain balance again.
  put(R"({"quota_pages": 3})", at("2026-02-11T12:00:00Z"));
  EXPECT_EQ(left(at("2027-02-11T12:00:00Z")), "- 3 -");
}

TEST_P(QuotaTest, AServerThatWasOffRenewsOnceAndAClockThatGoesBackDoesNot) {
  put(R"({"quota_period": "day", "period_pages": 10})", at("2026-05-01T12:00:00Z"));
  print(3, at("2026-05-01T12:00:00Z"), at("2026-05-01T12:00:00Z"));
  const Timestamp later = at("2026-05-20T12:00:00Z");
  EXPECT_EQ(left(later), "- 10 -");
  print(4, later, later);
  for (const Timestamp t : {later, at("2026-05-19T12:00:00Z"), at("2026-05-01T12:00:00Z"), later})
    EXPECT_EQ(left(t), "- 6 -") << t.to_string();
  // Not for free either, as long as it stays back.
  print(1, at("2026-05-19T12:00:00Z"), at("2026-05-19T12:00:00Z"));
  print(9, at("2026-05-18T12:00:00Z"), at("2026-05-19T12:00:00Z"));
  EXPECT_EQ(left(at("2026-05-19T12:00:00Z")), "- 5 -");
  EXPECT_EQ(left(at("2026-05-21T12:00:00Z")), "- 10 -");
}

TEST_P(QuotaTest, AnOverdraftEndsWithItsPeriod) {
  put(granted, at("2026-01-15T12:00:00Z"));
  print(90, at("2026-01-15T12:00:00Z"), at("2026-01-15T12:00:00Z"));
  EXPECT_EQ(left(at("2026-01-15T12:00:00Z")), "91.0000 -40 -1.0000");
  EXPECT_EQ(left(at("2026-02-15T12:00:00Z")), "91.0000 50 8.0000");
}

TEST_P(QuotaTest, WhatWasPrintedInAnEarlierPeriodMovesCreditAlone) {
  put(granted, at("2026-01-15T12:00:00Z"));
  const Timestamp january = at("2026-01-31T22:59:59Z"), february = at("2026-01-31T23:00:00Z"),
                  now = at("2026-02-03T12:00:00Z");
  print(20, january, now);
  EXPECT_EQ(left(now), "98.0000 50 8.0000");
  print(-5, january, now);
  EXPECT_EQ(left(now), "98.5000 50 8.0000") << "nor is it given back to a quota that it is not of";
  print(10, february, now);
  EXPECT_EQ(left(now), "97.5000 40 7.0000");
  print(-4, february, now);
  EXPECT_EQ(left(now), "97.9000 44 7.4000");
  // The first that is heard of a new period is what was printed in it: it is not lost with the old quota.
  print(1, at("2026-03-01T08:00:00Z"), at("2026-03-01T08:00:00Z"));
  EXPECT_EQ(left(at("2026-03-01T08:00:00Z")), "97.8000 49 7.9000");
}

TEST_P(QuotaTest, BookingsCountForThePeriodTheyWerePrintedIn) {
  put(granted, at("2026-01-15T12:00:00Z"));
  accounting::Rules rules;
  rules.price = [](const accounting::Booking& booking) -> std::optional<ledger::Price> {
    return ledger::Price{Money::hundredths(10).times(booking.pages.sum().value_or(0)), "EUR"};
  };
  const auto claim = [&](int attempt, int pages, Timestamp ended) {
    ledger::Claim out;
    out.job_uuid = *Uuid::parse("aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee");
    out.attempt = attempt;
    out.user = "anna";
    out.device = "lobby";
    out.counted_by = CountedBy::client;
    out.pages.mono = pages;
    out.pages.color = 0;
    out.evidence = ledger::Evidence::document;
    out.confidence = ledger::Confidence::exact;
    out.outcome = OutcomeKind::delivered;
    out.started = out.ended = ended;
    return out;
  };
  const Timestamp now = at("2026-02-03T12:00:00Z");
  // An outage over the end of a month, reported at once.
  const auto booked = book(
      *db, rules, {claim(1, 6, at("2026-01-31T22:00:00Z")), claim(2, 4, at("2026-01-31T23:30:00Z"))}, now);
  ASSERT_TRUE(booked) << booked.error().message();
  EXPECT_TRUE(booked->refused.empty());
  EXPECT_EQ(booked->users, std::set<std::string>{"anna"});
  EXPECT_EQ(left(now), "99.0000 46 7.6000");
  const auto correct = [&](int attempt, int pages, Timestamp when) {
    accounting::Correction correction;
    correction.key = accounting::job_key(*Uuid::parse("aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"), attempt);
    correction.pages.emplace().mono = pages;
    correction.pages->color = 0;
    correction.when = when;
    const auto done = book(*db, rules, {correction}, when);
    ASSERT_TRUE(done && done->refused.empty());
  };
  correct(1, 1, now);
  EXPECT_EQ(left(now), "99.5000 46 7.6000");
  correct(2, 1, now);
  EXPECT_EQ(left(now), "99.8000 49 7.9000");
  const Timestamp march = at("2026-03-02T12:00:00Z");
  correct(2, 30, march);
  EXPECT_EQ(left(march), "96.9000 50 8.0000");
}

TEST_P(QuotaTest, TwoServersRenewOnce) {
  put(R"({"quota_period": "day", "period_pages": 10})", at("2026-05-01T12:00:00Z"));
  const auto other = open();
  const Timestamp now = at("2026-05-02T12:00:00Z");
  EXPECT_EQ(renew_accounts(*db, date(2026, 5, 1), now).value(), std::set<std::string>{"anna"});
  print(4, now, now);
  // The second one hears of it all the same, for its own desktops.
  EXPECT_EQ(renew_accounts(*other, date(2026, 5, 1), now).value(), std::set<std::string>{"anna"});
  EXPECT_EQ(left(now), "- 6 -");
  EXPECT_TRUE(renew_accounts(*other, date(2026, 5, 2), now)->empty());
  // Both at once, each on a connection of its own.
  const auto sweep = [](Database& on, Timestamp when) {
    for (int attempt = 0; attempt < 50; ++attempt) {
      const bool done = on.begin() && renew_accounts(on, date(2026, 5, 2), when) && on.commit();
      if (done) return;
      on.rollback();  // the store tries again too
    }
    ADD_FAILURE() << "never went through";
  };
  const Timestamp tomorrow = at("2026-05-03T12:00:00Z");
  std::thread beside([&] { sweep(*other, tomorrow); });
  sweep(*db, tomorrow);
  print(1, tomorrow, tomorrow);
  beside.join();
  EXPECT_EQ(left(tomorrow), "- 9 -");
  // Another time zone: its tomorrow comes earlier, and is the same day.
  const Timestamp evening = at("2026-05-03T22:30:00Z");
  EXPECT_EQ(left(evening), "- 10 -");
  print(2, evening, evening);
  const Zone utc("UTC0");
  EXPECT_EQ(left(at("2026-05-04T00:30:00Z")), "- 8 -");
}

TEST_P(QuotaTest, ASnapshotSaysWhenAndToWhat) {
  put(granted, at("2026-01-15T12:00:00Z"));
  ASSERT_TRUE(start_secrets());
  Catalog catalog{ModelLibrary(), nullptr, SecretBox::fresh()};
  Desktops desktops;
  Snapshots snapshots(catalog, desktops, CodesFor::local);
  std::string tag;
  for (const auto& [now, renews] : {std::pair{"2026-01-31T22:59:00Z", "2026-01-31T23:00:00.000Z"},
                                    {"2026-01-31T23:00:00Z", "2026-02-28T23:00:00.000Z"}}) {
    const auto users = read_users(*db, "d", {"anna"}, at(now));
    ASSERT_TRUE(users) << users.error().message();
    const auto built = snapshots.build(Desktop{}, *users, at(now));
    ASSERT_TRUE(built);
    EXPECT_NE(built->json.find(std::string(R"("renews_at":")") + renews), std::string::npos) << built->json;
    EXPECT_NE(built->json.find(R"("period_pages":50)"), std::string::npos) << built->json;
    EXPECT_NE(built->json.find(R"("period_money":"8.0000")"), std::string::npos) << built->json;
    EXPECT_NE(built->etag, tag) << "nothing was printed, and yet it is news";
    tag = built->etag;
  }
}

TEST_P(QuotaTest, APeriodAndAGrantComeTogether) {
  for (const auto& [text, field] : {std::pair{R"({"quota_period": "day"})", "quota_period"},
                                    {R"({"period_pages": 5})", "period_pages"},
                                    {R"({"period_money": "5"})", "period_money"}}) {
    Account account;
    ASSERT_TRUE(take_account(text, account));
    const auto set = set_account(*db, "anna", account, "test", "me", at("2026-01-15T12:00:00Z"));
    ASSERT_FALSE(set) << text;
    EXPECT_EQ(set.error().code, ErrorCode::invalid);
    EXPECT_EQ(set.error().field, field);
    EXPECT_FALSE(set.error().expected.empty());
  }
  EXPECT_FALSE(*find_account(*db, "anna", at("2026-01-15T12:00:00Z")));
}

TEST(QuotaFields, ErrorsNameTheField) {
  for (const auto& [text, field] : {std::pair{R"({"quota_period": "year"})", "quota_period"},
                                    {R"({"quota_period": 7})", "quota_period"},
                                    {R"({"period_pages": -1})", "period_pages"},
                                    {R"({"period_money": "-1"})", "period_money"}}) {
    Account account;
    const Status wrong = take_account(text, account);
    ASSERT_FALSE(wrong) << text;
    EXPECT_EQ(wrong.error().field, field);
    EXPECT_FALSE(wrong.error().expected.empty());
  }
}

}  // namespace
}  // namespace printrouter::server
