// SPDX-License-Identifier: Apache-2.0
/// How one device and its ports are judged: document, ticket, profile, checks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/routing/scene.hpp"

namespace printrouter {
namespace {
using namespace scene;
using testing::HasSubstr;

Attribute copies(int n) {
  return Attribute::number("copies", n);
}
Attribute sides(const char* value) {
  return Attribute::word("sides", value);
}
Attribute media(const char* value) {
  return Attribute::word("media", value);
}
Attribute color(const char* value) {
  return Attribute::word("print-color-mode", value);
}

struct Case {
  const char* name;
  std::function<void(Scene&)> set;
  bool permitted;
  const char* reason;  ///< must be among what is said of device a; empty: nothing is asked
};
void PrintTo(const Case& c, std::ostream* out) {
  *out << c.name;
}
std::string case_name(const testing::TestParamInfo<Case>& param) {
  std::string name = param.param.name;
  std::ranges::replace_if(
      name, [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); }, '_');
  return name;
}
void drop_fact(Scene& s, const char* name) {
  remove(s.device(0).facts, name);
}

class Judging : public testing::TestWithParam<Case> {};
TEST_P(Judging, OfDeviceA) {
  Scene s;
  GetParam().set(s);
  const auto candidates = s.judge();
  const Candidate& a = of(candidates, "a");
  EXPECT_EQ(a.permitted, GetParam().permitted);
  if (*GetParam().reason) {
    EXPECT_TRUE(says(a, GetParam().reason));
  }
  // What leaves a device out is always said.
  if (!a.permitted) {
    bool refusal = false;
    for (const Reason& r : a.reasons) refusal |= r.severity == Severity::refusal;
    for (const PortChoice& p : a.ports)
      for (const Reason& r : p.reasons) refusal |= r.severity == Severity::refusal;
    EXPECT_TRUE(refusal);
  }
}
INSTANTIATE_TEST_SUITE_P(
    Document, Judging,
    testing::Values(
        Case{"format taken", [](Scene&) {}, true, ""},
        Case{"format not taken", [](Scene& s) { s.job.document.format = "image/urf"; }, false,
             "routing.format-not-taken"},
        Case{"format unknown", [](Scene& s) { s.job.document.format = ""; }, true, "routing.format-unknown"},
        Case{"octet-stream is unknown", [](Scene& s) { s.job.document.format = "application/octet-stream"; },
             true, "routing.format-unknown"},
        Case{"languages unknown", [](Scene& s) { drop_fact(s, "languages"); }, true,
             "routing.languages-unknown"},
        Case{"colour unknown", [](Scene& s) { s.job.document.color.reset(); }, true, "routing.color-unknown"},
        Case{"colour unknown at a black printer",
             [](Scene& s) {
               s.job.document.color.reset();
               set(s.device(0).facts, Attribute::flag("color", false));
             },
             true, "routing.color-becomes-grey"},
        Case{"colour document at a black printer",
             [](Scene& s) {
               s.job.document.color = true;
               set(s.device(0).facts, Attribute::flag("color", false));
             },
             false, "routing.no-color"},
        Case{"colour document asked for in grey at a black printer",
             [](Scene& s) {
               s.job.document.color = true;
               s.job.ticket = {color("monochrome")};
               set(s.device(0).facts, Attribute::flag("color", false));
             },
             true, ""},
        Case{"colour of the device unknown",
             [](Scene& s) {
               s.job.document.color = true;
               drop_fact(s, "color");
             },
             true, "routing.device-color-unknown"}),
    case_name);
INSTANTIATE_TEST_SUITE_P(
    Ticket, Judging,
    testing::Values(Case{"A3 is there", [](Scene& s) { s.job.ticket = {media("iso_a3_297x420mm")}; }, true,
                         ""},
                    Case{"another spelling of A4", [](Scene& s) { s.job.ticket = {media("A4")}; }, true, ""},
                    Case{"no such paper", [](Scene& s) { s.job.ticket = {media("na_letter_8.5x11in")}; },
                         false, "routing.media-not-taken"},
                    Case{"paper unknown",
                         [](Scene& s) {
                           s.job.ticket = {media("na_letter_8.5x11in")};
                           drop_fact(s, "media");
                         },
                         true, "routing.media-unknown"},
                    Case{"no duplex",
                         [](Scene& s) {
                           s.job.ticket = {sides("two-sided-long-edge")};
                           set(s.device(0).facts, Attribute::flag("duplex", false));
                         },
                         false, "routing.no-duplex"},
                    Case{"duplex unknown",
                         [](Scene& s) {
                           s.job.ticket = {sides("two-sided-long-edge")};
                           drop_fact(s, "duplex");
                         },
                         true, "routing.duplex-unknown"},
                    Case{"sides lost",
                         [](Scene& s) {
                           s.job.ticket = {sides("two-sided-long-edge")};
                           s.vendor.carry = Carry::lost;
                         },
                         false, "ticket-lost:sides"},
                    Case{"copies lost",
                         [](Scene& s) {
                           s.job.ticket = {copies(3)};
                           s.vendor.carry = Carry::lost;
                         },
                         false, "ticket-lost:copies"},
                    Case{"one copy cannot be lost",
                         [](Scene& s) {
                           s.job.ticket = {copies(1)};
                           s.vendor.carry = Carry::lost;
                         },
                         true, ""},
                    Case{"media lost",
                         [](Scene& s) {
                           s.job.ticket = {media("iso_a4_210x297mm")};
                           s.vendor.carry = Carry::lost;
                         },
                         false, "ticket-lost:media"},
                    Case{"colour mode lost",
                         [](Scene& s) {
                           s.job.ticket = {color("monochrome")};
                           s.vendor.carry = Carry::lost;
                         },
                         false, "ticket-lost:print-color-mode"},
                    Case{"finishing lost is no refusal",
                         [](Scene& s) {
                           s.job.ticket = {Attribute::number("finishings", 4, AttributeKind::enumeration)};
                           s.vendor.carry = Carry::lost;
                         },
                         true, "ticket-lost:finishings"},
                    Case{"lost but the document says it",
                         [](Scene& s) {
                           s.job.ticket = {media("iso_a4_210x297mm")};
                           s.job.document.in_document_ticket = {"media"};
                           s.vendor.carry = Carry::lost;
                         },
                         true, ""},
                    Case{"the document says something else",
                         [](Scene& s) {
                           s.job.ticket = {copies(3)};
                           s.job.document.in_document_ticket = {"copies"};
                           s.job.document.copies = 2;
                           s.vendor.carry = Carry::lost;
                         },
                         false, "ticket-lost:copies"},
                    Case{"relaxed lets it go",
                         [](Scene& s) {
                           s.job.ticket = {sides("two-sided-long-edge")};
                           s.vendor.carry = Carry::lost;
                           s.profile.ticket_exact = false;
                         },
                         true, "ticket-lost:sides"}),
    case_name);
const Port lpr{"lpr", 515, "lp", Tls::none, PortClass::unstated};
INSTANTIATE_TEST_SUITE_P(
    ProfileAndChecks, Judging,
    testing::Values(
        Case{"no ports", [](Scene& s) { s.device(0).ports.clear(); }, false, "routing.no-ports"},
        Case{"class unstated counts as plain",
             [](Scene& s) {
               s.device(0).ports = {lpr};
               s.job.private_job = true;
             },
             false, "routing.port-class-unstated"},
        Case{"fixed port is there",
             [](Scene& s) {
               s.device(0).ports = {plain_port(), lpr};
               s.profile.device_port = lpr;
             },
             true, ""},
        Case{"fixed port is missing", [](Scene& s) { s.profile.device_port = lpr; }, false,
             "routing.port-missing"},
        Case{"an override of the printer",
             [](Scene& s) {
               s.profile.device_port = lpr;
               s.profile.overrides.push_back({"a", {}, plain_port(), {}, {}});
             },
             true, ""},
        Case{"an override of the model",
             [](Scene& s) {
               s.device(0).model = "X 100";
               s.profile.device_port = lpr;
               s.profile.overrides.push_back({{}, "x 100", plain_port(), {}, {}});
             },
             true, ""},
        Case{"the printer's override beats the model's",
             [](Scene& s) {
               s.device(0).model = "X 100";
               s.profile.overrides.push_back({"a", {}, lpr, {}, {}});
               s.profile.overrides.push_back({{}, "X 100", plain_port(), {}, {}});
             },
             false, "routing.port-missing"},
        Case{"an override of the release condition",
             [](Scene& s) {
               s.profile.overrides.push_back({"a", {}, {}, {}, ReleaseCondition::sufficient_balance});
             },
             false, "policy.no-balance"},
        Case{"an override that frees from the release condition",
             [](Scene& s) {
               s.profile.release_condition = ReleaseCondition::sufficient_balance;
               s.profile.overrides.push_back({"a", {}, {}, {}, ReleaseCondition::always});
             },
             true, ""},
        Case{"untested, warned", [](Scene& s) { s.profile.untested = Profile::Untested::warn; }, true,
             "routing.untested"},
        Case{"untested, refused", [](Scene& s) { s.profile.untested = Profile::Untested::refuse; }, false,
             "routing.untested"},
        Case{"checked",
             [](Scene& s) {
               s.profile.untested = Profile::Untested::refuse;
               s.checks["a"] = {Verdict::usable, days_ago(1), {}, {}};
             },
             true, ""},
        Case{"checked long ago",
             [](Scene& s) {
               s.profile.untested = Profile::Untested::refuse;
               s.checks["a"] = {Verdict::usable, days_ago(30), {}, {}};
             },
             false, "routing.check-old"},
        Case{"check found a refusal",
             [](Scene& s) {
               s.checks["a"] = {Verdict::refused, days_ago(1), "unknown jobs are rejected", {}};
             },
             false, "routing.check-refused"}),
    case_name);

TEST(Candidates, DeviceSpoolingPortsComeFirst) {
  Scene s;
  s.config.devices = {printer("a", {plain_port(), spooling_port()})};
  const auto candidates = s.judge();
  ASSERT_EQ(candidates.at(0).ports.size(), 2u);
  EXPECT_EQ(candidates[0].ports[0].port.port_class, PortClass::device_spooling);
  EXPECT_EQ(candidates[0].ports[0].counted_by, CountedBy::device);
}

TEST(Candidates, TheModelFilesClassBeatsAContradiction) {
  Scene s;
  DeviceModel model;
  model.maker = "Acme";
  model.model = "One";
  model.ports = {plain_port()};
  s.models.add(model);
  s.device(0).maker = "Acme";
  s.device(0).model = "One";
  s.device(0).ports = {{"raw", 9100, {}, Tls::none, PortClass::device_spooling}};
  const auto candidates = s.judge();
  const Candidate& a = of(candidates, "a");
  EXPECT_TRUE(says(a, "routing.port-class-contradiction"));
  EXPECT_EQ(a.ports.at(0).port.port_class, PortClass::plain);
  EXPECT_EQ(a.ports.at(0).counted_by, CountedBy::client);
}

TEST(Candidates, TheVendorHearsTheWholeTruth) {
  Scene s;
  s.profile.overrides.push_back({"a", {}, {}, Integration::kx_driver_network_manager, {}});
  s.job.ticket = {copies(2)};
  s.job.document.has_pjl = true;
  s.job.document.in_document_ticket = {"sides"};
  s.job.document.sides = "two-sided-long-edge";
  s.checks["a"].accepts_unidentified = true;
  bool asked = false;
  s.vendor.rule = [&](const Device& d, const Port&, const VendorJob& job, const VendorContext& context,
                      PortChoice&) {
    if (d.id != "a") {
      EXPECT_EQ(context.integration, Integration::none);
      return;
    }
    asked = true;
    EXPECT_EQ(context.integration, Integration::kx_driver_network_manager);
    EXPECT_EQ(job.user, "anna");
    EXPECT_EQ(job.format, "application/pdf");
    EXPECT_EQ(integer_of(job.ticket, "copies"), 2);
    EXPECT_EQ(text_of(job.ticket, "sides"), "two-sided-long-edge") << "the document's own wish";
    EXPECT_EQ(job.document_sets, std::vector<std::string>{"sides"});
    EXPECT_TRUE(job.has_pjl);
    EXPECT_EQ(flag_of(d.settings, "accepts-unidentified-jobs"), true) << "as a check observed";
  };
  s.judge();
  EXPECT_TRUE(asked);
}

TEST(Candidates, PriceTakesCopiesColourAndPaperIntoAccount) {
  Scene s;
  s.price(5, 20);
  s.prices->lists_["default"].media["iso_a3_297x420mm"] = {
      Money::hundredths(10), Money::hundredths(40), {}, {}};
  s.job.ticket = {copies(3), media("iso_a3_297x420mm"), color("color")};
  const auto candidates = s.judge();
  EXPECT_EQ(of(candidates, "a").price, 2 * 3 * 40);
}

TEST(Candidates, PrepareSendsCopiesByTheHostWhereTheRuleSaysSo) {
  Scene s;
  s.job.ticket = {copies(3)};
  s.vendor.carry = Carry::host_copies;
  s.profile.printer = "a";
  const Decision d = s.decide();
  ASSERT_EQ(d.kind, DecisionKind::to_device);
  const auto preparation = prepare_delivery(s.input(), *s.directory->find("a"), *d.port);
  ASSERT_TRUE(preparation);
  EXPECT_EQ(preparation->host_copies, 3u);
  EXPECT_EQ(preparation->edits.at(0).bytes, "Report");
}
}  // namespace
}  // namespace printrouter
