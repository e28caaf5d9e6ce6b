// SPDX-License-Identifier: Apache-2.0
/// One test for each row of the routing table, in its order, and the variants that each row's words allow.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/routing/scene.hpp"

namespace printrouter {
namespace {
using namespace scene;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(RoutingTable, ServerCanTakeJobs_SendToTheServer) {
  Scene s;
  s.server.up = true;
  s.use("a");
  const Decision d = s.decide();
  EXPECT_EQ(d.kind, DecisionKind::to_server);
  EXPECT_EQ(d.reasons.front().id, "routing.to-server");
  EXPECT_FALSE(d.notify);
  EXPECT_THAT(d.candidates, IsEmpty()) << "no device is looked at on the way to a healthy server";
}

struct Refusal {
  OutcomeKind kind;
  const char* reason;
};
class ServerRefuses : public testing::TestWithParam<Refusal> {};
TEST_P(ServerRefuses, ErrorWithTheServersReasonAndNeverFallback) {
  for (const bool up : {true, false}) {
    Scene s;
    s.server.up = up;
    s.use("a");
    s.attempt("", GetParam().kind);
    const Decision d = s.decide();
    EXPECT_EQ(d.kind, DecisionKind::refuse);
    EXPECT_EQ(d.reasons.front().id, GetParam().reason);
    EXPECT_THAT(d.reasons.front().en, HasSubstr("as it said"));
    EXPECT_THAT(d.reasons.front().remedy_en, HasSubstr("help desk, 4711"));
  }
}
TEST_P(ServerRefuses, ApersonsChoiceOfADeviceDoesNotGoPastIt) {
  Scene s;
  s.attempt("", GetParam().kind);
  s.answer = Answer{Answer::Kind::device, "a", now};
  s.job.prefer_device = true;
  EXPECT_EQ(s.decide().kind, DecisionKind::refuse);
}
TEST_P(ServerRefuses, ARetryAsksTheServerAgain) {
  Scene s;
  s.server.up = true;
  s.attempt("", GetParam().kind);
  s.answer = Answer{Answer::Kind::server, {}, now};
  EXPECT_EQ(s.decide().kind, DecisionKind::to_server);
}
INSTANTIATE_TEST_SUITE_P(RoutingTable, ServerRefuses,
                         testing::Values(Refusal{OutcomeKind::rejected, "routing.server-refused"},
                                         Refusal{OutcomeKind::auth_required, "routing.server-wants-login"}));

TEST(RoutingTable, ServerIsBusy_CountsAsCannotTakeJobs) {
  Scene s;
  s.use("a");
  s.attempt("", OutcomeKind::rejected).outcome->busy = true;
  const Decision d = s.decide();
  EXPECT_EQ(d.kind, DecisionKind::to_device);
}

TEST(RoutingTable, ServerBrokeOff_NotSentFallsBack) {
  Scene s;
  s.use("a");
  s.attempt("", OutcomeKind::not_sent);
  EXPECT_EQ(s.decide().kind, DecisionKind::to_device);
}
TEST(RoutingTable, ServerBrokeOff_UnknownAtAPrintingServerWaitsForAPerson) {
  Scene s;
  s.use("a");
  s.attempt("", OutcomeKind::unknown);
  const Decision d = s.decide();
  EXPECT_EQ(d.kind, DecisionKind::hold);
  EXPECT_EQ(d.reasons.front().id, "routing.unknown-needs-person");
  EXPECT_THAT(d.reasons.front().remedy_en, HasSubstr("settle"));
}
TEST(RoutingTable, ServerBrokeOff_UnknownStaysUnknownWhenTheServerIsBack) {
  Scene s;
  s.server.up = true;
  s.attempt("", OutcomeKind::unknown);
  EXPECT_EQ(s.decide().kind, DecisionKind::hold);
  s.answer = Answer{Answer::Kind::device, "a", now};
  EXPECT_EQ(s.decide().kind, DecisionKind::hold) << "release is no settlement";
  s.answer = Answer{Answer::Kind::reprint, {}, now};
  EXPECT_EQ(s.decide().kind, DecisionKind::to_server);
}
TEST(RoutingTable, ServerBrokeOff_UnknownAtAHoldingServerFallsBackAtOnce) {
  for (const bool up : {true, false}) {
    Scene s;
    s.server.up = up;
    s.use("a");
    s.attempt("", OutcomeKind::unknown).target.holds_on_arrival = true;
    const Decision d = s.decide();
    EXPECT_EQ(d.kind, DecisionKind::to_device);
    EXPECT_TRUE(says(d, "routing.server-copy-possible"));
  }
}
TEST(RoutingTable, ServerBrokeOff_APossibleCopyThereIsRememberedAfterLaterAttempts) {
  Scene s;
  s.server.up = true;
  s.attempt("", OutcomeKind::unknown).target.holds_on_arrival = true;
  s.attempt("a", OutcomeKind::rejected);
  const Decision d = s.decide();
  EXPECT_EQ(d.kind, DecisionKind::ask) << "not a second copy to the server by itself";
  EXPECT_TRUE(says(d, "routing.server-copy-possible"));
  s.answer = Answer{Answer::Kind::server, {}, now};
  EXPECT_EQ(s.decide().kind, DecisionKind::to_server) << "a person may";
}
TEST(RoutingTable, UnknownAtADeviceIsNeverResent) {
  Scene s;
  s.server.up = true;
  s.use("a");
  s.attempt("a", OutcomeKind::unknown);
  EXPECT_EQ(s.decide().reasons.front().id, "routing.unknown-needs-person");
}

TEST(RoutingTable, ServerDownAndFallbackForbidden_ErrorAtOnceJobKept) {
  Scene s;
  s.profile.enabled = false;
  s.use("a");
  const Decision d = s.decide();
  EXPECT_EQ(d.kind, DecisionKind::refuse);
  EXPECT_TRUE(d.notify);
  EXPECT_EQ(d.reasons.front().id, "routing.fallback-disabled");
  EXPECT_THAT(d.reasons.front().remedy_en, HasSubstr("retry"));
  EXPECT_THAT(d.reasons.front().remedy_en, HasSubstr("help desk, 4711"));
  EXPECT_THAT(d.reasons.front().remedy_de, HasSubstr("help desk, 4711"));
  EXPECT_TRUE(says(d, "routing.server-down"));
}

TEST(RoutingTable, ReleaseConditionAlways_GoOn) {
  Scene s;
  s.use("a");
  s.job.document.pages.reset();
  EXPECT_EQ(s.decide().kind, DecisionKind::to_device) << "nobody needs to know the pages";
}

TEST(RoutingTable, SufficientBalance_MetGoesOn) {
  Scene s;
  s.profile.release_condition = ReleaseCondition::sufficient_balance;
  s.price(5, 25);
  s.funds.balance = Balance{Money::hundredths(10), {}, days_ago(1)};
  s.use("a");
  const Decision d = s.decide();
  ASSERT_EQ(d.kind, DecisionKind::to_device);
  EXPECT_EQ(of(d.candidates, "a").price, 10) << "2 pages at 0.05";
}
TEST(RoutingTable, SufficientBalance_TooDearIsLeftOutWithFigures) {
  Scene s;
  s.profile.release_condition = ReleaseCondition::sufficient_balance;
  s.price(5, 25);
  s.prices->lists_["dear"] = {Money::hundredths(50), Money::hundredths(90), {}, {}};
  s.device(0).price_list = "dear";
  s.funds.balance = Balance{Money::hundredths(20), {}, days_ago(1)};
  s.use("a");
  s.use("b", 2);
  const Decision d = s.decide();
  EXPECT_EQ(d.kind, DecisionKind::to_device);
  EXPECT_EQ(d.device_id, "b");
  const Candidate& a = of(d.candidates, "a");
  EXPECT_FALSE(a.permitted);
  ASSERT_TRUE(says(a, "policy.too-dear"));
  EXPECT_THAT(a.reasons.back().en, AllOf(HasSubstr("1.00"), HasSubstr("0.20")));
  EXPECT_THAT(a.reasons.back().de, AllOf(HasSubstr("1,00"), HasSubstr("0,20")));
}
TEST(RoutingTable, SufficientBalance_AllTooDearRefusesWithFigures) {
  Scene s;
  s.profile.release_condition = ReleaseCondition::sufficient_balance;
  s.price(50, 90);
  s.funds.balance = Balance{Money::hundredths(20), {}, days_ago(1)};
  s.use("a");
  const Decision d = s.decide();
  EXPECT_EQ(d.kind, DecisionKind::refuse);
  EXPECT_EQ(d.reasons.front().id, "routing.none-affordable");
  EXPECT_THAT(d.reasons.front().en, HasSubstr("0.20"));
  EXPECT_TRUE(says(d, "policy.too-dear"));
}
TEST(RoutingTable, SufficientBalance_TooOldRefuses) {
  Scene s;
  s.profile.release_condition = ReleaseCondition::sufficient_balance;
  s.price(5, 25);
  s.funds.balance = Balance{Money::hundredths(1000), {}, days_ago(8)};
  const Decision d = s.decide();
  EXPECT_EQ(d.kind, DecisionKind::refuse);
  EXPECT_TRUE(says(d, "policy.balance-too-old"));
  EXPECT_THAT(d.reasons.front().en, AllOf(HasSubstr("8 days"), HasSubstr("7 days")));
}
TEST(RoutingTable, SufficientBalance_UnknownPagesRefuseUnlessAllowed) {
  Scene s;
  s.profile.release_condition = ReleaseCondition::sufficient_balance;
  s.price(5, 25);
  s.funds.balance = Balance{Money::hundredths(1000), {}, days_ago(1)};
  s.job.document.pages.reset();
  s.use("a");
  EXPECT_TRUE(says(s.decide(), "policy.unknown-pages"));
  s.profile.unknown_pages_allowed = true;
  const Decision d = s.decide();
  EXPECT_EQ(d.kind, DecisionKind::to_device);
  EXPECT_TRUE(says(d, "policy.unknown-pages-allowed"));
}
TEST(RoutingTable, SufficientBalance_NoBalanceRefuses) {
  Scene s;
  s.profile.release_condition = ReleaseCondition::sufficient_balance;
  s.price(5, 25);
  EXPECT_TRUE(says(s.decide(), "policy.no-balance"));
}
TEST(RoutingTable, OutageCeilingHoldsUnderEveryReleaseCondition) {
  Scene s;
  s.price(5, 25);
  s.profile.outage_ceiling = 100;
  s.funds.spent_this_outage = Money::hundredths(95);
  s.use("a");
  const Decision d = s.decide();
  EXPECT_EQ(d.kind, DecisionKind::refuse);
  EXPECT_TRUE(says(d, "policy.outage-ceiling"));
}

TEST(RoutingTable, SinglePrinter_PrintThereWithoutAskingUsedBeforeOrNot) {
  Scene s;
  s.profile.printer = "b";
  const Decision d = s.decide();
  EXPECT_EQ(d.kind, DecisionKind::to_device);
  EXPECT_EQ(d.device_id, "b");
  ASSERT_TRUE(d.port);
  EXPECT_EQ(d.port->port.protocol, "raw");
  EXPECT_TRUE(d.notify);
  EXPECT_EQ(d.reasons.front().id, "routing.single-printer");
}

TEST(RoutingTable, ExactlyOnePermittedAmongThoseUsed_PrintThere) {
  Scene s;
  s.use("a");
  s.use("elsewhere");
  s.use("b");
  s.vendor.rule = [](const Device& d, const Port&, const VendorJob&, const VendorContext&, PortChoice& out) {
    if (d.id == "a") refuse(out, "fake.no");
  };
  const Decision d = s.decide();
  EXPECT_EQ(d.kind, DecisionKind::to_device);
  EXPECT_EQ(d.device_id, "b") << "b and c are permitted, a and b were used";
  EXPECT_TRUE(d.notify);
  EXPECT_EQ(d.reasons.front().id, "routing.only-used");
}

TEST(RoutingTable, SeveralPermittedAndUsed_AskLastUsedFirst) {
  Scene s;
  s.use("a", 5);
  s.use("c", 1);
  const Decision d = s.decide();
  EXPECT_EQ(d.kind, DecisionKind::ask);
  EXPECT_THAT(d.choices, ElementsAre("c", "a"));
  EXPECT_EQ(d.reasons.front().id, "routing.several-used");
}
TEST(RoutingTable, SeveralPermittedAndUsed_SilentOnesStandLastAndAreShown) {
  Scene s;
  s.use("a", 5);
  s.use("c", 1);
  s.health["c"] = {DeviceHealth::State::silent, days_ago(0), "connection timed out"};
  const Decision d = s.decide();
  EXPECT_THAT(d.choices, ElementsAre("a", "c")) << "health orders, it does not shrink the set";
  EXPECT_TRUE(says(of(d.candidates, "c"), "routing.device-silent"));
}

TEST(RoutingTable, NonePermittedUsedYet_AskAmongAllPermitted) {
  Scene s;
  s.use("elsewhere");
  const Decision d = s.decide();
  EXPECT_EQ(d.kind, DecisionKind::ask);
  EXPECT_THAT(d.choices, ElementsAre("a", "b", "c"));
  EXPECT_EQ(d.reasons.front().id, "routing.none-used");
}
TEST(RoutingTable, NonePermittedUsedYet_AskEvenIfOnlyOneIsPermitted) {
  Scene s;
  s.config.devices.resize(1);
  EXPECT_EQ(s.decide().kind, DecisionKind::ask);
}
TEST(RoutingTable, NonePermittedUsedYet_AProfileMayForbidToAsk) {
  Scene s;
  s.profile.ask_unused = false;
  const Decision d = s.decide();
  EXPECT_EQ(d.kind, DecisionKind::refuse);
  EXPECT_EQ(d.reasons.front().id, "routing.unused-not-asked");
}
TEST(RoutingTable, HistoryAges) {
  Scene s;
  s.profile.history_days = 30;
  s.use("a", 31);
  const Decision d = s.decide();
  EXPECT_EQ(d.reasons.front().id, "routing.none-used");
  EXPECT_TRUE(says(of(d.candidates, "a"), "routing.used-too-long-ago"));
}

TEST(RoutingTable, NonePermitted_ErrorNamesForEachDeviceTheRule) {
  Scene s;
  s.vendor.rule = [](const Device& d, const Port&, const VendorJob&, const VendorContext&, PortChoice& out) {
    refuse(out, "fake.no", "Rule " + d.id + " says no.");
  };
  s.use("a");
  const Decision d = s.decide();
  EXPECT_EQ(d.kind, DecisionKind::refuse);
  EXPECT_EQ(d.reasons.front().id, "routing.none-permitted");
  for (const char* text :
       {"Printer a: Rule a says no", "Printer b: Rule b says no", "Printer c: Rule c says no"})
    EXPECT_THAT(d.reasons.front().en, HasSubstr(text));
}
TEST(RoutingTable, NonePermitted_ATargetThatIsUnknownIsNamed) {
  Scene s;
  s.profile.printer = "gone";
  const Decision d = s.decide();
  EXPECT_EQ(d.reasons.front().id, "routing.no-target");
  EXPECT_THAT(d.reasons.front().en, HasSubstr("gone"));
}

class DeviceFails : public testing::TestWithParam<OutcomeKind> {};
TEST_P(DeviceFails, SayWhyAndAskAmongTheRemaining) {
  Scene s;
  s.use("a");
  s.attempt("a", GetParam());
  const Decision d = s.decide();
  EXPECT_EQ(d.kind, DecisionKind::ask);
  EXPECT_THAT(d.choices, ElementsAre("b", "c"));
  EXPECT_EQ(d.reasons.front().id, "routing.device-did-not-take");
  EXPECT_THAT(d.reasons.front().en, HasSubstr("as it said"));
  EXPECT_TRUE(says(of(d.candidates, "a"), "routing.already-failed"));
}
TEST_P(DeviceFails, AskEvenIfJustOneUsedRemains) {
  Scene s;
  s.use("a");
  s.use("b");
  s.attempt("a", GetParam());
  EXPECT_EQ(s.decide().kind, DecisionKind::ask);
}
TEST_P(DeviceFails, NeverAnotherPortClassOfTheSameDevice) {
  Scene s;
  s.config.devices = {printer("a", {spooling_port(), plain_port()}), printer("b")};
  s.attempt("a", GetParam(), spooling_port());
  Decision d = s.decide();
  EXPECT_THAT(d.choices, ElementsAre("b"));
  EXPECT_TRUE(says(of(d.candidates, "a"), "routing.other-port-class"));
  s.profile.other_port_class_allowed = true;
  d = s.decide();
  EXPECT_THAT(d.choices, ElementsAre("a", "b")) << "unless the profile allows it";
  EXPECT_EQ(of(d.candidates, "a").ports.front().port.protocol, "raw");
}
TEST_P(DeviceFails, ApersonMayChooseItAgain) {
  Scene s;
  s.attempt("a", GetParam());
  s.answer = Answer{Answer::Kind::device, "a", now};
  const Decision d = s.decide();
  EXPECT_EQ(d.kind, DecisionKind::to_device);
  EXPECT_EQ(d.device_id, "a");
  s.answer->when = days_ago(1);
  EXPECT_EQ(s.decide().kind, DecisionKind::refuse) << "an answer from before the failure does not count";
}
INSTANTIATE_TEST_SUITE_P(RoutingTable, DeviceFails,
                         testing::Values(OutcomeKind::not_sent, OutcomeKind::rejected,
                                         OutcomeKind::auth_required, OutcomeKind::hold,
                                         OutcomeKind::stop_target));

TEST(RoutingTable, DeviceRefused_NoneLeftIsAnError) {
  Scene s;
  s.profile.printer = "a";
  s.attempt("a", OutcomeKind::rejected).outcome->answered = true;
  const Decision d = s.decide();
  EXPECT_EQ(d.kind, DecisionKind::refuse);
  EXPECT_EQ(d.reasons.front().id, "routing.none-left");
}

TEST(RoutingTable, NoNetwork_SaysSoAndTheJobWaits) {
  Scene s;
  s.network = false;
  const Decision d = s.decide();
  EXPECT_EQ(d.kind, DecisionKind::hold);
  EXPECT_EQ(d.reasons.front().id, "routing.no-network");
}
TEST(RoutingTable, NoPermittedDeviceAnswers_SaysSoAndTheJobWaits) {
  Scene s;
  s.use("a");
  for (const char* id : {"a", "b", "c"}) s.health[id] = {DeviceHealth::State::silent, days_ago(0), {}};
  const Decision d = s.decide();
  EXPECT_EQ(d.kind, DecisionKind::hold);
  EXPECT_EQ(d.reasons.front().id, "routing.devices-silent");
}
TEST(RoutingTable, SingleSilentPrinter_TheJobWaitsUntilItAnswersAgain) {
  Scene s;
  s.profile.printer = "a";
  s.attempt("a", OutcomeKind::not_sent);
  EXPECT_EQ(s.decide().reasons.front().id, "routing.devices-silent");
  s.health["a"] = {DeviceHealth::State::reachable, now, {}};
  const Decision d = s.decide();
  EXPECT_NE(d.kind, DecisionKind::refuse);
  EXPECT_TRUE(of(d.candidates, "a").permitted);
}
TEST(RoutingTable, WhatOurOwnRestartBrokeOffIsNoFailureOfTheDevice) {
  Scene s;
  s.profile.printer = "a";
  for (const char* reason : {"restarted-before-first-byte", "restarted-aborted-in-job-list"}) {
    s.attempt("a", OutcomeKind::not_sent).outcome->reason = reason;
    const Decision d = s.decide();
    EXPECT_EQ(d.kind, DecisionKind::to_device) << reason;
    EXPECT_EQ(d.device_id, "a");
  }
}
TEST(RoutingTable, ASleepingDeviceIsNotSilent) {
  Scene s;
  s.use("a");
  s.health["a"] = {DeviceHealth::State::asleep, days_ago(0), {}};
  s.vendor.rule = [](const Device& d, const Port&, const VendorJob&, const VendorContext&, PortChoice& out) {
    out.needs_wake = flag_of(d.settings, "asleep") == true;
    out.wake_port = 9;
    out.wake_wait = Milliseconds(2500);
  };
  const Decision d = s.decide();
  ASSERT_EQ(d.kind, DecisionKind::to_device);
  EXPECT_TRUE(d.port->needs_wake);
  EXPECT_TRUE(says(d.port->reasons, "routing.needs-wake"));
  EXPECT_THAT(d.port->reasons.back().en, HasSubstr("3 s"));
}

TEST(RoutingTable, NobodyAnswers_WhenTheServerIsBackTheJobGoesThere) {
  Scene s;
  s.server.up = true;
  s.job.state = JobState::held;
  s.job.question = "q1";
  EXPECT_EQ(s.decide().kind, DecisionKind::to_server);
}
TEST(RoutingTable, NobodyAnswers_OrTheUserIsAskedAsTheProfileSays) {
  Scene s;
  s.server.up = true;
  s.job.state = JobState::held;
  s.profile.held_send_when_back = false;
  Decision d = s.decide();
  EXPECT_EQ(d.kind, DecisionKind::ask);
  EXPECT_EQ(d.reasons.front().id, "routing.server-back");
  s.answer = Answer{Answer::Kind::server, {}, now};
  EXPECT_EQ(s.decide().kind, DecisionKind::to_server);
}
TEST(RoutingTable, WaitForTheServer_IsKept) {
  Scene s;
  s.use("a");
  s.answer = Answer{Answer::Kind::server, {}, now};
  const Decision d = s.decide();
  EXPECT_EQ(d.kind, DecisionKind::hold);
  EXPECT_EQ(d.reasons.front().id, "routing.chosen-wait");
}
TEST(RoutingTable, AnAnswerMayHoldAlthoughTheServerIsBack) {
  Scene s;
  s.server.up = true;
  s.answer = Answer{Answer::Kind::device, "b", now};
  EXPECT_EQ(s.decide().kind, DecisionKind::to_server);
  s.job.prefer_device = true;
  EXPECT_EQ(s.decide().device_id, "b");
}
TEST(RoutingTable, AChoiceThatIsNotPermittedIsRefusedWithItsRule) {
  Scene s;
  s.vendor.rule = [](const Device&, const Port&, const VendorJob&, const VendorContext&, PortChoice& out) {
    refuse(out, "fake.no");
  };
  s.answer = Answer{Answer::Kind::device, "b", now};
  const Decision d = s.decide();
  EXPECT_EQ(d.kind, DecisionKind::refuse);
  EXPECT_EQ(d.reasons.front().id, "routing.chosen-not-permitted");
  EXPECT_THAT(d.reasons.front().en, HasSubstr("The maker's rule says no"));
}

enum class SaidBy { job_flag, password, pjl_hold, profile };
class Private : public testing::TestWithParam<SaidBy> {
 protected:
  void make_private(Scene& s) {
    switch (GetParam()) {
      case SaidBy::job_flag:
        s.job.private_job = true;
        break;
      case SaidBy::password:
        s.job.ticket.push_back(Attribute::word("job-password", "x", AttributeKind::bytes));
        break;
      case SaidBy::pjl_hold:
        s.job.document.hold = true;
        break;
      case SaidBy::profile:
        s.profile.treat_as_private = true;
        break;
    }
  }
};
TEST_P(Private, NeverOntoAnOpenTrayByItself) {
  Scene s;
  make_private(s);
  s.use("a");
  const Decision d = s.decide();
  EXPECT_EQ(d.kind, DecisionKind::hold);
  EXPECT_EQ(d.reasons.front().id, "routing.private-held");
  EXPECT_TRUE(says(of(d.candidates, "a"), "routing.private-open-tray"));
}
TEST_P(Private, ADeviceSpoolingPortIsGoodEnough) {
  Scene s;
  make_private(s);
  s.config.devices = {printer("a", {plain_port(), spooling_port()})};
  s.use("a");
  const Decision d = s.decide();
  ASSERT_EQ(d.kind, DecisionKind::to_device);
  EXPECT_EQ(d.port->port.port_class, PortClass::device_spooling);
  EXPECT_TRUE(says(d, "routing.release-at-device"));
}
TEST_P(Private, ApersonMayReleaseItOntoAnOpenTray) {
  Scene s;
  make_private(s);
  s.answer = Answer{Answer::Kind::device, "a", now};
  const Decision d = s.decide();
  EXPECT_EQ(d.kind, DecisionKind::to_device);
  EXPECT_TRUE(says(d, "routing.private-by-choice"));
}
INSTANTIATE_TEST_SUITE_P(RoutingTable, Private,
                         testing::Values(SaidBy::job_flag, SaidBy::password, SaidBy::pjl_hold,
                                         SaidBy::profile));

TEST(RoutingTable, NoServerConfigured_TheFallbackRulesDecide) {
  Scene s;
  s.server = {};
  s.use("a");
  const Decision d = s.decide();
  EXPECT_EQ(d.kind, DecisionKind::to_device);
  EXPECT_TRUE(says(d, "routing.no-server"));
}
TEST(RoutingTable, WhatFailedBeforeTheServerCameUpIsNoSignThatItDoesNotTakeTheJob) {
  Scene s;
  s.server.up = true;
  s.use("a");
  for (int i = 0; i < 5; ++i) s.attempt("", OutcomeKind::not_sent);
  s.server.up_since = now;
  EXPECT_EQ(s.decide().kind, DecisionKind::to_server);
  s.server.up_since = days_ago(1);
  EXPECT_EQ(s.decide().kind, DecisionKind::to_device);
}
TEST(RoutingTable, InALargeGroupWhatWasUsedDecidesWithoutALookAtTheRest) {
  Scene s;
  for (int i = 0; i < 300; ++i) s.config.devices.push_back(printer("d" + std::to_string(i)));
  s.use("d7");
  Decision d = s.decide();
  EXPECT_EQ(d.kind, DecisionKind::to_device);
  EXPECT_EQ(d.device_id, "d7");
  EXPECT_EQ(d.candidates.size(), 1u);
  EXPECT_TRUE(says(d, "routing.rest-not-judged"));
  s.attempt("d7", OutcomeKind::rejected);
  d = s.decide();
  EXPECT_EQ(d.kind, DecisionKind::ask);
  EXPECT_EQ(d.choices.size(), 302u) << "all the remaining ones are offered";
  s.history.clear();
  s.job.attempts.clear();
  EXPECT_EQ(s.decide().choices.size(), 303u);
  s.answer = Answer{Answer::Kind::device, "d3", now};
  EXPECT_EQ(s.decide().device_id, "d3");
}
TEST(RoutingTable, InALargeGroupDevicesThatAreAlikeAreJudgedOnce) {
  Scene s;
  for (int i = 0; i < 300; ++i) s.config.devices.push_back(printer("d" + std::to_string(i)));
  s.config.devices[40].facts = {Attribute::word("languages", "application/postscript")};  // another kind
  s.health["d1"] = {DeviceHealth::State::silent, now, "no-answer"};
  s.checks["d2"] = {Verdict::refused, now, "no", {}};
  int asked = 0;
  s.vendor.rule = [&](const Device&, const Port&, const VendorJob&, const VendorContext&, PortChoice&) {
    ++asked;
  };
  const Decision d = s.decide();
  EXPECT_EQ(d.kind, DecisionKind::ask);
  EXPECT_EQ(asked, 4) << "the many, the other kind, the silent one, the one a check refused";
  ASSERT_EQ(d.candidates.size(), 303u);
  EXPECT_EQ(d.choices.size(), 301u);
  EXPECT_TRUE(says(of(d.candidates, "d1"), "routing.device-silent"));
  EXPECT_TRUE(says(of(d.candidates, "d2"), "routing.check-refused"));
  EXPECT_TRUE(says(of(d.candidates, "d37"), "routing.format-not-taken"));
  EXPECT_EQ(of(d.candidates, "d200").name, "Printer d200");
  EXPECT_EQ(*of(d.candidates, "d200").ports, *of(d.candidates, "d201").ports);
  EXPECT_EQ(d.choices.back(), "d1") << "who is silent stands last";
  EXPECT_TRUE(std::is_sorted(d.candidates.begin(), d.candidates.begin() + 300,
                             [](const Candidate& a, const Candidate& b) { return a.name < b.name; }));
}
TEST(RoutingTable, AServerThatAnswersButNeverTakesThisJobDoesNotHoldItForever) {
  Scene s;
  s.server.up = true;
  s.use("a");
  for (int i = 0; i < 2; ++i) s.attempt("", OutcomeKind::not_sent);
  EXPECT_EQ(s.decide().kind, DecisionKind::to_server);
  s.attempt("", OutcomeKind::not_sent);
  const Decision d = s.decide();
  EXPECT_EQ(d.kind, DecisionKind::to_device);
  EXPECT_TRUE(says(d, "routing.server-does-not-take"));
}
}  // namespace
}  // namespace printrouter
