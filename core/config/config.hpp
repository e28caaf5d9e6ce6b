// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What the administrator says, as typed values. docs/configuration.md and docs/schema/desktop.schema.json
/// describe the file. A Config is parsed whole or not at all and never changes afterwards: a reload parses a
/// new one and swaps it.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "model/device.hpp"
#include "model/profile.hpp"

namespace printrouter {

struct ControlConfig {
  std::string socket = {};  ///< empty: control.sock in the state folder
  /// Everybody may connect by default: SO_PEERCRED says who it is, and a user sees own jobs only.
  unsigned socket_mode = 0666;
  std::vector<std::string> admin_users = {};  ///< beside root and the daemon's own user
  std::vector<std::string> admin_groups = {};
};

/// One way in.
struct ListenerConfig {
  std::string protocol;  ///< name of a receiver plugin: "ipp", "lpr", "raw"
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;           ///< 0: the system chooses; `status --json` shows it
  std::string queue = "print";      ///< name of the intake queue; LPR clients address it by this name
  std::string path = "/ipp/print";  ///< ipp only
  bool tls = false;
  std::string certificate = {}, key = {};  ///< PEM files, needed with tls
  std::vector<std::string> formats =
      {};                     ///< advertised MIME types; empty: server queue and fallback ports decide
  bool private_jobs = false;  ///< every job of this queue is private
  std::string info = {}, location = {};  ///< printer-info, printer-location
};

/// How a TLS peer may be trusted beside the system's CAs.
struct TrustConfig {
  std::string ca_file = {};
  std::vector<std::string> pins_sha256 = {};  ///< of the peer's public key (SPKI), 64 hex digits
  bool allow_any = false;                     ///< a named exception, for tests; `config check` warns
  bool operator==(const TrustConfig&) const = default;
};

struct ProbeConfig {
  std::string protocol = {};  ///< "ipp", "lpr", "tcp"; empty: the server's own protocol
  std::string host = {};      ///< empty: the server's
  std::uint16_t port = 0;     ///< 0: the server's. A RAW server needs a probe address of its own
  bool set() const { return !protocol.empty() || !host.empty() || port != 0; }
};

struct ServerConfig {
  std::string name = "server";
  std::string plugin = "queue";  ///< name of a server plugin
  std::string protocol = "ipp";
  std::string host = {};
  std::uint16_t port = 0;  ///< 0: the protocol's own (631, 515, 9100)
  std::string queue = {};  ///< LPR queue or IPP path
  Tls tls = Tls::none;
  bool holds_on_arrival = false;  ///< on_arrival: "hold" | "print" (default)
  enum class Truncated { prints, keeps, discards } truncated = Truncated::prints;
  std::vector<std::string> formats = {};  ///< what it takes; empty: asked (IPP), else unknown
  ProbeConfig probe = {};
  TrustConfig trust = {};
  /// The object handed to the server plugin: every field of "server" by its name there.
  Attributes target = {};
};

struct PluginsConfig {
  std::vector<std::string> folders = {};  ///< empty: the installed one
  std::string scan_program = {};
  bool scan = true;
  std::map<std::string, std::map<std::string, std::string>> settings = {};  ///< plugin id -> key -> value
};

struct IdentityConfig {
  std::vector<std::string> trusted_spoolers = {"lp", "root"};
  std::map<std::string, std::string> map = {};  ///< local user -> user at the server
  bool accept_asserted = false;
  /// What vendor rules want to know of a user ("kyocera-account-code": "4711"), by the user's name at the
  /// server.
  std::map<std::string, std::map<std::string, std::string>> codes = {};
};

struct LimitsConfig {
  std::uint64_t job_size = std::uint64_t{4} << 30;  ///< bytes
  std::uint64_t spool_bytes = std::uint64_t{20} << 30;
  std::uint64_t jobs = 10'000;  ///< jobs not in a final state
  std::uint64_t min_free_disk = std::uint64_t{200} << 20;
  Milliseconds max_age = std::chrono::hours(24 * 30);  ///< of a job that is neither printed nor settled
  unsigned parallel = 16;                              ///< attempts under way at once
};

struct TimeoutsConfig {
  Milliseconds answer_timeout{1'000};
  Milliseconds progress_timeout{30'000};
  Milliseconds close_timeout{30'000};
};

struct RetentionConfig {
  Milliseconds documents = std::chrono::hours(1);   ///< after confirmation or settlement
  Milliseconds jobs = std::chrono::hours(24 * 30);  ///< rows of finished jobs
};

struct LogConfig {
  std::string level = "info";  ///< trace, debug, info, warn, error
  std::string file = {};       ///< empty: standard error
};

struct HealthConfig {
  Milliseconds probe_interval{30'000};
  Milliseconds probe_interval_down{5'000};
  unsigned jitter_percent = 20;
  unsigned down_after = 2;  ///< failures in a row
  unsigned up_after = 1;    ///< successes in a row
  Milliseconds device_interval = std::chrono::minutes(5);
  Milliseconds check_interval = std::chrono::hours(24);  ///< of `check fallback`
  /// How often the snapshot is asked for. 0: every 60 s while the server tells of changes, else every 10 s.
  Milliseconds snapshot_interval{0};
};

struct Config {
  std::string file = {};        ///< where it was read from
  std::string state_dir = {};   ///< empty: --state-dir must say
  std::string language = "en";  ///< "en" or "de": of messages that are not asked for in one
  ControlConfig control = {};
  std::vector<ListenerConfig> listeners = {};
  std::optional<ServerConfig> server = {};  ///< none: fallback rules decide every job
  Profile profile = {};
  std::string profile_file = {};                                ///< empty: inline
  std::map<std::string, std::vector<std::string>> groups = {};  ///< name -> device ids
  std::vector<Device> devices = {};             ///< inline and from files, without the facts of their models
  std::vector<std::string> device_models = {};  ///< folders of device model files
  PluginsConfig plugins = {};
  IdentityConfig identity = {};
  LimitsConfig limits = {};
  TimeoutsConfig timeouts = {};
  RetentionConfig retention = {};
  LogConfig log = {};
  HealthConfig health = {};
  std::string report_file = {};  ///< "report": {"jsonl": FILE}; empty: the ledger goes to the server
  std::string balances_file = {};
  std::string prices_file = {};
  std::string sender_address = {};  ///< as devices see this desktop; empty: unknown
  TrustConfig device_trust = {};    ///< for TLS ports of devices
};

}  // namespace printrouter
