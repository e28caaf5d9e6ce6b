// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <functional>

#include "unit/vendors/pack.hpp"

namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using vendor_test::Answer;
using vendor_test::Pack;
using vendor_test::Question;
using vendor_test::Values;

Question plain() {
  Question q;
  q.settings.no("terminal-present").word("unknown-id-jobs", "permit");
  q.facts.yes("pjl-wrap").yes("color").yes("duplex");
  return q;
}
Question spooling() {
  Question q = plain();
  q.port_class = PR_PORT_DEVICE_SPOOLING;
  return q;
}

struct RuleCase {
  const char* name;
  std::function<Question()> question;
  bool permitted;
  const char* reason;           // expected, "" = none of `not_reason`
  const char* not_reason = "";  // must not appear
};

class KyoceraRule : public testing::TestWithParam<RuleCase> {};

TEST_P(KyoceraRule, DecidesAndSaysWhy) {
  const RuleCase& c = GetParam();
  const Answer a = Pack().assess(c.question());
  EXPECT_EQ(a.assessment.permitted, c.permitted ? 1u : 0u);
  if (*c.reason) {
    EXPECT_THAT(a.ids(), Contains(std::string(c.reason)));
  }
  if (*c.not_reason) {
    EXPECT_THAT(a.ids(), Not(Contains(std::string(c.not_reason))));
  }
}

template <class F>
std::function<Question()> with(Question (*base)(), F change) {
  return [base, change] {
    Question q = base();
    change(q);
    return q;
  };
}
/// plain() without the settings that answer every question.
Question unstated() {
  Question q;
  q.facts.yes("pjl-wrap");
  return q;
}

const RuleCase kRules[] = {
    // 1: device-spooling ports come first
    {"r1_spooling_recommended", spooling, true, "kyocera.device-spooling-recommended",
     "kyocera.may-count-twice"},
    {"r1_plain_not_recommended", plain, true, "", "kyocera.device-spooling-recommended"},
    // 2: a plain port may be counted twice
    {"r2_terminal_present", with(unstated, [](Question& q) { q.settings.yes("terminal-present"); }), true,
     "kyocera.may-count-twice"},
    {"r2_terminal_unknown", unstated, true, "kyocera.may-count-twice"},
    {"r2_no_terminal", plain, true, "", "kyocera.may-count-twice"},
    {"r2_unstated_class_is_plain", with(unstated, [](Question& q) { q.port_class = PR_PORT_CLASS_UNSTATED; }),
     true, "kyocera.may-count-twice", "kyocera.device-spooling-recommended"},
    // 3: Network Manager
    {"r3_plain_refused",
     with(plain, [](Question& q) { q.profile.word("integration", "kx-driver-net-manager"); }), false,
     "kyocera.network-manager-needs-device-spooling"},
    {"r3_unstated_refused",
     with(plain,
          [](Question& q) {
            q.port_class = PR_PORT_CLASS_UNSTATED;
            q.profile.word("integration", "kx-driver-net-manager");
          }),
     false, "kyocera.network-manager-needs-device-spooling"},
    {"r3_spooling_taken",
     with(spooling, [](Question& q) { q.profile.word("integration", "kx-driver-net-manager"); }), true, "",
     "kyocera.network-manager-needs-device-spooling"},
    {"r3_other_integration", with(plain, [](Question& q) { q.profile.word("integration", "none"); }), true,
     "", "kyocera.network-manager-needs-device-spooling"},
    // 4: unknown ID
    {"r4_reject_without_code",
     with(unstated, [](Question& q) { q.settings.word("unknown-id-jobs", "reject"); }), false,
     "kyocera.unknown-id-rejected"},
    {"r4_reject_with_code",
     with(unstated,
          [](Question& q) {
            q.settings.word("unknown-id-jobs", "reject");
            q.identity.word("kyocera-account-code", "12345678");
          }),
     true, "", "kyocera.unknown-id-rejected"},
    {"r4_reject_nine_digits",
     with(unstated,
          [](Question& q) {
            q.settings.word("unknown-id-jobs", "reject");
            q.identity.word("kyocera-account-code", "123456789");
          }),
     false, "kyocera.unknown-id-rejected"},
    {"r4_reject_letters",
     with(unstated,
          [](Question& q) {
            q.settings.word("unknown-id-jobs", "reject");
            q.identity.word("kyocera-account-code", "12;EXIT");
          }),
     false, "kyocera.wrong-code-cancelled"},
    {"r4_reject_stale_code",
     with(unstated,
          [](Question& q) {
            q.settings.word("unknown-id-jobs", "reject");
            q.identity.word("kyocera-account-code", "1234").yes("kyocera-account-code-stale");
          }),
     false, "kyocera.unknown-id-rejected"},
    {"r4_reject_code_that_cannot_travel",
     with(unstated,
          [](Question& q) {
            q.settings.word("unknown-id-jobs", "reject");
            q.identity.word("kyocera-account-code", "1234");
            q.format = "image/pwg-raster";
          }),
     false, "kyocera.unknown-id-rejected"},
    {"r4_reject_code_by_ipp",
     with(unstated,
          [](Question& q) {
            q.settings.word("unknown-id-jobs", "reject");
            q.identity.word("kyocera-account-code", "1234");
            q.protocol = "ipp";
          }),
     true, "kyocera.account-by-ipp-unproven"},
    {"r4_reject_spooling",
     with(unstated,
          [](Question& q) {
            q.settings.word("unknown-id-jobs", "reject");
            q.port_class = PR_PORT_DEVICE_SPOOLING;
          }),
     true, "", "kyocera.unknown-id-rejected"},
    {"r4_permit_without_code", plain, true, "kyocera.unknown-id-counted-other"},
    {"r4_permit_wrong_code",
     with(plain, [](Question& q) { q.identity.word("kyocera-account-code", "99999x"); }), true,
     "kyocera.wrong-code-cancelled"},
    {"r4_permit_code_not_listed",
     with(plain,
          [](Question& q) {
            q.settings.word("known-account-codes", "1").word("known-account-codes", "2");
            q.identity.word("kyocera-account-code", "3");
          }),
     true, "kyocera.wrong-code-cancelled"},
    {"r4_permit_code_listed",
     with(plain,
          [](Question& q) {
            q.settings.word("known-account-codes", "1").word("known-account-codes", "2");
            q.identity.word("kyocera-account-code", "2");
          }),
     true, "", "kyocera.wrong-code-cancelled"},
    {"r4_observed_permit", with(unstated, [](Question& q) { q.settings.yes("accepts-unidentified-jobs"); }),
     true, "kyocera.unknown-id-counted-other", "kyocera.unknown-id-unknown"},
    {"r4_observed_reject", with(unstated, [](Question& q) { q.settings.no("accepts-unidentified-jobs"); }),
     false, "kyocera.unknown-id-rejected"},
    {"r4_stated_before_observed",
     with(plain, [](Question& q) { q.settings.no("accepts-unidentified-jobs"); }), true,
     "kyocera.unknown-id-counted-other", "kyocera.unknown-id-rejected"},
    {"r4_mode_unknown", unstated, true, "kyocera.unknown-id-unknown", "kyocera.unknown-id-rejected"},
    // 5: permitted senders
    {"r5_listed_address", with(plain, [](Question& q) { q.settings.word("permitted-senders", "10.1.2.3"); }),
     true, "", "kyocera.sender-not-listed"},
    {"r5_listed_network",
     with(plain,
          [](Question& q) {
            q.settings.word("permitted-senders", "192.168.0.0/16");
            q.settings.word("permitted-senders", "10.0.0.0/8");
          }),
     true, "", "kyocera.sender-not-listed"},
    {"r5_not_listed", with(plain, [](Question& q) { q.settings.word("permitted-senders", "10.1.3.0/24"); }),
     false, "kyocera.sender-not-listed"},
    {"r5_not_listed_spooling",
     with(spooling, [](Question& q) { q.settings.word("permitted-senders", "10.1.3.0/24"); }), false,
     "kyocera.sender-not-listed"},
    {"r5_not_listed_v6",
     with(plain,
          [](Question& q) {
            q.sender = "2001:db8:1::7";
            q.settings.word("permitted-senders", "2001:db8:2::/48");
          }),
     false, "kyocera.sender-not-listed"},
    {"r5_list_in_error_lists_nobody",
     with(plain, [](Question& q) { q.settings.word("permitted-senders", "10.1.2.0/99"); }), false,
     "kyocera.sender-not-listed"},
    {"r5_sender_unknown",
     with(plain,
          [](Question& q) {
            q.sender = "";
            q.settings.word("permitted-senders", "10.0.0.0/8");
          }),
     true, "kyocera.sender-unknown", "kyocera.sender-not-listed"},
    {"r5_server_only", with(plain, [](Question& q) { q.settings.yes("accounting-server-only"); }), false,
     "kyocera.accounting-server-only"},
    {"r5_server_only_but_listed",
     with(plain,
          [](Question& q) {
            q.settings.yes("accounting-server-only");
            q.settings.word("permitted-senders", "10.1.2.3");
          }),
     true, "", "kyocera.accounting-server-only"},
    {"r5_not_server_only", with(plain, [](Question& q) { q.settings.no("accounting-server-only"); }), true,
     "", "kyocera.accounting-server-only"},
    // 6: sleep and release
    {"r6_asleep", with(spooling, [](Question& q) { q.settings.yes("asleep").number("wake-port", 9100); }),
     true, "kyocera.needs-wake"},
    {"r6_awake", with(spooling, [](Question& q) { q.settings.no("asleep").number("wake-port", 9100); }), true,
     "", "kyocera.needs-wake"},
    {"r6_asleep_plain_answers",
     with(plain, [](Question& q) { q.settings.yes("asleep").number("wake-port", 9100); }), true, "",
     "kyocera.needs-wake"},
    {"r6_asleep_no_way_to_wake", with(spooling, [](Question& q) { q.settings.yes("asleep"); }), true,
     "kyocera.asleep-cannot-wake", "kyocera.needs-wake"},
    {"r6_at_device", with(spooling, [](Question& q) { q.settings.word("release", "at-device"); }), true,
     "kyocera.released-at-device"},
    {"r6_immediate", with(spooling, [](Question& q) { q.settings.word("release", "immediate"); }), true, "",
     "kyocera.released-at-device"},
    {"r6_setting_before_fact",
     with(spooling,
          [](Question& q) {
            q.facts.word("release", "at-device");
            q.settings.word("release", "immediate");
          }),
     true, "", "kyocera.released-at-device"},
    {"r6_release_unknown", spooling, true, "kyocera.release-unknown"},
    {"r6_plain_prints_at_once", plain, true, "", "kyocera.release-unknown"},
};
INSTANTIATE_TEST_SUITE_P(Rules, KyoceraRule, testing::ValuesIn(kRules),
                         [](const auto& rule) { return std::string(rule.param.name); });

TEST(KyoceraAssess, SpoolingComesBeforePlainAndIsCountedByTheDevice) {
  const Pack pack;
  const Answer spool = pack.assess(spooling()), direct = pack.assess(plain());
  EXPECT_GT(spool.assessment.preference, direct.assessment.preference);
  EXPECT_EQ(spool.assessment.counted_by, uint32_t{PR_COUNTED_DEVICE});
  EXPECT_EQ(spool.assessment.may_count_twice, 0u);
  EXPECT_EQ(direct.assessment.counted_by, uint32_t{PR_COUNTED_CLIENT});
}

TEST(KyoceraAssess, MarksWhatMayBeCountedTwice) {
  EXPECT_EQ(Pack().assess(unstated()).assessment.may_count_twice, 1u);
  EXPECT_EQ(Pack().assess(plain()).assessment.may_count_twice, 0u);
}

TEST(KyoceraAssess, GivesTheWakeAsData) {
  Question q = spooling();
  q.settings.yes("asleep").number("wake-port", 9100).number("wake-wait-ms", 900000);
  const Answer a = Pack().assess(q);
  EXPECT_EQ(a.assessment.needs_wake, 1u);
  EXPECT_EQ(a.assessment.wake_port, 9100u);
  EXPECT_EQ(a.assessment.wake_wait_ms, 600000u);

  Question by_model = spooling();
  by_model.settings.yes("asleep");
  by_model.facts.number("wake.port", 80).number("wake.wait-ms", 15000);
  EXPECT_EQ(Pack().assess(by_model).assessment.wake_port, 80u);
  EXPECT_EQ(Pack().assess(by_model).assessment.wake_wait_ms, 15000u);
}

TEST(KyoceraAssess, NamesTheDeviceOptionToSwitchOn) {
  Question q = plain();
  q.profile.word("integration", "kx-driver-net-manager");
  q.settings.word("maker-option-name", "Example Option (A)", PR_ATTR_TEXT);
  const Answer a = Pack().assess(q);
  const auto* reason = a.find("kyocera.network-manager-needs-device-spooling");
  ASSERT_TRUE(reason);
  EXPECT_THAT(reason->en, HasSubstr("Example Option (A)"));
  EXPECT_THAT(reason->de, HasSubstr("Example Option (A)"));
}

TEST(KyoceraPrepare, WritesJobUserTicketAndThenTheAccount) {
  Question q = plain();
  q.profile.no("document-has-pjl");
  q.identity.word("kyocera-account-code", "00000123");
  q.ticket.number("copies", 3).word("sides", "two-sided-short-edge").word("media", "iso_a4_210x297mm");
  q.ticket.word("print-color-mode", "monochrome");
  const Answer a = Pack().prepare(q);
  EXPECT_EQ(a.header(),
            "@PJL JOB NAME=\"00000000-0000-4000-8000-000000000001 Report\"\r\n"
            "@PJL SET USERNAME=\"alice\"\r\n"
            "@PJL SET COPIES=3\r\n"
            "@PJL SET DUPLEX=ON\r\n"
            "@PJL SET BINDING=SHORTEDGE\r\n"
            "@PJL SET PAPER=A4\r\n"
            "@PJL SET RENDERMODE=GRAYSCALE\r\n"
            "!R! ACNT \"CODE\",\"00000123\";EXIT;\r\n");
}

TEST(KyoceraPrepare, AJobThatIsOpenedIsClosed) {
  Question q = plain();
  q.profile.no("document-has-pjl");
  bool closed = false;
  for (auto& e : Pack().prepare(q).edits)
    closed |= e.anchor == PR_ANCHOR_BEFORE_LAST_UEL && e.bytes == "\x1b%-12345X@PJL EOJ\r\n";
  EXPECT_TRUE(closed);
}

TEST(KyoceraPrepare, ADocumentWithItsOwnHeaderGetsNoJobLineThatWouldResetIt) {
  Question q = plain();
  q.profile.yes("document-has-pjl");
  EXPECT_THAT(Pack().prepare(q).header(), Not(HasSubstr("@PJL JOB")));
  EXPECT_THAT(Pack().prepare(q).header(),
              HasSubstr("@PJL SET JOBNAME=\"00000000-0000-4000-8000-000000000001 Report\""));
  EXPECT_THAT(Pack().prepare(q).header(), Not(HasSubstr("ENTER LANGUAGE")));  // the host's, when it wraps
  q.profile.yes("pjl-job-line");
  EXPECT_THAT(Pack().prepare(q).header(), HasSubstr("@PJL JOB NAME="));
}

TEST(KyoceraPrepare, NothingUnderNetworkManager) {
  Question q = spooling();
  q.profile.word("integration", "kx-driver-net-manager").yes("document-has-pjl");
  q.identity.word("kyocera-account-code", "123");
  q.ticket.number("copies", 2).word("sides", "two-sided-long-edge");
  q.format = "application/postscript";
  EXPECT_THAT(Pack().prepare(q).edits, IsEmpty());
  EXPECT_EQ(Pack().assess(q).carried.at("sides"), uint32_t{PR_CARRY_LOST});
  EXPECT_EQ(Pack().assess(q).carried.at("copies"), uint32_t{PR_CARRY_HOST_COPIES});
}

TEST(KyoceraPrepare, NothingIntoADocumentThatMayNotBeWrapped) {
  Question q;
  q.facts.no("pjl-wrap");
  EXPECT_THAT(Pack().prepare(q).edits, IsEmpty());
  Question raster = plain();
  raster.format = "image/pwg-raster";
  EXPECT_THAT(Pack().prepare(raster).edits, IsEmpty());
}

TEST(KyoceraPrepare, IppCarriesTheTicketAndTheCodeAsAttributesOnly) {
  Question q = plain();
  q.protocol = "ipp";
  q.identity.word("kyocera-account-code", "77");
  q.ticket.number("copies", 2).word("sides", "two-sided-long-edge");
  const Answer a = Pack().prepare(q);
  EXPECT_THAT(a.edits, IsEmpty());
  EXPECT_EQ(a.ipp.at("job-account-id"), "77");
  EXPECT_EQ(Pack().assess(q).carried.at("sides"), uint32_t{PR_CARRY_IPP});
}

TEST(KyoceraPrepare, WhereIppAndPjlQuarrelOnlyOneOfThemSpeaks) {
  Question q = plain();
  q.protocol = "ipp";
  q.facts.yes("ipp-and-in-document-conflict");
  q.ticket.word("sides", "two-sided-long-edge").word("finishings", "staple");
  EXPECT_EQ(Pack().assess(q).carried.at("sides"), uint32_t{PR_CARRY_IPP});
  EXPECT_THAT(Pack().prepare(q).edits, IsEmpty());
  q.profile.yes("document-has-pjl");
  EXPECT_EQ(Pack().assess(q).carried.at("sides"), uint32_t{PR_CARRY_PJL});
  EXPECT_EQ(Pack().assess(q).carried.at("finishings"), uint32_t{PR_CARRY_IPP});
  EXPECT_EQ(Pack().prepare(q).header(), "@PJL SET DUPLEX=ON\r\n@PJL SET BINDING=LONGEDGE\r\n");
}

TEST(KyoceraPrepare, NoCodeIsBetterThanAWrongOne) {
  for (const char* code : {"123456789", "12a", "", " 1", "1\r\n@PJL EOJ"}) {
    Question q = plain();
    q.identity.word("kyocera-account-code", code);
    EXPECT_THAT(Pack().prepare(q).header(), Not(HasSubstr("ACNT"))) << code;
  }
  Question stale = plain();
  stale.identity.word("kyocera-account-code", "12").yes("kyocera-account-code-stale");
  EXPECT_THAT(Pack().prepare(stale).header(), Not(HasSubstr("ACNT")));
}

TEST(KyoceraPrepare, AShorterLimitOfTheModelHolds) {
  Question q = plain();
  q.facts.number("account-code-max-digits", 4);
  q.identity.word("kyocera-account-code", "12345");
  EXPECT_THAT(Pack().prepare(q).header(), Not(HasSubstr("ACNT")));
}

TEST(KyoceraPrepare, NothingIsSetTwice) {
  Question q = plain();
  q.profile.yes("document-has-pjl").word("in-document-ticket", "copies").word("in-document-ticket", "sides");
  q.ticket.number("copies", 3).word("sides", "two-sided-long-edge").word("media", "iso_a4_210x297mm");
  const Answer a = Pack().prepare(q);
  EXPECT_THAT(a.header(), Not(HasSubstr("COPIES")));
  EXPECT_THAT(a.header(), Not(HasSubstr("DUPLEX")));
  EXPECT_THAT(a.header(), HasSubstr("PAPER=A4"));
  const Answer assessed = Pack().assess(q);
  EXPECT_EQ(assessed.carried.at("copies"), uint32_t{PR_CARRY_IN_DOCUMENT});
  EXPECT_EQ(assessed.carried.at("media"), uint32_t{PR_CARRY_PJL});
}

TEST(KyoceraPrepare, ALineThatIsThereIsReplaced) {
  Question q = plain();
  q.profile.yes("document-has-pjl");
  q.ticket.number("copies", 2).word("sides", "one-sided");
  for (auto& e : Pack().prepare(q).edits) {
    if (e.anchor != PR_ANCHOR_AFTER_PJL_HEADER) continue;
    ASSERT_FALSE(e.match.empty());
    EXPECT_TRUE(e.bytes.starts_with(e.match)) << e.match;
    EXPECT_EQ(e.bytes.find('\n'), e.bytes.size() - 1) << "one line an edit: " << e.bytes;
  }
}

struct CarryCase {
  const char* name;
  const char* protocol;
  const char* format;
  bool wrap;
  const char* attribute;
  const char* value;
  uint32_t how;
};
class KyoceraCarry : public testing::TestWithParam<CarryCase> {};
TEST_P(KyoceraCarry, SaysHowTheTicketReachesThePaper) {
  const CarryCase& c = GetParam();
  Question q;
  q.settings.no("terminal-present").word("unknown-id-jobs", "permit");
  c.wrap ? q.facts.yes("pjl-wrap") : q.facts.no("pjl-wrap");
  q.protocol = c.protocol;
  q.format = c.format;
  if (std::string_view(c.attribute) == "copies")
    q.ticket.number("copies", std::stoi(c.value));
  else
    q.ticket.word(c.attribute, c.value);
  EXPECT_EQ(Pack().assess(q).carried.at(c.attribute), c.how);
}
const CarryCase kCarries[] = {
    {"ipp", "ipp", "application/pdf", false, "sides", "two-sided-long-edge", PR_CARRY_IPP},
    {"ipp_staple", "ipp", "application/pdf", false, "finishings", "staple", PR_CARRY_IPP},
    {"raw_wrapped", "raw", "application/pdf", true, "sides", "two-sided-long-edge", PR_CARRY_PJL},
    {"lpr_wrapped", "lpr", "application/postscript", true, "copies", "3", PR_CARRY_PJL},
    {"raw_bare_copies", "raw", "application/postscript", false, "copies", "3", PR_CARRY_HOST_COPIES},
    {"raw_bare_copies_of_pdf", "raw", "application/pdf", false, "copies", "3", PR_CARRY_LOST},
    {"raw_bare_copies_of_raster", "raw", "image/pwg-raster", false, "copies", "3", PR_CARRY_LOST},
    {"lpr_bare_copies", "lpr", "application/pdf", false, "copies", "3", PR_CARRY_LPR},
    {"raw_bare_sides", "raw", "application/pdf", false, "sides", "two-sided-long-edge", PR_CARRY_LOST},
    {"raw_raster_sides", "raw", "image/pwg-raster", true, "sides", "two-sided-long-edge", PR_CARRY_LOST},
    {"raw_odd_media", "raw", "application/pdf", true, "media", "custom_strip_10x900mm", PR_CARRY_LOST},
    {"raw_staple", "raw", "application/pdf", true, "finishings", "staple", PR_CARRY_LOST},
    {"raw_no_finishing", "raw", "application/pdf", false, "finishings", "none", PR_CARRY_IN_DOCUMENT},
    {"raw_absurd_copies", "raw", "application/postscript", true, "copies", "100000", PR_CARRY_HOST_COPIES},
    {"raw_password", "raw", "application/pdf", true, "job-password", "x", PR_CARRY_LOST},
};
INSTANTIATE_TEST_SUITE_P(Ports, KyoceraCarry, testing::ValuesIn(kCarries),
                         [](const auto& rule) { return std::string(rule.param.name); });

TEST(KyoceraCarryFacts, WhatTheModelCannotDoByPjlDoesNotTravelByPjl) {
  Question q = plain();
  q.facts.no("sides-by-pjl").no("copies-by-pjl");
  q.format = "application/postscript";
  q.ticket.number("copies", 2).word("sides", "two-sided-long-edge");
  const Answer a = Pack().assess(q);
  EXPECT_EQ(a.carried.at("sides"), uint32_t{PR_CARRY_LOST});
  EXPECT_EQ(a.carried.at("copies"), uint32_t{PR_CARRY_HOST_COPIES});
}

TEST(KyoceraCarryFacts, WhatTheDeviceDoesAnywayNeedsNothing) {
  Question q;
  q.facts.no("duplex").no("color").no("pjl-wrap");
  q.ticket.word("sides", "one-sided").word("print-color-mode", "monochrome");
  const Answer a = Pack().assess(q);
  EXPECT_EQ(a.carried.at("sides"), uint32_t{PR_CARRY_IN_DOCUMENT});
  EXPECT_EQ(a.carried.at("print-color-mode"), uint32_t{PR_CARRY_IN_DOCUMENT});
}

/// Every byte that user and title may bring: no line of the header may begin or end where we did not put it.
TEST(KyoceraInjection, UserAndTitleStayInsideTheirQuotes) {
  const std::string uel = "\x1b%-12345X";
  std::string all_bytes;
  for (int b = 0; b < 256; ++b) all_bytes += static_cast<char>(b);
  for (const std::string& nasty : {std::string("\"\r\n@PJL SET COPIES=999\r\n"), std::string("a\" b"),
                                   uel + "@PJL RESET\r\n" + uel, std::string(300, 'x'), std::string(300, '"'),
                                   std::string("Ümläut – größer ≥ 日本語 \xf0\x9f\x96\xa8"),
                                   std::string("\xc3"), std::string("\xff\xfe\xc3\x28"), all_bytes,
                                   std::string("!R! ACNT \"CODE\",\"1\";EXIT;\n"), std::string(1, '\0')}) {
    Question q = plain();
    q.user = nasty;
    q.title = nasty;
    q.profile.no("document-has-pjl");
    q.ticket.number("copies", 2);
    const Answer a = Pack().prepare(q);
    std::string header = a.header();
    int lines = 0;
    while (!header.empty()) {
      const std::size_t end = header.find("\r\n");
      ASSERT_NE(end, header.npos);
      const std::string line = header.substr(0, end);
      header.erase(0, end + 2);
      ++lines;
      EXPECT_TRUE(line.starts_with("@PJL ")) << line;
      EXPECT_LE(line.size(), 120u);
      const auto quotes = std::count(line.begin(), line.end(), '"');
      EXPECT_TRUE(quotes == 0 || (quotes == 2 && line.back() == '"')) << line;
      for (const char c : line) EXPECT_TRUE(c >= 0x20 && c < 0x7f) << static_cast<int>(c);
    }
    EXPECT_EQ(lines, 3) << a.header();  // JOB, USERNAME, COPIES
  }
}

TEST(KyoceraInjection, TheUuidSurvivesALongTitle) {
  Question q = plain();
  q.title = std::string(300, 'x');
  EXPECT_THAT(Pack().prepare(q).header(), HasSubstr("00000000-0000-4000-8000-000000000001 xxx"));
}

TEST(KyoceraInterpret, ReadsWhatTheDeviceSays) {
  const Pack pack;
  const struct {
    uint32_t outcome;
    const char* reason;
    const char* text;
    uint32_t expected;
    const char* id;
  } cases[] = {
      {PR_OUTCOME_REJECTED, "ipp.client-error-not-authenticated", "", PR_OUTCOME_AUTH_REQUIRED,
       "kyocera.login-required"},
      {PR_OUTCOME_AUTH_REQUIRED, "ipp.http-401", "", PR_OUTCOME_AUTH_REQUIRED, "kyocera.login-required"},
      {PR_OUTCOME_UNKNOWN, "raw.no-receipt", "@PJL USTATUS JOB\r\nCANCEL\r\nNAME=\"x\"\r\n\f",
       PR_OUTCOME_CANCELLED, "kyocera.cancelled-at-device"},
      {PR_OUTCOME_DELIVERED, "",
       "@PJL USTATUS JOB\r\nCANCELED\r\nNAME=\"x\"\r\nRESULT=\"wrong-account-code\"\r\n\f",
       PR_OUTCOME_CANCELLED, "kyocera.wrong-code-cancelled"},
      {PR_OUTCOME_DELIVERED, "", "@PJL USTATUS DEVICE\r\nCODE=40000\r\nDISPLAY=\"Account ID mismatch\"\r\n\f",
       PR_OUTCOME_CANCELLED, "kyocera.wrong-code-cancelled"},
      {PR_OUTCOME_REJECTED, "", "Account ID mismatch", PR_OUTCOME_REJECTED, "kyocera.wrong-code-cancelled"},
      {PR_OUTCOME_DELIVERED, "", "@PJL USTATUS DEVICE\r\nCODE=41102\r\nDISPLAY=\"LOAD A4\"\r\n\f",
       PR_OUTCOME_DELIVERED, "kyocera.needs-paper"},
      {PR_OUTCOME_UNKNOWN, "", "@PJL USTATUS DEVICE\r\nCODE=40021\r\n\f", PR_OUTCOME_UNKNOWN,
       "kyocera.needs-attention"},
      {PR_OUTCOME_UNKNOWN, "", "@PJL USTATUS JOB\r\nEND\r\nNAME=\"CANCEL\"\r\n\f", PR_OUTCOME_UNKNOWN,
       nullptr},
      {PR_OUTCOME_DELIVERED, "", "CANCEL", PR_OUTCOME_DELIVERED, nullptr},
      {PR_OUTCOME_DELIVERED, "", "", PR_OUTCOME_DELIVERED, nullptr},
  };
  for (auto& c : cases) {
    const Answer a = pack.interpret(c.outcome, c.reason, c.text);
    EXPECT_EQ(a.interpretation.outcome, c.expected) << c.text;
    if (c.id) {
      EXPECT_THAT(a.ids(), testing::ElementsAre(c.id)) << c.text;
    } else {
      EXPECT_THAT(a.reasons, IsEmpty()) << c.text;
    }
  }
}

TEST(KyoceraInterpret, NeverPassesDeviceTextOn) {
  const Answer a =
      Pack().interpret(PR_OUTCOME_UNKNOWN, "", "@PJL USTATUS JOB\r\nCANCEL\r\nNAME=\"evil\x1b[2J\"\r\n");
  for (auto& r : a.reasons) EXPECT_THAT(r.en + r.de, Not(HasSubstr("evil")));
}

TEST(KyoceraCounters, ComeFromTheModelFile) {
  Values facts;
  facts.word("counters.printed-total", "1.3.6.1.4.1.1347.42.3.1.1.1.1", PR_ATTR_TEXT);
  facts.word("counters.printed-mono", "1.3.5 1.3.9 Counter:Print:Black & White", PR_ATTR_TEXT);
  facts.word("counters.broken", "rm -rf", PR_ATTR_TEXT).yes("color");
  facts.word("counters.no-label", "1.3.5 1.3.9 ", PR_ATTR_TEXT)
      .word("counters.no-values", "1.3.5 x", PR_ATTR_TEXT);
  EXPECT_THAT(Pack().counters(facts).counters,
              testing::UnorderedElementsAre(
                  testing::Pair("printed-total", "snmp:1.3.6.1.4.1.1347.42.3.1.1.1.1"),
                  testing::Pair("printed-mono", "snmp-label:1.3.5 1.3.9 Counter:Print:Black & White")));
}

TEST(KyoceraIdentify, KnowsItsMaker) {
  const Pack pack;
  EXPECT_GE(pack.identify("KYOCERA Document Solutions", "x"), 90u);
  EXPECT_GE(pack.identify("", "TASKalfa 6052ci"), 50u);
  EXPECT_GE(pack.identify("UTAX", "3508ci"), 50u);
  EXPECT_EQ(pack.identify("x", "y", Values().word("sys-object-id", "1.3.6.1.4.1.1347.41")), 100u);
  EXPECT_EQ(pack.identify("x", "y", Values().word("sys-object-id", "1.3.6.1.4.1.13470.1")), 0u);
  EXPECT_EQ(pack.identify("Ricoh", "IM C3000"), 0u);
  EXPECT_EQ(pack.identify("", ""), 0u);
}

TEST(KyoceraEntry, IsWhatItsManifestSays) {
  const Pack pack;
  EXPECT_STREQ(pack.entry().id, "kyocera");
  EXPECT_EQ(pack.entry().abi_version, PR_ABI_VERSION);
  EXPECT_EQ(pack.table().needs_time, 0u);
  EXPECT_THAT(pack.declare().identity_fields, Contains(testing::Key("kyocera-account-code")));
}

}  // namespace
