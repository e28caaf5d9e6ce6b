// SPDX-License-Identifier: Apache-2.0
#include "routing/judge.hpp"

#include <algorithm>
#include <limits>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "devices/capabilities.hpp"
#include "document/facts.hpp"
#include "routing/judge_port.hpp"
#include "routing/rules.hpp"

namespace printrouter::routing {
namespace {
bool same_word(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) {
    const auto low = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return low(x) == low(y);
  });
}

/// Sentences about one device, in the order the rules are asked.
struct Notes {
  const Profile& profile;
  Judged& out;
  void say(Rule rule, std::initializer_list<std::string_view> values = {}) {
    Reason reason = make_reason(rule, profile, values);
    if (reason.severity == Severity::refusal) out.causes |= cause_rule;
    out.reasons.push_back(std::move(reason));
  }
};

void takes_document(const JobView& view, const Device& device, Notes& notes) {
  if (view.format.empty()) {
    notes.say(Rule::format_unknown);
    return;
  }
  const auto takes = takes_format(device, view.format);
  if (takes == false) notes.say(Rule::format_not_taken, {view.format});
  if (!takes) notes.say(Rule::languages_unknown, {view.format});
}

void takes_ticket(const JobView& view, const Device& device, Notes& notes) {
  const bool relaxed = !notes.profile.ticket_exact;
  const auto color = prints_color(device);
  if (view.wants_color && !color) notes.say(Rule::device_color_unknown);
  if (view.wants_color && color == false) notes.say(relaxed ? Rule::color_becomes_grey : Rule::no_color);
  if (view.color_unknown) {
    notes.say(Rule::color_unknown);
    if (color == false) notes.say(Rule::color_becomes_grey);
  }
  if (!view.media.empty()) {
    const auto has = takes_media(device, view.media);
    if (has == false) notes.say(Rule::media_not_taken, {view.media});
    if (!has) notes.say(Rule::media_unknown, {view.media});
  }
  if (view.wants_two_sides) {
    const auto duplex = prints_duplex(device);
    if (duplex == false) notes.say(Rule::no_duplex);
    if (!duplex) notes.say(Rule::duplex_unknown);
  }
  for (const Attribute& wish : view.ticket) {
    if (wish.name != "finishings") continue;
    const std::string_view keyword =
        wish.text.empty() ? finishing_keyword(wish.integer) : std::string_view(wish.text);
    if (takes_finishing(device, keyword) == false) notes.say(Rule::finishing_not_taken, {keyword});
  }
}

void was_checked(const RoutingInput& input, const Device& device, Notes& notes) {
  const auto it = input.checks.find(device.id);
  const CheckResult* check = it == input.checks.end() ? nullptr : &it->second;
  if (check && check->verdict != Verdict::untested && input.now - check->when > input.check_max_age) {
    notes.say(Rule::check_old, {shown(check->when)});
    check = nullptr;
  }
  const bool chosen = chose(input, device.id, {});
  if (check && check->verdict == Verdict::refused && !chosen) {
    notes.say(Rule::check_refused,
              {shown(check->when), check->text.empty() ? "" : ": " + shown(check->text)});
    return;
  }
  if ((check && check->verdict != Verdict::untested) || input.profile.untested == Profile::Untested::allow)
    return;
  notes.say(Rule::untested);
  if (input.profile.untested == Profile::Untested::refuse && !chosen) {
    notes.out.reasons.back().severity = Severity::refusal;
    notes.out.causes |= cause_rule;
  }
}

void was_used(const RoutingInput& input, Judged& out, Notes& notes) {
  for (const UsedDevice& used : input.history)
    if (used.device_id == out.candidate.device_id && used.last_used > out.candidate.last_used)
      out.candidate.last_used = used.last_used;
  if (!out.candidate.last_used.set()) return;
  const auto most =
      std::chrono::duration_cast<Milliseconds>(std::chrono::hours(24)) * input.profile.history_days;
  out.candidate.used = input.now - out.candidate.last_used <= most;
  const std::string when = shown(out.candidate.last_used);
  if (out.candidate.used)
    notes.say(Rule::used, {when});
  else
    notes.say(Rule::used_too_long_ago, {when, std::to_string(input.profile.history_days)});
}

void is_released(const RoutingInput& input, const JobView& view, const DeviceProfile& profile,
                 const Device& device, Judged& out) {
  Cost cost;
  static const PriceBook no_prices;
  cost = cost_of(view.volume, device, input.prices ? *input.prices : no_prices);
  if (cost.money) out.candidate.price = cost.money->to_hundredths();
  if (profile.release == ReleaseCondition::always && !input.profile.outage_ceiling) return;
  Release released = release(profile.release, input.profile, cost, input.funds, input.now);
  if (!released.met) out.causes |= cause_release;
  out.release_for_all = released.for_all;
  std::ranges::move(released.reasons, std::back_inserter(out.reasons));
}

/// What was observed stands in for what the administrator did not state.
bool observed_settings(const RoutingInput& input, const Device& device, DeviceHealth::State health,
                       Device& copy) {
  const auto check = input.checks.find(device.id);
  const bool asleep = health == DeviceHealth::State::asleep && !find(device.settings, "asleep");
  const bool accepts = check != input.checks.end() && check->second.accepts_unidentified &&
                       !find(device.settings, "accepts-unidentified-jobs");
  if (!asleep && !accepts) return false;
  copy = device;
  if (asleep) set(copy.settings, Attribute::flag("asleep", true));
  if (accepts)
    set(copy.settings, Attribute::flag("accepts-unidentified-jobs", *check->second.accepts_unidentified));
  return true;
}

/// A group of more printers than anybody reads through.
constexpr std::size_t large = 200;

/// Which devices get the same judgement: those of a kind, but for the few with something of their own.
class Alike {
 public:
  explicit Alike(const RoutingInput& input) : input_(input) {
    for (const UsedDevice& used : input.history) own_.insert(used.device_id);
    for (const Attempt& attempt : input.job.attempts) own_.insert(attempt.target.id);
    for (const FallbackOverride& o : input.profile.overrides) own_.insert(o.printer);
    if (input.answer) own_.insert(input.answer->device_id);
  }
  /// nullopt: judged on its own.
  std::optional<std::size_t> kind(const Device& device) const {
    if (own_.contains(device.id)) return std::nullopt;
    const auto health = input_.health.find(device.id);
    if (health != input_.health.end() && (health->second.state == DeviceHealth::State::silent ||
                                          health->second.state == DeviceHealth::State::asleep))
      return std::nullopt;
    const std::size_t kind = input_.directory.kind(device) * 8;
    const auto check = input_.checks.find(device.id);
    if (check == input_.checks.end()) return kind;
    const CheckResult& result = check->second;
    const bool tested = result.verdict != Verdict::untested;
    if (result.verdict == Verdict::refused || (tested && input_.now - result.when > input_.check_max_age))
      return std::nullopt;  // the sentence gives its date
    const std::size_t accepts = !result.accepts_unidentified ? 0 : *result.accepts_unidentified ? 1 : 2;
    return kind + (tested ? 4 : 0) + accepts;
  }

 private:
  const RoutingInput& input_;
  std::unordered_set<std::string_view> own_;
};

void name_it(Candidate& candidate, const Device& device) {
  candidate.device_id = device.id;
  candidate.name = device.name.empty() ? device.id : device.name;
  candidate.place = device.place;
}

/// What was said of `first` about another device of its kind.
Judged twin_of(const Judged& first, const Device& device) {
  Judged out;
  out.device = &device;
  name_it(out.candidate, device);
  out.candidate.permitted = first.candidate.permitted;
  out.candidate.price = first.candidate.price;
  out.candidate.ports = first.candidate.ports;
  out.candidate.reasons = first.candidate.reasons;
  out.causes = first.causes;
  out.permitted_but_private = first.permitted_but_private;
  out.release_for_all = first.release_for_all;
  return out;
}
}  // namespace

JobView::JobView(const RoutingInput& input)
    : ticket(effective_ticket(input.job.ticket, input.job.document)),
      document_sets(printrouter::document_sets(input.job.ticket, input.job.document)),
      input_(input) {
  const Job& job = input.job;
  is_private = job.private_job || job.document.hold || input.profile.treat_as_private ||
               find(job.ticket, "job-password") != nullptr;
  format = job.document.format.empty() ? job.declared_format : job.document.format;
  if (format == "application/octet-stream") format.clear();
  title = job.title.empty() ? job.document.title : job.title;
  uuid = job.uuid.to_string();
  media = pwg_media_name(text_of(ticket, "media"));
  const std::string_view mode = text_of(ticket, "print-color-mode");
  const bool mono = asks_for_black(mode);
  wants_color = mode == "color" || (!mono && job.document.color == true);
  color_unknown =
      !wants_color && !mono && !job.document.color && !(job.analysis && job.analysis->color_pages);
  const std::string_view sides = text_of(ticket, "sides");
  wants_two_sides = sides.starts_with("two-sided");
  volume = job_volume(job);
}

VendorJob JobView::vendor_job() const {
  const Job& job = input_.job;
  const std::string_view user = job.owner.user.empty() ? job.owner.asserted_user : job.owner.user;
  return {user,
          title,
          uuid,
          format,
          ticket,
          input_.identity,
          document_sets,
          job.document.has_pjl,
          job.document.pjl_job_line,
          is_private};
}

DeviceProfile::DeviceProfile(const Profile& profile, const Device& device)
    : release(profile.release_condition), integration(profile.integration), port(&profile.device_port) {
  // An exception for the printer itself is stronger than one for its model.
  for (const bool by_printer : {false, true})
    for (const FallbackOverride& o : profile.overrides) {
      const bool hit = by_printer ? !o.printer.empty() && o.printer == device.id
                                  : !o.model.empty() && same_word(o.model, device.model);
      if (!hit) continue;
      if (o.device_port) port = &o.device_port;
      if (o.integration) integration = *o.integration;
      if (o.release_condition) release = *o.release_condition;
    }
}

bool is_failure(const Attempt& attempt) {
  if (!attempt.outcome) return false;
  switch (attempt.outcome->kind) {
    case OutcomeKind::not_sent:
      return !attempt.outcome->reason.starts_with(our_restart);
    case OutcomeKind::rejected:
    case OutcomeKind::auth_required:
    case OutcomeKind::hold:
    case OutcomeKind::stop_target:
      return true;
    case OutcomeKind::delivered:
    case OutcomeKind::cancelled:
    case OutcomeKind::unknown:
      return false;
  }
  return false;
}

bool chose(const RoutingInput& input, std::string_view device_id, Timestamp since) {
  return input.answer && input.answer->kind == Answer::Kind::device && input.answer->device_id == device_id &&
         input.answer->when >= since;
}

Judged judge(const RoutingInput& input, const JobView& view, const Device& device) {
  Judged out;
  out.device = &device;
  name_it(out.candidate, device);
  Notes notes{input.profile, out};
  const DeviceProfile profile(input.profile, device);
  if (const auto it = input.health.find(device.id); it != input.health.end()) {
    out.health = it->second.state;
    if (out.health == DeviceHealth::State::silent) {
      const auto why = [&](bool german) {
        return it->second.text.empty() ? std::string() : ": " + health_text(it->second.text, german);
      };
      out.reasons.push_back(make_reason(Rule::device_silent, input.profile, {why(false)}, {why(true)}));
    }
  }
  was_used(input, out, notes);
  takes_document(view, device, notes);
  takes_ticket(view, device, notes);
  was_checked(input, device, notes);
  is_released(input, view, profile, device, out);

  Device observed;
  const Device& seen = observed_settings(input, device, out.health, observed) ? observed : device;
  judge_ports(input, view, profile, seen, out);
  out.permitted_but_private = out.causes == cause_private;
  out.candidate.permitted = out.causes == cause_none;
  out.candidate.reasons = std::move(out.reasons);
  out.candidate.ports = std::move(out.ports);
  return out;
}

std::vector<Judged> judge_these(const RoutingInput& input, const JobView& view,
                                const std::vector<const Device*>& devices) {
  const Alike alike(input);
  std::unordered_map<std::size_t, std::size_t> of_a_kind;  // where the first of each kind stands
  std::vector<Judged> judged;
  judged.reserve(devices.size());
  for (const Device* device : devices) {
    const auto kind = devices.size() > large ? alike.kind(*device) : std::nullopt;
    const auto known = kind ? of_a_kind.find(*kind) : of_a_kind.end();
    if (known != of_a_kind.end()) {
      judged.push_back(twin_of(judged[known->second], *device));
    } else {
      if (kind) of_a_kind.emplace(*kind, judged.size());
      judged.push_back(judge(input, view, *device));
    }
    if (const auto it = input.health.find(device->id); it != input.health.end())
      judged.back().health = it->second.state;
  }
  // Health orders: who is known to be silent stands last. Then last used first, then the cheaper, then by
  // name.
  using Key = std::tuple<bool, bool, bool, std::int64_t, std::int64_t, std::size_t, std::size_t>;
  std::vector<Key> order;
  order.reserve(judged.size());
  for (const Judged& j : judged)
    order.emplace_back(!j.candidate.permitted, j.health == DeviceHealth::State::silent, !j.candidate.used,
                       j.candidate.used ? -j.candidate.last_used.ms : 0,
                       j.candidate.price.value_or(std::numeric_limits<std::int64_t>::max()),
                       input.directory.rank(*j.device), order.size());
  if (std::ranges::is_sorted(order)) return judged;  // a large group comes in the order of its names
  std::ranges::sort(order);
  std::vector<Judged> out;
  out.reserve(judged.size());
  for (const Key& key : order) out.push_back(std::move(judged[std::get<6>(key)]));
  return out;
}

std::vector<Judged> judge_all(const RoutingInput& input, const JobView& view) {
  return judge_these(input, view, input.directory.targets(input.profile));
}

std::vector<Judged> judge_enough(const RoutingInput& input, const JobView& view, std::size_t& left) {
  const auto targets = input.directory.targets(input.profile);
  left = 0;
  if (input.every_device || targets.size() <= large) return judge_these(input, view, targets);
  const auto matters = [&](const Device* device) {
    if (input.answer && input.answer->kind == Answer::Kind::device)
      return input.answer->device_id == device->id;
    return std::ranges::find(input.history, device->id, &UsedDevice::device_id) != input.history.end();
  };
  std::vector<const Device*> first;
  std::ranges::copy_if(targets, std::back_inserter(first), matters);
  std::vector<Judged> judged = judge_these(input, view, first);
  const bool chosen = input.answer && input.answer->kind == Answer::Kind::device;
  const bool failed = !input.job.attempts.empty() && is_failure(input.job.attempts.back()) &&
                      input.job.attempts.back().target.kind == TargetKind::device;
  const bool decides = std::ranges::any_of(judged, [](const Judged& j) {
    return j.candidate.permitted && j.candidate.used && j.health != DeviceHealth::State::silent;
  });
  if ((chosen && !judged.empty()) || (decides && !failed)) {
    left = targets.size() - first.size();
    return judged;
  }
  return judge_these(input, view, targets);
}

const Reason* main_refusal(const Candidate& candidate) {
  const Reason* check = nullptr;  // "a check found that it refuses" only where no rule says why
  for (const Reason& reason : candidate.reasons) {
    if (reason.severity != Severity::refusal) continue;
    if (reason.id != "routing.check-refused") return &reason;
    check = &reason;
  }
  for (const PortChoice& port : candidate.ports)
    for (const Reason& reason : port.reasons)
      if (reason.severity == Severity::refusal) return &reason;
  return check;
}

}  // namespace printrouter::routing
