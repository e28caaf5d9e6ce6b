// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "base/error.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "base/uuid.hpp"

namespace printrouter {
namespace {

TEST(Uuid, reads_what_it_writes_and_refuses_the_rest) {
  const auto id = Uuid::parse("urn:uuid:01234567-89AB-cdef-0123-456789abcdef");
  ASSERT_TRUE(id);
  EXPECT_EQ(id->to_string(), "01234567-89ab-cdef-0123-456789abcdef");
  for (const char* bad : {"", "01234567", "01234567-89ab-cdef-0123-456789abcdeg",
                          "01234567989ab-cdef-0123-456789abcdef", "01234567-89ab-cdef-0123-456789abcdef0"})
    EXPECT_FALSE(Uuid::parse(bad)) << bad;
}

TEST(Error, names_place_field_and_what_was_expected) {
  const Error e{ErrorCode::invalid, "not a number", "a.b", "x.json:3", "1..9"};
  EXPECT_EQ(e.message(), "x.json:3: a.b: not a number (expected 1..9)");
}

TEST(Text, is_utf8_as_rfc3629_has_it) {
  using std::string_view_literals::operator""sv;
  for (const auto good : {""sv, "plain"sv, "J\xc3\xb6rg"sv, "\xe2\x82\xac"sv, "\xf0\x9f\x96\xa8"sv,
                          "\xed\x9f\xbf"sv, "\xf4\x8f\xbf\xbf"sv, "\0"sv})
    EXPECT_EQ(utf8_bytes(good), good.size()) << good;
  for (const auto bad :
       {"ab\xf6rg"sv, "ab\xc3"sv, "ab\xc0\xaf"sv, "ab\xe0\x80\xaf"sv, "ab\xed\xa0\x80"sv,
        "ab\xf4\x90\x80\x80"sv, "ab\xf5\x80\x80\x80"sv, "ab\xe2\x82"sv, "ab\xe2\x82("sv, "ab\x80"sv})
    EXPECT_EQ(utf8_bytes(bad), 2u) << bad;
}

TEST(Text, a_name_has_no_control_characters) {
  using std::string_view_literals::operator""sv;
  EXPECT_TRUE(is_plain_text("J\xc3\xb6rg K."));
  for (const auto bad : {"a\nb"sv, "a\x7f"sv, "a\0b"sv, "\x1b[2J"sv, "\xf6"sv})
    EXPECT_FALSE(is_plain_text(bad)) << bad;
}

TEST(Timestamp, is_rfc3339) {
  EXPECT_EQ(Timestamp{1'700'000'000'007}.to_string(), "2023-11-14T22:13:20.007Z");
}

}  // namespace
}  // namespace printrouter
