// SPDX-License-Identifier: Apache-2.0
#include "config/profile_read.hpp"

namespace printrouter {
namespace {
using std::chrono::hours;
using Untested = Profile::Untested;

void read_device_port(FieldReader& in, std::optional<Port>& out) {
  const JsonNode* node = in.take("device_port");
  if (!node) return;
  if (node->kind == JsonNode::Kind::text && node->text == "by-model") {
    out.reset();
    return;
  }
  if (node->kind != JsonNode::Kind::object)
    return in.wrong_type(*node, "device_port", "\"by-model\" or {protocol, port, queue, tls, class}",
                         "\"by-model\" oder {protocol, port, queue, tls, class}");
  out = read_port(*node, in.path_of("device_port"), in.file(), in.findings());
}

void read_target(FieldReader& in, Profile& profile) {
  in.object("target", [&](FieldReader& target) {
    target.text("printer", profile.printer);
    target.text("group", profile.group);
    if (profile.printer.empty() == profile.group.empty())
      target.report(Severity::refusal, "config.value", target.node().line, {}, "names not exactly one target",
                    "nennt nicht genau ein Ziel", "{\"printer\": id} or {\"group\": name}",
                    "{\"printer\": Kennung} oder {\"group\": Name}");
  });
}

const std::initializer_list<std::pair<std::string_view, ReleaseCondition>> conditions = {
    {"always", ReleaseCondition::always}, {"sufficient-balance", ReleaseCondition::sufficient_balance}};
const std::initializer_list<std::pair<std::string_view, Integration>> integrations = {
    {"none", Integration::none}, {"kx-driver-net-manager", Integration::kx_driver_network_manager}};

void read_override(FieldReader& in, FallbackOverride& out) {
  in.text("printer", out.printer);
  in.text("model", out.model);
  if (out.printer.empty() == out.model.empty())
    in.report(Severity::refusal, "config.value", in.node().line, {},
              "names not exactly one of printer and model", "nennt nicht genau eines von printer und model",
              "\"printer\" or \"model\"", "\"printer\" oder \"model\"");
  read_device_port(in, out.device_port);
  if (in.node().member("integration")) in.word("integration", out.integration.emplace(), integrations);
  if (in.node().member("release_condition"))
    in.word("release_condition", out.release_condition.emplace(), conditions);
  in.take("integration");
  in.take("release_condition");
}

void read_fallback(FieldReader& in, Profile& profile) {
  in.flag("enabled", profile.enabled);
  read_target(in, profile);
  in.word("release_condition", profile.release_condition, conditions);
  read_device_port(in, profile.device_port);
  in.each("overrides", [&](const JsonNode& item, const std::string& path) {
    FieldReader entry(item, path, in.file(), in.findings());
    if (!entry.is_object()) return;
    read_override(entry, profile.overrides.emplace_back());
    entry.done();
  });
  in.word("integration", profile.integration, integrations);
  in.flag("ask_unused", profile.ask_unused);
  in.number("history_days", profile.history_days, 1, 3650);
  in.duration("balance_max_age", profile.balance_max_age, std::chrono::minutes(1), hours(24 * 3650));
  if (const JsonNode* ceiling = in.take("outage_ceiling"); ceiling && ceiling->kind != JsonNode::Kind::null) {
    profile.outage_ceiling =
        ceiling->kind == JsonNode::Kind::text ? parse_money(ceiling->text, 2) : std::nullopt;
    if (!profile.outage_ceiling)
      in.report(Severity::refusal, "config.value", ceiling->line, "outage_ceiling", "is no amount",
                "ist kein Betrag", "a text like \"5.00\"", "ein Text wie \"5.00\"");
  }
  in.word("unknown_pages", profile.unknown_pages_allowed, {{"allow", true}, {"refuse", false}});
  in.object("unknown_after", [&](FieldReader& after) {
    after.number("days", profile.unknown_after_days, 1, 3650);
    after.word("charge", profile.unknown_charge_estimate, {{"none", false}, {"estimate", true}});
  });
  in.word("ticket", profile.ticket_exact, {{"exact", true}, {"relaxed", false}});
  in.flag("private", profile.treat_as_private);
  in.word("untested", profile.untested,
          {{"allow", Untested::allow}, {"warn", Untested::warn}, {"refuse", Untested::refuse}});
  in.object("held", [&](FieldReader& held) {
    held.duration("max_age", profile.held_max_age, std::chrono::minutes(1), hours(24 * 3650));
    held.word("when_back", profile.held_send_when_back, {{"send", true}, {"ask", false}});
  });
  in.word("other_port_class", profile.other_port_class_allowed, {{"allow", true}, {"refuse", false}});
  in.text("contact", profile.contact);
  if (profile.enabled && !in.node().member("target"))
    in.report(Severity::refusal, "config.missing", in.node().line, "target", "is missing", "fehlt",
              "a target where fallback is enabled", "ein Ziel, wo Fallback eingeschaltet ist");
}
}  // namespace

void read_profile(FieldReader& in, Profile& profile) {
  in.text("name", profile.name);
  in.object("printing", [&](FieldReader& printing) {
    printing.object("fallback", [&](FieldReader& fallback) { read_fallback(fallback, profile); });
  });
}

ProfileResult parse_profile(std::string_view text, const std::string& name) {
  ProfileResult result;
  JsonNode root;
  if (!parse_json(text, name, root, result.findings)) return result;
  FieldReader in(root, {}, name, result.findings);
  Profile profile;
  if (in.is_object()) {
    read_profile(in, profile);
    in.done();
  }
  if (!has_errors(result.findings)) result.profile = std::move(profile);
  return result;
}

}  // namespace printrouter
