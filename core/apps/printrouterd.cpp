// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <cstdio>

#include "daemon/daemon.hpp"

int main(int argc, char** argv) {
  CLI::App app("printrouterd: takes print jobs in and sees them printed, with or without the print server",
               "printrouterd");
  app.set_version_flag("--version", PRINTROUTER_VERSION);
  printrouter::DaemonOptions options;
  bool check_only = false;
  app.add_option("--config,-c", options.config_file, "configuration file (JSON)")->required();
  app.add_option("--state-dir", options.state_dir,
                 "folder of spool and journal; overrides state_dir of the configuration");
  app.add_option("--socket", options.socket, "control socket; overrides control.socket of the configuration");
  options.language = printrouter::control::german_environment() ? "de" : "en";
  app.add_option("--lang", options.language,
                 "language of what is printed here: en or de; default: of the environment")
      ->check(CLI::IsMember({"en", "de"}));
  app.add_flag("--check-config", check_only, "check the configuration and end: 0 usable, 1 not");
  CLI11_PARSE(app, argc, argv);
  if (check_only) return printrouter::check_configuration(options) ? 0 : 1;

  auto daemon = printrouter::Daemon::start(options);
  if (!daemon) {
    std::fprintf(stderr, "printrouterd: %s\n", daemon.error().text(options.language == "de").c_str());
    return 1;
  }
  return (*daemon)->run();
}
