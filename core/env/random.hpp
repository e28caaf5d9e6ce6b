// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include "base/time.hpp"
#include "base/uuid.hpp"

namespace printrouter::env {

/// [any thread] Randomness behind an interface, so that tests repeat.
class Random {
 public:
  virtual ~Random() = default;
  virtual std::uint64_t next() = 0;  ///< 64 uniform bits
  /// Version 4 (RFC 4122 section 4.4).
  Uuid uuid();
  /// `base` ± up to `fraction` of it (0.2: 80 % to 120 %).
  Milliseconds jitter(Milliseconds base, double fraction);
};

/// The kernel's randomness (getrandom). Lives as long as the process.
Random& system_random();

/// [one thread] The same seed gives the same sequence on every machine (splitmix64).
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() override;

 private:
  std::uint64_t state_;
};

}  // namespace printrouter::env
