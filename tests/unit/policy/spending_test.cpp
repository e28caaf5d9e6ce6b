// SPDX-License-Identifier: Apache-2.0
#include "policy/spending.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace printrouter {
namespace {
constexpr Timestamp morning{1'800'000'000'000};
Timestamp after(int minutes) {
  return morning + std::chrono::minutes(minutes);
}
Uuid job(int n) {
  Uuid out;
  out.bytes[0] = 1;
  out.bytes[15] = static_cast<std::uint8_t>(n);
  return out;
}
ledger::Reservation reservation(int n, std::int64_t units, std::int64_t pages, Timestamp when = morning) {
  ledger::Reservation r;
  r.job_uuid = job(n);
  r.attempt = 1;
  r.user = "anna";
  r.price = {Money{units}, "EUR"};
  r.pages.total = pages;
  r.when = when;
  return r;
}
ledger::Claim claim(int n, OutcomeKind outcome, std::optional<std::int64_t> units = {},
                    Timestamp ended = after(1)) {
  ledger::Claim c;
  c.job_uuid = job(n);
  c.attempt = 1;
  c.user = "anna";
  c.outcome = outcome;
  if (units) c.price = {Money{*units}, "EUR"};
  c.ended = ended;
  return c;
}
ledger::Amendment amendment(int n, std::string reason, std::optional<std::int64_t> units = {},
                            std::optional<std::int64_t> pages = {}) {
  ledger::Amendment a;
  a.job_uuid = job(n);
  a.attempt = 1;
  a.reason = std::move(reason);
  a.when = after(2);
  if (units) a.price = {Money{*units}, "EUR"};
  a.pages.total = pages;
  return a;
}
using Sum = Spending::Sum;

TEST(Spending, what_is_set_apart_counts_until_it_is_known_what_was_used) {
  Spending s;
  s.take(reservation(1, 500, 5));
  EXPECT_EQ(s.since("anna", morning), (Sum{Money{500}, 5}));
  EXPECT_EQ(s.since("ben", morning), Sum{});
  s.take(claim(1, OutcomeKind::unknown));
  EXPECT_EQ(s.since("anna", after(60)), (Sum{Money{500}, 5})) << "unknown: held, whatever the balance's age";
  s.take(ledger::Kind::settle, amendment(1, "settled.printed", 300, 3));
  EXPECT_EQ(s.since("anna", after(2)), (Sum{Money{300}, 3}));
  EXPECT_EQ(s.since("anna", after(3)), Sum{}) << "a later balance knows of it";
}
TEST(Spending, what_put_nothing_on_paper_is_given_back) {
  for (const auto kind : {OutcomeKind::not_sent, OutcomeKind::rejected, OutcomeKind::cancelled}) {
    Spending s;
    s.take(reservation(1, 500, 5));
    s.take(claim(1, kind, 500));
    EXPECT_EQ(s.since("anna", {}), Sum{}) << to_string(kind);
  }
  Spending s;
  s.take(reservation(1, 500, 5));
  s.take(claim(1, OutcomeKind::unknown));
  s.take(ledger::Kind::refund, amendment(1, "settled.not-printed"));
  EXPECT_EQ(s.since("anna", {}), Sum{});
}
TEST(Spending, a_job_cancelled_at_the_panel_costs_what_came_out) {
  Spending s;
  s.take(reservation(1, 500, 5));
  s.take(claim(1, OutcomeKind::delivered, 500));
  s.take(ledger::Kind::settle, amendment(1, "cancelled-at-panel", 200, 2));
  EXPECT_EQ(s.since("anna", {}), (Sum{Money{200}, 2}));
  s.take(ledger::Kind::settle, amendment(1, "cancelled-at-panel"));
  EXPECT_EQ(s.since("anna", {}), Sum{});
}
TEST(Spending, more_than_was_set_apart_is_an_overdraft_that_shows) {
  Spending s;
  s.take(reservation(1, 500, 5));
  s.take(claim(1, OutcomeKind::delivered, 500));
  EXPECT_EQ(s.overdraft(job(1), 1), Sum{});
  s.take(ledger::Kind::evidence, amendment(1, "confirmed.job-state-completed", 700, 7));
  EXPECT_EQ(s.overdraft(job(1), 1), (Sum{Money{200}, 2}));
  EXPECT_EQ(s.since("anna", {}), (Sum{Money{700}, 7}));
}
TEST(Spending, evidence_without_a_count_changes_nothing) {
  Spending s;
  s.take(reservation(1, 500, 5));
  s.take(claim(1, OutcomeKind::unknown));
  s.take(ledger::Kind::evidence, amendment(1, "settled.reprint"));
  EXPECT_EQ(s.since("anna", after(60)), (Sum{Money{500}, 5}));
}
TEST(Spending, an_outage_counts_what_began_in_it) {
  Spending s;
  s.take(reservation(1, 500, 5, after(-5)));
  s.take(reservation(2, 70, 1, after(5)));
  EXPECT_EQ(s.in_outage("anna", morning).money, Money{70});
  EXPECT_EQ(s.in_outage("anna", {}).money, Money{}) << "no outage";
}

/// The rule that the router applies: release() says yes, then it is reserved. Whatever happens to the jobs,
/// and however often all is rebuilt from the ledger, what is reserved never passes the allowance nor the
/// ceiling.
RC_GTEST_PROP(Spending, reservations_never_pass_allowance_or_ceiling, ()) {
  const auto roll = [](int n) { return *rc::gen::resize(1000, rc::gen::inRange(0, n)); };
  Profile profile;
  profile.outage_ceiling = roll(2) ? std::optional<std::int64_t>(roll(60)) : std::nullopt;
  Balance balance{Money::hundredths(roll(100)), 100, morning};
  if (roll(2)) balance.allowance = Money::hundredths(roll(60));
  if (roll(2)) balance.allowance_pages = roll(40);
  std::vector<std::pair<ledger::Kind, std::string>> kept;
  Spending spending;
  Money reserved;  // as a second bookkeeper adds up what was ever granted and not given back
  std::int64_t pages = 0;
  std::map<int, std::pair<Money, std::int64_t>> open;
  const auto put = [&](ledger::Kind kind, const auto& entry) {
    kept.emplace_back(kind, ledger::encode(entry));
    if constexpr (std::is_same_v<std::decay_t<decltype(entry)>, ledger::Amendment>)
      spending.take(kind, entry);
    else
      spending.take(entry);
  };
  for (int n = 0; n < 25; ++n) {
    if (roll(4) == 0) {  // killed, and started again
      spending = {};
      for (const auto& [kind, json] : kept) spending.replay(kind, json);
    }
    if (!open.empty() && roll(2) == 0) {
      const auto [number, held] = *open.begin();
      open.erase(open.begin());
      switch (roll(4)) {
        case 0:
          put(ledger::Kind::claim, claim(number, OutcomeKind::not_sent));
          reserved = reserved - held.first;
          pages -= held.second;
          break;
        case 1:
          put(ledger::Kind::claim, claim(number, OutcomeKind::delivered, held.first.units));
          break;
        case 2:
          put(ledger::Kind::claim, claim(number, OutcomeKind::unknown));
          break;
        default:
          put(ledger::Kind::claim, claim(number, OutcomeKind::unknown));
          put(ledger::Kind::refund, amendment(number, "settled.not-printed"));
          reserved = reserved - held.first;
          pages -= held.second;
      }
      continue;
    }
    const std::int64_t job_pages = 1 + roll(20);
    const Cost cost{Money::hundredths(roll(30)), job_pages};
    const Sum sum = spending.since("anna", balance.as_of);
    Funds funds{balance, sum.money, sum.pages, spending.in_outage("anna", morning).money};
    const Release answer = release(ReleaseCondition::sufficient_balance, profile, cost, funds, after(3));
    if (!answer.met) {
      for (const Reason& r : answer.reasons)
        RC_ASSERT(!r.en.empty() && !r.de.empty() && !r.remedy_en.empty());
      continue;
    }
    put(ledger::Kind::reserve, reservation(n, cost.money->units, job_pages, after(1)));
    open[n] = {*cost.money, job_pages};
    reserved = reserved + *cost.money;
    pages += job_pages;
    RC_ASSERT(reserved <= *balance.credit);
    RC_ASSERT(pages <= *balance.quota_pages);
    if (balance.allowance) RC_ASSERT(reserved <= *balance.allowance);
    if (balance.allowance_pages) RC_ASSERT(pages <= *balance.allowance_pages);
    if (profile.outage_ceiling) RC_ASSERT(reserved <= Money::hundredths(*profile.outage_ceiling));
  }
}

struct Limits : testing::Test {
  Release judge(const Balance& balance) {
    return release(ReleaseCondition::sufficient_balance, {}, Cost{Money::hundredths(100), 10}, {balance},
                   after(1));
  }
};
TEST_F(Limits, each_says_its_figures_in_both_languages) {
  Balance balance;
  balance.as_of = morning;
  balance.quota_money = Money::hundredths(99);
  Release r = judge(balance);
  ASSERT_FALSE(r.met);
  EXPECT_EQ(r.reasons[0].id, "policy.quota-money");
  EXPECT_THAT(r.reasons[0].en, testing::HasSubstr("It takes 1.00, but only 0.99 of this period's quota"));
  EXPECT_THAT(r.reasons[0].de,
              testing::HasSubstr("verbraucht 1,00, es sind aber nur noch 0,99 vom Kontingent"));
  balance.quota_money = balance.credit = Money::hundredths(100);
  EXPECT_TRUE(judge(balance).met);
  balance.allowance_pages = 9;
  r = judge(balance);
  ASSERT_FALSE(r.met);
  EXPECT_EQ(r.reasons[0].id, "policy.allowance");
  EXPECT_THAT(r.reasons[0].en,
              testing::HasSubstr("10 pages, but only 9 pages of what this desktop may spend"));
}

TEST(PriceOf, what_came_out) {
  PriceBook prices;
  prices.lists_["default"] = {
      Money{100}, Money{1000}, Money{10}, {{"iso_a3_297x420mm", {Money{200}, Money{2000}, {}, {}}}}};
  const Device device{"d", "d"};
  ledger::Pages pages;
  pages.mono = 3, pages.color = 2;
  EXPECT_EQ(price_of(pages, 1, false, {}, device, prices), Money{300 + 2000 + 50});
  EXPECT_EQ(price_of(pages, 1, true, {}, device, prices), Money{300 + 2000 + 30});
  EXPECT_EQ(price_of(pages, 1, false, "iso_a3_297x420mm", device, prices), Money{600 + 4000});
  pages = {};
  pages.total = 6;
  EXPECT_EQ(price_of(pages, 2, true, {}, device, prices), Money{600 + 40})
      << "each copy begins on a new sheet";
  EXPECT_EQ(price_of({}, 1, false, {}, device, prices), std::nullopt);
}

}  // namespace
}  // namespace printrouter
