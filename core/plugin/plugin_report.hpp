// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What `printrouter plugins list|inspect|check` and printrouter-plugin-scan show.
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "plugin/plugin_finding.hpp"
#include "plugin/plugin_registry.hpp"

namespace printrouter {

/// Exit codes of `plugins check` and printrouter-plugin-scan.
namespace plugin_exit {
inline constexpr int good = 0;        ///< every plugin may be loaded
inline constexpr int findings = 1;    ///< at least one finding
inline constexpr int usage = 2;       ///< wrong arguments, no plugin there
inline constexpr int impossible = 3;  ///< the scan could not run
}  // namespace plugin_exit

enum class ReportLanguage { english, german };

/// A JSON array, an object a plugin: id, version, loaded, provides, names, permissions, library, manifest,
/// sha256, findings [{id, text, place, quarantined}].
std::string plugins_json(const std::vector<PluginInfo>& plugins);
/// A table for people, a line a plugin and a line a finding. Finding texts are English.
std::string plugins_text(const std::vector<PluginInfo>& plugins, ReportLanguage language);
/// Everything about one, a line a field.
std::string plugin_text(const PluginInfo& plugin, ReportLanguage language);

/// Looks afresh at manifests (files) and folders of manifests: every file check and the scan, whatever was
/// learned before. Nothing is loaded into this process, nothing is kept.
/// Error: a path that is not there, no plugin in it, or the scan program does not run.
Result<std::vector<PluginInfo>> check_plugins(const std::vector<std::filesystem::path>& paths,
                                              const std::filesystem::path& scan_program = {},
                                              Milliseconds scan_timeout = Milliseconds(2000));

/// plugin_exit::good or ::findings.
int plugin_exit_code(const std::vector<PluginInfo>& plugins);

/// The quarantine of `state_dir` forgets this plugin (id or sha256): at the next start it is scanned anew.
/// How many entries it forgot; 0 is the error not_found.
Result<int> release_plugin(const std::filesystem::path& state_dir, std::string_view id_or_hash);

}  // namespace printrouter
