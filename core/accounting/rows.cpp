// SPDX-License-Identifier: Apache-2.0
#include "accounting/rows.hpp"

#include <algorithm>
#include <deque>
#include <tuple>

#include "accounting/assess.hpp"
#include "accounting/batch.hpp"
#include "accounting/pairing.hpp"

namespace printrouter::accounting {

namespace {
bool may_print(const Booking& row) {
  return row.kind == Kind::job && row.claim && !came_to_nothing(*row.claim) && !refunded(row);
}
}  // namespace

/// Jobs and records that could be each other's, directly or through others; by key, so that the result does
/// not depend on who was met first.
struct Rows::Circle {
  std::map<std::string, Booking*> jobs, records;
  bool add(Booking* row) {
    auto& list = row->kind == Kind::job ? jobs : records;
    return list.emplace(row->key, row).second;
  }
  std::size_t size() const { return jobs.size() + records.size(); }
};

Booking& Rows::hold(const Booking& row) {
  const auto [it, is_new] = rows_.try_emplace(row.key);
  if (is_new) {
    it->second.before = row;
    it->second.before_text = encode(row);
    it->second.now = row;
  }
  return it->second.now;
}

Result<Booking*> Rows::find(std::string_view key) {
  if (const auto it = rows_.find(key); it != rows_.end()) return &it->second.now;
  auto row = books_.find(key);
  if (!row) return fail(row.error());
  return *row ? &hold(**row) : nullptr;
}

Result<Booking*> Rows::get_or(Booking fresh) {
  auto row = find(fresh.key);
  if (!row || *row) return row;
  const std::string key = fresh.key;
  Row& made = rows_[key];
  made.now = std::move(fresh);
  return &made.now;
}

void Rows::judge(Booking& row) {
  assess(row, rules_);
}

Done Rows::query(const Books::Near& near, std::vector<Booking*>& out) {
  const auto found = books_.near(near);
  if (!found) return fail(found.error());
  for (const Booking& row : *found) hold(row);
  // What changed here is not yet where Books looks.
  for (auto& [key, row] : rows_)
    if (matches(near, row.now)) out.push_back(&row.now);
  return {};
}

Done Rows::neighbours(const Booking& of, std::vector<Booking*>& out) {
  if (!of.partner.empty()) {
    const auto partner = find(of.partner);
    if (!partner) return fail(partner.error());
    if (*partner) out.push_back(*partner);
  }
  if (!of.job_uuid.empty()) {
    const auto same = books_.of_job(of.job_uuid, rules_.candidates);
    if (!same) return fail(same.error());
    std::size_t named = 0, prints = may_print(of) ? 1 : 0;
    for (const Booking& row : *same) {
      if (row.kind == of.kind) prints += row.key != of.key && row.device == of.device && may_print(row);
      if (row.kind == of.kind || row.kind == Kind::window) continue;
      out.push_back(&hold(row));
      named += row.device == of.device;
    }
    if (of.kind == Kind::record || named >= std::max<std::size_t>(1, prints)) return {};
  }
  if (!of.at.set()) return {};
  const Span span = of.kind == Kind::job ? records_of(of, rules_) : claims_of(of, rules_);
  return query({of.kind == Kind::job ? Kind::record : Kind::job, of.device, span.from, span.to, of.match_user,
                of.kind == Kind::record, of.kind == Kind::job, rules_.candidates},
               out);
}

Done Rows::gather(Booking& start, Circle& circle) {
  std::deque<Booking*> queue{&start};
  circle.add(&start);
  while (!queue.empty() && (circle.size() < rules_.candidates || queue.front() == &start)) {
    Booking* row = queue.front();
    queue.pop_front();
    if (row->kind == Kind::job && !row->claim) continue;
    std::vector<Booking*> near;
    if (const auto done = neighbours(*row, near); !done) return done;
    for (Booking* other : near) {
      const Booking& job = row->kind == Kind::job ? *row : *other;
      const Booking& record = row->kind == Kind::job ? *other : *row;
      if (other->key != row->partner && !distance(job, record, rules_)) continue;
      if (circle.add(other)) queue.push_back(other);
    }
  }
  // At the limit some were not looked around: whose partner is outside keeps it, and neither plays a part.
  const auto stays_out = [](const auto& own, const auto& others) {
    std::vector<std::string> out;
    for (const auto& [key, row] : own)
      if (!row->partner.empty() && !others.contains(row->partner)) out.push_back(key);
    return out;
  };
  for (const std::string& key : stays_out(circle.jobs, circle.records)) circle.jobs.erase(key);
  for (const std::string& key : stays_out(circle.records, circle.jobs)) circle.records.erase(key);
  return {};
}

void Rows::pair(Circle& circle) {
  std::vector<Booking*> jobs, records;
  for (const auto& [key, row] : circle.jobs) jobs.push_back(row);
  for (const auto& [key, row] : circle.records) records.push_back(row);
  std::vector<Edge> edges;
  for (std::size_t j = 0; j < jobs.size(); ++j) {
    const auto first = edges.size();
    std::size_t named = 0;
    for (std::size_t r = 0; r < records.size(); ++r)
      if (const auto cost = distance(*jobs[j], *records[r], rules_)) {
        edges.push_back({j, r, *cost});
        named += !records[r]->job_uuid.empty();
      }
    // Whom a record names is not guessed at; but a record names all attempts of a job, and is of one.
    const auto prints = static_cast<std::size_t>(std::ranges::count_if(
        jobs, [&](const Booking* job) { return job->job_uuid == jobs[j]->job_uuid && may_print(*job); }));
    if (named >= std::max<std::size_t>(1, prints))
      edges.erase(std::remove_if(edges.begin() + static_cast<std::ptrdiff_t>(first), edges.end(),
                                 [&](const Edge& e) { return records[e.record]->job_uuid.empty(); }),
                  edges.end());
  }
  const auto record_of = pair_up(jobs.size(), records.size(), edges);
  for (Booking* record : records) record->partner.clear();
  for (std::size_t j = 0; j < jobs.size(); ++j) {
    Booking& job = *jobs[j];
    job.partner.clear();
    job.record.reset();
    job.inferred = false;
    if (!record_of[j]) continue;
    Booking& record = *records[*record_of[j]];
    job.partner = record.key;
    job.record = record.record;
    job.inferred = record.job_uuid.empty();
    record.partner = job.key;
    // What an administrator said of the record alone now holds for the whole.
    if (record.correction && (!job.correction || record.correction->when > job.correction->when)) {
      job.correction = record.correction;
      job.correction->key = job.key;
    }
  }
  for (Booking* row : jobs) judge(*row);
  for (Booking* row : records) judge(*row);
}

Done Rows::settle(Booking& row) {
  judge(row);  // its time and user are what the others are looked for by
  if (row.kind == Kind::job && row.claim)
    if (const auto done = windows_around(row); !done) return done;
  Circle circle;
  if (const auto done = gather(row, circle); !done) return done;
  pair(circle);
  return {};
}

void Rows::give_window(Booking& job, const CounterWindow& window) {
  // One read around this very job says more than one that merely holds it; of equals the later.
  const auto rank = [](const CounterWindow& w) { return std::tuple(!w.job_uuid.empty(), w.to, w.window); };
  if (job.window && rank(*job.window) >= rank(window)) return;
  job.window = window;
  judge(job);
}

Done Rows::see_window(Booking& row) {
  const CounterWindow& window = *row.window;
  std::vector<Booking*> inside;
  // Clocks differ: who stands near the edge may be in or out, and then nothing is known.
  const Books::Near claims{Kind::job,
                           row.device,
                           window.from + -rules_.clock_skew,
                           window.to + (rules_.clock_skew + rules_.print_time),
                           {},
                           false,
                           false,
                           3};
  if (const auto done = query(claims, inside); !done) return done;
  const auto whole = [&](const Booking& job) {
    return job.claim && job.claim->started >= window.from + rules_.clock_skew &&
           job.at + (rules_.clock_skew + rules_.print_time) <= window.to;
  };
  const bool alone = inside.size() == 1 && whole(*inside.front());
  if (alone) {
    give_window(*inside.front(), window);
  } else {
    for (Booking* job : inside)
      if (job->window && *job->window == window) {
        job->window.reset();
        judge(*job);
      }
  }
  return {};
}

Done Rows::windows_around(Booking& job) {
  std::vector<Booking*> windows;
  const Books::Near query_windows{Kind::window,
                                  job.device,
                                  job.at + -rules_.clock_skew,
                                  job.at + (rules_.release_window + rules_.clock_skew),
                                  {},
                                  false,
                                  true,
                                  3};
  if (const auto done = query(query_windows, windows); !done) return done;
  for (Booking* window : windows)
    if (const auto done = see_window(*window); !done) return done;
  return {};
}

std::vector<Change> Rows::changes() const {
  std::vector<Change> out;
  for (const auto& [key, row] : rows_)
    if (!row.before || encode(row.now) != row.before_text) out.push_back({row.before, row.now});
  return out;
}

}  // namespace printrouter::accounting
