// SPDX-License-Identifier: Apache-2.0
#include "accounting/batch.hpp"

#include <algorithm>

namespace printrouter::accounting {

bool matches(const Books::Near& q, const Booking& row) {
  return row.kind == q.kind && row.device == q.device && row.at.set() && row.at >= q.from && row.at <= q.to &&
         (!q.nameless || row.job_uuid.empty()) &&
         (q.user.empty() || row.match_user.empty() || row.match_user == q.user);
}

void Batch::index(const Booking& row, bool add) {
  const auto set = [add](auto& index, auto place) {
    if (add)
      index.insert(std::move(place));
    else
      index.erase(place);
  };
  set(by_place_, Place{row.kind, row.device, row.at, row.key});
  if (!row.job_uuid.empty() && row.kind != Kind::window) set(by_job_, std::pair(row.job_uuid, row.key));
  if (row.due.set()) set(by_due_, std::pair(row.due, row.key));
}

void Batch::take(const std::vector<Change>& changes) {
  for (const Change& change : changes) {
    const auto [it, is_new] = rows_.try_emplace(change.after.key);
    if (is_new)
      it->second.before = change.before;
    else
      index(it->second.now, false);
    it->second.now = change.after;
    index(change.after, true);
  }
}

std::vector<Change> Batch::net() const {
  std::vector<Change> out;
  for (const auto& [key, row] : rows_) out.push_back({row.before, row.now});
  return out;
}

template <class Found>
printrouter::Status Batch::from_below(Found&& found, std::vector<Booking>& out) const {
  if (!below_) return {};
  auto rows = found(*below_);
  if (!rows) return fail(rows.error());
  for (Booking& row : *rows)
    if (!rows_.contains(row.key)) out.push_back(std::move(row));
  return {};
}

Result<std::optional<Booking>> Batch::find(std::string_view key) {
  if (const auto it = rows_.find(key); it != rows_.end()) return it->second.now;
  return below_ ? below_->find(key) : Result<std::optional<Booking>>(std::nullopt);
}

Result<std::vector<Booking>> Batch::of_job(const Uuid& job_uuid, std::size_t limit) {
  std::vector<Booking> out;
  if (const auto done = from_below([&](Books& b) { return b.of_job(job_uuid, limit); }, out); !done)
    return fail(done.error());
  for (auto it = by_job_.lower_bound({job_uuid, {}});
       it != by_job_.end() && it->first == job_uuid && out.size() < limit; ++it)
    out.push_back(rows_.find(it->second)->second.now);
  return out;
}

Result<std::vector<Booking>> Batch::near(const Near& q) {
  std::vector<Booking> out;
  if (const auto done = from_below([&](Books& b) { return b.near(q); }, out); !done)
    return fail(done.error());
  const std::string device(q.device);
  const auto first = by_place_.lower_bound(Place{q.kind, device, q.from, {}});
  const auto last = by_place_.lower_bound(Place{q.kind, device, {q.to.ms + 1}, {}});
  std::size_t taken = 0;
  const auto look = [&](const Place& place) {
    const Booking& row = rows_.find(std::get<3>(place))->second.now;
    if (matches(q, row)) out.push_back(row), ++taken;
  };
  if (q.latest_first)
    for (auto it = last; it != first && taken < q.limit;) look(*--it);
  else
    for (auto it = first; it != last && taken < q.limit; ++it) look(*it);
  std::ranges::sort(out, [&](const Booking& a, const Booking& b) {
    return q.latest_first ? std::tie(b.at, b.key) < std::tie(a.at, a.key)
                          : std::tie(a.at, a.key) < std::tie(b.at, b.key);
  });
  if (out.size() > q.limit) out.resize(q.limit);
  return out;
}

Result<std::vector<Booking>> Batch::due(Timestamp now, std::size_t limit) {
  std::vector<Booking> out;
  if (const auto done = from_below([&](Books& b) { return b.due(now, limit); }, out); !done)
    return fail(done.error());
  for (auto it = by_due_.begin(); it != by_due_.end() && it->first <= now && out.size() < limit; ++it)
    out.push_back(rows_.find(it->second)->second.now);
  return out;
}

}  // namespace printrouter::accounting
