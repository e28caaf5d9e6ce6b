// SPDX-License-Identifier: Apache-2.0
#include "model/money.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <limits>

namespace printrouter {
namespace {

TEST(Money, TextIsExactAndSpeaksTheLanguage) {
  EXPECT_EQ(Money{125'000}.text(), "12.50");
  EXPECT_EQ(Money{375}.text("de"), "0,0375");
  EXPECT_EQ(Money{-5'000}.text(), "-0.50");
  EXPECT_EQ(Money{}.text(), "0.00");
}
TEST(Money, PricesAreRoundedUp) {
  EXPECT_EQ(Money{375}.to_hundredths(), 4);
  EXPECT_EQ(Money{400}.to_hundredths(), 4);
  EXPECT_EQ(Money{-375}.to_hundredths(), -3);
}
RC_GTEST_PROP(Money, SaturatesInsteadOfWrapping, (std::int64_t a, std::int64_t b)) {
  constexpr auto highest = std::numeric_limits<std::int64_t>::max();
  const auto exact_sum = static_cast<long double>(a) + static_cast<long double>(b);
  const Money sum = Money{a} + Money{b};
  RC_ASSERT(((exact_sum >= 0) == (sum.units >= 0) || exact_sum == 0));
  const Money product = Money{a}.times(b);
  const auto exact = static_cast<long double>(a) * static_cast<long double>(b);
  if (exact > static_cast<long double>(highest)) RC_ASSERT(product.units == highest);
  if (exact < -static_cast<long double>(highest)) RC_ASSERT(product.units == -highest);
  if (std::abs(static_cast<double>(exact)) < 1e15) RC_ASSERT(product.units == a * b);
}

TEST(Money, ReadsDecimalsAndNothingElse) {
  EXPECT_EQ(Money::parse("0.0375"), Money{375});
  EXPECT_EQ(Money::parse("-12.5"), Money{-125'000});
  EXPECT_EQ(Money::parse("3"), Money{30'000});
  for (const char* wrong :
       {"", "-", ".5", "1.", "1,5", "1.23456", "1e3", " 1", "+1", "123456789012345", "1.2.3"})
    EXPECT_FALSE(Money::parse(wrong)) << wrong;
}
RC_GTEST_PROP(Money, DecimalReadsBack, (std::int64_t a)) {
  const Money money{a / 100};
  RC_ASSERT(Money::parse(money.decimal()) == money);
}

}  // namespace
}  // namespace printrouter
