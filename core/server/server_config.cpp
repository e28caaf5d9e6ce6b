// SPDX-License-Identifier: Apache-2.0
#include "server/server_config.hpp"

#include <algorithm>

#include "config/shared_read.hpp"
#include "server/database.hpp"

namespace printrouter::server {
namespace {
using std::chrono::hours;
using std::chrono::minutes;

void read_door(FieldReader& in, DoorConfig& out) {
  in.text("address", out.address);
  in.number("port", out.port, 0, 65535);
  in.text("certificate", out.certificate);
  in.text("key", out.key);
  if (out.certificate.empty() != out.key.empty())
    in.report(Severity::refusal, "config.missing", in.node().line, out.key.empty() ? "key" : "certificate",
              "is missing", "fehlt", "a PEM file: certificate and key go together",
              "eine PEM-Datei: certificate und key gehören zusammen");
  if (!out.tls() && !is_loopback(out.address))
    in.report(Severity::refusal, "config.value", in.node().line, "address",
              "lets other computers in without TLS", "lässt andere Rechner ohne TLS herein",
              "certificate and key, or 127.0.0.1 behind a proxy",
              "certificate und key, oder 127.0.0.1 hinter einem Proxy");
}

void read_server_config(FieldReader& in, ServerConfig& out) {
  in.text("state_dir", out.state_dir);
  in.each("listeners", [&](const JsonNode& item, const std::string& path) {
    FieldReader f(item, path, in.file(), in.findings());
    if (!f.is_object()) return;
    read_door(f, out.listeners.emplace_back());
    f.done();
  });
  in.text("database", out.database);
  in.text("key_file", out.key_file);
  in.word("user_codes", out.user_codes, {{"local", CodesFor::local}, {"assigned", CodesFor::assigned}});
  in.word("unknown_users", out.unknown_users_allowed, {{"allow", true}, {"refuse", false}});
  in.object("limits", [&](FieldReader& f) {
    f.size("job_size", out.limits.job_size);
    f.size("spool_bytes", out.limits.spool_bytes);
    f.size("min_free_disk", out.limits.min_free_disk);
    f.number("jobs", out.limits.jobs, 1, 10'000'000);
    f.number("connections", out.limits.connections, 1, 1'000'000);
    f.number("desktop_users", out.limits.desktop_users, 1, 100'000);
    f.number("parallel", out.limits.parallel, 1, 1024);
  });
  in.object("plugins", [&](FieldReader& f) { read_plugins(f, out.plugins); });
  in.texts("device_models", out.device_models);
  in.object("device_trust", [&](FieldReader& f) { read_trust(f, out.device_trust); });
  in.object("timeouts", [&](FieldReader& f) { read_timeouts(f, out.timeouts); });
  in.duration("session_age", out.session_age, minutes(1), hours(24 * 365));
  in.duration("record_interval", out.record_interval, std::chrono::milliseconds(100), hours(24));
  in.duration("job_retention", out.job_retention, hours(24), hours(24 * 3650));
  in.object("log", [&](FieldReader& f) { read_log(f, out.log); });
}

void resolve(ServerConfig& config) {
  const auto fix = [&](std::string& name) { name = beside(config.file, name); };
  for (std::string* name : {&config.state_dir, &config.key_file, &config.log.file,
                            &config.plugins.scan_program, &config.device_trust.ca_file})
    fix(*name);
  if (!is_postgres(config.database)) fix(config.database);
  for (DoorConfig& door : config.listeners) fix(door.certificate), fix(door.key);
  std::ranges::for_each(config.device_models, fix);
  std::ranges::for_each(config.plugins.folders, fix);
}
}  // namespace

bool is_loopback(std::string_view address) {
  return address.starts_with("127.") || address == "::1" || address == "localhost";
}

ServerConfigResult parse_server_config(std::string_view text, const std::string& name) {
  ServerConfigResult result;
  JsonNode root;
  if (!parse_json(text, name, root, result.findings)) return result;
  auto config = std::make_shared<ServerConfig>();
  config->file = name;
  FieldReader in(root, {}, name, result.findings);
  if (!in.is_object()) return result;
  read_server_config(in, *config);
  in.done();
  if (config->listeners.empty()) config->listeners.emplace_back();
  resolve(*config);
  if (!has_errors(result.findings)) result.config = std::move(config);
  return result;
}

ServerConfigResult load_server_config(const std::string& path) {
  const auto text = read_whole_file(path);
  if (text) return parse_server_config(*text, path);
  ServerConfigResult result;
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

Error first_error(const ConfigFindings& findings) {
  ConfigResult none;
  none.findings = findings;
  return none.error();
}

}  // namespace printrouter::server
