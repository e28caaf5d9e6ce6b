// SPDX-License-Identifier: Apache-2.0
#include "routing/judge_port.hpp"

#include <algorithm>
#include <tuple>

#include "routing/rules.hpp"

namespace printrouter::routing {
namespace {
PortClass counted(PortClass value) {
  return value == PortClass::device_spooling ? PortClass::device_spooling : PortClass::plain;
}
bool same_way(const Port& a, const Port& b) {
  return a.protocol == b.protocol && a.port == b.port;
}

struct JudgedPort {
  PortChoice choice;
  unsigned causes = cause_none;
};

/// Sentences about one port.
struct Notes {
  const Profile& profile;
  JudgedPort& out;
  void say(Rule rule, unsigned cause = cause_rule, std::initializer_list<std::string_view> values = {}) {
    Reason reason = make_reason(rule, profile, values);
    if (reason.severity == Severity::refusal) out.causes |= cause;
    out.choice.reasons.push_back(std::move(reason));
  }
};

/// The ports to judge, and what is to be said about where they come from.
struct Offered {
  std::vector<Port> ports;
  Reasons device_reasons;
  Reasons port_reasons;
};
Offered offered_ports(const RoutingInput& input, const DeviceProfile& profile, const Device& device) {
  Offered out;
  if (!*profile.port) {
    out.ports = device.ports;
    if (out.ports.empty()) out.device_reasons.push_back(make_reason(Rule::no_ports, input.profile));
    return out;
  }
  const Port& wanted = **profile.port;
  const auto same = std::ranges::find_if(device.ports, [&](const Port& p) {
    return same_way(p, wanted) && (p.queue.empty() || wanted.queue.empty() || p.queue == wanted.queue);
  });
  if (same == device.ports.end() && input.directory.ports_stated(device)) {
    out.device_reasons.push_back(make_reason(Rule::port_missing, input.profile, {wanted.label()}));
    return out;
  }
  Port port = wanted;
  if (same != device.ports.end()) {
    if (port.queue.empty()) port.queue = same->queue;
    if (port.port_class == PortClass::unstated) port.port_class = same->port_class;
  } else if (!device.ports.empty()) {
    out.port_reasons.push_back(make_reason(Rule::port_not_in_model_file, input.profile, {wanted.label()}));
  }
  out.ports.push_back(std::move(port));
  return out;
}

/// A wish that comes true without anybody carrying it.
bool fulfils_itself(const Attribute& wish) {
  if (wish.name == "copies") return wish.integer <= 1;
  if (wish.name == "print-color-mode") return wish.text == "auto";
  if (wish.name == "finishings") return wish.integer == 3 || wish.text == "none";
  if (wish.name == "number-up") return wish.integer <= 1;
  return false;
}
bool is_major(std::string_view name) {
  return name == "copies" || name == "sides" || name == "media" || name == "print-color-mode";
}
bool is_minor(std::string_view name) {
  return name == "finishings" || name == "page-ranges" || name == "number-up";
}
std::string wish_text(const Attribute& wish) {
  const std::string value = !wish.text.empty() ? shown(wish.text) : std::to_string(wish.integer);
  return wish.name + " = " + value;
}

/// The ticket must reach the paper: what the vendor's rule leaves unanswered counts as lost.
void ticket_reaches_paper(const RoutingInput& input, const JobView& view, JudgedPort& out) {
  std::string_view last;
  for (const Attribute& wish : view.ticket) {
    if (wish.name == last || (!is_major(wish.name) && !is_minor(wish.name))) continue;
    last = wish.name;
    auto& carries = out.choice.ticket;
    auto carry = std::ranges::find(carries, wish.name, &TicketCarry::attribute);
    const bool in_document =
        std::ranges::find(view.document_sets, wish.name) != view.document_sets.end() || fulfils_itself(wish);
    if (carry == carries.end())
      carry = carries.insert(carries.end(), {wish.name, in_document ? Carry::in_document : Carry::lost});
    if (carry->how != Carry::lost || in_document) continue;
    const bool refuse = is_major(wish.name) && input.profile.ticket_exact;
    out.choice.reasons.push_back(
        make_reason(refuse ? Rule::ticket_lost : Rule::ticket_lost_minor, input.profile, {wish_text(wish)}));
    if (refuse) out.causes |= cause_rule;
  }
}

void stays_private(const RoutingInput& input, const JobView& view, const Device& device, JudgedPort& out) {
  if (!view.is_private) return;
  Notes notes{input.profile, out};
  if (out.choice.port.port_class == PortClass::device_spooling) {
    if (!out.choice.release_at_device) notes.say(Rule::private_immediate);
  } else if (chose(input, device.id, {})) {
    notes.say(Rule::private_by_choice);
  } else {
    notes.say(Rule::private_open_tray, cause_private);
  }
}

/// A failure binds until a person chose this device again, or a device that was silent answers again.
bool forgiven(const RoutingInput& input, const Device& device, const Attempt& attempt) {
  if (chose(input, device.id, attempt.ended)) return true;
  if (attempt.outcome->kind != OutcomeKind::not_sent) return false;
  const auto health = input.health.find(device.id);
  return health != input.health.end() && health->second.state == DeviceHealth::State::reachable &&
         health->second.checked > attempt.ended;
}

void failed_before(const RoutingInput& input, const JobView& view, const Device& device, JudgedPort& out,
                   Judged& judged) {
  Notes notes{input.profile, out};
  for (const Attempt& attempt : input.job.attempts) {
    if (attempt.target.kind != TargetKind::device || attempt.target.id != device.id) continue;
    if (!is_failure(attempt) || forgiven(input, device, attempt)) continue;
    const Port& tried = attempt.target.port;
    if (same_way(tried, out.choice.port) && tried.queue == out.choice.port.queue) {
      const Outcome& outcome = *attempt.outcome;
      if (constexpr std::string_view lost = "ticket-lost:"; outcome.reason.starts_with(lost)) {
        // It was asked, and said that it would lose this wish.
        const Attribute* wish = find(view.ticket, std::string_view(outcome.reason).substr(lost.size()));
        notes.say(Rule::ticket_lost, cause_failed,
                  {wish ? wish_text(*wish) : shown(outcome.reason.substr(lost.size()))});
      } else {
        notes.say(Rule::already_failed, cause_failed,
                  {shown(attempt.ended), shown(outcome.text.empty() ? outcome.reason : outcome.text)});
      }
    } else if (counted(tried.port_class) != out.choice.port.port_class &&
               !input.profile.other_port_class_allowed) {
      notes.say(Rule::other_port_class, cause_failed, {tried.label()});
    } else {
      continue;
    }
    judged.failed_unanswered = attempt.outcome->kind == OutcomeKind::not_sent && !attempt.outcome->answered;
    return;
  }
}

JudgedPort judge_port(const RoutingInput& input, const JobView& view, const DeviceProfile& profile,
                      const Device& device, Port port, Judged& judged) {
  JudgedPort out;
  Reasons before;
  const PortClass documented = input.directory.documented_class(device, port);
  if (port.port_class == PortClass::unstated) {
    if (documented != PortClass::unstated)
      port.port_class = documented;
    else
      before.push_back(make_reason(Rule::port_class_unstated, input.profile));
  } else if (documented != PortClass::unstated && documented != port.port_class) {
    before.push_back(make_reason(Rule::port_class_contradiction, input.profile,
                                 {to_string(port.port_class), to_string(documented)}));
    port.port_class = documented;
  }
  const VendorContext context{profile.integration, input.profile.ticket_exact, input.sender_address,
                              input.now};
  port.port_class = counted(port.port_class);
  out.choice = input.vendors.assess(device, port, view.vendor_job(), context);
  out.choice.port.port_class = counted(out.choice.port.port_class);
  out.choice.reasons.insert(out.choice.reasons.begin(), before.begin(), before.end());
  if (!out.choice.permitted) out.causes |= cause_rule;
  if (out.choice.needs_wake)
    out.choice.reasons.push_back(make_reason(
        Rule::needs_wake, input.profile,
        {std::to_string(out.choice.wake_port), std::to_string((out.choice.wake_wait.count() + 999) / 1000)}));
  ticket_reaches_paper(input, view, out);
  stays_private(input, view, device, out);
  failed_before(input, view, device, out, judged);
  out.choice.permitted = out.causes == cause_none;
  return out;
}
}  // namespace

void judge_ports(const RoutingInput& input, const JobView& view, const DeviceProfile& profile,
                 const Device& device, Judged& out) {
  Offered offered = offered_ports(input, profile, device);
  if (!offered.device_reasons.empty()) {
    out.causes |= cause_rule;
    std::ranges::move(offered.device_reasons, std::back_inserter(out.reasons));
    return;
  }
  std::vector<JudgedPort> ports;
  ports.reserve(offered.ports.size());
  for (Port& port : offered.ports) {
    ports.push_back(judge_port(input, view, profile, device, std::move(port), out));
    auto& reasons = ports.back().choice.reasons;
    reasons.insert(reasons.begin(), offered.port_reasons.begin(), offered.port_reasons.end());
  }
  std::ranges::stable_sort(ports, [](const JudgedPort& a, const JudgedPort& b) {
    return std::tuple(!a.choice.permitted, -static_cast<std::int64_t>(a.choice.preference),
                      a.choice.may_count_twice) < std::tuple(!b.choice.permitted,
                                                             -static_cast<std::int64_t>(b.choice.preference),
                                                             b.choice.may_count_twice);
  });
  // What keeps the device out is what keeps its most nearly permitted port out.
  const auto weight = [](unsigned causes) {
    return causes == cause_none ? 0 : causes == cause_private ? 1 : (causes & cause_rule) == 0 ? 2 : 3;
  };
  const auto best =
      std::ranges::min_element(ports, {}, [&](const JudgedPort& p) { return weight(p.causes); });
  out.causes |= best->causes;
  out.ports.reserve(ports.size());
  for (JudgedPort& port : ports) out.ports.push_back(std::move(port.choice));
}

}  // namespace printrouter::routing
