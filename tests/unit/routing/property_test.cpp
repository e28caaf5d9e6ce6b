// SPDX-License-Identifier: Apache-2.0
/// What must hold whatever the facts are.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "routing/explain.hpp"
#include "tests/unit/routing/scene.hpp"

namespace printrouter {
namespace {
using namespace scene;

/// An office, a job and a past, all by chance.
void shuffle(Scene& s) {
  const auto coin = [] { return *rc::gen::arbitrary<bool>(); };
  const auto upto = [](int n) { return *rc::gen::inRange(0, n); };
  s.config.devices.clear();
  const int n = upto(5);
  for (int i = 0; i < n; ++i) {
    Device d = printer(std::string(1, static_cast<char>('a' + i)));
    if (coin()) d.ports.push_back(spooling_port());
    if (upto(6) == 0) d.ports.clear();
    for (const char* fact : {"color", "duplex", "media", "languages"})
      if (upto(3) == 0) remove(d.facts, fact);
    for (const char* fact : {"color", "duplex"})
      if (find(d.facts, fact)) set(d.facts, Attribute::flag(fact, coin()));
    if (coin()) s.use(d.id, upto(500));
    if (upto(3) == 0) s.health[d.id] = {static_cast<DeviceHealth::State>(upto(4)), days_ago(upto(2)), "t"};
    if (coin()) s.checks[d.id] = {static_cast<Verdict>(upto(4)), days_ago(upto(20)), {}, {}};
    s.config.devices.push_back(std::move(d));
  }
  s.server.configured = upto(4) != 0;
  s.server.up = upto(3) == 0;
  s.network = upto(5) != 0;
  s.profile.enabled = upto(5) != 0;
  if (coin()) s.profile.printer = "a";
  s.profile.ask_unused = coin();
  s.profile.ticket_exact = coin();
  s.profile.treat_as_private = upto(5) == 0;
  s.profile.untested = static_cast<Profile::Untested>(upto(3));
  s.profile.other_port_class_allowed = coin();
  if (upto(3) == 0) s.profile.release_condition = ReleaseCondition::sufficient_balance;
  if (upto(3) == 0) s.profile.device_port = coin() ? plain_port() : spooling_port();
  if (coin()) s.price(upto(50), upto(200));
  if (coin()) s.funds.balance = Balance{Money::hundredths(upto(300)), {}, days_ago(upto(12))};
  if (coin()) s.job.document.pages.reset();
  s.job.document.color = coin() ? std::optional(coin()) : std::nullopt;
  if (upto(4) == 0) s.job.document.format = coin() ? "" : "image/urf";
  if (coin()) s.job.ticket.push_back(Attribute::number("copies", upto(4)));
  if (coin()) s.job.ticket.push_back(Attribute::word("sides", coin() ? "two-sided-long-edge" : "one-sided"));
  s.vendor.carry = static_cast<Carry>(upto(6));
  const int refused = upto(6);
  s.vendor.rule = [refused](const Device& d, const Port&, const VendorJob&, const VendorContext&,
                            PortChoice& out) {
    if (d.id[0] - 'a' == refused) refuse(out, "fake.no");
  };
  for (int i = upto(3); i > 0; --i) {
    const auto kind = static_cast<OutcomeKind>(1 + upto(8));
    if (kind == OutcomeKind::delivered || kind == OutcomeKind::cancelled) continue;
    Attempt& a = s.attempt(coin() ? "" : "a", kind, coin() ? plain_port() : spooling_port());
    a.target.holds_on_arrival = coin();
    a.outcome->busy = upto(4) == 0;
  }
  if (upto(3) == 0) s.answer = Answer{static_cast<Answer::Kind>(upto(3)), "a", days_ago(upto(2))};
  s.job.prefer_device = coin();
  if (coin()) s.job.state = JobState::held;
}

const Candidate* candidate(const Decision& d, std::string_view id) {
  for (const Candidate& c : d.candidates)
    if (c.device_id == id) return &c;
  return nullptr;
}

RC_GTEST_PROP(Routing, ARefusedCandidateIsNeverChosenNorOffered, ()) {
  Scene s;
  shuffle(s);
  const Decision d = s.decide();
  std::vector<std::string> chosen = d.choices;
  if (d.kind == DecisionKind::to_device) chosen.push_back(d.device_id);
  for (const std::string& id : chosen) {
    const Candidate* c = candidate(d, id);
    RC_ASSERT(c != nullptr);
    RC_ASSERT(c->permitted);
    RC_ASSERT(!c->ports.empty());
    RC_ASSERT(c->ports.front().permitted);
    for (const Reason& r : c->reasons) RC_ASSERT(r.severity != Severity::refusal);
    for (const Reason& r : c->ports.front().reasons) RC_ASSERT(r.severity != Severity::refusal);
  }
  if (d.kind == DecisionKind::to_device) {
    RC_ASSERT(d.port.has_value());
    RC_ASSERT(d.port->permitted);
  }
}

RC_GTEST_PROP(Routing, NothingIsLeftOutSilently, ()) {
  Scene s;
  shuffle(s);
  for (const Candidate& c : s.judge()) {
    bool said = false;
    for (const Reason& r : c.reasons) said |= r.severity == Severity::refusal;
    for (const PortChoice& p : c.ports) {
      bool port_said = false;
      for (const Reason& r : p.reasons) port_said |= r.severity == Severity::refusal;
      RC_ASSERT(p.permitted == !port_said);
      said |= port_said;
    }
    if (!c.permitted) RC_ASSERT(said);
  }
}

RC_GTEST_PROP(Routing, EveryDecisionHasItsReasonInBothLanguages, ()) {
  Scene s;
  shuffle(s);
  const Decision d = s.decide();
  RC_ASSERT(!d.reasons.empty());
  for (const Reason& r : d.reasons) RC_ASSERT((!r.id.empty() && !r.en.empty() && !r.de.empty()));
  if (d.kind == DecisionKind::refuse) {
    RC_ASSERT(d.reasons.front().severity == Severity::refusal);
    RC_ASSERT(d.reasons.front().remedy_en.find("help desk") != std::string::npos);
    RC_ASSERT(d.notify);
  }
  RC_ASSERT(!explain(d, s.job, "en").empty());
}

RC_GTEST_PROP(Routing, AnUnknownOutcomeAtATargetThatPrintsIsNeverResent, ()) {
  Scene s;
  shuffle(s);
  s.attempt(*rc::gen::arbitrary<bool>() ? "" : "a", OutcomeKind::unknown).target.holds_on_arrival = false;
  if (s.answer && s.answer->kind == Answer::Kind::reprint) s.answer.reset();
  const Decision d = s.decide();
  RC_ASSERT(d.kind == DecisionKind::hold);
}

RC_GTEST_PROP(Routing, WhatAServerRefusedIsNeverPrintedPastIt, ()) {
  Scene s;
  shuffle(s);
  Attempt& a =
      s.attempt("", *rc::gen::arbitrary<bool>() ? OutcomeKind::rejected : OutcomeKind::auth_required);
  a.outcome->busy = false;
  s.answer.reset();
  RC_ASSERT(s.decide().kind == DecisionKind::refuse);
}

RC_GTEST_PROP(Routing, APrivateJobNeverGoesOntoAnOpenTrayByItself, ()) {
  Scene s;
  shuffle(s);
  s.job.private_job = true;
  s.answer.reset();
  const Decision d = s.decide();
  if (d.kind == DecisionKind::to_device) RC_ASSERT(d.port->port.port_class == PortClass::device_spooling);
}

RC_GTEST_PROP(Routing, NeverAnotherPortClassAfterAFailure, ()) {
  Scene s;
  shuffle(s);
  s.profile.other_port_class_allowed = false;
  s.answer.reset();
  s.health.clear();
  s.attempt("a", OutcomeKind::rejected, spooling_port());
  const Decision d = s.decide();
  if (d.kind == DecisionKind::to_device) RC_ASSERT(d.device_id != "a");
  for (const std::string& id : d.choices) RC_ASSERT(id != "a");
}

RC_GTEST_PROP(Routing, UnknownFactsNeverShrinkTheSet, ()) {
  Scene s;
  shuffle(s);
  const auto before = s.judge();
  for (Device& d : s.config.devices) d.facts.clear();
  const auto after = s.judge();
  for (const Candidate& c : before) {
    if (!c.permitted) continue;
    // A price may rise where colour is assumed: that is the release condition's matter, and it says so.
    const Candidate& now_unknown = of(after, c.device_id);
    bool by_price = false;
    for (const Reason& r : now_unknown.reasons) by_price |= r.id.starts_with("policy.");
    RC_ASSERT((now_unknown.permitted || by_price));
  }
}

RC_GTEST_PROP(Routing, TheSameFactsGiveTheSameDecision, ()) {
  Scene s;
  shuffle(s);
  const Decision first = s.decide();
  const Decision second = s.decide();
  RC_ASSERT(explain(first, s.job, "de") == explain(second, s.job, "de"));
  RC_ASSERT(first.choices == second.choices);
}
}  // namespace
}  // namespace printrouter
