// SPDX-License-Identifier: Apache-2.0
#include "router/router.hpp"

#include <algorithm>

#include "router/router_core.hpp"

namespace printrouter {

Router::Router(const RouterServices& services) : core_(std::make_unique<RouterCore>(services)) {}
Router::~Router() = default;

void Router::use(RouterSetup setup, bool same_rules) {
  core_->setup = std::move(setup);
  if (same_rules) return;
  core_->printer_facts.clear();
  core_->offered_formats.clear();
  // Verdicts of the last check were given by the old rules: the next upkeep checks anew.
  core_->checks.clear();
  core_->last_check = {};
  core_->services.spool->set_limits({core_->config().limits.job_size, core_->config().limits.spool_bytes,
                                     core_->config().limits.min_free_disk,
                                     static_cast<std::size_t>(core_->config().limits.jobs) * 2});
  core_->watch_targets();
  core_->reroute_waiting(true);  // what was refused under the old rules may be allowed under the new ones
}

Result<RecoverySummary> Router::recover() {
  return core_->recover();
}
IntakeHandler& Router::intake() {
  return *core_;
}
const RouterSetup& Router::setup() const {
  return core_->setup;
}
ServerFacts Router::server_facts() const {
  return core_->server_facts();
}
std::vector<HealthInfo> Router::health() const {
  return core_->health->all();
}
Timestamp Router::last_check() const {
  return core_->last_check;
}
bool Router::may_see(const Actor& actor, const Job& job) const {
  return core_->may_see(actor, job);
}

bool Router::may_see(const Actor& actor, const std::string& user) const {
  return actor.administrator || (!user.empty() && actor.user == user);
}

std::vector<Job> Router::jobs(const Actor& actor, bool finished_too) const {
  std::vector<Job> out;
  for (const auto& [id, live] : core_->jobs)
    if (may_see(actor, live->job)) out.push_back(live->job);
  if (finished_too)
    if (const auto stored = core_->services.journal->finished_jobs(10000))
      for (const Job& job : *stored)
        if (may_see(actor, job) && !core_->find(job.id)) out.push_back(job);
  std::ranges::sort(out, {}, &Job::id);
  return out;
}

Result<Job> Router::job(const Actor& actor, JobId id) const {
  if (const LiveJob* live = core_->find(id)) {
    if (may_see(actor, live->job)) return live->job;
  } else {
    const auto stored = core_->services.journal->find_job(id);
    if (!stored) return fail(stored.error());
    if (*stored && may_see(actor, **stored)) return **stored;
  }
  return fail(ErrorCode::not_found, "there is no job " + std::to_string(id));
}

std::vector<std::string> Router::users() const {
  std::map<std::string, Timestamp> last = core_->owners;
  for (const auto& [user, devices] : core_->history)
    for (const auto& [device, when] : devices) last[user] = std::max(last[user], when);
  std::vector<std::pair<Timestamp, std::string>> newest;
  for (const auto& [user, when] : last) newest.emplace_back(when, user);
  std::ranges::sort(newest, [](const auto& a, const auto& b) { return b.first < a.first; });
  std::vector<std::string> out;
  for (auto& [when, user] : newest) out.push_back(std::move(user));
  return out;
}

std::vector<Candidate> Router::devices_for(const std::string& user) const {
  Job job;
  job.owner.user = user;
  return judge_devices(core_->routing_input(job, std::nullopt));
}

void Router::check_fallback(const std::string& user, bool probe, std::function<void(FallbackCheck)> done) {
  core_->check_fallback(user, probe, std::move(done));
}

std::vector<Notification> Router::notifications(const Actor& actor, std::uint64_t after) const {
  std::vector<Notification> out;
  for (const Notification& n : core_->notifications)
    if (n.number > after && may_see(actor, n.user)) out.push_back(n);
  return out;
}

void Router::import_history(std::vector<HistoryEntry> entries, std::function<void(Status)> done) {
  journal::Transaction transaction;
  for (const HistoryEntry& e : entries) {
    Timestamp& known = core_->history[e.user][e.device];
    if (known >= e.last_used) continue;  // what was seen here is younger than what was imported
    known = e.last_used;
    transaction.put_history({e.user, e.device, e.last_used, "imported"});
  }
  core_->services.journal->commit(std::move(transaction),
                                  [done = std::move(done)](const Result<journal::Receipt>& written) {
                                    done(written ? Status{} : fail(written.error()));
                                  });
}

std::map<std::string, std::size_t> Router::counts() const {
  std::map<std::string, std::size_t> out;
  for (const auto& [id, live] : core_->jobs) ++out[std::string(to_string(live->job.state))];
  return out;
}

void Router::observe(RouterObserver* observer) {
  core_->observers.push_back(observer);
}
void Router::unobserve(RouterObserver* observer) {
  std::erase(core_->observers, observer);
}

}  // namespace printrouter
