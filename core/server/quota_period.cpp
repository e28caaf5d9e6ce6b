// SPDX-License-Identifier: Apache-2.0
#include "server/quota_period.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <ranges>

namespace printrouter::server {
using namespace std::chrono;

namespace {
constexpr std::array<std::string_view, 3> words = {"day", "week", "month"};
constexpr std::int64_t day_s = 86'400, last_s = 253'402'300'799;  // the end of 9999

Day day_at(std::int64_t unix_s) {
  const std::time_t at = std::clamp<std::int64_t>(unix_s, day_s, last_s);
  std::tm parts{};
  localtime_r(&at, &parts);
  return local_days(year(parts.tm_year + 1900) / (parts.tm_mon + 1) / parts.tm_mday);
}
}  // namespace

std::string_view to_string(Period value) {
  return words.at(static_cast<std::size_t>(value));
}

std::optional<Period> period(std::string_view text) {
  const auto* found = std::ranges::find(words, text);
  if (found == words.end()) return std::nullopt;
  return static_cast<Period>(found - words.begin());
}

Day local_day(Timestamp at) {
  return day_at(at.ms / 1000);
}

Day first_day(Period period, Day day) {
  if (period == Period::week) return day - (weekday(day) - Monday);
  if (period == Period::month) {
    const year_month_day date(day);
    return local_days(date.year() / date.month() / 1);
  }
  return day;
}

Timestamp next_period(Period period, Timestamp now) {
  const Day first = first_day(period, local_day(now));
  // The first day after `first` that belongs to another period; no period is longer than 31 days.
  const Day next = first_day(period, first + days(period == Period::month  ? 31
                                                  : period == Period::week ? 7
                                                                           : 1));
  // No zone is further from UTC than 14 hours; within that only the system knows.
  const std::int64_t utc = next.time_since_epoch().count() * day_s;
  const auto seconds = std::views::iota(utc - 15 * 3600, utc + 15 * 3600);
  return {*std::ranges::partition_point(seconds, [&](std::int64_t s) { return day_at(s) < next; }) * 1000};
}

}  // namespace printrouter::server
