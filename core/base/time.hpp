// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <compare>
#include <cstdint>
#include <string>

namespace printrouter {

using Milliseconds = std::chrono::milliseconds;

/// Wall-clock time, milliseconds since 1970 UTC. 0: not set.
struct Timestamp {
  std::int64_t ms = 0;
  auto operator<=>(const Timestamp&) const = default;
  bool set() const { return ms != 0; }
  Timestamp operator+(Milliseconds d) const { return {ms + d.count()}; }
  Milliseconds operator-(Timestamp o) const { return Milliseconds(ms - o.ms); }
  /// RFC 3339, UTC, with milliseconds: "2026-01-31T08:15:30.123Z".
  std::string to_string() const;
};

}  // namespace printrouter
