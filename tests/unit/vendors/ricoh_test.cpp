// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "unit/vendors/pack.hpp"

namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using vendor_test::Answer;
using vendor_test::Pack;
using vendor_test::Question;
using vendor_test::Values;

Question ricoh() {
  Question q;
  q.maker = "Ricoh";
  q.facts.yes("pjl-wrap");
  return q;
}

TEST(Ricoh, KnowsItsMaker) {
  EXPECT_GE(Pack().identify("RICOH", "x"), 90u);
  EXPECT_GE(Pack().identify("", "Aficio SP C430DN"), 50u);
  EXPECT_EQ(Pack().identify("Kyocera", "ECOSYS"), 0u);
  EXPECT_THAT(Pack().declare().identity_fields, Contains(testing::Key("ricoh-user-code")));
}

TEST(Ricoh, UserCodeIsWantedWhereTheDeviceRejects) {
  const struct {
    const char* mode;
    const char* code;
    const char* protocol;
    bool permitted;
    const char* reason;
  } cases[] = {
      {"reject", "", "raw", false, "ricoh.user-code-required"},
      {"reject", "12345678", "raw", true, nullptr},
      {"reject", "123456789", "raw", false, "ricoh.user-code-required"},
      {"reject", "12\"3", "raw", false, "ricoh.user-code-required"},
      {"reject", "12345", "ipp", false, "ricoh.user-code-cannot-travel"},
      {"permit", "", "raw", true, nullptr},
      {"", "", "raw", true, "ricoh.user-code-unknown"},
  };
  for (auto& c : cases) {
    Question q = ricoh();
    q.protocol = c.protocol;
    if (*c.mode) q.settings.word("unknown-id-jobs", c.mode);
    if (*c.code) q.identity.word("ricoh-user-code", c.code);
    const Answer a = Pack().assess(q);
    EXPECT_EQ(a.assessment.permitted, c.permitted ? 1u : 0u) << c.mode << " " << c.code;
    if (c.reason) {
      EXPECT_THAT(a.ids(), Contains(std::string(c.reason))) << c.mode << " " << c.code;
    }
  }
}

TEST(Ricoh, UserCodeTravelsAsPjl) {
  Question q = ricoh();
  q.identity.word("ricoh-user-code", "00012345");
  EXPECT_THAT(Pack().prepare(q).header(), HasSubstr("@PJL SET USERCODE=\"00012345\"\r\n"));
  q.identity = Values().word("ricoh-user-code", "1\"\r\n@PJL");
  EXPECT_THAT(Pack().prepare(q).header(), Not(HasSubstr("USERCODE")));
}

TEST(Ricoh, ATerminalMayCountToo) {
  Question q = ricoh();
  EXPECT_EQ(Pack().assess(q).assessment.may_count_twice, 1u);
  q.settings.no("terminal-present");
  EXPECT_EQ(Pack().assess(q).assessment.may_count_twice, 0u);
}

}  // namespace
