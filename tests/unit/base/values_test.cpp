// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "base/error.hpp"
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

TEST(Timestamp, is_rfc3339) {
  EXPECT_EQ(Timestamp{1'700'000'000'007}.to_string(), "2023-11-14T22:13:20.007Z");
}

}  // namespace
}  // namespace printrouter
