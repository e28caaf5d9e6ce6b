// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "devices/directory.hpp"
#include "policy/balance.hpp"

namespace printrouter {
namespace {
using testing::HasSubstr;

constexpr Timestamp now{1'800'000'000'000};
Timestamp hours_ago(int hours) {
  return now + -std::chrono::duration_cast<Milliseconds>(std::chrono::hours(hours));
}

const char* balances = R"({
  "currency": "EUR", "decimals": 2, "as_of": "2026-01-31T08:00:00Z",
  "balances": {
    "anna": {"credit": 1250, "quota_pages": 100},
    "ben": {"credit": -40, "as_of": "2026-02-01T00:00:00.500Z"},
    "cleo": {"quota_pages": 0}
  }
})";
TEST(Balances, AreReadExactly) {
  const auto result = parse_balances(balances, "balances.json");
  ASSERT_TRUE(result.book) << result.findings.at(0).message();
  const auto anna = result.book->of("anna");
  ASSERT_TRUE(anna);
  EXPECT_EQ(anna->credit, Money::hundredths(1250));
  EXPECT_EQ(anna->quota_pages, 100);
  EXPECT_EQ(anna->as_of.to_string(), "2026-01-31T08:00:00.000Z");
  EXPECT_EQ(result.book->of("ben")->credit, Money::hundredths(-40));
  EXPECT_EQ(result.book->of("ben")->as_of.to_string().substr(0, 19), "2026-02-01T00:00:00");
  EXPECT_FALSE(result.book->of("cleo")->credit);
  EXPECT_FALSE(result.book->of("dora"));
}
TEST(Balances, FloatingPointIsRefused) {
  const auto result = parse_balances("{\"balances\": {\n\"anna\": {\"credit\": 12.5}}}", "balances.json");
  ASSERT_FALSE(result.book);
  EXPECT_THAT(result.findings.at(0).message(),
              HasSubstr("balances.json:2: balances.anna.credit: is a number (expected: a whole number"));
}
TEST(Balances, BadTimesAreRefused) {
  for (const char* time :
       {"2026-02-30T00:00:00Z", "2026-13-31", "2026-01-31T25:00:00Z", "2026-01-31T08:00:00+01:00", "x"})
    EXPECT_FALSE(parse_balances(R"({"as_of": ")" + std::string(time) + R"(", "balances": {}})", "b").book)
        << time;
}
TEST(Prices, FinerThanHundredths) {
  const auto result = parse_prices(
      R"({"decimals": 3, "lists": {"default": {"mono": 35, "color": 120, "sheet": 5,
          "media": {"iso_a3_297x420mm": {"mono": 70}}}}})",
      "prices.json");
  ASSERT_TRUE(result.book);
  const PriceList& list = result.book->lists_.at("default");
  EXPECT_EQ(list.mono, Money{350});
  EXPECT_EQ(list.media.at("iso_a3_297x420mm").color, Money{700}) << "mono's, where none is said";
  EXPECT_EQ(list.media.at("iso_a3_297x420mm").sheet, Money{50});
}

TEST(Prices, AGroupMayHaveAListOfItsOwn) {
  const std::string lists = R"({"lists": {"default": {"mono": 5}, "copy room": {"mono": 50}}, )";
  auto result = parse_prices(lists + R"("groups": {"floor": "copy room", "gone": "copy room"}})", "p.json");
  ASSERT_TRUE(result.book);
  Config config;
  for (const char* id : {"in it", "elsewhere", "by name"}) config.devices.emplace_back().id = id;
  config.devices[2].price_list = "default";
  config.groups["floor"] = {"in it", "by name"};
  const auto directory = Directory::build(config, ModelLibrary(), nullptr);
  EXPECT_EQ(result.book->join(*directory), std::vector<std::string>{"gone"});
  const auto mono = [&](const char* id) { return result.book->list(*directory->find(id))->mono; };
  EXPECT_EQ(mono("in it"), Money::hundredths(50));
  EXPECT_EQ(mono("elsewhere"), Money::hundredths(5));
  EXPECT_EQ(mono("by name"), Money::hundredths(5)) << "the device's own word is the stronger one";
  EXPECT_THAT(parse_prices(lists + R"("groups": {"floor": "none"}})", "p.json").findings.at(0).message(),
              HasSubstr("groups.floor: is no price list"));
}

struct CostCase {
  JobVolume volume;
  std::optional<bool> device_color;
  std::optional<std::int64_t> units;
};
TEST(Cost, OfPagesCopiesColourSheetsAndPaper) {
  PriceBook prices;
  prices.lists_["default"] = {
      Money{100}, Money{1000}, Money{10}, {{"iso_a3_297x420mm", {Money{200}, Money{2000}, Money{10}, {}}}}};
  const CostCase cases[] = {
      {{5, 1, false, {}, false, {}}, true, 5 * 100 + 5 * 10},
      {{5, 2, false, {}, true, {}}, true, 10 * 100 + 2 * 3 * 10},
      {{5, 1, true, {}, false, {}}, true, 5 * 1000 + 50},
      {{5, 1, std::nullopt, {}, false, {}}, true, 5 * 1000 + 50},  // unknown: assumed colour
      {{5, 1, std::nullopt, {}, false, {}}, std::nullopt, 5 * 1000 + 50},
      {{5, 1, true, {}, false, {}}, false, 5 * 100 + 50},  // it comes out grey
      {{5, 1, false, {}, false, "iso_a3_297x420mm"}, true, 5 * 200 + 50},
      {{std::nullopt, 1, false, {}, false, {}}, true, std::nullopt},
  };
  for (const CostCase& c : cases) {
    Device device;
    if (c.device_color) device.facts = {Attribute::flag("color", *c.device_color)};
    const Cost cost = cost_of(c.volume, device, prices);
    EXPECT_EQ(cost.money ? std::optional(cost.money->units) : std::nullopt, c.units);
  }
  Device dear;
  dear.price_list = "gone";
  EXPECT_FALSE(cost_of({5, 1, false, {}, false, {}}, dear, prices).money);
  EXPECT_EQ(cost_of({5, 3, false, {}, false, {}}, dear, prices).pages, 15);
}

struct ReleaseTest : testing::Test {
  Release judge() { return release(condition, profile, cost, funds, now); }
  ReleaseCondition condition = ReleaseCondition::sufficient_balance;
  Profile profile;
  Cost cost{Money::hundredths(100), 10, false};
  Funds funds{Balance{Money::hundredths(100), {}, hours_ago(1)}, {}, 0, {}};
};
TEST_F(ReleaseTest, JustEnoughIsEnough) {
  EXPECT_TRUE(judge().met);
}
TEST_F(ReleaseTest, WhatIsReservedIsNotAvailable) {
  funds.reserved = Money::hundredths(1);
  const Release r = judge();
  EXPECT_FALSE(r.met);
  EXPECT_EQ(r.reasons.at(0).id, "policy.too-dear");
  EXPECT_THAT(r.reasons[0].en, HasSubstr("0.99 are available (0.01 are reserved)"));
}
TEST_F(ReleaseTest, ANameThatIsOnlyAssertedSpendsNothingAndTheRemedyNamesTheSetting) {
  funds.asserted_only = true;
  const Release r = judge();
  EXPECT_FALSE(r.met);
  EXPECT_TRUE(r.for_all);
  ASSERT_EQ(r.reasons.size(), 1u);
  EXPECT_EQ(r.reasons[0].id, "policy.asserted-name");
  EXPECT_THAT(r.reasons[0].remedy_en, HasSubstr("accept_asserted"));
  EXPECT_THAT(r.reasons[0].remedy_de, HasSubstr("accept_asserted"));
  condition = ReleaseCondition::always;
  EXPECT_TRUE(judge().met) << "where nothing is spent it does not matter who says so";
}
TEST_F(ReleaseTest, QuotaCountsPages) {
  funds.balance->quota_pages = 12;
  EXPECT_TRUE(judge().met);
  funds.reserved_pages = 3;
  EXPECT_EQ(judge().reasons.at(0).id, "policy.quota");
}
TEST_F(ReleaseTest, AQuotaIsRenewedOnceItsTimeHasComeAndWhatIsOfBeforeNoLongerCounts) {
  Balance& balance = *funds.balance;
  balance = {{}, 2, hours_ago(5), Money::hundredths(20)};
  funds.reserved = Money::hundredths(150);
  funds.reserved_pages = 15;
  EXPECT_FALSE(balance.renew(now)) << "nobody said when";
  balance.renews_at = now + Milliseconds(1);
  balance.period_pages = 30;
  EXPECT_FALSE(balance.renew(now));
  EXPECT_EQ(judge().reasons.at(0).id, "policy.quota-money");
  EXPECT_TRUE(balance.renew(balance.renews_at));
  EXPECT_EQ(balance.quota_money, Money::hundredths(20)) << "nothing is granted in money";
  balance.quota_money.reset();
  EXPECT_TRUE(judge().met) << "15 of 30 are left, 10 are wanted";
  funds.reserved_pages = 21;
  EXPECT_EQ(judge().reasons.at(0).id, "policy.quota");
  funds.pages_before_renewal = 1;
  EXPECT_TRUE(judge().met);
  balance.period_money = Money::hundredths(120);
  EXPECT_TRUE(balance.renew(balance.renews_at));
  EXPECT_EQ(judge().reasons.at(0).id, "policy.quota-money");
  funds.before_renewal = Money::hundredths(130);
  EXPECT_TRUE(judge().met);
  balance.allowance_pages = 30;
  EXPECT_EQ(judge().reasons.at(0).id, "policy.allowance") << "that is not renewed without the server";
}
TEST_F(ReleaseTest, QuotaAloneNeedsNoPrice) {
  funds.balance = Balance{{}, 12, hours_ago(1)};
  cost.money.reset();
  EXPECT_TRUE(judge().met);
}
TEST_F(ReleaseTest, ADeviceWithoutPriceIsLeftOut) {
  cost.money.reset();
  const Release r = judge();
  EXPECT_EQ(r.reasons.at(0).id, "policy.no-price");
  EXPECT_FALSE(r.for_all);
}
TEST_F(ReleaseTest, TheAgeOfTheBalance) {
  profile.balance_max_age = std::chrono::hours(2);
  funds.balance->as_of = hours_ago(2);
  EXPECT_TRUE(judge().met);
  funds.balance->as_of = hours_ago(3);
  const Release r = judge();
  EXPECT_EQ(r.reasons.at(0).id, "policy.balance-too-old");
  EXPECT_TRUE(r.for_all);
  EXPECT_THAT(r.reasons[0].de, HasSubstr("3 Stunden"));
  funds.balance->as_of = {};
  EXPECT_EQ(judge().reasons.at(0).id, "policy.balance-too-old") << "no date is no young date";
}
TEST_F(ReleaseTest, UnknownPagesUnderACeilingAreRefusedUnlessAllowed) {
  condition = ReleaseCondition::always;
  cost = {};
  EXPECT_TRUE(judge().met);
  profile.outage_ceiling = 100;
  EXPECT_EQ(judge().reasons.at(0).id, "policy.unknown-pages");
  profile.unknown_pages_allowed = true;
  EXPECT_TRUE(judge().met);
}
TEST_F(ReleaseTest, RefusalsSayWhomToAsk) {
  profile.contact = "help desk";
  funds.balance.reset();
  const Release r = judge();
  EXPECT_EQ(r.reasons.at(0).id, "policy.no-balance");
  EXPECT_THAT(r.reasons[0].remedy_en, HasSubstr("Ask: help desk."));
}

RC_GTEST_PROP(Release, NeverPassesTheCeilingNorTheBalance,
              (std::uint16_t price, std::uint16_t spent, std::uint16_t ceiling, std::uint16_t credit,
               std::uint16_t reserved)) {
  Profile profile;
  profile.outage_ceiling = ceiling;
  Cost cost{Money::hundredths(price), 1, false};
  Funds funds{Balance{Money::hundredths(credit), {}, now}, Money::hundredths(reserved), 0,
              Money::hundredths(spent)};
  const Release r = release(ReleaseCondition::sufficient_balance, profile, cost, funds, now);
  const bool enough = spent + price <= ceiling && reserved + price <= credit;
  RC_ASSERT(r.met == enough);
  RC_ASSERT(r.met == r.reasons.empty());
}
}  // namespace
}  // namespace printrouter
