// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/result.hpp"
#include "config/config.hpp"

namespace printrouter::server {

/// The log as JSON lines: {"time", "level", "text"} and, where a line speaks of one, "job" with its uuid.
/// Never secrets: keys, tokens and codes of people are not logged.
Status start_log(const LogConfig& config);

}  // namespace printrouter::server
