// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Periods of quotas, by the calendar at the server's place (its local time zone). [any thread]
///
/// A period is known by its first day, not by a point in time: so it stays the same one where the clocks are
/// put forward or back, and to two servers in different time zones.
#include <chrono>
#include <optional>
#include <string_view>

#include "base/time.hpp"

namespace printrouter::server {

enum class Period { day, week, month };  ///< weeks as ISO 8601 has them: they begin on Monday
std::string_view to_string(Period value);
std::optional<Period> period(std::string_view text);

using Day = std::chrono::local_days;  ///< since 1970-01-01

/// Before 1970 and after 9999 the first and last day of these.
Day local_day(Timestamp at);
/// Of the period that `day` lies in.
Day first_day(Period period, Day day);
/// When the next period begins: midnight, or what is the first moment of its first day where clocks leave
/// midnight out.
Timestamp next_period(Period period, Timestamp now);

}  // namespace printrouter::server
