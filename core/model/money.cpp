// SPDX-License-Identifier: Apache-2.0
#include "model/money.hpp"

#include <algorithm>
#include <limits>

namespace printrouter {
namespace {
constexpr std::int64_t highest = std::numeric_limits<std::int64_t>::max();
// Overflow is checked by hand: gcc's and clang's builtins are no portable C++.
std::int64_t sum(std::int64_t a, std::int64_t b) {
  if (b > 0 && a > highest - b) return highest;
  if (b < 0 && a < -highest - b) return -highest;
  return a + b;
}
std::int64_t product(std::int64_t a, std::int64_t b) {
  if (a == 0 || b == 0) return 0;
  const bool negative = (a < 0) != (b < 0);
  const auto size = [](std::int64_t v) {
    return v < 0 ? 0 - static_cast<std::uint64_t>(v) : static_cast<std::uint64_t>(v);
  };
  if (size(a) > static_cast<std::uint64_t>(highest) / size(b)) return negative ? -highest : highest;
  return a * b;
}
}  // namespace

Money Money::hundredths(std::int64_t amount) {
  return {product(amount, per_unit / 100)};
}

std::int64_t Money::to_hundredths() const {
  constexpr std::int64_t step = per_unit / 100;
  const std::int64_t down = units / step;
  return units % step > 0 ? down + 1 : down;
}

Money Money::operator+(Money other) const {
  return {sum(units, other.units)};
}
Money Money::operator-(Money other) const {
  return {sum(units, -std::max(other.units, -highest))};
}
Money Money::times(std::int64_t count) const {
  return {product(units, count)};
}

std::string Money::decimal() const {
  const std::uint64_t amount =
      units < 0 ? 0 - static_cast<std::uint64_t>(units) : static_cast<std::uint64_t>(units);
  std::string places = std::to_string(amount % static_cast<std::uint64_t>(per_unit));
  places.insert(0, 4 - places.size(), '0');
  return (units < 0 ? "-" : "") + std::to_string(amount / static_cast<std::uint64_t>(per_unit)) + "." +
         places;
}

std::optional<Money> Money::parse(std::string_view decimal) {
  const bool negative = decimal.starts_with('-');
  if (negative) decimal.remove_prefix(1);
  const std::size_t point = std::min(decimal.find('.'), decimal.size());
  const std::string_view whole = decimal.substr(0, point);
  const std::string_view places = point < decimal.size() ? decimal.substr(point + 1) : std::string_view();
  const auto digits = [](std::string_view text) {
    return text.find_first_not_of("0123456789") == std::string_view::npos;
  };
  if (whole.empty() || whole.size() > 14 || places.size() > 4 || !digits(whole) || !digits(places) ||
      (point < decimal.size() && places.empty()))
    return std::nullopt;
  std::int64_t units = 0;
  for (const char c : whole) units = units * 10 + (c - '0');
  for (std::size_t i = 0; i < 4; ++i) units = units * 10 + (i < places.size() ? places[i] - '0' : 0);
  return Money{negative ? -units : units};
}

std::string Money::text(std::string_view language) const {
  std::string out = decimal();
  std::size_t last = out.size();
  while (out[last - 1] == '0' && out[last - 3] != '.') --last;
  out.resize(last);
  if (language == "de") out[out.find('.')] = ',';
  return out;
}

}  // namespace printrouter
