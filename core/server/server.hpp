// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The management server as a whole: store, memory that follows it, doors, API. [main thread]
#include <memory>
#include <string>

#include "base/result.hpp"
#include "server/server_config.hpp"

namespace printrouter::server {

struct ServerOptions {
  std::string config_file;
  std::string state_dir = {};  ///< overrides the configuration's
};

class Server {
 public:
  static Result<std::unique_ptr<Server>> start(const ServerOptions& options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  /// Prints one JSON line (`ready`, `listeners`) to standard output, tells systemd, serves until SIGTERM.
  int run();

  struct Impl;

 private:
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Where the configuration's database and key file are.
std::string database_of(const ServerConfig& config, const std::string& state_dir);
std::string key_file_of(const ServerConfig& config, const std::string& state_dir);
/// Makes it, 0700. Errors: io, invalid (none is named).
Result<std::string> state_folder(const ServerConfig& config, const std::string& override_);

}  // namespace printrouter::server
