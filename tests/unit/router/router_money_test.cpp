// SPDX-License-Identifier: Apache-2.0
#include "unit/router/router_fixture.hpp"

namespace printrouter {
namespace {

struct RouterMoneyTest : RouterTest {
  const std::string sufficient = R"("enabled": true, "target": {"printer": "first"}, "untested": "allow", )"
                                 R"("release_condition": "sufficient-balance")";
  void give(std::int64_t hundredths) {
    balances = BalanceBook{};
    Balance balance;
    balance.credit = Money::hundredths(hundredths);
    balance.as_of = env::system_clock().now();
    balances->balances_["anna"] = balance;
    prices = PriceBook{};
    prices->currency_ = "EUR";
    prices->lists_["default"] = {Money::hundredths(100), Money::hundredths(100), {}, {}};
  }
  std::vector<journal::LedgerRow> entries() { return *journal->ledger(1, 100); }
};

TEST_F(RouterMoneyTest, what_is_printed_is_taken_off_also_after_a_restart) {
  give(900);
  start_router(sufficient);
  server->close();
  impressions = 5;
  const JobId one = print("%!PS one");
  ASSERT_TRUE(becomes(one, JobState::completed)) << reasons_of(one);
  ASSERT_TRUE(io.run_until([&] { return entries().size() == 2; }));
  const auto rows = entries();
  EXPECT_EQ(rows[0].kind, ledger::Kind::reserve);
  EXPECT_EQ(ledger::decode_reservation(rows[0].json)->price.amount, Money::hundredths(500));
  EXPECT_EQ(rows[1].kind, ledger::Kind::claim);
  EXPECT_EQ(ledger::decode_claim(rows[1].json)->price, (ledger::Price{Money::hundredths(500), "EUR"}));

  const JobId two = print("%!PS two");
  ASSERT_TRUE(becomes(two, JobState::held));
  EXPECT_NE(reasons_of(two).find("policy.too-dear"), std::string::npos) << reasons_of(two);

  stop_router();
  open_stores();
  start_router(sufficient);
  impressions = 4;
  ASSERT_TRUE(becomes(print("%!PS three"), JobState::completed)) << "four are left";
  EXPECT_EQ(job(two).state, JobState::held) << "and the restart has not forgotten the first five";
  EXPECT_EQ(first->received.size(), 2u);
}

TEST_F(RouterMoneyTest, what_may_have_been_printed_stays_set_apart_until_somebody_settles_it) {
  give(500);
  start_router(sufficient);
  server->close();
  first->reset_after = 1;
  impressions = 5;
  const JobId broken = print("%!PS broken");
  ASSERT_TRUE(becomes(broken, JobState::unknown)) << reasons_of(broken);
  first->reset_after = 0;
  impressions = 1;
  const JobId next = print("%!PS next");
  ASSERT_TRUE(becomes(next, JobState::held));
  bool done = false;
  router->settle({"root", 0, true}, broken, Router::Settlement::not_printed, {},
                 [&](const Result<Job>&) { done = true; });
  ASSERT_TRUE(io.run_until([&] { return done; }));
  EXPECT_EQ(entries().back().kind, ledger::Kind::refund);
  ASSERT_TRUE(becomes(print("%!PS after"), JobState::completed)) << "given back";
}

TEST_F(RouterMoneyTest, the_ceiling_of_an_outage_outlives_a_restart) {
  give(10'000);
  const std::string ceiling = sufficient + R"(, "outage_ceiling": "8.00")";
  start_router(ceiling);
  server->close();
  impressions = 5;
  ASSERT_TRUE(becomes(print("%!PS one"), JobState::completed));
  stop_router();
  open_stores();
  start_router(ceiling);
  const JobId two = print("%!PS two");
  ASSERT_TRUE(becomes(two, JobState::held));
  EXPECT_NE(reasons_of(two).find("policy.outage-ceiling"), std::string::npos) << reasons_of(two);
}

}  // namespace
}  // namespace printrouter
