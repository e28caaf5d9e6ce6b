// SPDX-License-Identifier: Apache-2.0
#include "daemon/daemon_setup.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "daemon/daemon.hpp"
#include "daemon/server_key.hpp"
#include "delivery/server_exchange.hpp"
#include "devices/device_model.hpp"
#include "env/machine.hpp"
#include "routing/config_check.hpp"

namespace printrouter {
namespace {

template <class Loaded>
std::vector<std::string> names_of(const Loaded& loaded) {
  std::vector<std::string> out;
  for (const auto& l : loaded) out.push_back(l.name);
  return out;
}

const char* severity_word(Severity severity, bool german) {
  if (severity == Severity::refusal) return german ? "Fehler" : "error";
  if (severity == Severity::warning) return german ? "Warnung" : "warning";
  return german ? "Hinweis" : "note";
}

/// What the server's own plugin says of its target: it knows which fields it needs, and what such a server
/// does.
std::shared_ptr<const Config> check_server(std::shared_ptr<const Config> config,
                                           const PluginRegistry& plugins, ConfigFindings& findings) {
  if (!config->server || !plugins.server(config->server->plugin)) return config;  // named by check_config
  std::string said;
  const auto facts = server_facts_of(*config, plugins, &said);
  if (!facts) {
    findings.push_back(
        {Severity::refusal, "config.server-target", config->file, 0, "server", said, said, {}});
    return config;
  }
  if (facts->can_report && !config->report_file.empty())
    findings.push_back({Severity::refusal, "config.two-reports", config->file, 0, "report.jsonl",
                        "stands beside a server that takes the ledger itself",
                        "steht neben einem Server, der das Kontobuch selbst annimmt", "one of the two",
                        "eines von beiden"});
  const bool holds = facts->holds_on_arrival != 0, discards = facts->truncated_discards != 0;
  using Truncated = ServerConfig::Truncated;
  if (holds == config->server->holds_on_arrival &&
      discards == (config->server->truncated == Truncated::discards))
    return config;
  auto own = std::make_shared<Config>(*config);
  own->server->holds_on_arrival = holds;
  if (discards) own->server->truncated = Truncated::discards;
  return own;
}

struct Built {
  RouterSetup setup;
  ConfigFindings findings;
};

Built build(std::shared_ptr<const Config> file, const PluginRegistry& plugins, PluginWatch* watch,
            const Snapshot* snapshot) {
  Built out;
  const auto config =
      check_server(snapshot ? overlay(*file, *snapshot) : std::move(file), plugins, out.findings);
  const ModelLibrary models = ModelLibrary::load(config->device_models, &out.findings);
  out.setup.directory = Directory::build(*config, models, &out.findings);
  out.setup.vendors = plugin_vendor_rules(plugins, watch);
  const auto take = [&](const auto& result, auto& into) {
    into = result.book;
    out.findings.insert(out.findings.end(), result.findings.begin(), result.findings.end());
  };
  if (snapshot) {
    out.setup.balances = snapshot->balances;
    out.setup.history = snapshot->history;
  } else if (!config->balances_file.empty()) {
    take(load_balances(config->balances_file), out.setup.balances);
  }
  if (snapshot && snapshot->prices)
    out.setup.prices = snapshot->prices;
  else if (!config->prices_file.empty())
    take(load_prices(config->prices_file), out.setup.prices);
  // A snapshot's groups are those that this desktop's printers are in: others are no mistake.
  for (const std::string& group :
       out.setup.prices ? out.setup.prices->join(*out.setup.directory) : std::vector<std::string>{})
    if (!snapshot)
      out.findings.push_back({Severity::warning, "config.group-unknown", config->prices_file, 0,
                              "groups." + group, "is no group of printers", "ist keine Druckergruppe",
                              "a name of `groups` in the configuration",
                              "ein Name aus `groups` der Konfiguration"});
  const auto checked = check_config(
      *config, *out.setup.directory, *out.setup.vendors,
      {names_of(plugins.protocols()), names_of(plugins.receivers()), names_of(plugins.servers())});
  out.findings.insert(out.findings.end(), checked.begin(), checked.end());
  out.setup.config = config;
  return out;
}

}  // namespace

PluginOptions plugin_options(const Config& config, const std::string& state_dir) {
  PluginOptions options;
  for (const std::string& folder : config.plugins.folders) options.folders.emplace_back(folder);
  if (options.folders.empty())
    options.folders = {env::program_path().parent_path().parent_path() / "lib" / "printrouter" / "plugins"};
  options.state_dir = state_dir;
  options.scan_program = config.plugins.scan_program;
  options.scan = config.plugins.scan;
  options.config = config.plugins.settings;
  if (!state_dir.empty())
    options.secret = [state_dir](std::string_view, std::string_view name) -> std::optional<std::string> {
      return name == "server-key" ? server_key(state_dir) : std::nullopt;
    };
  return options;
}

control::SaidError first_error(const ConfigResult& result) {
  for (const ConfigFinding& f : result.findings)
    if (f.severity == Severity::refusal) return f;
  return result.error();
}

control::SaidResult<RouterSetup> build_setup(std::shared_ptr<const Config> config,
                                             const PluginRegistry& plugins, PluginWatch* watch,
                                             const Snapshot* snapshot) {
  Built built = build(std::move(config), plugins, watch, snapshot);
  for (const ConfigFinding& f : built.findings) {
    if (f.severity == Severity::refusal) return tl::unexpected(control::SaidError(f));
    if (f.severity == Severity::warning) spdlog::warn("{}", f.message());
  }
  return std::move(built.setup);
}

bool check_configuration(const DaemonOptions& options) {
  const ConfigResult result = load_config(options.config_file);
  ConfigFindings findings = result.findings;
  if (result.config) {
    auto plugins = PluginRegistry::load(plugin_options(*result.config, {}), nullptr);
    if (!plugins) {
      std::fprintf(stderr, "%s\n",
                   control::SaidError(plugins.error()).text(options.language == "de").c_str());
      return false;
    }
    const Built built = build(result.config, **plugins, nullptr, nullptr);
    findings.insert(findings.end(), built.findings.begin(), built.findings.end());
  }
  for (const ConfigFinding& f : findings)
    std::fprintf(stderr, "%s: %s\n", severity_word(f.severity, options.language == "de"),
                 f.message(options.language).c_str());
  return result.config && !has_errors(findings);
}

}  // namespace printrouter
