// SPDX-License-Identifier: Apache-2.0
#include "config/config_load.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <unordered_map>

#include "config/profile_read.hpp"
#include "config/shared_read.hpp"

namespace printrouter {
namespace {
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
constexpr std::int64_t many = 1'000'000'000;

void read_control(FieldReader& in, ControlConfig& out) {
  in.text("socket", out.socket);
  std::string mode;
  in.text("socket_mode", mode);
  if (!mode.empty()) {
    const bool octal = mode.size() == 4 && mode.front() == '0' &&
                       std::ranges::all_of(mode, [](char c) { return c >= '0' && c <= '7'; });
    if (octal)
      out.socket_mode = static_cast<unsigned>(std::stoul(mode, nullptr, 8));
    else
      in.report(Severity::refusal, "config.value", in.node().member("socket_mode")->line, "socket_mode",
                "is no file mode", "ist kein Dateimodus", "a text like \"0660\"", "ein Text wie \"0660\"");
  }
  in.texts("admin_users", out.admin_users);
  in.texts("admin_groups", out.admin_groups);
}

void read_listener(FieldReader& in, ListenerConfig& out) {
  in.id("protocol", out.protocol, true);
  in.text("address", out.address);
  in.number("port", out.port, 0, 65535);
  in.id("queue", out.queue);
  in.text("path", out.path);
  if (out.path.empty() || out.path.front() != '/' || out.path.size() < 2)
    in.report(Severity::refusal, "config.value", in.node().line, "path", "is no printer path",
              "ist kein Druckerpfad", "a path like \"/ipp/print\"", "ein Pfad wie \"/ipp/print\"");
  in.flag("tls", out.tls);
  in.text("certificate", out.certificate);
  in.text("key", out.key);
  if (out.tls && (out.certificate.empty() || out.key.empty()))
    in.report(Severity::refusal, "config.missing", in.node().line,
              out.certificate.empty() ? "certificate" : "key", "is missing", "fehlt",
              "a PEM file, as tls is true", "eine PEM-Datei, da tls true ist");
  in.texts("formats", out.formats);
  in.flag("private", out.private_jobs);
  in.text("info", out.info);
  in.text("location", out.location);
}

void read_tls(FieldReader& in, Tls& out) {
  const JsonNode* tls = in.take("tls");
  if (!tls) return;
  if (tls->kind == JsonNode::Kind::boolean)
    out = tls->boolean ? Tls::from_start : Tls::none;
  else if (tls->kind == JsonNode::Kind::text && tls->text == "upgrade")
    out = Tls::upgrade;
  else
    in.wrong_type(*tls, "tls", "true, false or \"upgrade\"", "true, false oder \"upgrade\"");
}

void read_server(FieldReader& in, ServerConfig& out) {
  in.text("name", out.name);
  in.id("plugin", out.plugin);
  in.id("protocol", out.protocol);
  in.text("host", out.host, true);
  in.number("port", out.port, 1, 65535);
  in.text("queue", out.queue);
  read_tls(in, out.tls);
  in.word("on_arrival", out.holds_on_arrival, {{"hold", true}, {"print", false}});
  in.word<ServerConfig::Truncated>("truncated", out.truncated,
                                   {{"discards", ServerConfig::Truncated::discards},
                                    {"keeps", ServerConfig::Truncated::keeps},
                                    {"prints", ServerConfig::Truncated::prints}});
  in.texts("formats", out.formats);
  in.object("probe", [&](FieldReader& probe) {
    probe.id("protocol", out.probe.protocol);
    probe.text("host", out.probe.host);
    probe.number("port", out.probe.port, 1, 65535);
  });
  in.object("trust", [&](FieldReader& trust) { read_trust(trust, out.trust); });
  // What a server plugin of another maker wants beside this goes into "settings".
  if (const JsonNode* settings = in.take("settings")) {
    Attributes extra;
    if (settings->kind != JsonNode::Kind::object)
      in.wrong_type(*settings, "settings", "an object", "ein Objekt");
    for (const auto& [key, value] : settings->members)
      if (!to_attributes(value, key, extra))
        in.report(Severity::refusal, "config.type", value.line, "settings." + key, "has a fraction",
                  "hat eine Bruchzahl", "texts, whole numbers, true, false",
                  "Texte, ganze Zahlen, true, false");
    out.target = std::move(extra);
  }
  set(out.target, Attribute::word("name", out.name, AttributeKind::text));
  set(out.target, Attribute::word("protocol", out.protocol));
  set(out.target, Attribute::word("host", out.host, AttributeKind::text));
  if (out.port != 0) set(out.target, Attribute::number("port", out.port));
  set(out.target, Attribute::word("queue", out.queue, AttributeKind::text));
  set(out.target, Attribute::number("tls", static_cast<std::int64_t>(out.tls)));
  set(out.target, Attribute::word("on-arrival", out.holds_on_arrival ? "hold" : "print"));
  static constexpr const char* truncated[] = {"prints", "keeps", "discards"};
  set(out.target, Attribute::word("truncated", truncated[static_cast<int>(out.truncated)]));
  if (!out.probe.protocol.empty()) set(out.target, Attribute::word("probe.protocol", out.probe.protocol));
  if (!out.probe.host.empty())
    set(out.target, Attribute::word("probe.host", out.probe.host, AttributeKind::text));
  if (out.probe.port != 0) set(out.target, Attribute::number("probe.port", out.probe.port));
}

/// Whom to ask for counters, and as whom: the one setting whose shape is ours and no maker's. A word that is
/// mistyped must not end as less security than was meant.
void check_snmp(const JsonNode& node, const std::string& path, FieldReader& device) {
  if (node.kind == JsonNode::Kind::null || (node.kind == JsonNode::Kind::text && node.text == "unknown"))
    return;
  FieldReader in(node, path, device.file(), device.findings());
  if (!in.is_object())
    return in.wrong_type(node, "", "an object with version, port, ...", "ein Objekt mit version, port, ...");
  int version = 0, port = 0;
  bool authentication = false, privacy = false;
  std::string text;
  in.word("version", version, {{"v1", 1}, {"v2c", 2}, {"v3", 3}}, true);
  in.number("port", port, 1, 65535);
  in.text("community", text);
  in.text("user", text, version == 3);
  in.word("authentication", authentication,
          {{"none", false}, {"md5", true}, {"sha", true}, {"sha256", true}});
  in.text("authentication-key-file", text, authentication);
  in.word("privacy", privacy, {{"none", false}, {"des", true}, {"aes", true}});
  in.text("privacy-key-file", text, privacy);
  if (privacy && !authentication)
    in.report(Severity::refusal, "config.value", node.member("privacy")->line, "privacy",
              "needs authentication", "braucht authentication", "authentication: md5, sha or sha256",
              "authentication: md5, sha oder sha256");
  in.done();
}

void read_device(FieldReader& in, Device& out) {
  in.id("id", out.id, true);
  in.text("name", out.name);
  if (out.name.empty()) out.name = out.id;
  in.text("place", out.place);
  in.text("address", out.address, true);
  in.text("maker", out.maker);
  in.text("model", out.model);
  in.text("price_list", out.price_list);
  in.each("ports", [&](const JsonNode& item, const std::string& path) {
    out.ports.push_back(read_port(item, path, in.file(), in.findings()));
  });
  in.entries("settings", [&](const std::string& key, const JsonNode& value, const std::string& path) {
    if (key == "snmp") check_snmp(value, path, in);
    if (!to_attributes(value, key, out.settings))
      in.findings().push_back({Severity::refusal, "config.type", in.file(), value.line, path,
                               "has a fraction", "hat eine Bruchzahl",
                               "texts, whole numbers, true, false, \"unknown\"",
                               "Texte, ganze Zahlen, true, false, \"unknown\""});
  });
}

void read_devices(FieldReader& in, std::vector<Device>& out) {
  in.each("devices", [&](const JsonNode& item, const std::string& path) {
    FieldReader entry(item, path, in.file(), in.findings());
    if (!entry.is_object()) return;
    read_device(entry, out.emplace_back());
    entry.done();
  });
}

void read_identity(FieldReader& in, IdentityConfig& out) {
  in.texts("trusted_spoolers", out.trusted_spoolers);
  in.entries("map", [&](const std::string& local, const JsonNode& node, const std::string& path) {
    if (node.kind == JsonNode::Kind::text && !node.text.empty())
      out.map[local] = node.text;
    else
      in.findings().push_back({Severity::refusal, "config.type", in.file(), node.line, path,
                               "is no user name", "ist kein Benutzername", "a text", "ein Text"});
  });
  in.flag("accept_asserted", out.accept_asserted);
  in.entries("codes", [&](const std::string& user, const JsonNode& node, const std::string& path) {
    FieldReader codes(node, path, in.file(), in.findings());
    for (const auto& [name, value] : node.members) {
      if (value.kind == JsonNode::Kind::text && !value.text.empty())
        out.codes[user][name] = value.text;
      else
        codes.wrong_type(value, name, "a text: a code may begin with 0",
                         "ein Text: ein Code kann mit 0 beginnen");
    }
  });
}

void read_limits(FieldReader& in, LimitsConfig& out) {
  in.size("job_size", out.job_size);
  in.size("spool_bytes", out.spool_bytes);
  in.number("jobs", out.jobs, 1, many);
  in.size("min_free_disk", out.min_free_disk);
  in.duration("max_age", out.max_age, minutes(1), hours(24 * 3650));
  in.number("parallel", out.parallel, 1, 1024);
}

void read_health(FieldReader& in, HealthConfig& out) {
  in.duration("probe_interval", out.probe_interval, Milliseconds(100), hours(24));
  in.duration("probe_interval_down", out.probe_interval_down, Milliseconds(100), hours(24));
  in.number("jitter_percent", out.jitter_percent, 0, 100);
  in.number("down_after", out.down_after, 1, 100);
  in.number("up_after", out.up_after, 1, 100);
  in.duration("device_interval", out.device_interval, seconds(1), hours(24 * 30));
  in.duration("check_interval", out.check_interval, minutes(1), hours(24 * 365));
  in.duration("snapshot_interval", out.snapshot_interval, seconds(1), hours(24));
}

/// Reads a file that the configuration names; a failure is a finding at the field that names it.
std::optional<std::string> referred(FieldReader& in, const JsonNode& at, std::string_view field,
                                    const std::string& path, const ConfigFileReader& reader) {
  auto text = reader(path);
  if (text) return std::move(*text);
  in.report(Severity::refusal, "config.file", at.line, field,
            "names a file that cannot be read: " + text.error().text,
            "nennt eine Datei, die nicht gelesen werden kann: " + text.error().text);
  return std::nullopt;
}

void append(ConfigFindings& to, ConfigFindings from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

void read_config(FieldReader& in, Config& out, const ConfigFileReader& reader) {
  in.text("state_dir", out.state_dir);
  in.word<std::string>("language", out.language, {{"en", "en"}, {"de", "de"}});
  in.object("control", [&](FieldReader& f) { read_control(f, out.control); });
  in.each("listeners", [&](const JsonNode& item, const std::string& path) {
    FieldReader f(item, path, in.file(), in.findings());
    if (!f.is_object()) return;
    read_listener(f, out.listeners.emplace_back());
    f.done();
  });
  if (in.node().member("server"))
    in.object("server", [&](FieldReader& f) { read_server(f, out.server.emplace()); });
  if (const JsonNode* profile = in.take("profile")) {
    if (profile->kind == JsonNode::Kind::object) {
      FieldReader f(*profile, "profile", in.file(), in.findings());
      read_profile(f, out.profile);
      f.done();
    } else if (profile->kind == JsonNode::Kind::text) {
      out.profile_file = beside(out.file, profile->text);
      if (auto text = referred(in, *profile, "profile", out.profile_file, reader)) {
        ProfileResult read = parse_profile(*text, out.profile_file);
        append(in.findings(), std::move(read.findings));
        if (read.profile) out.profile = std::move(*read.profile);
      }
    } else {
      in.wrong_type(*profile, "profile", "a profile, or the name of its file",
                    "ein Profil oder dessen Dateiname");
    }
  }
  in.entries("groups", [&](const std::string& group, const JsonNode& node, const std::string& path) {
    auto& members = out.groups[group];
    if (node.kind != JsonNode::Kind::array) {
      in.findings().push_back({Severity::refusal, "config.type", in.file(), node.line, path,
                               "is " + std::string(kind_name(node.kind, false)),
                               "ist " + std::string(kind_name(node.kind, true)), "a list of device ids",
                               "eine Liste von Geräte-Kennungen"});
      return;
    }
    for (const JsonNode& item : node.items) {
      if (item.kind == JsonNode::Kind::text && !item.text.empty())
        members.push_back(item.text);
      else
        in.findings().push_back({Severity::refusal, "config.type", in.file(), item.line, path,
                                 "has a member that is no device id",
                                 "hat ein Mitglied, das keine Geräte-Kennung ist", "a text", "ein Text"});
    }
  });
  read_devices(in, out.devices);
  in.each("device_files", [&](const JsonNode& item, const std::string&) {
    if (item.kind != JsonNode::Kind::text)
      return in.wrong_type(item, "device_files", "the name of a file", "ein Dateiname");
    const std::string path = beside(out.file, item.text);
    if (auto text = referred(in, item, "device_files", path, reader)) {
      DevicesResult read = parse_devices(*text, path);
      append(in.findings(), std::move(read.findings));
      std::ranges::move(read.devices, std::back_inserter(out.devices));
    }
  });
  in.texts("device_models", out.device_models);
  in.object("plugins", [&](FieldReader& f) { read_plugins(f, out.plugins); });
  in.object("identity", [&](FieldReader& f) { read_identity(f, out.identity); });
  in.object("limits", [&](FieldReader& f) { read_limits(f, out.limits); });
  in.object("timeouts", [&](FieldReader& f) { read_timeouts(f, out.timeouts); });
  in.object("retention", [&](FieldReader& f) {
    f.duration("documents", out.retention.documents, Milliseconds(0), hours(24 * 3650));
    f.duration("jobs", out.retention.jobs, minutes(1), hours(24 * 3650));
  });
  in.object("log", [&](FieldReader& f) { read_log(f, out.log); });
  in.object("health", [&](FieldReader& f) { read_health(f, out.health); });
  in.object("report", [&](FieldReader& f) { f.text("jsonl", out.report_file, true); });
  in.text("balances_file", out.balances_file);
  in.text("prices_file", out.prices_file);
  in.text("sender_address", out.sender_address);
  in.object("device_trust", [&](FieldReader& f) { read_trust(f, out.device_trust); });
}

/// Names of files and folders are relative to the folder of the configuration file.
void resolve(Config& config) {
  const auto fix = [&](std::string& name) { name = beside(config.file, name); };
  for (std::string* name : {&config.state_dir, &config.control.socket, &config.log.file, &config.report_file,
                            &config.balances_file, &config.prices_file, &config.plugins.scan_program,
                            &config.device_trust.ca_file})
    fix(*name);
  std::ranges::for_each(config.device_models, fix);
  std::ranges::for_each(config.plugins.folders, fix);
  for (ListenerConfig& l : config.listeners) fix(l.certificate), fix(l.key);
  if (config.server) fix(config.server->trust.ca_file);
}

void find_duplicates(const Config& config, ConfigFindings& findings) {
  std::unordered_map<std::string_view, std::size_t> ids;
  for (std::size_t i = 0; i < config.devices.size(); ++i) {
    const auto [first, fresh] = ids.emplace(config.devices[i].id, i);
    if (!fresh && !config.devices[i].id.empty())
      findings.push_back({Severity::refusal, "config.duplicate-device", config.file, 0,
                          "devices[" + std::to_string(i) + "].id",
                          "\"" + config.devices[i].id + "\" is given twice",
                          "\"" + config.devices[i].id + "\" steht zweimal",
                          "an id of its own for each device", "eine eigene Kennung für jedes Gerät"});
  }
}

}  // namespace

ConfigResult parse_config(std::string_view text, const std::string& name, const ConfigFileReader& reader) {
  ConfigResult result;
  JsonNode root;
  if (!parse_json(text, name, root, result.findings)) return result;
  auto config = std::make_shared<Config>();
  config->file = name;
  FieldReader in(root, {}, name, result.findings);
  if (!in.is_object()) return result;
  read_config(in, *config, reader);
  in.done();
  find_duplicates(*config, result.findings);
  resolve(*config);
  if (!has_errors(result.findings)) result.config = std::move(config);
  return result;
}

ConfigResult load_config(const std::string& path) {
  auto text = read_whole_file(path);
  if (text) return parse_config(*text, path, read_whole_file);
  ConfigResult result;
  result.findings.push_back({Severity::refusal,
                             "config.file",
                             path,
                             0,
                             {},
                             "cannot be read: " + text.error().text,
                             "kann nicht gelesen werden: " + text.error().text,
                             {},
                             {}});
  return result;
}

Attributes identity_codes(const IdentityConfig& identity, std::string_view user) {
  Attributes out;
  if (const auto it = identity.codes.find(std::string(user)); it != identity.codes.end())
    for (const auto& [name, value] : it->second)
      out.push_back(Attribute::word(name, value, AttributeKind::text));
  return out;
}

DevicesResult parse_devices(std::string_view text, const std::string& name) {
  DevicesResult result;
  JsonNode root;
  if (!parse_json(text, name, root, result.findings)) return result;
  FieldReader in(root, {}, name, result.findings);
  if (!in.is_object()) return result;
  read_devices(in, result.devices);
  in.done();
  return result;
}

}  // namespace printrouter
