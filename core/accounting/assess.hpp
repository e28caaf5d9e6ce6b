// SPDX-License-Identifier: Apache-2.0
#pragma once
/// One row's facts to what they come to. Inside accounting only.
#include "accounting/books.hpp"

namespace printrouter::accounting {

/// Fills in status, user, pages, price, evidence and due, and what Books asks by, from the facts alone.
void assess(Booking& booking, const Rules& rules);

/// What the client itself knows of its pages (the best of claim and later facts, counters aside).
struct OwnCount {
  Pages pages = {};
  Evidence evidence = Evidence::none;
  Confidence confidence = Confidence::unknown;
};
OwnCount own_count(const Booking& booking);

/// Whether the attempt ended in a way that puts nothing on paper (not sent, refused, ...).
bool came_to_nothing(const Claim& claim);

/// Whether a person, or what the device's list of jobs told the client, says that nothing was printed.
bool refunded(const Booking& booking);

}  // namespace printrouter::accounting
