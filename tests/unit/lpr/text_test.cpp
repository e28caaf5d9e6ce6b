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

TEST(Utf8, tells_how_far_it_is_well_formed) {
  using std::string_view_literals::operator""sv;
  for (const auto good : {""sv, "plain"sv, "J\xc3\xb6rg"sv, "\xe2\x82\xac"sv, "\xf0\x9f\x96\xa8"sv,
                          "\xed\x9f\xbf"sv, "\xf4\x8f\xbf\xbf"sv, "\0"sv})
    EXPECT_EQ(utf8_prefix(good), good.size()) << good;
  for (const auto bad :
       {"ab\xf6rg"sv, "ab\xc3"sv, "ab\xc0\xaf"sv, "ab\xe0\x80\xaf"sv, "ab\xed\xa0\x80"sv,
        "ab\xf4\x90\x80\x80"sv, "ab\xf5\x80\x80\x80"sv, "ab\xe2\x82"sv, "ab\xe2\x82("sv, "ab\x80"sv})
    EXPECT_EQ(utf8_prefix(bad), 2u) << bad;
}

TEST(PlainText, a_name_has_no_control_characters) {
  using std::string_view_literals::operator""sv;
  EXPECT_TRUE(is_plain_text("J\xc3\xb6rg K."));
  for (const auto bad : {"a\nb"sv, "a\x7f"sv, "a\0b"sv, "\x1b[2J"sv, "\xf6"sv})
    EXPECT_FALSE(is_plain_text(bad)) << bad;
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
