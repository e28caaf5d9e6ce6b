// SPDX-License-Identifier: Apache-2.0
#pragma once
/// IP addresses and networks as devices list them: "10.1.2.3", "10.1.0.0/16", "2001:db8::/32". No name
/// lookup.
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace printrouter::sdk {

/// 128 bits; IPv4 as ::ffff:a.b.c.d, so that both ways of writing an IPv4 peer compare equal.
using Address = std::array<uint8_t, 16>;

namespace detail {

inline std::optional<uint32_t> number(std::string_view text, uint32_t base, uint32_t max) {
  if (text.empty() || text.size() > 4) return std::nullopt;
  uint32_t value = 0;
  for (const char c : text) {
    const uint32_t digit = c >= '0' && c <= '9'   ? static_cast<uint32_t>(c - '0')
                           : c >= 'a' && c <= 'f' ? static_cast<uint32_t>(c - 'a' + 10)
                           : c >= 'A' && c <= 'F' ? static_cast<uint32_t>(c - 'A' + 10)
                                                  : base;
    if (digit >= base) return std::nullopt;
    value = value * base + digit;
  }
  return value > max ? std::nullopt : std::optional(value);
}

inline bool parse_v4(std::string_view text, uint8_t* out) {
  for (int i = 0; i < 4; ++i) {
    const std::size_t dot = text.find('.');
    if ((dot == text.npos) != (i == 3)) return false;
    const auto part = number(text.substr(0, dot), 10, 255);
    if (!part) return false;
    out[i] = static_cast<uint8_t>(*part);
    text = dot == text.npos ? std::string_view() : text.substr(dot + 1);
  }
  return text.empty();
}

}  // namespace detail

inline std::optional<Address> parse_address(std::string_view text) {
  Address out{};
  if (text.find(':') == text.npos) {
    out[10] = out[11] = 0xFF;
    return detail::parse_v4(text, out.data() + 12) ? std::optional(out) : std::nullopt;
  }
  if (const auto zone = text.find('%'); zone != text.npos) text = text.substr(0, zone);
  std::size_t at = 0, gap = 17;  // gap: where "::" stands, 17 = nowhere
  if (text.starts_with("::")) {
    gap = 0;
    text.remove_prefix(2);
  }
  while (!text.empty()) {
    if (at > 14) return std::nullopt;
    const std::size_t colon = text.find(':');
    const std::string_view part = text.substr(0, colon);
    if (colon == text.npos && part.find('.') != part.npos) {
      if (at > 12 || !detail::parse_v4(part, out.data() + at)) return std::nullopt;
      at += 4;
      break;
    }
    const auto value = detail::number(part, 16, 0xFFFF);
    if (!value) return std::nullopt;
    out[at++] = static_cast<uint8_t>(*value >> 8);
    out[at++] = static_cast<uint8_t>(*value & 0xFF);
    if (colon == text.npos) break;
    text.remove_prefix(colon + 1);
    if (text.starts_with(":")) {
      if (gap != 17) return std::nullopt;
      gap = at;
      text.remove_prefix(1);
    } else if (text.empty()) {
      return std::nullopt;
    }
  }
  if (gap == 17) return at == 16 ? std::optional(out) : std::nullopt;
  if (at > 14) return std::nullopt;
  Address moved{};
  for (std::size_t i = 0; i < gap; ++i) moved[i] = out[i];
  for (std::size_t i = gap; i < at; ++i) moved[16 - at + i] = out[i];
  return moved;
}

/// Whether `address` lies in `network` (an address, or address/prefix length). Neither parses: nullopt.
inline std::optional<bool> in_network(std::string_view address, std::string_view network) {
  const std::size_t slash = network.find('/');
  const auto host = parse_address(address);
  const auto base = parse_address(network.substr(0, slash));
  if (!host || !base) return std::nullopt;
  uint32_t bits = 128;
  if (slash != network.npos) {
    const bool v4 = network.find(':') == network.npos;
    const auto length = detail::number(network.substr(slash + 1), 10, v4 ? 32 : 128);
    if (!length) return std::nullopt;
    bits = *length + (v4 ? 96 : 0);
  }
  for (uint32_t bit = 0; bit < bits; ++bit) {
    const uint32_t mask = 0x80u >> (bit % 8);
    if (((*host)[bit / 8] ^ (*base)[bit / 8]) & mask) return false;
  }
  return true;
}

}  // namespace printrouter::sdk
