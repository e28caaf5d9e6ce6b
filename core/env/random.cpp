// SPDX-License-Identifier: Apache-2.0
#include "env/random.hpp"

#include <sys/random.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace printrouter::env {
namespace {
class SystemRandom final : public Random {
 public:
  std::uint64_t next() override {
    std::uint64_t out = 0;
    // Up to 256 bytes getrandom gives all or nothing; before the kernel is seeded it waits.
    while (::getrandom(&out, sizeof out, 0) != static_cast<ssize_t>(sizeof out))
      if (errno != EINTR) {
        std::fputs("getrandom failed: no job can be told from another\n", stderr);
        std::abort();
      }
    return out;
  }
};
}  // namespace

Uuid Random::uuid() {
  Uuid out;
  const std::uint64_t halves[2] = {next(), next()};
  std::memcpy(out.bytes.data(), halves, out.bytes.size());
  out.bytes[6] = static_cast<std::uint8_t>((out.bytes[6] & 0x0f) | 0x40);  // version 4
  out.bytes[8] = static_cast<std::uint8_t>((out.bytes[8] & 0x3f) | 0x80);  // the RFC's variant
  return out;
}

Milliseconds Random::jitter(Milliseconds base, double fraction) {
  const double unit = static_cast<double>(next() >> 11) / 9007199254740992.0;  // [0, 1)
  const double factor = 1.0 + fraction * (2.0 * unit - 1.0);
  return Milliseconds(static_cast<std::int64_t>(static_cast<double>(base.count()) * factor));
}

Random& system_random() {
  static SystemRandom random;
  return random;
}

std::uint64_t SeededRandom::next() {
  std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

}  // namespace printrouter::env
