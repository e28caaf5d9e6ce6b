// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <printrouter/text.hpp>

namespace printrouter::sdk {
namespace {

TEST(Utf8, knows_what_is_well_formed) {
  for (const char* good : {"", "a", "\xc3\xbc", "\xe2\x82\xac", "\xf0\x9f\x96\xa8", "\xf4\x8f\xbf\xbf"})
    EXPECT_TRUE(is_utf8(good)) << good;
  // Cut, overlong, surrogates, beyond the last code point, stray continuation.
  for (const char* bad : {"\xc3", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                          "\xf0\x80\x80\x80", "\x80", "\xff", "a\xe2\x82"})
    EXPECT_FALSE(is_utf8(bad)) << bad;
}

TEST(OneLine, cuts_between_characters_and_has_no_control_characters) {
  EXPECT_EQ(one_line("a\r\nb\x7f", 99), "a  b");
  EXPECT_EQ(one_line("\xe2\x82\xac\xe2\x82\xac", 5), "\xe2\x82\xac");
  EXPECT_EQ(one_line("m\xfcller", 99), "m\xc3\xbcller");
  EXPECT_EQ(one_line("\xfc\xfc", 3), "\xc3\xbc");
  EXPECT_EQ(one_line("", 9), "");
}

}  // namespace
}  // namespace printrouter::sdk
