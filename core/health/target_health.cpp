// SPDX-License-Identifier: Apache-2.0
#include "health/target_health.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace printrouter {

namespace {
/// Outcomes that speak of us, not of the target: a document that cannot be read, a plugin that broke its
/// contract.
constexpr std::array<std::string_view, 13> kOurOwn = {
    "no-document",    "document-unreadable", "no-protocol",        "edit-without-place", "plugin-refused",
    "not-supported",  "length-required",     "action-invalid",     "step-loop",          "outcome-invalid",
    "cancel-ignored", "document-broke-off",  "submitter-broke-off"};

bool mentions(std::string_view text, std::string_view word) {
  return text.find(word) != std::string_view::npos;
}

bool internal_error(std::string_view reason) {
  return mentions(reason, "http-500") || mentions(reason, "server-error-internal-error");
}
}  // namespace

std::string_view to_string(HealthState state) {
  switch (state) {
    case HealthState::unknown:
      return "unknown";
    case HealthState::up:
      return "up";
    case HealthState::down:
      return "down";
    case HealthState::half_open:
      return "half-open";
  }
  return "unknown";
}

HealthSignal health_signal(const Outcome& outcome) {
  if (std::find(kOurOwn.begin(), kOurOwn.end(), outcome.reason) != kOurOwn.end())
    return HealthSignal::nothing;
  if (outcome.busy) return mentions(outcome.reason, "busy") ? HealthSignal::busy : HealthSignal::cannot;
  switch (outcome.kind) {
    case OutcomeKind::delivered:
      return HealthSignal::ok;
    case OutcomeKind::rejected:
    case OutcomeKind::auth_required:
    case OutcomeKind::hold:
      return internal_error(outcome.reason) ? HealthSignal::suspicious : HealthSignal::refuses;
    case OutcomeKind::not_sent:
    case OutcomeKind::unknown:
      return internal_error(outcome.reason) ? HealthSignal::suspicious : HealthSignal::cannot;
    case OutcomeKind::stop_target:
      return HealthSignal::cannot;
    case OutcomeKind::cancelled:
      return HealthSignal::nothing;
  }
  return HealthSignal::nothing;
}

void TargetHealth::enter(HealthState state, Time now, const std::string& reason) {
  if (state_ != state) since_ = now;
  state_ = state;
  reason_ = reason;
}

bool TargetHealth::admit() {
  switch (state_) {
    case HealthState::unknown:
    case HealthState::up:
      return true;
    case HealthState::down:
      return false;
    case HealthState::half_open:
      return !std::exchange(trial_, true);
  }
  return false;
}

void TargetHealth::trial_dropped() {
  trial_ = false;
}

/// `proof`: a job went through, which says more than any probe.
void TargetHealth::good(Time now, bool proof) {
  failures_ = 0;
  suspicious_ = false;
  busy_since_.reset();
  switch (state_) {
    case HealthState::unknown:
      return enter(HealthState::up, now, {});
    case HealthState::up:
      return;
    case HealthState::down:
    case HealthState::half_open:
      ++successes_;
      if (proof || successes_ >= static_cast<std::uint32_t>(options_.successes_to_up)) {
        trial_ = false;
        down_interval_ = Milliseconds(0);
        return enter(HealthState::up, now, {});
      }
      if (state_ == HealthState::down) enter(HealthState::half_open, now, reason_);
  }
}

void TargetHealth::failed(Time now, const std::string& reason) {
  successes_ = 0;
  if (state_ == HealthState::half_open) {
    trial_ = false;
    down_interval_ = Milliseconds(0);
    return enter(HealthState::down, now, reason);
  }
  if (state_ == HealthState::down) {
    reason_ = reason;
    return;
  }
  if (failures_ > 0 && now - first_failure_ > options_.failure_window) failures_ = 0;
  if (failures_ == 0) first_failure_ = now;
  ++failures_;
  if (suspicious_) {
    // The job's own error and this failure are two witnesses.
    suspicious_ = false;
    ++failures_;
  }
  if (failures_ < static_cast<std::uint32_t>(std::max(1, options_.failures_to_down))) return;
  failures_ = 0;
  down_interval_ = Milliseconds(0);
  enter(HealthState::down, now, reason);
}

/// True: it has been busy for too long.
bool TargetHealth::busy(Time now, const std::string& reason) {
  if (!busy_since_) busy_since_ = now;
  if (now - *busy_since_ < options_.busy_limit) return false;
  if (state_ != HealthState::down) {
    trial_ = false;
    down_interval_ = Milliseconds(0);
    enter(HealthState::down, now, reason);
  }
  return true;
}

void TargetHealth::on_outcome(HealthSignal signal, Time now, const std::string& reason) {
  const bool trial = std::exchange(trial_, false);
  switch (signal) {
    case HealthSignal::ok:
      good(now, true);
      if (state_ == HealthState::up) reason_.clear();
      return;
    case HealthSignal::refuses:
      return good(now, true);
    case HealthSignal::busy:
      busy(now, reason);
      return;
    case HealthSignal::cannot: {
      const bool was_up = state_ != HealthState::down;
      failed(now, reason);
      // One failure asks for one probe at once; both failed is down.
      if (was_up && (state_ != HealthState::down || trial)) next_probe_ = now;
      if (state_ == HealthState::down && was_up && !trial)
        next_probe_ = now + jittered(options_.probe_interval_down);
      return;
    }
    case HealthSignal::suspicious:
      if (state_ == HealthState::down) return;
      suspicious_ = true;
      next_probe_ = now;
      return;
    case HealthSignal::nothing:
      return;
  }
}

void TargetHealth::on_probe(HealthSignal signal, Time now, const std::string& reason) {
  probing_ = false;
  switch (signal) {
    case HealthSignal::ok:
      good(now, false);
      if (state_ == HealthState::up) reason_.clear();
      break;
    case HealthSignal::refuses:  // a certificate, a credential: it still shows somebody at work
      good(now, false);
      if (state_ == HealthState::up) reason_ = reason;
      break;
    case HealthSignal::busy:
      busy(now, reason);
      break;
    case HealthSignal::cannot:
    case HealthSignal::suspicious:
      failed(now, reason);
      break;
    case HealthSignal::nothing:
      break;
  }
  Milliseconds interval = options_.probe_interval_up;
  if (state_ == HealthState::down) {
    down_interval_ = down_interval_.count() == 0
                         ? options_.probe_interval_down
                         : std::min(down_interval_ * 2, options_.probe_interval_down_max);
    interval = down_interval_;
  } else if (state_ == HealthState::half_open || in_doubt()) {
    interval = options_.probe_interval_down / 4;
  }
  next_probe_ = now + jittered(interval);
}

Milliseconds TargetHealth::jittered(Milliseconds interval) const {
  const std::int64_t span = interval.count() * options_.jitter_percent / 100;
  return interval - Milliseconds(span) + Milliseconds(2 * span * (random_ & 0xffff) / 0xffff);
}

std::optional<TargetHealth::Time> TargetHealth::next_probe(bool always) const {
  if (probing_) return std::nullopt;
  const bool needed = always || state_ == HealthState::down || state_ == HealthState::half_open || in_doubt();
  return needed ? std::optional(next_probe_) : std::nullopt;
}

void TargetHealth::probe_started(Time, std::uint32_t random) {
  probing_ = true;
  random_ = random;
}

}  // namespace printrouter
