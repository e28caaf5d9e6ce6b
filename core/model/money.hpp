// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace printrouter {

/// An amount in ten-thousandths of the currency: fine enough for a page at 0.0375, exact, never floating
/// point. Sums saturate instead of wrapping.
struct Money {
  std::int64_t units = 0;
  static constexpr std::int64_t per_unit = 10'000;
  auto operator<=>(const Money&) const = default;
  static Money hundredths(std::int64_t amount);
  /// Rounded up: a price is never shown lower than it is.
  std::int64_t to_hundredths() const;
  Money operator+(Money other) const;
  Money operator-(Money other) const;
  Money times(std::int64_t count) const;
  /// "12.30", German "12,30"; more places only where they are not zero.
  std::string text(std::string_view language = "en") const;
  /// "0.3750": as files, the ledger and the server's API write amounts; always four places.
  std::string decimal() const;
  /// A decimal amount of at most four places and 14 digits before the point; empty: it is none.
  static std::optional<Money> parse(std::string_view decimal);
};

}  // namespace printrouter
