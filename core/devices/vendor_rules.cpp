// SPDX-License-Identifier: Apache-2.0
#include "devices/vendor_rules.hpp"

#include <printrouter/abi/action.h>
#include <printrouter/abi/vendor.h>

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "plugin/attribute_bridge.hpp"
#include "plugin/plugin_identity.hpp"
#include "plugin/plugin_watch.hpp"

namespace printrouter {
namespace {
/// Answers of one rule may not grow without bound: what goes beyond is dropped.
constexpr std::size_t most_answers = 1'000;
constexpr std::size_t most_text = 4'096;
constexpr std::size_t most_edit = 65'536;

/// What the rules of one call said. `context` of the contract's sink.
struct Answers {
  Reasons reasons;
  std::vector<TicketCarry> carries;
  std::vector<DocumentEdit> edits;
  std::vector<LprLine> lpr_lines;
  Attributes ipp_attributes;
  std::vector<CounterSource> counters;
  std::vector<IdentityField> fields;
};
Answers& answers(void* context) {
  return *static_cast<Answers*>(context);
}
std::string text(pr_str s) {
  return std::string(text_view(s).substr(0, most_text));
}

pr_vendor_sink sink_of(Answers& to) {
  pr_vendor_sink sink{};
  sink.struct_size = sizeof sink;
  sink.context = &to;
  sink.reason = [](void* c, std::uint32_t severity, pr_str id, pr_str en, pr_str de) {
    auto& list = answers(c).reasons;
    if (list.size() >= most_answers) return;
    const Severity level = severity == PR_REASON_REFUSAL   ? Severity::refusal
                           : severity == PR_REASON_WARNING ? Severity::warning
                                                           : Severity::info;
    list.push_back({level, text(id), text(en), text(de), {}, {}});
  };
  sink.carry = [](void* c, pr_str attribute, std::uint32_t how) {
    auto& list = answers(c).carries;
    const Carry carry = how <= PR_CARRY_HOST_COPIES ? static_cast<Carry>(how) : Carry::lost;
    if (list.size() < most_answers) list.push_back({text(attribute), carry});
  };
  sink.edit = [](void* c, std::uint32_t anchor, pr_str match, pr_bytes bytes) {
    auto& list = answers(c).edits;
    if (list.size() >= most_answers || anchor < PR_ANCHOR_START || anchor > PR_ANCHOR_BEFORE_LAST_UEL) return;
    list.push_back(
        {static_cast<Anchor>(anchor), text(match), std::string(bytes_view(bytes).substr(0, most_edit))});
  };
  sink.lpr_line = [](void* c, char letter, pr_str value) {
    auto& list = answers(c).lpr_lines;
    if (list.size() < most_answers) list.push_back({letter, text(value)});
  };
  sink.ipp_attribute = [](void* c, const pr_attr* attribute) {
    auto& list = answers(c).ipp_attributes;
    if (attribute && list.size() < most_answers) list.push_back(from_abi(*attribute));
  };
  sink.counter = [](void* c, pr_str name, pr_str method, pr_str where) {
    auto& list = answers(c).counters;
    if (list.size() < most_answers) list.push_back({text(name), text(method), text(where)});
  };
  sink.identity_field = [](void* c, pr_str name, pr_str description) {
    auto& list = answers(c).fields;
    if (list.size() < most_answers) list.push_back({{}, text(name), text(description)});
  };
  return sink;
}

/// A device and all it borrows, as the contract wants it.
struct AbiDevice {
  explicit AbiDevice(const Device& device) : facts(device.facts), settings(device.settings) {
    value.struct_size = sizeof value;
    value.id = abi_str(device.id);
    value.address = abi_str(device.address);
    value.maker = abi_str(device.maker);
    value.model = abi_str(device.model);
    value.facts = facts.list();
    value.settings = settings.list();
  }
  AbiDevice(const AbiDevice&) = delete;
  AbiDevice& operator=(const AbiDevice&) = delete;
  AbiAttributes facts, settings;
  pr_device value{};
};

PortClass counted_class(const Port& port) {
  return port.port_class == PortClass::device_spooling ? PortClass::device_spooling : PortClass::plain;
}

/// The question of assess and prepare.
struct AbiQuestion {
  AbiQuestion(const Device& of, const Port& by, const VendorJob& job, const VendorContext& context,
              bool needs_time)
      : device(of), ticket(job.ticket), identity(job.identity) {
    port.struct_size = sizeof port;
    port.port_class = static_cast<std::uint32_t>(counted_class(by));
    port.protocol = abi_str(by.protocol);
    port.port = by.port;
    port.tls = static_cast<std::uint32_t>(by.tls);
    port.queue = abi_str(by.queue);
    const bool manager = context.integration == Integration::kx_driver_network_manager;
    profile_values.push_back(Attribute::word("integration", manager ? "kx-driver-net-manager" : "none"));
    profile_values.push_back(Attribute::word("ticket", context.ticket_exact ? "exact" : "relaxed"));
    profile_values.push_back(Attribute::flag("private", job.private_job));
    profile_values.push_back(Attribute::flag("document-has-pjl", job.has_pjl));
    if (job.has_pjl) profile_values.push_back(Attribute::flag("pjl-job-line", job.pjl_job_line));
    for (const std::string& name : job.document_sets)
      profile_values.push_back(Attribute::word("in-document-ticket", name));
    profile.assign(profile_values);
    in.struct_size = sizeof in;
    in.device = &device.value;
    in.port = &port;
    in.user = abi_str(job.user);
    in.title = abi_str(job.title);
    in.job_uuid = abi_str(job.uuid);
    in.document_format = abi_str(job.format);
    in.ticket = ticket.list();
    in.identity = identity.list();
    in.profile = profile.list();
    in.sender_address = abi_str(context.sender_address);
    in.now_ms = needs_time ? context.now.ms : 0;
  }
  AbiQuestion(const AbiQuestion&) = delete;
  AbiQuestion& operator=(const AbiQuestion&) = delete;
  AbiDevice device;
  AbiAttributes ticket, identity, profile;
  Attributes profile_values;
  pr_port port{};
  pr_assess_in in{};
};

Reason rule_failed(const std::string& vendor) {
  return {Severity::refusal,
          "vendor.rule-failed",
          "The rules of vendor pack \"" + vendor + "\" failed on this device.",
          "Die Regeln des Herstellerpakets \"" + vendor + "\" sind bei diesem Gerät gescheitert.",
          "See the log; update or remove the vendor pack.",
          "Siehe Protokoll; das Herstellerpaket aktualisieren oder entfernen."};
}

class TableVendorRules : public VendorRules {
 public:
  TableVendorRules(std::vector<VendorTable> tables, PluginWatch* watch)
      : tables_(std::move(tables)), watch_(watch) {}

  std::string vendor_of(const Device& device) const override {
    const VendorTable* t = judge(device);
    return t ? t->name : "generic";
  }

  PortChoice assess(const Device& device, const Port& port, const VendorJob& job,
                    const VendorContext& context) const override {
    PortChoice choice;
    choice.port = port;
    choice.port.port_class = counted_class(port);
    const VendorTable* t = judge(device);
    if (!t) {
      choice.reasons.push_back({Severity::refusal, "vendor.no-rules", "No vendor pack knows this device.",
                                "Kein Herstellerpaket kennt dieses Gerät.",
                                "Install a vendor pack (at least \"generic\").",
                                "Ein Herstellerpaket einspielen (mindestens \"generic\")."});
      return choice;
    }
    AbiQuestion question(device, port, job, context, table(*t).needs_time != 0);
    question.device.value.id = question.device.value.address = {};  // one answer holds for all that are alike
    Answers said;
    const pr_vendor_sink sink = sink_of(said);
    pr_assessment out{};
    out.struct_size = sizeof out;
    const pr_status status =
        call(*t, [&](pr_plugin* p) { return table(*t).assess(p, &question.in, &out, &sink); });
    choice.reasons = std::move(said.reasons);
    choice.ticket = std::move(said.carries);
    if (status != PR_OK) {
      choice.reasons.push_back(rule_failed(t->name));
      return choice;
    }
    choice.permitted = out.permitted == 1;
    choice.counted_by =
        out.counted_by <= PR_COUNTED_CLIENT ? static_cast<CountedBy>(out.counted_by) : CountedBy::unknown;
    choice.may_count_twice = out.may_count_twice != 0;
    choice.preference = out.preference;
    choice.release_at_device = out.release_at_device == PR_YES;
    choice.needs_wake = out.needs_wake != 0 && out.wake_port >= 1 && out.wake_port <= 65535;
    if (choice.needs_wake) choice.wake_port = static_cast<std::uint16_t>(out.wake_port);
    choice.wake_wait = Milliseconds(std::min<std::uint32_t>(out.wake_wait_ms, 600'000));
    const bool refused =
        std::ranges::any_of(choice.reasons, [](const Reason& r) { return r.severity == Severity::refusal; });
    // The two must agree (vendor.h); where they do not, the safer word counts.
    if (choice.permitted && refused) choice.permitted = false;
    if (!choice.permitted && !refused) choice.reasons.push_back(rule_failed(t->name));
    return choice;
  }

  Result<Preparation> prepare(const Device& device, const Port& port, const VendorJob& job,
                              const VendorContext& context) const override {
    const VendorTable* t = judge(device);
    if (!t) return fail(ErrorCode::not_found, "no vendor pack knows this device", device.id);
    const AbiQuestion question(device, port, job, context, table(*t).needs_time != 0);
    Answers said;
    const pr_vendor_sink sink = sink_of(said);
    const pr_status status =
        call(*t, [&](pr_plugin* p) { return table(*t).prepare(p, &question.in, &sink); });
    if (status != PR_OK)
      return fail(ErrorCode::internal, "the vendor pack \"" + t->name + "\" failed", device.id);
    Preparation out;
    out.edits = std::move(said.edits);
    out.pjl_wrap = flag_of(device.facts, "pjl-wrap").value_or(false);
    out.lpr_lines = std::move(said.lpr_lines);
    out.ipp_attributes = std::move(said.ipp_attributes);
    out.reasons = std::move(said.reasons);
    return out;
  }

  Interpretation interpret(const Device& device, std::string_view protocol,
                           const Outcome& outcome) const override {
    Interpretation result{outcome.kind, {}};
    const VendorTable* t = judge(device);
    if (!t) return result;
    const AbiDevice abi(device);
    pr_device_reply reply{};
    reply.struct_size = sizeof reply;
    reply.outcome = static_cast<std::uint32_t>(outcome.kind);
    reply.protocol = abi_str(protocol);
    reply.reason = abi_str(outcome.reason);
    reply.device_text = abi_bytes(outcome.device_text);
    pr_interpretation out{};
    out.struct_size = sizeof out;
    out.outcome = reply.outcome;
    Answers said;
    const pr_vendor_sink sink = sink_of(said);
    const pr_status status =
        call(*t, [&](pr_plugin* p) { return table(*t).interpret(p, &abi.value, &reply, &out, &sink); });
    if (status != PR_OK) return result;
    result.reasons = std::move(said.reasons);
    const bool known = out.outcome >= PR_OUTCOME_DELIVERED && out.outcome <= PR_OUTCOME_UNKNOWN;
    // A rule reads words; it cannot know that nothing was printed, nor that something was.
    const bool softens = outcome.kind == OutcomeKind::unknown &&
                         (out.outcome == PR_OUTCOME_NOT_SENT || out.outcome == PR_OUTCOME_DELIVERED);
    if (known && !softens) result.outcome = static_cast<OutcomeKind>(out.outcome);
    return result;
  }

  std::vector<CounterSource> counters(const Device& device) const override {
    const VendorTable* t = judge(device);
    if (!t) return {};
    const AbiDevice abi(device);
    Answers said;
    const pr_vendor_sink sink = sink_of(said);
    if (call(*t, [&](pr_plugin* p) { return table(*t).counters(p, &abi.value, &sink); }) != PR_OK) return {};
    return std::move(said.counters);
  }

  std::vector<IdentityField> identity_fields() const override {
    std::vector<IdentityField> out;
    for (const VendorTable& t : tables_) {
      Answers said;
      const pr_vendor_sink sink = sink_of(said);
      call(t, [&](pr_plugin* p) { return table(t).declare(p, &sink), PR_OK; });
      for (IdentityField& field : said.fields) {
        field.vendor = t.name;
        out.push_back(std::move(field));
      }
    }
    return out;
  }

 private:
  static const pr_vendor& table(const VendorTable& t) { return *static_cast<const pr_vendor*>(t.table); }

  template <class F>
  pr_status call(const VendorTable& t, F&& f) const {
    auto* instance = static_cast<pr_plugin*>(t.instance);
    const auto* identity = static_cast<const PluginIdentity*>(t.identity);
    std::optional<PluginCall> mark;
    if (watch_ && identity) mark.emplace(*watch_, *identity);
    return f(instance);
  }

  /// The surest pack; of equals the first.
  const VendorTable* judge(const Device& device) const {
    std::string key = device.maker + '\n' + device.model + '\n';
    key += text_of(device.settings, "sys-object-id");
    if (const auto it = known_.find(key); it != known_.end()) return it->second;
    const AbiDevice abi(device);
    const VendorTable* best = nullptr;
    std::uint32_t most = 0;
    for (const VendorTable& t : tables_) {
      std::uint32_t sure = 0;
      pr_str model{};
      call(t, [&](pr_plugin* p) { return sure = table(t).identify(p, &abi.value, &model), PR_OK; });
      if (sure > most && sure <= 100) best = &t, most = sure;
    }
    known_.emplace(std::move(key), best);
    return best;
  }

  std::vector<VendorTable> tables_;
  PluginWatch* watch_;
  mutable std::unordered_map<std::string, const VendorTable*> known_;
};
}  // namespace

std::unique_ptr<VendorRules> table_vendor_rules(std::vector<VendorTable> tables, PluginWatch* watch) {
  return std::make_unique<TableVendorRules>(std::move(tables), watch);
}

}  // namespace printrouter
