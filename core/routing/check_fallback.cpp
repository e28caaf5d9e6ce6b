// SPDX-License-Identifier: Apache-2.0
#include "routing/check_fallback.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "model/json_values_detail.hpp"
#include "routing/rules.hpp"

namespace printrouter {
namespace {
const PortObservation* observation(
    const std::map<std::string, std::map<std::string, PortObservation>>& observed, const std::string& device,
    const Port& port) {
  const auto d = observed.find(device);
  if (d == observed.end()) return nullptr;
  const auto p = d->second.find(port.label());
  return p == d->second.end() ? nullptr : &p->second;
}

/// How it is known that the device takes jobs that name no account.
std::string acceptance(const Device& device, const PortObservation& seen) {
  if (seen.accepts_unidentified) return "observed";
  if (find(device.settings, "unknown-id-jobs") || find(device.settings, "accepts-unidentified-jobs"))
    return "declared";
  return "unknown";
}

Verdict verdict_of(const DeviceCheck& check, bool permitted) {
  if (!permitted) return Verdict::refused;
  const auto best = std::ranges::find_if(check.ports, [](const PortCheck& p) {
    return p.choice.permitted && p.seen.reachable == true && p.seen.accepts_unidentified != false;
  });
  if (best == check.ports.end()) {
    const bool refuses = std::ranges::any_of(check.ports, [](const PortCheck& p) {
      return p.choice.permitted && p.seen.accepts_unidentified == false;
    });
    return refuses ? Verdict::refused : Verdict::untested;
  }
  return best->choice.may_count_twice ? Verdict::may_count_twice : Verdict::usable;
}

/// The option to switch on, where the device has no usable device-spooling port.
std::string option_of(const Device& device, const DeviceCheck& check) {
  const bool spooling = std::ranges::any_of(check.ports, [](const PortCheck& p) {
    return p.choice.permitted && p.choice.port.port_class == PortClass::device_spooling;
  });
  if (spooling) return {};
  const std::string_view stated = text_of(device.settings, "maker-option-name");
  return std::string(stated.empty() ? text_of(device.facts, "maker-option-name") : stated);
}

DeviceCheck check_device(const RoutingInput& input, const Candidate& candidate,
                         const std::map<std::string, std::map<std::string, PortObservation>>& observed) {
  DeviceCheck out;
  out.device_id = candidate.device_id;
  out.name = candidate.name;
  out.place = candidate.place;
  out.when = input.now;
  out.reasons = *candidate.reasons;
  const Device* device = input.directory.find(candidate.device_id);
  for (const PortChoice& choice : candidate.ports) {
    PortCheck port;
    if (const PortObservation* seen = observation(observed, candidate.device_id, choice.port))
      port.seen = *seen;
    if (device) port.acceptance = acceptance(*device, port.seen);
    port.choice = choice;
    if (port.seen.reachable) out.reachable = out.reachable.value_or(false) || *port.seen.reachable;
    out.ports.push_back(std::move(port));
  }
  if (device) {
    out.languages = texts_of(device->facts, "languages");
    out.option = option_of(*device, out);
  }
  out.verdict = verdict_of(out, candidate.permitted);
  return out;
}
}  // namespace

FallbackCheck check_fallback(const RoutingInput& input,
                             const std::map<std::string, std::map<std::string, PortObservation>>& observed) {
  FallbackCheck out;
  out.enabled = input.profile.enabled;
  out.when = input.now;
  if (!out.enabled) out.reasons.push_back(make_reason(Rule::fallback_disabled, input.profile));
  // The check is about devices: no job, no balance, and not what an earlier check found.
  Profile profile = input.profile;
  profile.release_condition = ReleaseCondition::always;
  profile.outage_ceiling.reset();
  profile.untested = Profile::Untested::allow;
  profile.treat_as_private = false;
  for (FallbackOverride& o : profile.overrides) o.release_condition.reset();
  Job job;
  job.owner = input.job.owner;
  RoutingInput neutral{job, profile, input.directory, input.vendors};
  neutral.history = input.history;
  neutral.health = input.health;
  neutral.identity = input.identity;
  neutral.sender_address = input.sender_address;
  neutral.now = input.now;
  for (const auto& [device, ports] : observed)
    for (const auto& [label, seen] : ports)
      if (seen.accepts_unidentified) neutral.checks[device].accepts_unidentified = seen.accepts_unidentified;
  for (const Candidate& candidate : judge_devices(neutral)) {
    out.devices.push_back(check_device(input, candidate, observed));
    // There is no document: what is unknown of it says nothing about the device.
    std::erase_if(out.devices.back().reasons, [](const Reason& r) {
      return is(r, Rule::format_unknown) || is(r, Rule::color_unknown) || is(r, Rule::color_becomes_grey);
    });
  }
  if (out.devices.empty() && out.enabled)
    out.reasons.push_back(make_reason(Rule::no_target, input.profile,
                                      {profile.printer.empty() ? profile.group : profile.printer}));
  return out;
}

namespace {
std::string_view verdict_text(Verdict verdict, bool german) {
  switch (verdict) {
    case Verdict::usable:
      return german ? "nutzbar" : "usable";
    case Verdict::may_count_twice:
      return german ? "zählt womöglich doppelt" : "may count twice";
    case Verdict::refused:
      return german ? "abgelehnt" : "refused";
    case Verdict::untested:
      return german ? "ungeprüft" : "untested";
  }
  return {};
}
std::string_view yes_no(std::optional<bool> value, bool german) {
  if (!value) return german ? "unbekannt" : "unknown";
  if (*value) return german ? "ja" : "yes";
  return german ? "nein" : "no";
}

std::string_view acceptance_text(std::string_view known, bool german) {
  if (!german) return known;
  return known == "declared" ? "angegeben" : known == "observed" ? "beobachtet" : "unbekannt";
}

nlohmann::json tristate(std::optional<bool> value) {
  return value ? nlohmann::json(*value) : nlohmann::json(nullptr);
}
}  // namespace

std::string render(const FallbackCheck& check, std::string_view language) {
  const bool german = language == "de";
  std::string out;
  const auto line = [&](std::size_t indent, const std::string& text) {
    out += std::string(indent, ' ') + text + "\n";
  };
  for (const Reason& r : check.reasons) {
    line(0, german ? r.de : r.en);
    if (const std::string& remedy = german ? r.remedy_de : r.remedy_en; !remedy.empty()) line(2, remedy);
  }
  for (const DeviceCheck& d : check.devices) {
    line(0, shown(d.name) + (d.place.empty() ? "" : ", " + shown(d.place)) + ": " +
                std::string(verdict_text(d.verdict, german)));
    std::string languages;
    for (const std::string& l : d.languages) languages += (languages.empty() ? "" : ", ") + shown(l);
    line(2, (german ? "Sprachen: " : "languages: ") +
                (languages.empty() ? std::string(german ? "unbekannt" : "unknown") : languages));
    if (!d.option.empty())
      line(2, (german ? "einzuschaltende Option des Geräts: " : "device option to switch on: ") +
                  shown(d.option));
    for (const Reason& r : d.reasons)
      if (r.severity != Severity::info) line(2, german ? r.de : r.en);
    for (const PortCheck& p : d.ports) {
      line(2, "- " + p.choice.port.label() + ", " + std::string(to_string(p.choice.port.port_class)) + ": " +
                  std::string(german ? "erreichbar " : "reachable ") +
                  std::string(yes_no(p.seen.reachable, german)) +
                  (p.seen.woke == true ? std::string(german ? ", nach dem Wecken" : ", after being woken")
                                       : "") +
                  (german ? ", nimmt Aufträge ohne Konto an: " : ", takes jobs without an account: ") +
                  std::string(acceptance_text(p.acceptance, german)) +
                  (german ? ", gezählt von " : ", counted by ") +
                  std::string(counted_by_text(p.choice.counted_by, german)));
      if (!p.seen.text.empty()) line(4, shown(p.seen.text));
      for (const Reason& r : p.choice.reasons)
        if (r.severity != Severity::info) line(4, german ? r.de : r.en);
    }
  }
  return out;
}

std::string to_json_text(const FallbackCheck& check) {
  using nlohmann::json;
  json devices = json::array();
  for (const DeviceCheck& d : check.devices) {
    json ports = json::array();
    for (const PortCheck& p : d.ports) {
      json port = p.choice;
      port["reachable"] = tristate(p.seen.reachable);
      port["woke"] = tristate(p.seen.woke);
      port["accepts_unidentified"] = tristate(p.seen.accepts_unidentified);
      port["acceptance"] = p.acceptance;
      if (!p.seen.text.empty()) port["seen"] = p.seen.text;
      ports.push_back(std::move(port));
    }
    devices.push_back({{"device", d.device_id},
                       {"name", d.name},
                       {"place", d.place},
                       {"verdict", to_string(d.verdict)},
                       {"reachable", tristate(d.reachable)},
                       {"languages", d.languages},
                       {"option", d.option},
                       {"ports", std::move(ports)},
                       {"reasons", d.reasons},
                       {"when", d.when.to_string()}});
  }
  const json out = {{"enabled", check.enabled},
                    {"devices", std::move(devices)},
                    {"reasons", check.reasons},
                    {"when", check.when.to_string()}};
  return out.dump(2, ' ', false, json::error_handler_t::replace);
}

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::untested:
      return "untested";
    case Verdict::usable:
      return "usable";
    case Verdict::may_count_twice:
      return "may-count-twice";
    case Verdict::refused:
      return "refused";
  }
  return "untested";
}

std::string_view to_string(DeviceHealth::State state) {
  switch (state) {
    case DeviceHealth::State::unknown:
      return "unknown";
    case DeviceHealth::State::reachable:
      return "reachable";
    case DeviceHealth::State::silent:
      return "silent";
    case DeviceHealth::State::asleep:
      return "asleep";
  }
  return "unknown";
}

}  // namespace printrouter
