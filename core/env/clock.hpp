// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>

#include "base/time.hpp"

namespace printrouter::env {

using Monotonic = std::chrono::steady_clock::time_point;

/// [any thread] Time behind an interface. Wall time for what people and servers read; monotonic time for
/// intervals.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp now() const = 0;        ///< wall time, may jump
  virtual Monotonic monotonic() const = 0;  ///< never goes back
};

/// Lives as long as the process.
Clock& system_clock();

/// [one thread] Stands still until told.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(Timestamp start = {1'700'000'000'000}) : wall_(start) {}
  Timestamp now() const override { return wall_; }
  Monotonic monotonic() const override { return monotonic_; }
  void advance(Milliseconds by) { wall_ = wall_ + by, monotonic_ += by; }
  void set_wall(Timestamp wall) { wall_ = wall; }  ///< the clock was put right; intervals stay

 private:
  Timestamp wall_;
  Monotonic monotonic_{std::chrono::seconds(1000)};
};

}  // namespace printrouter::env
