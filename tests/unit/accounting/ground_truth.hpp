// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Devices that really print, and what each party comes to know of it. Bookings are compared with `truth`.
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "accounting/books.hpp"

namespace printrouter::accounting::test {

/// A number in [0, n).
using Dice = std::function<int(int)>;

struct World {
  struct Job {
    std::string key;  ///< of its booking; empty: no desktop knows of it
    std::string user, device;
    std::int64_t printed = 0;  ///< page sides that really came out
    bool released = true;
  };
  std::vector<Job> truth;
  std::vector<Event> events;  ///< without order
  Timestamp start = {1'800'000'000'000};

  std::map<std::string, std::int64_t> printed_by_device() const;
};

struct WorldRules {
  bool uuids = true;   ///< false: no device tells the uuid
  bool losses = true;  ///< some records never come. Without uuids such jobs stand apart from each other: what
                       ///< nothing tells apart, nobody can
};

World make_world(const Dice& dice, const WorldRules& rules);

/// In a random order, some twice, with the limits passing at random moments; then all limits pass.
std::vector<Booking> account(const World& world, const Rules& rules, const Dice& dice);

}  // namespace printrouter::accounting::test
