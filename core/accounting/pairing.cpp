// SPDX-License-Identifier: Apache-2.0
#include "accounting/pairing.hpp"

#include <algorithm>
#include <limits>

#include "accounting/assess.hpp"

namespace printrouter::accounting {
namespace {

/// How well the page counts agree: 0 equal, 1 not known, 2 differ for a reason. Nothing: they contradict.
std::optional<int> pages_apart(const Booking& job, const DeviceRecord& record) {
  const OwnCount own = own_count(job);
  const auto mine = own.pages.sum(), its = record.pages.sum();
  if (!mine || !its) return 1;
  if (*mine == *its) return 0;
  const bool broke_off = record.state == DeviceRecord::State::cancelled || job.ended_early ||
                         job.claim->outcome == OutcomeKind::cancelled ||
                         job.claim->outcome == OutcomeKind::unknown;
  if (broke_off && *its < *mine) return 2;
  if (!record.title.empty() && record.title == job.claim->title) return 2;
  if (own.confidence == Confidence::exact) return std::nullopt;
  // An estimate that is out by a page or a fifth is still about the same job.
  const std::int64_t out_by = *mine > *its ? *mine - *its : *its - *mine;
  if (out_by <= std::max<std::int64_t>(2, *mine / 5)) return 2;
  return std::nullopt;
}

constexpr std::int64_t class_step = 100'000'000'000;  // above any distance in milliseconds that a span allows

bool may_be_released_later(const Claim& claim) {
  return claim.port.port_class == PortClass::device_spooling;
}

}  // namespace

Span records_of(const Booking& job, const Rules& rules) {
  const Claim& claim = *job.claim;
  const Timestamp started = claim.started.set() ? claim.started : job.at;
  const Milliseconds later = may_be_released_later(claim) ? rules.release_window : rules.print_time;
  return {started + -rules.clock_skew, job.at + (rules.clock_skew + later)};
}

Span claims_of(const Booking& record, const Rules& rules) {
  // A claim's `at` is when it was sent whole; one that is still being sent while pages come out ends later.
  return {record.at + -(rules.clock_skew + std::max(rules.release_window, rules.print_time)),
          record.at + (rules.clock_skew + rules.print_time)};
}

std::optional<std::int64_t> distance(const Booking& job, const Booking& record, const Rules& rules) {
  if (!job.claim || !record.record || job.device != record.device) return std::nullopt;
  const std::int64_t apart = std::abs((record.at - job.at).count());
  const bool by_uuid = !record.job_uuid.empty();
  const auto pages = pages_apart(job, *record.record);
  if (by_uuid) {
    if (record.job_uuid != job.job_uuid) return std::nullopt;
    // It is of one attempt, and hardly of one that is known to have come to nothing.
    const bool nothing = came_to_nothing(*job.claim) || refunded(job);
    const int other = nothing && record.record->state != DeviceRecord::State::deleted ? 4 : 0;
    return (pages.value_or(3) + other) * 2 * class_step + std::min(apart, class_step - 1);
  }
  if (!pages || came_to_nothing(*job.claim) || !record.at.set() || !job.at.set()) return std::nullopt;
  const bool names = !job.match_user.empty() && !record.match_user.empty();
  if (names && job.match_user != record.match_user) return std::nullopt;
  const Span span = records_of(job, rules);
  if (record.at < span.from || record.at > span.to) return std::nullopt;
  return ((8 + *pages) * 2 + (names ? 0 : 1)) * class_step + std::min(apart, class_step - 1);
}

std::vector<std::optional<std::size_t>> pair_up(std::size_t jobs, std::size_t records,
                                                const std::vector<Edge>& edges) {
  // Successive cheapest augmenting paths (Bellman-Ford): a handful of rows, so the plain algorithm.
  std::vector<std::optional<std::size_t>> record_of(jobs), job_of(records);
  std::vector<std::int64_t> cost_of_pair(records, 0);
  constexpr std::int64_t far = std::numeric_limits<std::int64_t>::max();
  while (true) {
    std::vector<std::int64_t> to_job(jobs, far), to_record(records, far);
    std::vector<std::size_t> from(records, jobs);  // the job through which a record is reached
    for (std::size_t j = 0; j < jobs; ++j)
      if (!record_of[j]) to_job[j] = 0;
    bool moved = true;
    while (moved) {
      moved = false;
      for (const Edge& e : edges) {
        if (record_of[e.job] == e.record || to_job[e.job] == far) continue;
        if (to_job[e.job] + e.cost >= to_record[e.record]) continue;
        to_record[e.record] = to_job[e.job] + e.cost;
        from[e.record] = e.job;
        moved = true;
        if (!job_of[e.record]) continue;
        // Going back along the pair that stands gives its cost back.
        to_job[*job_of[e.record]] = to_record[e.record] - cost_of_pair[e.record];
      }
    }
    std::size_t end = records;  // none
    for (std::size_t r = 0; r < records; ++r)
      if (!job_of[r] && to_record[r] != far && (end == records || to_record[r] < to_record[end])) end = r;
    if (end == records) return record_of;
    for (std::size_t r = end;;) {
      const std::size_t j = from[r];
      const std::optional<std::size_t> before = record_of[j];
      record_of[j] = r;
      job_of[r] = j;
      cost_of_pair[r] =
          std::ranges::find_if(edges, [&](const Edge& e) { return e.job == j && e.record == r; })->cost;
      if (!before) break;
      r = *before;
    }
  }
}

}  // namespace printrouter::accounting
