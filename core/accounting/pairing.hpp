// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Which device record belongs to which claim. Inside accounting only.
#include <cstdint>
#include <optional>
#include <vector>

#include "accounting/books.hpp"

namespace printrouter::accounting {

/// How far apart claim and record are; smaller is closer. Nothing: they cannot be the same job.
std::optional<std::int64_t> distance(const Booking& job, const Booking& record, const Rules& rules);

/// Where in time a record of this claim may lie, and a claim of this record.
struct Span {
  Timestamp from = {}, to = {};
};
Span records_of(const Booking& job, const Rules& rules);
Span claims_of(const Booking& record, const Rules& rules);

/// One possible pair, by the indices of both lists.
struct Edge {
  std::size_t job = 0, record = 0;
  std::int64_t cost = 0;
};
/// As many pairs as can be, and of those the closest together: for each job the index of its record.
std::vector<std::optional<std::size_t>> pair_up(std::size_t jobs, std::size_t records,
                                                const std::vector<Edge>& edges);

}  // namespace printrouter::accounting
