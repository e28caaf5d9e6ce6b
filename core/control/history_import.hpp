// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "router/router.hpp"

namespace printrouter::control {

/// CSV (user,device[,last_used]; a head line is recognised) or JSON ([{"user","device","last_used"}]).
/// last_used is RFC 3339 UTC ("2026-01-31T08:15:30Z") or a date; absent: `now`. All or nothing: an error
/// names its line and field.
Result<std::vector<Router::HistoryEntry>> parse_history(std::string_view text, const std::string& name,
                                                        Timestamp now);

}  // namespace printrouter::control
