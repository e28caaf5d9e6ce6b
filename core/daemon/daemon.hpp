// SPDX-License-Identifier: Apache-2.0
#pragma once
/// printrouterd as a whole: what is opened in which order, what a signal does. [main thread only]
#include <memory>
#include <string>

#include "control/error_words.hpp"

namespace printrouter {

struct DaemonOptions {
  std::string config_file = {};
  std::string state_dir = {};   ///< overrides the configuration's
  std::string socket = {};      ///< overrides the configuration's
  std::string language = "en";  ///< "en" or "de": of what check_configuration() prints
};

/// Reads and checks a configuration as the daemon would take it; prints findings to stderr. True: it may be
/// used.
bool check_configuration(const DaemonOptions& options);

class Daemon {
 public:
  /// Opens everything: configuration, state folder, plugins, journal, spool, recovery, listeners, control
  /// socket.
  static control::SaidResult<std::unique_ptr<Daemon>> start(const DaemonOptions& options);
  /// Serves until SIGTERM or SIGINT; SIGHUP reloads. Answers the exit code.
  int run();
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

 private:
  struct Impl;
  explicit Daemon(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace printrouter
