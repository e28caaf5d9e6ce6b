// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

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

TEST(Generic, TakesAnyDeviceLast) {
  EXPECT_EQ(Pack().identify("Nobody", "Nothing"), 1u);
  EXPECT_STREQ(Pack().entry().id, "generic");
}

TEST(Generic, IsPermittedOnlyIfSomebodySaysTheDeviceTakesJobs) {
  const struct {
    const char* what;
    Values settings;
    bool permitted;
    const char* reason;
  } cases[] = {
      {"nobody said", Values(), false, "generic.acceptance-unknown"},
      {"administrator", Values().word("unknown-id-jobs", "permit"), true, nullptr},
      {"administrator says no", Values().word("unknown-id-jobs", "reject"), false,
       "generic.unknown-id-rejected"},
      {"a check", Values().yes("accepts-unidentified-jobs"), true, nullptr},
      {"a check says no", Values().no("accepts-unidentified-jobs"), false, "generic.unknown-id-rejected"},
      {"administrator against check",
       Values().word("unknown-id-jobs", "reject").yes("accepts-unidentified-jobs"), false,
       "generic.unknown-id-rejected"},
  };
  for (auto& c : cases) {
    Question q;
    q.settings = c.settings;
    const Answer a = Pack().assess(q);
    EXPECT_EQ(a.assessment.permitted, c.permitted ? 1u : 0u) << c.what;
    EXPECT_EQ(a.assessment.counted_by, uint32_t{PR_COUNTED_CLIENT}) << c.what;
    if (c.reason) {
      EXPECT_THAT(a.ids(), Contains(std::string(c.reason))) << c.what;
    }
  }
}

TEST(Generic, KnowsPlainPortsOnly) {
  Question q;
  q.settings.word("unknown-id-jobs", "permit");
  q.port_class = PR_PORT_DEVICE_SPOOLING;
  EXPECT_THAT(Pack().assess(q).ids(), Contains(std::string("generic.no-device-spooling")));
  q.port_class = PR_PORT_CLASS_UNSTATED;
  EXPECT_EQ(Pack().assess(q).assessment.permitted, 1u);
}

TEST(Generic, TouchesADocumentOnlyIfTheModelAllowsIt) {
  Question q;
  q.ticket.number("copies", 2).word("sides", "two-sided-long-edge");
  EXPECT_THAT(Pack().prepare(q).edits, IsEmpty());
  q.facts.yes("pjl-wrap");
  EXPECT_THAT(Pack().prepare(q).header(), HasSubstr("@PJL SET DUPLEX=ON"));
  Question with_header;
  with_header.profile.yes("document-has-pjl");
  EXPECT_THAT(Pack().prepare(with_header).header(), HasSubstr("@PJL SET USERNAME=\"alice\""));
  EXPECT_THAT(Pack().prepare(with_header).header(), Not(HasSubstr("ACNT")));
}

TEST(Generic, LeavesTheOutcomeAlone) {
  EXPECT_EQ(Pack().interpret(PR_OUTCOME_UNKNOWN, "", "@PJL USTATUS JOB\r\nCANCEL\r\n").interpretation.outcome,
            uint32_t{PR_OUTCOME_UNKNOWN});
}

}  // namespace
