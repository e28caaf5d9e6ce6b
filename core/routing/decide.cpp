// SPDX-License-Identifier: Apache-2.0
/// The routing table, row by row. Each function is one row or one step on the way to it.
#include <algorithm>

#include "routing/judge.hpp"
#include "routing/rules.hpp"

namespace printrouter {
namespace {
using routing::JobView;
using routing::Judged;

/// So many attempts in a row that the server did not take, although it answers, and the job goes elsewhere.
constexpr int most_server_failures = 3;

struct Fallback {
  const RoutingInput& input;
  Decision out = {};
  Reasons why_not_server = {};  ///< follow the main reason

  Reason reason(Rule rule, std::initializer_list<std::string_view> values = {}) const {
    return make_reason(rule, input.profile, values);
  }
  Decision end(DecisionKind kind, Reason main, bool notify = true) {
    out.kind = kind;
    out.notify = notify;
    out.reasons.insert(out.reasons.begin(), std::move(main));
    std::ranges::move(why_not_server, std::back_inserter(out.reasons));
    return std::move(out);
  }
};

const Attempt* last_attempt(const Job& job) {
  return job.attempts.empty() || !job.attempts.back().outcome ? nullptr : &job.attempts.back();
}
std::string said(const Outcome& outcome) {
  std::string text = outcome.text.empty() ? outcome.reason : outcome.text;
  if (!outcome.device_text.empty()) text += (text.empty() ? "\"" : " \"") + outcome.device_text + "\"";
  return shown(text);
}
std::string name_of(const Attempt& attempt) {
  return attempt.target.name.empty() ? attempt.target.id : attempt.target.name;
}
bool answered(const RoutingInput& input, Answer::Kind kind, Timestamp since) {
  return input.answer && input.answer->kind == kind && input.answer->when >= since;
}

bool server_refused(const Attempt& last) {
  if (last.target.kind != TargetKind::server || last.outcome->busy) return false;
  return last.outcome->kind == OutcomeKind::rejected || last.outcome->kind == OutcomeKind::auth_required;
}

/// Counts only what failed while the server was up as it is now: an outage or our own restart is no sign that
/// it does not take this job.
int server_failures_in_a_row(const Job& job, Timestamp up_since) {
  int n = 0;
  for (auto it = job.attempts.rbegin(); it != job.attempts.rend(); ++it) {
    if (it->target.kind != TargetKind::server || !routing::is_failure(*it)) break;
    if (up_since.set() && it->ended <= up_since) break;
    ++n;
  }
  return n;
}

/// What an earlier attempt decides before anything else is asked; nullopt: nothing.
std::optional<Decision> by_last_attempt(Fallback& f) {
  const RoutingInput& in = f.input;
  const Attempt* last = last_attempt(in.job);
  if (!last) return std::nullopt;
  const bool at_server = last->target.kind == TargetKind::server;
  if (last->outcome->kind == OutcomeKind::unknown && !answered(in, Answer::Kind::reprint, last->ended)) {
    // A server that keeps jobs until they are released prints nothing by itself: fall back at once.
    if (at_server && last->target.holds_on_arrival) return std::nullopt;
    return f.end(DecisionKind::hold, f.reason(Rule::unknown_needs_person, {name_of(*last)}));
  }
  if (server_refused(*last)) {
    const bool retry =
        answered(in, Answer::Kind::server, last->ended) || answered(in, Answer::Kind::reprint, last->ended);
    if (retry) return std::nullopt;
    const Rule rule =
        last->outcome->kind == OutcomeKind::auth_required ? Rule::server_wants_login : Rule::server_refused;
    return f.end(DecisionKind::refuse, f.reason(rule, {name_of(*last), said(*last->outcome)}));
  }
  return std::nullopt;
}

/// An attempt after which a server that keeps jobs may have this one, whatever was tried since.
const Attempt* possible_copy(const Job& job) {
  const Attempt* found = nullptr;
  for (const Attempt& a : job.attempts)
    if (a.outcome && a.outcome->kind == OutcomeKind::unknown && a.target.kind == TargetKind::server &&
        a.target.holds_on_arrival)
      found = &a;
  return found;
}

/// Whether the server may have the job; else why not.
bool server_takes(Fallback& f) {
  const RoutingInput& in = f.input;
  const std::string name = shown(in.server.name);
  if (!in.server.configured) {
    f.why_not_server.push_back(f.reason(Rule::no_server));
    return false;
  }
  if (const Attempt* copy = possible_copy(in.job); copy &&
                                                   !answered(in, Answer::Kind::reprint, copy->ended) &&
                                                   !answered(in, Answer::Kind::server, copy->ended)) {
    f.why_not_server.push_back(f.reason(Rule::server_copy_possible, {name}));
    return false;
  }
  if (!in.server.up) {
    f.why_not_server.push_back(make_reason(Rule::server_down, in.profile,
                                           {name, health_text(in.server.text, false)},
                                           {name, health_text(in.server.text, true)}));
    return false;
  }
  if (const int n = server_failures_in_a_row(in.job, in.server.up_since);
      n >= most_server_failures && !answered(in, Answer::Kind::server, in.job.attempts.back().ended)) {
    f.why_not_server.push_back(f.reason(Rule::server_does_not_take, {name, std::to_string(n)}));
    return false;
  }
  return true;
}

std::string names(const std::vector<Judged>& judged) {
  constexpr std::size_t most = 5;
  std::string out;
  for (std::size_t i = 0; i < judged.size() && i < most; ++i)
    out += (i ? ", " : "") + shown(judged[i].candidate.name);
  if (judged.size() > most) out += ", …";
  return out;
}

/// "Printer A: <why>; Printer B: <why>", at most five of them.
std::string why_left_out(const std::vector<Judged>& judged, bool german) {
  constexpr std::size_t most = 5;
  std::string out;
  std::size_t n = 0;
  for (const Judged& j : judged) {
    const Reason* refusal = routing::main_refusal(j.candidate);
    if (!refusal) continue;
    if (n++ == most) break;
    std::string text = german ? refusal->de : refusal->en;
    if (text.ends_with('.')) text.pop_back();
    out += (out.empty() ? "" : "; ") + shown(j.candidate.name) + ": " + text;
  }
  if (judged.size() > most)
    out += german ? "; und weitere " + std::to_string(judged.size() - most)
                  : "; and " + std::to_string(judged.size() - most) + " more";
  return out;
}

/// The refusals of the release condition, those that hold for every device once.
void add_release_reasons(const std::vector<Judged>& judged, Reasons& out) {
  for (const Judged& j : judged)
    for (const Reason& r : j.candidate.reasons)
      if (r.id.starts_with("policy.") && r.severity == Severity::refusal &&
          std::ranges::find(out, r) == out.end() && out.size() < 6)
        out.push_back(r);
}

Decision none_permitted(Fallback& f, const std::vector<Judged>& judged) {
  const auto any = [&](auto&& test) { return std::ranges::any_of(judged, test); };
  const auto without_rule = [](const Judged& j) { return (j.causes & routing::cause_rule) == 0; };
  if (any([](const Judged& j) { return j.permitted_but_private; }))
    return f.end(DecisionKind::hold, f.reason(Rule::private_held));
  // Devices that fit, but were silent when tried: the job waits until one answers.
  if (any([](const Judged& j) { return j.causes == routing::cause_failed && j.failed_unanswered; }))
    return f.end(DecisionKind::hold, f.reason(Rule::devices_silent, {names(judged)}));
  const auto main = [&](Rule rule, const std::string& en, const std::string& de) {
    return make_reason(rule, f.input.profile, {en}, {de});
  };
  const bool only_release =
      any([&](const Judged& j) { return without_rule(j) && j.causes & routing::cause_release; });
  const std::string en = why_left_out(judged, false), de = why_left_out(judged, true);
  if (only_release) {
    Reasons figures;
    add_release_reasons(judged, figures);
    f.out.reasons.insert(f.out.reasons.end(), figures.begin(), figures.end());
    const bool alike = any([](const Judged& j) { return j.release_for_all; }) && !figures.empty();
    return f.end(DecisionKind::refuse,
                 alike ? main(Rule::none_affordable, figures.front().en, figures.front().de)
                       : main(Rule::none_affordable, en, de));
  }
  const bool failed = any([&](const Judged& j) { return (j.causes & routing::cause_failed) != 0; });
  return f.end(DecisionKind::refuse, main(failed ? Rule::none_left : Rule::none_permitted, en, de));
}

Decision to_device(Fallback& f, Judged& chosen, Rule rule) {
  const std::string name = shown(chosen.candidate.name);
  const auto port = std::ranges::find(chosen.candidate.ports, true, &PortChoice::permitted);
  f.out.device_id = chosen.candidate.device_id;
  f.out.port = *port;
  if (port->release_at_device) f.out.reasons.push_back(f.reason(Rule::release_at_device, {name}));
  for (const Reasons* list : {&*chosen.candidate.reasons, &port->reasons})
    for (const Reason& r : *list)
      if (r.severity == Severity::warning) f.out.reasons.push_back(r);
  return f.end(DecisionKind::to_device, f.reason(rule, {name}));
}

Decision ask(Fallback& f, const std::vector<Judged>& judged, bool used_only, Reason main) {
  for (const Judged& j : judged)
    if (j.candidate.permitted && (j.candidate.used || !used_only))
      f.out.choices.push_back(j.candidate.device_id);
  return f.end(DecisionKind::ask, std::move(main));
}

/// A person named a device.
Decision by_choice(Fallback& f, std::vector<Judged>& judged) {
  const std::string& id = f.input.answer->device_id;
  const auto it = std::ranges::find(judged, id, [](const Judged& j) { return j.candidate.device_id; });
  if (it != judged.end() && it->candidate.permitted) return to_device(f, *it, Rule::chosen);
  const Reason* refusal = it == judged.end() ? nullptr : routing::main_refusal(it->candidate);
  const std::string name = it == judged.end() ? shown(id) : shown(it->candidate.name);
  Reason main = refusal ? make_reason(Rule::chosen_not_permitted, f.input.profile, {name, refusal->en},
                                      {name, refusal->de})
                        : make_reason(Rule::chosen_not_permitted, f.input.profile,
                                      {name, "it is none of the profile's printers"},
                                      {name, "es gehört nicht zu den Druckern des Profils"});
  // ": It prints ...." reads badly with two full stops.
  for (std::string* text : {&main.en, &main.de})
    if (text->ends_with("..")) text->pop_back();
  return f.end(DecisionKind::refuse, std::move(main));
}

Decision fall_back(Fallback& f) {
  const RoutingInput& in = f.input;
  const Profile& profile = in.profile;
  if (!profile.enabled) return f.end(DecisionKind::refuse, f.reason(Rule::fallback_disabled));
  if (in.answer && in.answer->kind == Answer::Kind::server)
    return f.end(DecisionKind::hold, f.reason(Rule::chosen_wait), false);
  if (!in.network) return f.end(DecisionKind::hold, f.reason(Rule::no_network));

  const JobView view(in);
  std::size_t left = 0;
  std::vector<Judged> judged = routing::judge_enough(in, view, left);
  const auto finish = [&](Decision decision) {
    if (left > 0) decision.reasons.push_back(f.reason(Rule::rest_not_judged, {std::to_string(left)}));
    decision.candidates.reserve(judged.size());
    for (Judged& j : judged) decision.candidates.push_back(std::move(j.candidate));
    return decision;
  };
  if (judged.empty())
    return f.end(DecisionKind::refuse,
                 f.reason(Rule::no_target, {profile.printer.empty() ? profile.group : profile.printer}));
  if (in.answer && in.answer->kind == Answer::Kind::device) return finish(by_choice(f, judged));

  const auto permitted = [](const Judged& j) { return j.candidate.permitted; };
  const auto n_permitted = std::ranges::count_if(judged, permitted);
  if (n_permitted == 0) return finish(none_permitted(f, judged));
  const auto silent = [](const Judged& j) { return j.health == DeviceHealth::State::silent; };
  if (std::ranges::all_of(judged, [&](const Judged& j) { return !permitted(j) || silent(j); })) {
    std::vector<Judged> asked;
    std::ranges::copy_if(judged, std::back_inserter(asked), permitted);
    return finish(f.end(DecisionKind::hold, f.reason(Rule::devices_silent, {names(asked)})));
  }
  if (const Attempt* last = last_attempt(in.job);
      last && last->target.kind == TargetKind::device && routing::is_failure(*last)) {
    for (const Judged& j : judged)
      if (j.candidate.device_id == last->target.id)
        for (const PortChoice& port : j.candidate.ports)
          for (const Reason& r : port.reasons)
            if (r.severity == Severity::refusal && r.id.starts_with(rule_id(Rule::ticket_lost)))
              f.out.reasons.push_back(r);
    return finish(ask(f, judged, false,
                      f.reason(Rule::device_did_not_take, {shown(name_of(*last)), said(*last->outcome)})));
  }
  if (!profile.printer.empty()) return finish(to_device(f, judged.front(), Rule::single_printer));

  const auto used = [](const Judged& j) { return j.candidate.permitted && j.candidate.used; };
  const auto n_used = std::ranges::count_if(judged, used);
  if (n_used == 1) return finish(to_device(f, *std::ranges::find_if(judged, used), Rule::only_used));
  if (n_used > 1) return finish(ask(f, judged, true, f.reason(Rule::several_used, {std::to_string(n_used)})));
  if (!profile.ask_unused) return finish(f.end(DecisionKind::refuse, f.reason(Rule::unused_not_asked)));
  return finish(ask(f, judged, false, f.reason(Rule::none_used, {std::to_string(n_permitted)})));
}

/// The server is back, and the profile wants the user to be asked about jobs that waited.
bool asks_when_back(const RoutingInput& in) {
  return in.job.state == JobState::held && !in.profile.held_send_when_back && in.profile.enabled &&
         !in.answer;
}
}  // namespace

Decision decide(const RoutingInput& input) {
  Fallback f{input};
  if (auto decided = by_last_attempt(f)) return std::move(*decided);
  const bool at_device_by_choice =
      input.answer && input.answer->kind == Answer::Kind::device && input.job.prefer_device;
  const bool takes = server_takes(f);
  if (takes && !at_device_by_choice) {
    if (!asks_when_back(input))
      return f.end(DecisionKind::to_server, f.reason(Rule::to_server, {shown(input.server.name)}), false);
    const JobView view(input);
    auto judged = routing::judge_all(input, view);
    Decision out = ask(f, judged, false, f.reason(Rule::server_back, {shown(input.server.name)}));
    for (Judged& j : judged) out.candidates.push_back(std::move(j.candidate));
    return out;
  }
  return fall_back(f);
}

std::vector<Candidate> judge_devices(const RoutingInput& input) {
  const JobView view(input);
  std::vector<Candidate> out;
  auto judged = routing::judge_all(input, view);
  out.reserve(judged.size());
  for (Judged& j : judged) out.push_back(std::move(j.candidate));
  return out;
}

Result<Preparation> prepare_delivery(const RoutingInput& input, const Device& device,
                                     const PortChoice& choice) {
  const JobView view(input);
  const routing::DeviceProfile profile(input.profile, device);
  const VendorContext context{profile.integration, input.profile.ticket_exact, input.sender_address,
                              input.now};
  auto out = input.vendors.prepare(device, choice.port, view.vendor_job(), context);
  if (!out) return out;
  const auto copies = std::ranges::find(choice.ticket, "copies", &TicketCarry::attribute);
  if (copies != choice.ticket.end() && copies->how == Carry::host_copies)
    out->host_copies = static_cast<unsigned>(std::clamp<std::int64_t>(view.volume.copies, 1, 999));
  return out;
}

}  // namespace printrouter
