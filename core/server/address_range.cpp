// SPDX-License-Identifier: Apache-2.0
#include "server/address_range.hpp"

#include <arpa/inet.h>

#include <charconv>
#include <cstring>

namespace printrouter::server {
namespace {
std::optional<std::array<std::uint8_t, 16>> parse_address(const std::string& text, bool& four) {
  std::array<std::uint8_t, 16> out{};
  in_addr v4{};
  four = ::inet_pton(AF_INET, text.c_str(), &v4) == 1;
  if (four) {
    out[10] = out[11] = 0xff;
    std::memcpy(out.data() + 12, &v4, 4);
    return out;
  }
  if (::inet_pton(AF_INET6, text.c_str(), out.data()) == 1) return out;
  return std::nullopt;
}
}  // namespace

std::optional<AddressRange> AddressRange::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  bool four = false;
  const auto address = parse_address(std::string(text.substr(0, slash)), four);
  if (!address) return std::nullopt;
  AddressRange out;
  out.bytes_ = *address;
  out.bits_ = 128;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    unsigned bits = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (digits.empty() || read.ec != std::errc() || read.ptr != digits.data() + digits.size() ||
        bits > (four ? 32u : 128u))
      return std::nullopt;
    out.bits_ = bits + (four ? 96 : 0);
  }
  return out;
}

bool AddressRange::contains(const std::string& address) const {
  bool four = false;
  const auto other = parse_address(address, four);
  if (!other) return false;
  for (unsigned bit = 0; bit < bits_; ++bit) {
    const unsigned mask = 0x80u >> (bit % 8);
    if (((*other)[bit / 8] & mask) != (bytes_[bit / 8] & mask)) return false;
  }
  return true;
}

}  // namespace printrouter::server
