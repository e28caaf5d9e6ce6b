// SPDX-License-Identifier: Apache-2.0
#include "env/clock.hpp"

namespace printrouter::env {
namespace {
class SystemClock final : public Clock {
 public:
  Timestamp now() const override {
    const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
    return {std::chrono::duration_cast<Milliseconds>(since_epoch).count()};
  }
  Monotonic monotonic() const override { return std::chrono::steady_clock::now(); }
};
}  // namespace

Clock& system_clock() {
  static SystemClock clock;
  return clock;
}

}  // namespace printrouter::env
