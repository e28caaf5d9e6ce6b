// SPDX-License-Identifier: Apache-2.0
// Where a job goes next, and the way there: decision, slot, durable `sending`, delivery.
#include <ifaddrs.h>
#include <net/if.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>

#include "config/config_load.hpp"
#include "delivery/device_exchange.hpp"
#include "delivery/server_exchange.hpp"
#include "document/facts.hpp"
#include "router/router_core.hpp"

namespace printrouter {
namespace {

/// Silence after which the server is asked once more beside the job, so that both answers are in by the job's
/// own limit.
constexpr Milliseconds doubt_after{120};

bool has_network() {
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return true;
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(first, ::freeifaddrs);
  for (const ifaddrs* i = first; i; i = i->ifa_next)
    if (i->ifa_addr && (i->ifa_addr->sa_family == AF_INET || i->ifa_addr->sa_family == AF_INET6) &&
        !(i->ifa_flags & IFF_LOOPBACK) && (i->ifa_flags & IFF_UP))
      return true;
  return false;
}

bool is_loopback(std::string_view address) {
  return address == "localhost" || address.starts_with("127.") || address == "::1" || address == "[::1]";
}

}  // namespace

ServerFacts RouterCore::server_facts() const {
  ServerFacts facts;
  facts.configured = config().server.has_value();
  if (!facts.configured) return facts;
  facts.name = config().server->name;
  facts.up = health->state(server_target) != HealthState::down;
  facts.text = down_text;
  facts.down_since = down_since;
  facts.up_since = up_since;
  return facts;
}

RoutingInput RouterCore::routing_input(const LiveJob& live) const {
  return routing_input(live.job, live.answer);
}

RoutingInput RouterCore::routing_input(const Job& job, const std::optional<Answer>& answer) const {
  RoutingInput in{job, profile(), *setup.directory, *setup.vendors};
  in.server = server_facts();
  // Asked of the system only where it matters: on the way to a fallback device.
  in.network = in.server.up || has_network();
  if (!in.network)  // devices on this machine need none
    for (const Device* device : setup.directory->targets(profile()))
      in.network = in.network || is_loopback(device->address);
  std::map<std::string, Timestamp> used;
  for (const auto* known : {&history, &setup.history})
    if (const auto of = known->find(job.owner.user); of != known->end())
      for (const auto& [device, when] : of->second) used[device] = std::max(used[device], when);
  for (const auto& [device, when] : used) in.history.push_back({device, when});
  for (const HealthInfo& info : health->all()) {
    if (info.target == server_target) continue;
    DeviceHealth device;
    device.state = info.state == HealthState::down ? DeviceHealth::State::silent
                   : info.state == HealthState::up ? DeviceHealth::State::reachable
                                                   : DeviceHealth::State::unknown;
    device.text = info.reason;
    if (info.last_heard) device.checked = Timestamp{now().ms - info.last_heard->count()};
    in.health.emplace(info.target, std::move(device));
  }
  in.checks = checks;
  if (setup.prices) in.prices = &*setup.prices;
  in.balance_source = setup.balances.has_value();
  in.funds = funds_of(job);
  in.funds.asserted_only = job.owner.evidence == UserEvidence::asserted && !config().identity.accept_asserted;
  in.sender_address = config().sender_address;
  if (!job.owner.user.empty()) in.identity = identity_codes(config().identity, job.owner.user);
  in.answer = answer;
  in.now = now();
  return in;
}

void RouterCore::route(LiveJob& live, journal::Transaction transaction, std::function<void()> durable) {
  if (is_final(live.job.state) || live.run || live.in_slot) return;
  live.awaits_verdict = false;
  const Decision decision = decide(routing_input(live));
  const auto park = [&](const std::string& target) {
    set_state(live, JobState::pending);
    waiting_for_slot[target].push_back(live.job.id);
    commit(live, std::move(transaction), std::move(durable));
  };
  if (wants_analysis(live, decision)) {
    // What is in the document decides about it, and goes into its claim. Others pass meanwhile.
    live.route_when_analysed = true;
    analyse(live, decision);
    if (live.job.state != JobState::held) set_state(live, JobState::pending);
    return commit(live, std::move(transaction), std::move(durable));
  }
  if (decision.kind != DecisionKind::ask) close_question(live, Question::State::withdrawn, {}, transaction);
  switch (decision.kind) {
    case DecisionKind::to_server: {
      const ServerConfig& server = *config().server;
      if (slots_taken[server_target] >= config().limits.parallel || !health->admit(server_target))
        return park(server_target);
      return begin_attempt(live,
                           {TargetKind::server,
                            server.name,
                            server.name,
                            server.host,
                            {server.protocol, server.port, server.queue, server.tls, PortClass::unstated},
                            server.holds_on_arrival,
                            server.truncated == ServerConfig::Truncated::discards},
                           std::nullopt, std::move(transaction), std::move(durable));
    }
    case DecisionKind::to_device: {
      const Device* device = setup.directory->find(decision.device_id);
      // Our own jobs one after the other on a device, so that its counters can be told apart.
      if (slots_taken[device->id] >= 1) return park(device->id);
      Target target{TargetKind::device, device->id, device->name.empty() ? device->id : device->name,
                    device->address, decision.port->port};
      target.truncated_discards = discards_truncated(*device);
      return begin_attempt(live, std::move(target), decision.port, std::move(transaction),
                           std::move(durable));
    }
    case DecisionKind::ask:
      ask_person(live, decision, transaction);
      set_state(live, JobState::held, decision.reasons);
      return commit(live, std::move(transaction), std::move(durable));
    case DecisionKind::hold:
    case DecisionKind::refuse: {
      const bool news = live.job.state != JobState::held || live.job.reasons != decision.reasons;
      set_state(live, JobState::held, decision.reasons);
      const auto kind =
          decision.kind == DecisionKind::refuse ? Notification::Kind::refused : Notification::Kind::waiting;
      commit(live, std::move(transaction),
             [this, id = live.job.id, kind, news, durable = std::move(durable)] {
               if (durable) durable();
               if (const LiveJob* held = find(id);
                   news && held && held->job.state == JobState::held && !held->job.reasons.empty())
                 tell(kind, held->job, held->job.reasons.front());
             });
      return;
    }
  }
}

void RouterCore::begin_attempt(LiveJob& live, Target target, std::optional<PortChoice> choice,
                               journal::Transaction transaction, std::function<void()> durable) {
  Attempt attempt;
  attempt.number = live.job.attempts.empty() ? 1 : live.job.attempts.back().number + 1;
  attempt.started = now();
  attempt.counted_by = target.kind == TargetKind::server ? CountedBy::server : choice->counted_by;
  if (choice) {
    attempt.may_count_twice = choice->may_count_twice;
    attempt.release_at_device = choice->release_at_device;
    for (const Attempt& before : live.job.attempts)
      attempt.server_copy_possible |= before.target.kind == TargetKind::server &&
                                      before.target.holds_on_arrival && before.outcome &&
                                      before.outcome->kind == OutcomeKind::unknown;
  }
  const std::string slot = target.kind == TargetKind::server ? server_target : target.id;
  ++slots_taken[slot];
  live.in_slot = true;
  live.choice = choice ? std::make_unique<PortChoice>(*choice) : nullptr;

  attempt.target = std::move(target);
  if (attempt.target.kind == TargetKind::device) {
    reserve(transaction, live, attempt);
    ask_second_opinion(live);
  }
  live.job.attempts.push_back(std::move(attempt));
  // A job that is still arriving stays a row of its own kind: it was not acknowledged yet.
  set_state(live, JobState::sending);
  commit(live, std::move(transaction), [this, id = live.job.id, durable = std::move(durable)] {
    if (durable) durable();
    LiveJob* job = find(id);
    if (!job || job->job.state != JobState::sending || job->run) return;
    if (job->choice && job->choice->needs_wake)
      wake_then_deliver(*job);
    else
      deliver(id);
  });
}

void RouterCore::wake_then_deliver(LiveJob& live) {
  const Target& target = live.job.attempts.back().target;
  const JobId id = live.job.id;
  if (waker.wake(target.id, target.address, *live.choice, now(), [this, id] { deliver(id); })) deliver(id);
}

DeliveryInput RouterCore::delivery_to(const Target& target, DeliveryOperation operation,
                                      const Job& job) const {
  DeliveryInput in =
      device_input({*services.plugins, services.watch, config().timeouts, config().device_trust}, operation,
                   job, target, setup.directory->find(target.id));
  if (target.kind != TargetKind::server) return in;
  in.protocol = nullptr;
  in.server = ServerLink{services.plugins->server(config().server->plugin), config().server->target};
  in.server->attributes = {Attribute::word("user-evidence", std::string(to_string(job.owner.evidence)))};
  if (!job.attempts.empty())
    in.server->attributes.push_back(Attribute::number("attempt", job.attempts.back().number));
  in.trust = trust_of(config().server->trust);
  in.send.ticket = effective_ticket(job.ticket, job.document);
  return in;
}

void RouterCore::deliver(JobId id) {
  LiveJob* live = find(id);
  if (!live || live->job.state != JobState::sending || live->run) return;
  Attempt& attempt = live->job.attempts.back();
  if (attempt.target.kind == TargetKind::device && count_before(*live)) return;
  const auto failed = [&](const std::string& reason, const std::string& text) {
    DeliveryReport report;
    report.outcome.kind = OutcomeKind::not_sent;
    report.outcome.reason = reason;
    report.outcome.text = text;
    services.io->post(
        [this, id, report = std::move(report)]() mutable { on_outcome(id, std::move(report)); });
  };
  DeliveryInput in = delivery_to(attempt.target, DeliveryOperation::print, live->job);
  if (attempt.target.kind == TargetKind::server ? !in.server->plugin : !in.protocol)
    return failed("plugin-missing", "no plugin speaks " + attempt.target.port.protocol);
  in.attempt = {id, attempt.number};
  if (live->intake && live->intake->cut_through) {
    in.document = services.spool->follow(live->intake->writer);
  } else {
    auto document = services.spool->open_document(live->job.document_file);
    if (!document) return failed("document-unreadable", document.error().message());
    in.document = std::move(*document);
  }
  if (attempt.target.kind == TargetKind::device) {
    const Device* device = setup.directory->find(attempt.target.id);
    if (!device || !live->choice) return failed("device-gone", "the device is no longer configured");
    auto prepared = prepare_delivery(routing_input(*live), *device, *live->choice);
    if (!prepared) return failed("vendor-rule-failed", prepared.error().message());
    in.preparation = std::move(*prepared);
    in.send.ticket =
        carried_by_protocol(effective_ticket(live->job.ticket, live->job.document), *live->choice);
    in.edits_required = profile().ticket_exact;
    if (profile().ticket_exact && attempt.target.port.protocol == "ipp")
      in.send.extra.push_back(Attribute::flag("ticket-exact", true));
  }
  live->run = std::make_unique<DeliveryRun>(*services.io);
  if (attempt.target.kind == TargetKind::server) {
    live->timer = std::make_unique<net::Timer>(*services.io);
    live->timer->start(std::min(doubt_after, config().timeouts.answer_timeout / 4),
                       [this] { health->probe_now(server_target); });
  }
  live->run->start(
      std::move(in), [this, id](DeliveryReport report) { on_outcome(id, std::move(report)); },
      [this, id] {
        if (LiveJob* sending = find(id); sending && sending->timer) sending->timer->cancel();
        crash_point("first-byte");
      });
}

void RouterCore::free_slot(const std::string& target, LiveJob& live) {
  if (!live.in_slot) return;
  live.in_slot = false;
  if (slots_taken[target] > 0) --slots_taken[target];
  services.io->post([this, here = alive(), target] {
    if (!here.expired()) take_slots(target);
  });
}

void RouterCore::take_slots(const std::string& target) {
  auto& queue = waiting_for_slot[target];
  const std::size_t most = target == server_target ? config().limits.parallel : 1;
  while (!queue.empty() && slots_taken[target] < most) {
    const JobId id = queue.front();
    queue.pop_front();
    LiveJob* live = find(id);
    if (!live || live->job.state != JobState::pending || live->in_slot || live->run) continue;
    const std::size_t before = queue.size();
    route(*live);
    if (queue.size() > before)
      return;  // it was put back (a trial is under way): no use in asking for the next
  }
}

void RouterCore::reroute_waiting(bool server_came_back) {
  std::vector<JobId> ids;
  for (const auto& [id, live] : jobs)
    if (!live->in_slot && !live->run &&
        (live->job.state == JobState::pending ||
         (live->job.state == JobState::held && server_came_back && !live->cancel_wanted)))
      ids.push_back(id);
  std::ranges::sort(ids);
  waiting_for_slot[server_target].clear();
  // A few at a time: thousands of waiting jobs must not keep the loop from new ones.
  auto rest = std::make_shared<std::vector<JobId>>(std::move(ids));
  auto step = std::make_shared<std::function<void(std::size_t)>>();
  *step = [this, here = alive(), rest, server_came_back, weak = std::weak_ptr(step)](std::size_t from) {
    if (here.expired()) return;
    const std::size_t to = std::min(rest->size(), from + 50);
    for (std::size_t i = from; i < to; ++i)
      if (LiveJob* live = find((*rest)[i]);
          live && (live->job.state == JobState::pending || live->job.state == JobState::held)) {
        if (!server_came_back || !server_facts().up || !ask_server_about(*live)) route(*live);
      }
    if (const auto self = weak.lock(); self && to < rest->size())
      services.io->post([self, to] { (*self)(to); });
  };
  (*step)(0);
}

void RouterCore::probe_target(const std::string& target, std::function<void(Outcome)> done) {
  Target to;
  if (target == server_target) {
    if (!config().server) return done({});
    const ServerConfig& s = *config().server;
    to = {TargetKind::server,
          s.name,
          s.name,
          s.host,
          {s.protocol, s.port, s.queue, s.tls, PortClass::unstated}};
  } else {
    const Device* device = setup.directory->find(target);
    if (!device || device->ports.empty()) return done({});
    to = {TargetKind::device, device->id, device->name, device->address, device->ports.front()};
  }
  DeliveryInput in = delivery_to(to, DeliveryOperation::probe, Job{});
  if (to.kind == TargetKind::server ? !in.server->plugin : !in.protocol) return done({});
  run_aside(std::move(in), [this, target, done = std::move(done)](const DeliveryReport& report) {
    done(report.outcome);
    if (target != server_target) return;
    // Jobs whose first try sent nothing were waiting for this.
    services.io->post([this, here = alive()] {
      if (here.expired()) return;
      std::vector<JobId> waiting;
      for (const auto& [id, live] : jobs)
        if (live->awaits_verdict) waiting.push_back(id);
      std::ranges::sort(waiting);
      for (const JobId id : waiting)
        if (LiveJob* live = find(id); live && live->awaits_verdict) route(*live);
    });
  });
}

void RouterCore::run_aside(DeliveryInput input, std::function<void(const DeliveryReport&)> done) {
  const std::uint64_t number = ++last_aside;
  auto& run = asides[number];
  run = std::make_unique<DeliveryRun>(*services.io);
  run->start(std::move(input), [this, number, done = std::move(done)](const DeliveryReport& report) {
    const auto at = asides.find(number);
    services.io->post(
        [run = std::shared_ptr<DeliveryRun>(std::move(at->second))] {});  // ends after its own call
    asides.erase(at);
    done(report);
  });
}

void RouterCore::watch_targets() {
  HealthOptions options;
  options.probe_interval_up = config().health.probe_interval;
  options.probe_interval_down =
      std::min(config().health.probe_interval_down, options.probe_interval_down_max);
  options.jitter_percent = static_cast<int>(config().health.jitter_percent);
  options.failures_to_down = static_cast<int>(config().health.down_after);
  options.successes_to_up = static_cast<int>(config().health.up_after);
  const auto probe = [this](const std::string& target, std::function<void(Outcome)> done) {
    probe_target(target, std::move(done));
  };
  if (config().server)
    health->watch(server_target, options, true, probe);
  else
    health->forget(server_target);
  options.probe_interval_up = config().health.device_interval;
  for (const Device* device : setup.directory->targets(profile()))
    health->watch(device->id, options, false, probe);
}

}  // namespace printrouter
