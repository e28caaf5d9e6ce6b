// SPDX-License-Identifier: Apache-2.0
/// The adapter over the contract's table: what crosses, what is bounded, and what a rule cannot do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <printrouter/abi/action.h>
#include <printrouter/vendor.hpp>

#include <functional>

#include "devices/vendor_rules.hpp"

namespace printrouter {
namespace {
using testing::ElementsAre;

/// A vendor pack in this process whose functions each test replaces.
struct Pack : sdk::Vendor {
  using Vendor::Vendor;
  const void* extension(std::string_view) override { return nullptr; }
  std::uint32_t sure = 50;
  int identified = 0;
  std::function<void(const pr_assess_in&, pr_assessment&, const sdk::Sink&)> on_assess;
  std::function<void(const pr_assess_in&, const sdk::Sink&)> on_prepare;
  std::uint32_t interpreted = 0;

  std::uint32_t identify(const pr_device&, pr_str*) override {
    ++identified;
    return sure;
  }
  void declare(const sdk::Sink& sink) override { sink.identity_field("pin", "4 digits"); }
  void assess(const pr_assess_in& in, pr_assessment& out, const sdk::Sink& sink) override {
    out.permitted = 1;
    if (on_assess) on_assess(in, out, sink);
  }
  void prepare(const pr_assess_in& in, const sdk::Sink& sink) override {
    if (on_prepare) on_prepare(in, sink);
  }
  void interpret(const pr_device&, const pr_device_reply&, pr_interpretation& out,
                 const sdk::Sink&) override {
    if (interpreted) out.outcome = interpreted;
  }
  void counters(const pr_device&, const sdk::Sink& sink) override {
    sink.counter("printed-total", "snmp", "1.3.6.1");
  }
};

const pr_vendor first_table = sdk::vendor_table("first"), second_table = sdk::vendor_table("second", true);

pr_host test_host() {
  pr_host host{};
  host.struct_size = sizeof host;
  host.get_service = [](const pr_host*, const char*) -> const void* { return nullptr; };
  return host;
}

struct VendorRulesTest : testing::Test {
  VendorRulesTest() {
    device.id = "a";
    device.maker = "Acme";
    rules = table_vendor_rules({{"first", &first_table, plugin(first), nullptr},
                                {"second", &second_table, plugin(second), nullptr}});
  }
  static void* plugin(Pack& pack) { return reinterpret_cast<pr_plugin*>(static_cast<sdk::Plugin*>(&pack)); }
  PortChoice assess(Port port = {"raw", 9100, {}, Tls::none, PortClass::plain}) {
    return rules->assess(device, port, {"anna", "Report", "uuid", "application/pdf", ticket, identity}, {});
  }
  pr_host host = test_host();
  Pack first{&host}, second{&host};
  Device device;
  Attributes ticket, identity;
  std::unique_ptr<VendorRules> rules;
};

TEST_F(VendorRulesTest, TheSurestPackJudgesAndIsAskedOnce) {
  second.sure = 90;
  EXPECT_EQ(rules->vendor_of(device), "second");
  assess();
  assess();
  EXPECT_EQ(second.identified, 1);
}
TEST_F(VendorRulesTest, NobodyKnowsTheDevice) {
  first.sure = second.sure = 0;
  const PortChoice choice = assess();
  EXPECT_FALSE(choice.permitted);
  EXPECT_EQ(choice.reasons.at(0).id, "vendor.no-rules");
}
TEST_F(VendorRulesTest, APackThatIsSurerThanCertainIsNotBelieved) {
  second.sure = 101;
  EXPECT_EQ(rules->vendor_of(device), "first");
}

TEST_F(VendorRulesTest, FactsCrossTheBorderBothWays) {
  device.facts = {Attribute::flag("pjl-wrap", true)};
  device.settings = {Attribute::word("permitted-senders", "a"), Attribute::word("permitted-senders", "b")};
  ticket = {Attribute::number("copies", 3), Attribute::word("sides", "one-sided")};
  identity = {Attribute::word("pin", "1234")};
  first.on_assess = [](const pr_assess_in& in, pr_assessment& out, const sdk::Sink& sink) {
    EXPECT_EQ(sdk::view(in.user), "anna");
    EXPECT_EQ(in.port->port_class, static_cast<std::uint32_t>(PR_PORT_PLAIN)) << "unstated counts as plain";
    EXPECT_EQ(sdk::Attributes(in.ticket).integer("copies", 0), 3);
    EXPECT_EQ(sdk::Attributes(in.identity).text("pin"), "1234");
    EXPECT_EQ(sdk::Attributes(in.device->facts).boolean("pjl-wrap"), static_cast<pr_tristate>(PR_YES));
    EXPECT_EQ(in.device->settings.count, 2u);
    EXPECT_EQ(sdk::Attributes(in.profile).text("integration"), "none");
    EXPECT_EQ(in.now_ms, 0) << "this pack did not ask for the time";
    out.counted_by = PR_COUNTED_DEVICE;
    out.may_count_twice = 1;
    out.preference = 7;
    out.release_at_device = PR_YES;
    out.needs_wake = 1;
    out.wake_port = 9;
    out.wake_wait_ms = 5'000'000;
    sink.carry("copies", PR_CARRY_PJL);
    sink.carry("sides", 99);
    sink.warn("first.w", "careful", "Vorsicht");
  };
  const PortChoice choice = assess({"raw", 9100, {}, Tls::none, PortClass::unstated});
  EXPECT_TRUE(choice.permitted);
  EXPECT_EQ(choice.port.port_class, PortClass::plain);
  EXPECT_EQ(choice.counted_by, CountedBy::device);
  EXPECT_TRUE(choice.may_count_twice);
  EXPECT_EQ(choice.preference, 7);
  EXPECT_TRUE(choice.release_at_device);
  EXPECT_TRUE(choice.needs_wake);
  EXPECT_EQ(choice.wake_wait, Milliseconds(600'000)) << "bounded";
  ASSERT_EQ(choice.ticket.size(), 2u);
  EXPECT_EQ(choice.ticket[0].how, Carry::pjl);
  EXPECT_EQ(choice.ticket[1].how, Carry::lost) << "a way that this host does not know is no way";
  EXPECT_EQ(choice.reasons.at(0).de, "Vorsicht");
}

TEST_F(VendorRulesTest, PermittedAndARefusalContradict_TheSaferWordCounts) {
  first.on_assess = [](const pr_assess_in&, pr_assessment&, const sdk::Sink& sink) {
    sink.refuse("x", "no", "nein");
  };
  EXPECT_FALSE(assess().permitted);
  first.on_assess = [](const pr_assess_in&, pr_assessment& out, const sdk::Sink&) { out.permitted = 0; };
  const PortChoice choice = assess();
  EXPECT_FALSE(choice.permitted);
  EXPECT_EQ(choice.reasons.at(0).id, "vendor.rule-failed") << "no refusal without a reason";
}
TEST_F(VendorRulesTest, ARuleThatThrowsRefuses) {
  first.on_assess = [](const pr_assess_in&, pr_assessment&, const sdk::Sink&) { throw 1; };
  const PortChoice choice = assess();
  EXPECT_FALSE(choice.permitted);
  EXPECT_EQ(choice.reasons.at(0).id, "vendor.rule-failed");
}
TEST_F(VendorRulesTest, AnswersAreBounded) {
  first.on_assess = [](const pr_assess_in&, pr_assessment&, const sdk::Sink& sink) {
    for (int i = 0; i < 5'000; ++i) sink.info("x", std::string(10'000, 'y'), "z");
  };
  const PortChoice choice = assess();
  EXPECT_EQ(choice.reasons.size(), 1'000u);
  EXPECT_EQ(choice.reasons.at(0).en.size(), 4'096u);
}

TEST_F(VendorRulesTest, PrepareGivesEditsLinesAndAttributes) {
  device.facts = {Attribute::flag("pjl-wrap", true)};
  first.on_prepare = [](const pr_assess_in&, const sdk::Sink& sink) {
    sink.insert(PR_ANCHOR_START, "a");
    sink.replace_line(PR_ANCHOR_AFTER_PJL_HEADER, "@PJL SET COPIES", "b");
    sink.insert(9, "no such anchor");
    sink.lpr_line('J', "job");
    sink.ipp_attribute(sdk::attr_text("job-account-id", "17", PR_ATTR_TEXT));
  };
  const auto out = rules->prepare(device, {"raw", 9100}, {"", "", "", "", ticket, identity}, {});
  ASSERT_TRUE(out);
  EXPECT_THAT(out->edits, ElementsAre(DocumentEdit{Anchor::start, "", "a"},
                                      DocumentEdit{Anchor::after_pjl_header, "@PJL SET COPIES", "b"}));
  EXPECT_THAT(out->lpr_lines, ElementsAre(LprLine{'J', "job"}));
  EXPECT_EQ(text_of(out->ipp_attributes, "job-account-id"), "17");
  EXPECT_TRUE(out->pjl_wrap);
}

TEST_F(VendorRulesTest, InterpretNeverSoftensUnknown) {
  Outcome outcome;
  outcome.kind = OutcomeKind::unknown;
  for (const std::uint32_t softer :
       {std::uint32_t{PR_OUTCOME_NOT_SENT}, std::uint32_t{PR_OUTCOME_DELIVERED}, 77u}) {
    first.interpreted = softer;
    EXPECT_EQ(rules->interpret(device, "raw", outcome).outcome, OutcomeKind::unknown);
  }
  first.interpreted = PR_OUTCOME_CANCELLED;
  EXPECT_EQ(rules->interpret(device, "raw", outcome).outcome, OutcomeKind::cancelled);
}

TEST_F(VendorRulesTest, CountersAndIdentityFields) {
  EXPECT_EQ(rules->counters(device).at(0).where, "1.3.6.1");
  const auto fields = rules->identity_fields();
  ASSERT_EQ(fields.size(), 2u);
  EXPECT_EQ(fields[1].vendor, "second");
  EXPECT_EQ(fields[1].name, "pin");
}
}  // namespace
}  // namespace printrouter
