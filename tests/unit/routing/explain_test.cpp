// SPDX-License-Identifier: Apache-2.0
/// Texts that people read, word for word: tests/golden/explain. PRINTROUTER_UPDATE_GOLDEN=1 writes them anew.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "routing/check_fallback.hpp"
#include "routing/explain.hpp"
#include "tests/unit/routing/scene.hpp"

namespace printrouter {
namespace {
using namespace scene;

void compare(const std::string& name, const std::string& text) {
  const std::string path = std::string(PRINTROUTER_SOURCE_DIR) + "/tests/golden/explain/" + name + ".txt";
  if (std::getenv("PRINTROUTER_UPDATE_GOLDEN")) {
    std::ofstream(path, std::ios::binary) << text;
    return;
  }
  std::ifstream in(path, std::ios::binary);
  const std::string golden(std::istreambuf_iterator<char>(in), {});
  EXPECT_EQ(text, golden) << path;
}
void compare_both(const std::string& name, Scene& s) {
  const Decision decision = s.decide();
  compare(name + ".en", explain(decision, s.job, "en"));
  compare(name + ".de", explain(decision, s.job, "de"));
}

/// Three printers that differ, and a job with wishes.
struct Office : Scene {
  Office() {
    config.devices = {printer("corridor", {plain_port(), spooling_port()}), printer("copy-room"),
                      printer("attic")};
    device(0).place = "1st floor";
    device(1).place = "2nd floor";
    set(device(2).facts, Attribute::flag("duplex", false));
    job.ticket = {Attribute::number("copies", 2), Attribute::word("sides", "two-sided-long-edge")};
    job.document.color.reset();
    use("corridor");
    vendor.rule = [](const Device& d, const Port& p, const VendorJob&, const VendorContext&,
                     PortChoice& out) {
      if (d.id == "corridor" && p.port_class == PortClass::plain)
        refuse(out, "maker.unknown-id", "The device rejects jobs without an account.");
      if (d.id == "copy-room") out.may_count_twice = true;
    };
  }
};

TEST(Explain, PrintsOnTheOnlyUsedPrinter) {
  Office s;
  compare_both("only-used", s);
}
TEST(Explain, AsksAmongSeveral) {
  Office s;
  s.use("copy-room", 3);
  s.health["copy-room"] = {DeviceHealth::State::silent, now, "connection\ntimed out"};
  compare_both("several-used", s);
}
TEST(Explain, RefusesWithFigures) {
  Office s;
  s.profile.release_condition = ReleaseCondition::sufficient_balance;
  s.price(40, 120);
  s.funds.balance = Balance{Money::hundredths(50), {}, days_ago(1)};
  s.job.document.color = false;
  compare_both("too-dear", s);
}
TEST(Explain, FallbackOff) {
  Office s;
  s.profile.enabled = false;
  compare_both("fallback-disabled", s);
}
TEST(Explain, GoesToTheServer) {
  Office s;
  s.server.up = true;
  compare_both("to-server", s);
}
TEST(Explain, AfterTheDeviceRefused) {
  Office s;
  s.attempt("corridor", OutcomeKind::rejected, spooling_port()).outcome->device_text = "\x1b[1mno\x07";
  compare_both("device-refused", s);
}
TEST(Explain, SaysWhatIsInTheDocument) {
  Office s;
  s.job.analysis.emplace();
  s.job.analysis->why = "damaged at byte 17";
  EXPECT_THAT(explain(s.decide(), s.job, "en"),
              ::testing::HasSubstr("Document: its pages could not be counted (damaged at byte 17).\n"));
  s.job.analysis->pages = 3;
  s.job.analysis->color_pages = 1;
  s.job.analysis->sheets = 4;
  s.job.analysis->copies = 2;
  s.job.analysis->confidence = ledger::Confidence::exact;
  s.job.analysis->color_confidence = ledger::Confidence::estimate;
  compare_both("analysed", s);
  EXPECT_THAT(explain(s.decide(), s.job, "en", true), ::testing::HasSubstr("still being looked into"));
}

TEST(CheckFallback, RendersAndJudges) {
  Office s;
  s.build();
  set(s.config.devices[1].settings, Attribute::word("unknown-id-jobs", "permit"));
  set(s.config.devices[2].facts, Attribute::word("maker-option-name", "Card Authentication Kit"));
  s.build();
  std::map<std::string, std::map<std::string, PortObservation>> observed;
  observed["corridor"]["ipp:10631/spool"] = {true, true, {}, {}};
  observed["copy-room"]["raw:9100"] = {true, {}, {}, {}};
  const FallbackCheck check = check_fallback(s.input(), observed);
  ASSERT_EQ(check.devices.size(), 3u);
  const auto by_id = [&](std::string_view id) -> const DeviceCheck& {
    return *std::ranges::find(check.devices, id, &DeviceCheck::device_id);
  };
  EXPECT_EQ(by_id("corridor").verdict, Verdict::usable);
  EXPECT_EQ(by_id("copy-room").verdict, Verdict::may_count_twice);
  EXPECT_EQ(by_id("copy-room").ports.at(0).acceptance, "declared");
  EXPECT_EQ(by_id("attic").verdict, Verdict::untested) << "nobody looked";
  EXPECT_EQ(by_id("attic").option, "Card Authentication Kit");
  EXPECT_EQ(by_id("corridor").option, "") << "it has its device-spooling port";
  compare("check-fallback.en", render(check, "en"));
  compare("check-fallback.de", render(check, "de"));
  compare("check-fallback.json", to_json_text(check) + "\n");
}
TEST(CheckFallback, WhatIsObservedOutweighs) {
  Office s;
  s.build();
  std::map<std::string, std::map<std::string, PortObservation>> observed;
  observed["copy-room"]["raw:9100"] = {true, {}, false, "rejected"};
  observed["attic"]["raw:9100"] = {false, {}, {}, "no answer"};
  s.vendor.rule = {};
  const FallbackCheck check = check_fallback(s.input(), observed);
  for (const DeviceCheck& d : check.devices) {
    if (d.device_id == "copy-room") {
      EXPECT_EQ(d.verdict, Verdict::refused);
      EXPECT_EQ(d.ports.at(0).acceptance, "observed");
    }
    if (d.device_id == "attic") {
      EXPECT_EQ(d.verdict, Verdict::untested) << "silent is not refused";
      EXPECT_EQ(d.reachable, false);
    }
  }
}
TEST(CheckFallback, BalancesAndEarlierChecksPlayNoPart) {
  Office s;
  s.profile.release_condition = ReleaseCondition::sufficient_balance;
  s.profile.untested = Profile::Untested::refuse;
  s.checks["copy-room"] = {Verdict::refused, now, {}, {}};
  s.build();
  std::map<std::string, std::map<std::string, PortObservation>> observed;
  observed["copy-room"]["raw:9100"] = {true, {}, {}, {}};
  for (const DeviceCheck& d : check_fallback(s.input(), observed).devices)
    if (d.device_id == "copy-room") {
      EXPECT_EQ(d.verdict, Verdict::may_count_twice);
    }
}
}  // namespace
}  // namespace printrouter
