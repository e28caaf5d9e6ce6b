// SPDX-License-Identifier: Apache-2.0
// Commands that need no running daemon.
#include "cli/cli_context.hpp"
#include "daemon/daemon.hpp"
#include "plugin/plugin_report.hpp"

namespace printrouter::cli {

int run_plugin_file(const Context& c, const std::string& what, const std::string& manifest) {
  const auto plugins = check_plugins({manifest});
  if (!plugins) return report(c, plugins.error());
  if (c.json) {
    print_line(plugins_json(*plugins));
  } else {
    const auto language = c.german ? ReportLanguage::german : ReportLanguage::english;
    std::string text = plugins_text(*plugins, language);
    if (what == "inspect") {
      text.clear();
      for (const PluginInfo& plugin : *plugins) text += plugin_text(plugin, language);
    }
    if (text.ends_with('\n')) text.pop_back();
    print_line(text);
  }
  return plugin_exit_code(*plugins) == plugin_exit::good ? exit_ok : exit_findings;
}

int run_config_check(const Context& c, const std::string& file) {
  DaemonOptions options;
  options.config_file = file;
  options.language = c.german ? "de" : "en";
  const bool good = check_configuration(options);
  if (c.json)
    print_json({{"file", file}, {"ok", good}});
  else if (good)
    print_line(file + ": " + c.say("may be used", "kann so verwendet werden"));
  return good ? exit_ok : exit_findings;
}

}  // namespace printrouter::cli
