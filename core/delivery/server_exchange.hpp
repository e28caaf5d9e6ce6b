// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What is asked of the management server, by the plugin that speaks to it. [main thread only]
#include <functional>
#include <memory>
#include <string>

#include "config/config.hpp"
#include "delivery/delivery_run.hpp"
#include "plugin/plugin_registry.hpp"

namespace printrouter {

net::TlsTrust trust_of(const TrustConfig& config);

/// What every session with the configured server needs: plugin, target, trust, time limits. `server.plugin`
/// of the result is null if no such plugin is loaded. Only with a server in `config`.
DeliveryInput server_input(const Config& config, PluginRegistry& plugins, PluginWatch* watch);

/// What the server's plugin says of the configured target; nothing without a server, its plugin, or if the
/// target is wrong (`error`, if given, says how).
std::optional<pr_server_facts> server_facts_of(const Config& config, const PluginRegistry& plugins,
                                               std::string* error = nullptr);

/// One exchange beside jobs. `done` runs once, never inside the call; what is under way ends without it when
/// the last copy of the returned handle goes.
std::shared_ptr<void> ask_server(net::IoContext& io, DeliveryInput input, std::function<void(Outcome)> done);

}  // namespace printrouter
