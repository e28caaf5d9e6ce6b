// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The file of `printrouter-server --config` (docs/schema/server.schema.json, docs/server.md). Parsed whole
/// or not at all.
#include <memory>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "config/config_load.hpp"

namespace printrouter::server {

struct DoorConfig {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;                  ///< 0: the system chooses; the ready line shows it
  std::string certificate = {}, key = {};  ///< PEM files; without them only loopback listens
  bool tls() const { return !certificate.empty(); }
};

/// Whose codes a desktop gets: those of users that are assigned to it, or also those of its local users
/// (local_users.hpp).
enum class CodesFor { assigned, local };

struct ServerLimits {
  std::uint64_t job_size = std::uint64_t{4} << 30;  ///< bytes
  std::uint64_t spool_bytes = std::uint64_t{200} << 30;
  std::uint64_t min_free_disk = std::uint64_t{500} << 20;
  std::uint64_t jobs = 100'000;  ///< documents in the spool
  std::size_t connections = 20'000;
  std::size_t desktop_users = 64;  ///< one desktop may have in 30 days
  std::size_t parallel = 16;       ///< deliveries under way at once
};

struct ServerConfig {
  std::string file = {};
  std::string state_dir = {};
  std::vector<DoorConfig> listeners = {};
  std::string database = {};              ///< empty: server.db in the state folder; a file; postgresql://…
  std::string key_file = {};              ///< empty: server.key in the state folder
  CodesFor user_codes = CodesFor::local;  ///< whose codes a desktop gets
  /// Jobs and claims of users that are not entered here are taken; else refused (`unknown-user`).
  bool unknown_users_allowed = true;
  ServerLimits limits = {};
  PluginsConfig plugins = {};
  std::vector<std::string> device_models = {};
  TrustConfig device_trust = {};
  TimeoutsConfig timeouts = {};
  Milliseconds session_age = std::chrono::hours(12);        ///< of a token that a password got
  Milliseconds record_interval = std::chrono::seconds(30);  ///< between two looks into devices' own histories
  Milliseconds job_retention = std::chrono::hours(24 * 90);  ///< of rows of jobs that are over
  LogConfig log = {};
};

struct ServerConfigResult {
  std::shared_ptr<const ServerConfig> config = {};  ///< null if there is an error among the findings
  ConfigFindings findings = {};
};
ServerConfigResult load_server_config(const std::string& path);
ServerConfigResult parse_server_config(std::string_view text, const std::string& name);

/// The first error of findings as one; only where has_errors().
Error first_error(const ConfigFindings& findings);
bool is_loopback(std::string_view address);

}  // namespace printrouter::server
