// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string_view>

#include "base/time.hpp"

namespace printrouter {

/// RFC 3339 in UTC ("2026-01-31T08:15:30Z", also with a fraction), or a date alone: its first moment.
std::optional<Timestamp> parse_time(std::string_view text);

}  // namespace printrouter
