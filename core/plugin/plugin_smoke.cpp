// SPDX-License-Identifier: Apache-2.0
#include "plugin/plugin_smoke.hpp"

namespace printrouter {

PluginFindings smoke(const PluginInstance& plugin, const SmokeProgress& progress) {
  PluginFindings findings;
  PluginFinding found;
  const bool well = (!plugin.protocol() || smoke_protocol(plugin, progress, &found)) &&
                    (!plugin.receiver() || smoke_receiver(plugin, progress, &found)) &&
                    (!plugin.server() || smoke_server(plugin, progress, &found)) &&
                    (!plugin.vendor() || smoke_vendor(plugin, progress, &found)) &&
                    (!plugin.language() || smoke_language(plugin, progress, &found));
  if (!well) findings.push_back(std::move(found));
  return findings;
}

}  // namespace printrouter
