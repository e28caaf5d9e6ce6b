// SPDX-License-Identifier: Apache-2.0
#pragma once
/// From a configuration to what the router works by; shared by start, reload and --check-config.
#include <memory>
#include <string>

#include "config/config_load.hpp"
#include "control/error_words.hpp"
#include "plugin/plugin_registry.hpp"
#include "plugin/plugin_watch.hpp"
#include "router/router.hpp"
#include "snapshot/snapshot.hpp"

namespace printrouter {

/// Folders of plugins: as configured, else beside the program (build tree), else installed.
PluginOptions plugin_options(const Config& config, const std::string& state_dir);

/// Directory, rules, prices and balances of a configuration, checked as `config check` does. Warnings are
/// logged; an error is the result. `watch` may be nullptr. `snapshot` (may be nullptr) is laid over `config`.
control::SaidResult<RouterSetup> build_setup(std::shared_ptr<const Config> config,
                                             const PluginRegistry& plugins, PluginWatch* watch,
                                             const Snapshot* snapshot = nullptr);
/// Of a file that was not taken.
control::SaidError first_error(const ConfigResult& result);

}  // namespace printrouter
