// SPDX-License-Identifier: Apache-2.0
#include "health/target_health.hpp"

#include <gmock/gmock.h>

#include "health/health_monitor.hpp"

namespace printrouter {
namespace {

using S = HealthSignal;

class TargetHealthTest : public ::testing::Test {
 protected:
  void at(int ms) { now = TargetHealth::Time(Milliseconds(1'000'000 + ms)); }
  void job(S signal) { health.on_outcome(signal, now, "why"); }
  void probe(S signal) {
    health.probe_started(now, 0x8000);
    health.on_probe(signal, now, "probe");
  }
  /// Milliseconds until the next probe; -1: none.
  long due() const {
    const auto next = health.next_probe(false);
    return next ? std::chrono::duration_cast<Milliseconds>(*next - now).count() : -1;
  }
  HealthOptions options;
  TargetHealth health{options};
  TargetHealth::Time now{Milliseconds(1'000'000)};
};

TEST_F(TargetHealthTest, UnknownIsTreatedAsUpAndTheFirstJobFindsOut) {
  EXPECT_EQ(health.state(), HealthState::unknown);
  EXPECT_TRUE(health.admit());
  job(S::ok);
  EXPECT_EQ(health.state(), HealthState::up);
}

TEST_F(TargetHealthTest, OneFailureAsksForOneProbeAtOnceAndBothAreDown) {
  job(S::ok);
  job(S::cannot);
  EXPECT_EQ(health.state(), HealthState::up) << "one failure is not down";
  EXPECT_TRUE(health.in_doubt());
  EXPECT_EQ(due(), 0);
  probe(S::cannot);
  EXPECT_EQ(health.state(), HealthState::down);
  EXPECT_EQ(health.reason(), "probe");
  EXPECT_FALSE(health.admit());
}

TEST_F(TargetHealthTest, AProbeThatSucceedsEndsTheDoubt) {
  job(S::cannot);
  probe(S::ok);
  EXPECT_EQ(health.state(), HealthState::up);
  EXPECT_FALSE(health.in_doubt());
  EXPECT_EQ(due(), -1);
}

TEST_F(TargetHealthTest, FailuresFarApartAreNotARow) {
  job(S::ok);
  job(S::cannot);
  at(20'000);
  job(S::cannot);
  EXPECT_EQ(health.state(), HealthState::up);
}

TEST_F(TargetHealthTest, ARefusalIsHealth) {
  job(S::refuses);
  EXPECT_EQ(health.state(), HealthState::up);
  job(S::cannot);
  job(S::refuses);
  job(S::cannot);
  EXPECT_EQ(health.state(), HealthState::up);
}

TEST_F(TargetHealthTest, Http500CountsOnlyIfTheProbeFailsToo) {
  job(S::ok);
  job(S::suspicious);
  EXPECT_EQ(due(), 0);
  probe(S::ok);
  EXPECT_EQ(health.state(), HealthState::up);
  job(S::suspicious);
  probe(S::cannot);
  EXPECT_EQ(health.state(), HealthState::down);
}

TEST_F(TargetHealthTest, BusyIsDownOnlyBeyondTheLimit) {
  job(S::ok);
  job(S::busy);
  at(30'000);
  job(S::busy);
  EXPECT_EQ(health.state(), HealthState::up);
  at(61'000);
  job(S::busy);
  EXPECT_EQ(health.state(), HealthState::down);
}

TEST_F(TargetHealthTest, RecoversThroughOneTrial) {
  job(S::cannot);
  probe(S::cannot);
  ASSERT_EQ(health.state(), HealthState::down);
  probe(S::ok);
  EXPECT_EQ(health.state(), HealthState::half_open);
  EXPECT_TRUE(health.admit());
  EXPECT_FALSE(health.admit()) << "the others wait for the trial's end";
  health.trial_dropped();
  EXPECT_TRUE(health.admit());
  job(S::ok);
  EXPECT_EQ(health.state(), HealthState::up);
  EXPECT_TRUE(health.admit());
  EXPECT_TRUE(health.admit());
}

TEST_F(TargetHealthTest, ATrialThatFailsIsDownAgain) {
  job(S::cannot);
  probe(S::cannot);
  probe(S::ok);
  ASSERT_TRUE(health.admit());
  job(S::cannot);
  EXPECT_EQ(health.state(), HealthState::down);
  EXPECT_GE(due(), 0);
}

TEST_F(TargetHealthTest, TwoGoodProbesBringItBackWithoutAnyJob) {
  job(S::cannot);
  probe(S::cannot);
  probe(S::ok);
  probe(S::ok);
  EXPECT_EQ(health.state(), HealthState::up);
}

TEST_F(TargetHealthTest, ADeliveredJobProvesMoreThanProbes) {
  job(S::cannot);
  probe(S::cannot);
  job(S::ok);  // one that was under way
  EXPECT_EQ(health.state(), HealthState::up);
}

TEST_F(TargetHealthTest, ProbesOfADownTargetBackOffWithJitter) {
  job(S::cannot);
  probe(S::cannot);
  EXPECT_NEAR(static_cast<double>(due()), 2000, 400);
  probe(S::cannot);
  EXPECT_NEAR(static_cast<double>(due()), 4000, 800);
  for (int i = 0; i < 5; ++i) probe(S::cannot);
  EXPECT_NEAR(static_cast<double>(due()), 15000, 3000);
  health.probe_started(now, 0);
  EXPECT_EQ(due(), -1) << "one at a time";
  health.on_probe(S::cannot, now, "x");
  const long early = due();
  health.probe_started(now, 0xffff);
  health.on_probe(S::cannot, now, "x");
  EXPECT_GT(due(), early);
}

TEST_F(TargetHealthTest, OurOwnTroubleSaysNothing) {
  job(S::nothing);
  EXPECT_EQ(health.state(), HealthState::unknown);
  EXPECT_FALSE(health.in_doubt());
}

struct Meaning {
  OutcomeKind kind;
  bool busy;
  const char* reason;
  HealthSignal signal;
};
class HealthSignalTest : public ::testing::TestWithParam<Meaning> {};
TEST_P(HealthSignalTest, OfAnOutcome) {
  Outcome o;
  o.kind = GetParam().kind;
  o.busy = GetParam().busy;
  o.reason = GetParam().reason;
  EXPECT_EQ(health_signal(o), GetParam().signal);
}
using K = OutcomeKind;
INSTANTIATE_TEST_SUITE_P(
    All, HealthSignalTest,
    ::testing::Values(Meaning{K::delivered, false, "", S::ok},
                      Meaning{K::rejected, false, "client-error-forbidden", S::refuses},
                      Meaning{K::auth_required, false, "http-401", S::refuses},
                      Meaning{K::not_sent, false, "connect-refused", S::cannot},
                      Meaning{K::unknown, false, "broke-off", S::cannot},
                      Meaning{K::rejected, true, "http-503", S::cannot},
                      Meaning{K::not_sent, true, "server-error-busy", S::busy},
                      Meaning{K::rejected, true, "server-error-not-accepting-jobs", S::cannot},
                      Meaning{K::rejected, false, "http-500", S::suspicious},
                      Meaning{K::unknown, false, "server-error-internal-error", S::suspicious},
                      Meaning{K::cancelled, false, "", S::nothing},
                      Meaning{K::stop_target, false, "", S::cannot},
                      Meaning{K::not_sent, false, "no-protocol", S::nothing},
                      Meaning{K::not_sent, false, "step-loop", S::nothing}));

// --- the monitor, in real time ---

class HealthMonitorTest : public ::testing::Test {
 protected:
  HealthMonitorTest() {
    options.probe_interval_down = Milliseconds(20);
    options.probe_interval_down_max = Milliseconds(40);
    options.confirm_timeout = Milliseconds(30);
  }
  void watch(bool always = false) {
    monitor.watch("server", options, always, [this](const std::string&, std::function<void(Outcome)> done) {
      ++probes;
      if (silent)
        pending.push_back(std::move(done));
      else
        io.post([this, done = std::move(done)] { done(answer); });
    });
  }
  static Outcome outcome(K kind, const char* reason = "") {
    Outcome o;
    o.kind = kind;
    o.reason = reason;
    return o;
  }
  net::IoContext io;
  std::vector<std::string> changes;
  HealthMonitor monitor{
      io, [this](const std::string& target, HealthState from, HealthState to) {
        changes.push_back(target + " " + std::string(to_string(from)) + ">" + std::string(to_string(to)));
      }};
  HealthOptions options;
  Outcome answer = outcome(K::not_sent, "connect-refused");
  bool silent = false;
  std::vector<std::function<void(Outcome)>> pending;
  int probes = 0;
};

TEST_F(HealthMonitorTest, GoesDownByTheProbeThatAFailureAsksFor) {
  options.probe_interval_down = options.probe_interval_down_max = options.confirm_timeout =
      std::chrono::hours(1);
  watch();
  EXPECT_EQ(probes, 0);
  monitor.outcome("server", outcome(K::not_sent, "connect-refused"));
  ASSERT_TRUE(io.run_until([&] { return monitor.state("server") == HealthState::down; }));
  EXPECT_EQ(probes, 1);
  EXPECT_FALSE(monitor.admit("server"));
}

TEST_F(HealthMonitorTest, ComesBackByItself) {
  watch();
  monitor.outcome("server", outcome(K::not_sent, "connect-refused"));
  ASSERT_TRUE(io.run_until([&] { return monitor.state("server") == HealthState::down; }));
  EXPECT_EQ(monitor.info("server").reason, "connect-refused");
  answer = outcome(K::delivered);
  ASSERT_TRUE(io.run_until([&] { return monitor.state("server") == HealthState::up; }));
  EXPECT_THAT(changes,
              ::testing::ElementsAre("server unknown>down", "server down>half-open", "server half-open>up"));
}

TEST_F(HealthMonitorTest, ASilentTargetIsDownAfterTheConfirmingProbesTime) {
  options.probe_interval_down = options.probe_interval_down_max = std::chrono::hours(1);
  watch();
  silent = true;
  monitor.outcome("server", outcome(K::not_sent, "timeout"));
  ASSERT_TRUE(io.run_until([&] { return monitor.state("server") == HealthState::down; }));
  // A late answer is a sign of life all the same.
  ASSERT_FALSE(pending.empty());
  pending.front()(outcome(K::delivered));
  EXPECT_EQ(monitor.state("server"), HealthState::half_open);
}

TEST_F(HealthMonitorTest, ProbesGoOnForAServerAndNotForAnIdleDevice) {
  options.probe_interval_up = Milliseconds(10);
  answer = outcome(K::delivered);
  watch(true);
  ASSERT_TRUE(io.run_until([&] { return probes >= 3; }));
  watch(false);
  const int so_far = probes + 1;
  EXPECT_FALSE(io.run_until([&] { return probes > so_far; }, Milliseconds(60)));
  monitor.probe_now("server");
  EXPECT_TRUE(io.run_until([&] { return probes > so_far - 1; }));
}

TEST_F(HealthMonitorTest, WhatIsNotWatchedIsAdmitted) {
  EXPECT_TRUE(monitor.admit("nobody"));
  EXPECT_EQ(monitor.state("nobody"), HealthState::unknown);
  watch();
  EXPECT_EQ(monitor.all().size(), 1u);
  monitor.forget("server");
  EXPECT_TRUE(monitor.all().empty());
}

}  // namespace
}  // namespace printrouter
