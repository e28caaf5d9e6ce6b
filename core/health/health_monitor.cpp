// SPDX-License-Identifier: Apache-2.0
#include "health/health_monitor.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <map>
#include <random>

namespace printrouter {

namespace {
Milliseconds age(TargetHealth::Time since, TargetHealth::Time now) {
  return std::chrono::duration_cast<Milliseconds>(now - since);
}
}  // namespace

struct HealthMonitor::Impl : std::enable_shared_from_this<HealthMonitor::Impl> {
  struct Target {
    Target(net::IoContext& io, HealthOptions o) : health(o), options(o), schedule(io), confirm(io) {}
    TargetHealth health;
    HealthOptions options;
    bool always = false;
    Probe probe = {};
    net::Timer schedule, confirm;
    std::uint64_t probe_number = 0;  ///< of the one that runs; its late answer is told apart by it
    std::optional<TargetHealth::Time> heard = {};
  };
  Impl(net::IoContext& context, Changed on_change) : io(context), changed(std::move(on_change)) {}
  net::IoContext& io;
  Changed changed;
  std::map<std::string, std::unique_ptr<Target>> targets = {};
  std::minstd_rand random{std::random_device{}()};

  static TargetHealth::Time now() { return std::chrono::steady_clock::now(); }
  Target* find(const std::string& name) const {
    const auto found = targets.find(name);
    return found == targets.end() ? nullptr : found->second.get();
  }
  /// Runs `change` on the target's health, tells who listens, and sets the alarm for the next probe.
  template <class F>
  void with(const std::string& name, F&& change) {
    Target* target = find(name);
    if (!target) return;
    const HealthState before = target->health.state();
    change(*target);
    const HealthState after = target->health.state();
    reschedule(name, *target);
    if (before == after) return;
    spdlog::info("{}: {} -> {}{}{}", name, to_string(before), to_string(after),
                 target->health.reason().empty() ? "" : ": ", target->health.reason());
    if (changed) changed(name, before, after);
  }
  void reschedule(const std::string& name, Target& target) {
    const auto due = target.probe ? target.health.next_probe(target.always) : std::nullopt;
    if (!due) return target.schedule.cancel();
    target.schedule.start_at(*due, [weak = weak_from_this(), name] {
      if (const auto self = weak.lock()) self->probe(name);
    });
  }
  void probe(const std::string& name) {
    Target* target = find(name);
    if (!target || !target->health.next_probe(true)) return;
    const std::uint64_t number = ++target->probe_number;
    target->health.probe_started(now(), static_cast<std::uint32_t>(random() & 0xffff));
    if (target->health.in_doubt() && target->health.state() != HealthState::down)
      target->confirm.start(target->options.confirm_timeout, [weak = weak_from_this(), name, number] {
        if (const auto self = weak.lock()) self->confirm_failed(name, number);
      });
    const Probe call = target->probe;
    call(name, [weak = weak_from_this(), name, number](Outcome outcome) {
      if (const auto self = weak.lock()) self->probed(name, number, outcome);
    });
  }
  void confirm_failed(const std::string& name, std::uint64_t number) {
    with(name, [&](Target& t) {
      if (t.probe_number != number) return;
      ++t.probe_number;  // its own answer comes too late, but is still listened to
      t.health.on_probe(HealthSignal::cannot, now(), "no answer to the confirming probe");
    });
  }
  void probed(const std::string& name, std::uint64_t number, const Outcome& outcome) {
    const HealthSignal signal = health_signal(outcome);
    with(name, [&](Target& t) {
      const bool late = t.probe_number != number;
      if (late && (signal != HealthSignal::ok || !t.health.next_probe(true))) return;
      t.confirm.cancel();
      t.heard = now();
      std::string why = outcome.reason.empty() ? outcome.text : outcome.reason;
      if (signal == HealthSignal::refuses && !outcome.reason.empty() && !outcome.text.empty())
        why += ": " + outcome.text;
      t.health.on_probe(signal, now(), why);
    });
  }
  HealthInfo info_of(const std::string& name, const Target& t) const {
    HealthInfo out;
    out.target = name;
    out.state = t.health.state();
    out.reason = t.health.reason();
    if (t.health.since() != TargetHealth::Time{}) out.since = age(t.health.since(), now());
    if (t.heard) out.last_heard = age(*t.heard, now());
    return out;
  }
};

HealthMonitor::HealthMonitor(net::IoContext& io, Changed changed)
    : impl_(std::make_shared<Impl>(io, std::move(changed))) {}

HealthMonitor::~HealthMonitor() {
  impl_->targets.clear();
}

void HealthMonitor::watch(const std::string& target, HealthOptions options, bool always, Probe probe) {
  auto& slot = impl_->targets[target];
  if (slot)
    slot->health.set_options(options);
  else
    slot = std::make_unique<Impl::Target>(impl_->io, options);
  slot->options = options;
  slot->always = always;
  slot->probe = std::move(probe);
  if (always && slot->health.state() == HealthState::unknown) slot->health.probe_now(Impl::now());
  impl_->reschedule(target, *slot);
}

void HealthMonitor::forget(const std::string& target) {
  impl_->targets.erase(target);
}

HealthState HealthMonitor::state(const std::string& target) const {
  const auto* t = impl_->find(target);
  return t ? t->health.state() : HealthState::unknown;
}

HealthInfo HealthMonitor::info(const std::string& target) const {
  const auto* t = impl_->find(target);
  if (t) return impl_->info_of(target, *t);
  HealthInfo out;
  out.target = target;
  return out;
}

std::vector<HealthInfo> HealthMonitor::all() const {
  std::vector<HealthInfo> out;
  for (const auto& [name, target] : impl_->targets) out.push_back(impl_->info_of(name, *target));
  return out;
}

bool HealthMonitor::admit(const std::string& target) {
  auto* t = impl_->find(target);
  return !t || t->health.admit();
}

void HealthMonitor::trial_dropped(const std::string& target) {
  if (auto* t = impl_->find(target)) t->health.trial_dropped();
}

void HealthMonitor::outcome(const std::string& target, const Outcome& outcome) {
  const HealthSignal signal = health_signal(outcome);
  impl_->with(target, [&](Impl::Target& t) {
    if (signal != HealthSignal::nothing && signal != HealthSignal::cannot) t.heard = Impl::now();
    t.health.on_outcome(signal, Impl::now(), outcome.reason.empty() ? outcome.text : outcome.reason);
  });
}

void HealthMonitor::probe_now(const std::string& target) {
  impl_->with(target, [&](Impl::Target& t) { t.health.probe_now(Impl::now()); });
  impl_->probe(target);
}

}  // namespace printrouter
