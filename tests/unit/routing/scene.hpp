// SPDX-License-Identifier: Apache-2.0
#pragma once
/// A small office for routing's tests: a directory, a vendor whose rules the test states, a job.
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "routing/routing.hpp"

namespace printrouter::scene {

/// Says what the test says; by default every port is permitted, counted by the client, and carries every wish
/// by PJL.
class FakeVendor : public VendorRules {
 public:
  using Rule =
      std::function<void(const Device&, const Port&, const VendorJob&, const VendorContext&, PortChoice&)>;
  Rule rule = {};
  Carry carry = Carry::pjl;

  std::string vendor_of(const Device&) const override { return "fake"; }
  PortChoice assess(const Device& device, const Port& port, const VendorJob& job,
                    const VendorContext& context) const override {
    PortChoice out;
    out.port = port;
    out.permitted = true;
    const bool spooling = port.port_class == PortClass::device_spooling;
    out.counted_by = spooling ? CountedBy::device : CountedBy::client;
    out.preference = spooling ? 100 : 0;
    out.release_at_device = spooling;
    for (const Attribute& wish : job.ticket) out.ticket.push_back({wish.name, carry});
    if (rule) rule(device, port, job, context, out);
    return out;
  }
  Result<Preparation> prepare(const Device&, const Port&, const VendorJob& job,
                              const VendorContext&) const override {
    Preparation out;
    out.edits.push_back({Anchor::start, {}, std::string(job.title)});
    return out;
  }
  Interpretation interpret(const Device&, std::string_view, const Outcome& outcome) const override {
    return {outcome.kind, {}};
  }
  std::vector<CounterSource> counters(const Device&) const override { return {}; }
  std::vector<IdentityField> identity_fields() const override { return {}; }
};

/// What a rule that refuses does to a port.
inline void refuse(PortChoice& choice, std::string id, std::string en = "The maker's rule says no.") {
  choice.permitted = false;
  choice.reasons.push_back(
      {Severity::refusal, std::move(id), std::move(en), "Die Regel des Herstellers sagt nein.", {}, {}});
}

inline Device printer(std::string id,
                      std::vector<Port> ports = {{"raw", 9100, {}, Tls::none, PortClass::plain}}) {
  Device d;
  d.id = id;
  d.name = "Printer " + id;
  d.address = "192.0.2.1";
  d.ports = std::move(ports);
  d.facts = {Attribute::word("languages", "application/pdf"),
             Attribute::word("languages", "application/postscript"),
             Attribute::flag("color", true),
             Attribute::flag("duplex", true),
             Attribute::word("media", "iso_a4_210x297mm"),
             Attribute::word("media", "iso_a3_297x420mm")};
  return d;
}
inline Port spooling_port() {
  return {"ipp", 10631, "/spool", Tls::none, PortClass::device_spooling};
}
inline Port plain_port() {
  return {"raw", 9100, {}, Tls::none, PortClass::plain};
}

inline constexpr Timestamp now{1'800'000'000'000};
inline Timestamp days_ago(int days) {
  return now + -std::chrono::duration_cast<Milliseconds>(std::chrono::hours(24 * days));
}

/// A group "all" of the printers a, b, c; the server is down; fallback is on; the job is a PDF in grey of 2
/// pages.
struct Scene {
  Scene() {
    for (const char* id : {"a", "b", "c"}) config.devices.push_back(printer(id));
    profile.enabled = true;
    profile.group = "all";
    profile.untested = Profile::Untested::allow;
    profile.contact = "help desk, 4711";
    job.id = 7;
    job.title = "Report";
    job.state = JobState::pending;
    job.owner = {"anna", UserEvidence::owner, 1000, {}, {}};
    job.document.format = "application/pdf";
    job.document.pages = 2;
    job.document.color = false;
    server = {true, false, "print.example", "no answer", days_ago(0)};
  }
  Decision decide() {
    build();
    return printrouter::decide(input());
  }
  std::vector<Candidate> judge() {
    build();
    return judge_devices(input());
  }
  RoutingInput input() const {
    RoutingInput in{job, profile, *directory, vendor};
    in.server = server;
    in.network = network;
    in.history = history;
    in.health = health;
    in.checks = checks;
    in.prices = prices ? &*prices : nullptr;
    in.balance_source = prices.has_value();
    in.funds = funds;
    in.answer = answer;
    in.now = now;
    return in;
  }
  void build() {
    config.groups.clear();
    for (const Device& d : config.devices) config.groups["all"].push_back(d.id);
    directory = Directory::build(config, models, nullptr);
  }
  Device& device(std::size_t i) { return config.devices.at(i); }
  void use(std::string id, int days = 1) { history.push_back({std::move(id), days_ago(days)}); }
  /// An attempt that ended `outcome` at a device or, with an empty id, at the server.
  Attempt& attempt(const std::string& id, OutcomeKind outcome, Port port = plain_port()) {
    Attempt a;
    a.number = static_cast<int>(job.attempts.size()) + 1;
    a.target.kind = id.empty() ? TargetKind::server : TargetKind::device;
    a.target.id = id.empty() ? "print.example" : id;
    a.target.port = std::move(port);
    a.ended = now + Milliseconds(-1000);
    a.outcome.emplace();
    a.outcome->kind = outcome;
    a.outcome->text = "as it said";
    return job.attempts.emplace_back(std::move(a));
  }
  void price(std::int64_t mono, std::int64_t color) {
    prices.emplace();
    prices->lists_["default"] = {Money::hundredths(mono), Money::hundredths(color), {}, {}};
  }

  Config config;
  ModelLibrary models;
  std::shared_ptr<const Directory> directory;
  FakeVendor vendor;
  Profile profile;
  Job job;
  ServerFacts server;
  bool network = true;
  std::vector<UsedDevice> history;
  std::map<std::string, DeviceHealth, std::less<>> health;
  std::map<std::string, CheckResult, std::less<>> checks;
  std::optional<PriceBook> prices;
  Funds funds;
  std::optional<Answer> answer;
};

inline bool says(const Reasons& reasons, std::string_view id) {
  for (const Reason& r : reasons)
    if (r.id == id) return true;
  return false;
}
inline bool says(const Decision& decision, std::string_view id) {
  return says(decision.reasons, id);
}
/// Anywhere about this candidate, its ports included.
inline bool says(const Candidate& candidate, std::string_view id) {
  if (says(candidate.reasons, id)) return true;
  for (const PortChoice& port : candidate.ports)
    if (says(port.reasons, id)) return true;
  return false;
}
inline const Candidate& of(const std::vector<Candidate>& candidates, std::string_view id) {
  static const Candidate none;
  for (const Candidate& c : candidates)
    if (c.device_id == id) return c;
  return none;
}

}  // namespace printrouter::scene
