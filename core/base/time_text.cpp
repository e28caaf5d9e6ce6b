// SPDX-License-Identifier: Apache-2.0
#include "base/time_text.hpp"

namespace printrouter {

std::optional<Timestamp> parse_time(std::string_view text) {
  int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0;
  const auto part = [&](std::size_t at, std::size_t n, int& out) {
    for (std::size_t i = at; i < at + n; ++i) {
      if (i >= text.size() || text[i] < '0' || text[i] > '9') return false;
      out = out * 10 + (text[i] - '0');
    }
    return true;
  };
  if (text.size() < 10 || text[4] != '-' || text[7] != '-' || !part(0, 4, y) || !part(5, 2, mo) ||
      !part(8, 2, d))
    return std::nullopt;
  if (text.size() > 10 && (text.size() < 20 || (text[10] != 'T' && text[10] != 't' && text[10] != ' ') ||
                           text[13] != ':' || text[16] != ':' || (text.back() != 'Z' && text.back() != 'z') ||
                           !part(11, 2, h) || !part(14, 2, mi) || !part(17, 2, s)))
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(y), std::chrono::month(static_cast<unsigned>(mo)),
                                         std::chrono::day(static_cast<unsigned>(d))};
  if (!date.ok() || h > 23 || mi > 59 || s > 60) return std::nullopt;
  const auto at = std::chrono::sys_days(date) + std::chrono::hours(h) + std::chrono::minutes(mi) +
                  std::chrono::seconds(s);
  return Timestamp{std::chrono::duration_cast<Milliseconds>(at.time_since_epoch()).count()};
}

}  // namespace printrouter
