// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace printrouter {

/// A UUID (RFC 4122). All zero: none. Made by env::Random, so that tests can fix it.
struct Uuid {
  std::array<std::uint8_t, 16> bytes{};
  auto operator<=>(const Uuid&) const = default;
  bool empty() const { return *this == Uuid{}; }
  /// Lower case, 36 characters, without "urn:uuid:".
  std::string to_string() const;
  /// Takes upper and lower case, with or without "urn:uuid:".
  static std::optional<Uuid> parse(std::string_view text);
};

}  // namespace printrouter
