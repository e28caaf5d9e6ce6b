// SPDX-License-Identifier: Apache-2.0
#include "router/router_core.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>

namespace printrouter {
namespace {
constexpr std::size_t most_notifications = 500;
}  // namespace

void crash_point(std::string_view state) {
  static const char* const wanted = std::getenv("PRINTROUTER_CRASH_AT");
  if (!wanted) return;
  static int left = [] {
    const char* colon = std::strchr(wanted, ':');
    return colon ? std::atoi(colon + 1) : 1;
  }();
  const std::string_view name(wanted, std::strcspn(wanted, ":"));
  if (state == name && --left == 0) std::raise(SIGKILL);
}

RouterCore::RouterCore(const RouterServices& s) : services(s), waker(*s.io) {
  health = std::make_unique<HealthMonitor>(
      *services.io, [this](const std::string& target, HealthState from, HealthState to) {
        if (target != server_target) {  // a device answers again: jobs may be waiting for just that
          if (from == HealthState::down && to != HealthState::down)
            services.io->post([this, here = alive()] {
              if (!here.expired()) reroute_waiting(true);
            });
          return;
        }
        const bool was_up = from != HealthState::down, is_up = to != HealthState::down;
        if (was_up == is_up && to != HealthState::up) return;
        if (!is_up) down_since = now();
        if (to == HealthState::up) up_since = now();
        if (to == HealthState::up) outage(false);
        const HealthInfo info = health->info(server_target);
        down_text = info.reason;
        spdlog::info("server {}: {} -> {} {}", config().server ? config().server->name : "", to_string(from),
                     to_string(to), info.reason);
        if (was_up != is_up) {
          if (!is_up) outage(true);
          for (RouterObserver* o : observers)
            o->on_server(config().server ? config().server->name : "", is_up, down_text);
        }
        // Not inside the monitor's own call: routing asks it for its state.
        services.io->post([this, is_up, here = alive()] {
          if (here.expired()) return;
          reroute_waiting(is_up);
          void_server_copies();
        });
      });
  upkeep_timer = std::make_unique<net::Timer>(*services.io);
}

RouterCore::~RouterCore() = default;

LiveJob* RouterCore::find(JobId id) {
  const auto it = jobs.find(id);
  return it == jobs.end() ? nullptr : it->second.get();
}

LiveJob& RouterCore::add(Job job) {
  auto live = std::make_unique<LiveJob>();
  const JobId id = job.id;
  live->job = std::move(job);
  live->job.reasons = recent_reasons.same(std::move(live->job.reasons));
  return *(jobs[id] = std::move(live));
}

bool RouterCore::may_see(const Actor& actor, const Job& job) const {
  if (actor.administrator) return true;
  if (!actor.user.empty() && job.owner.user == actor.user) return true;
  return actor.uid >= 0 && job.owner.uid == actor.uid;
}

std::string RouterCore::server_user(const std::string& local_user) const {
  const auto it = config().identity.map.find(local_user);
  return it == config().identity.map.end() ? local_user : it->second;
}

Result<LiveJob*> RouterCore::find_for(const Actor& actor, JobId id) {
  LiveJob* live = find(id);
  // Its end may not be durable yet, but it is decided.
  if (live && may_see(actor, live->job) && is_final(live->job.state))
    return fail(ErrorCode::conflict, "the job is " + std::string(to_string(live->job.state)) + " already");
  if (live && may_see(actor, live->job)) return live;
  if (!live)
    if (const auto stored = services.journal->find_job(id); stored && *stored && may_see(actor, **stored))
      return fail(ErrorCode::conflict, "the job is " + std::string(to_string((*stored)->state)) + " already");
  // What is not yours does not exist for you.
  return fail(ErrorCode::not_found, "there is no job " + std::to_string(id));
}

void RouterCore::set_state(LiveJob& live, JobState state, SharedList<Reason> reasons) {
  live.job.state = state;
  live.job.reasons = recent_reasons.same(std::move(reasons));
  if (is_final(state)) live.job.completed = now();
}

void RouterCore::commit(LiveJob& live, journal::Transaction transaction, std::function<void()> then) {
  live.job.updated = now();
  remember_owner(transaction, live.job.owner);
  const auto snapshot = std::make_shared<const Job>(live.job);
  transaction.put_job(snapshot);
  // Kept for a second try only as long as the first is under way.
  auto again = std::make_shared<journal::Transaction>(transaction);
  services.journal->commit(std::move(transaction),
                           [this, here = alive(), snapshot, again,
                            then = std::move(then)](const Result<journal::Receipt>& done) mutable {
                             if (here.expired()) return;
                             if (!done) {
                               spdlog::error("job {}: state {} not written: {}", snapshot->id,
                                             to_string(snapshot->state), done.error().message());
                               auto timer = std::make_shared<net::Timer>(*services.io);
                               timer->start(std::chrono::seconds(1), [this, snapshot, again, then, timer] {
                                 if (LiveJob* live_again = find(snapshot->id))
                                   commit(*live_again, *again, then);
                               });
                               return;
                             }
                             if (LiveJob* l = find(snapshot->id)) l->durable = true;
                             crash_point(to_string(snapshot->state));
                             if (then) then();
                             for (RouterObserver* o : observers) o->on_job(*snapshot);
                             forget_if_final(snapshot->id);
                           });
}

void RouterCore::forget_if_final(JobId id) {
  const LiveJob* live = find(id);
  if (!live || !is_final(live->job.state) || live->run) return;
  if (server_copy(live->job) && server_copies.insert(id).second)
    services.io->post([this, here = alive()] {
      if (!here.expired()) void_server_copies();
    });
  if (!live->job.document_file.empty())
    removals.push_back({live->job.completed + config().retention.documents, id, live->job.document_file});
  jobs.erase(id);
}

void RouterCore::tell(Notification::Kind kind, const Job& job, const Reason& reason) {
  Notification n{++last_notification, now(), job.owner.user, kind, job.id, job.title, reason};
  notifications.push_back(n);
  if (notifications.size() > most_notifications) notifications.pop_front();
  for (RouterObserver* o : observers) o->on_notification(n);
}

}  // namespace printrouter
