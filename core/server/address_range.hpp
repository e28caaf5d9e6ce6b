// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace printrouter::server {

/// "192.0.2.0/24", "2001:db8::/32", or one address.
class AddressRange {
 public:
  static std::optional<AddressRange> parse(std::string_view text);
  bool contains(const std::string& address) const;

 private:
  std::array<std::uint8_t, 16> bytes_ = {};  ///< IPv4 as ::ffff:a.b.c.d
  unsigned bits_ = 0;
};

}  // namespace printrouter::server
