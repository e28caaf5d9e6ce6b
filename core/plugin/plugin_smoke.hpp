// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <string_view>

#include "plugin/plugin_finding.hpp"
#include "plugin/plugin_instance.hpp"

namespace printrouter {

/// Raised with every change of the scripts, so that what earlier ones passed is looked at again.
inline constexpr int smoke_version = 1;

/// Told what comes next, before it is done: if that call never returns, the last stage names it.
using SmokeProgress = std::function<void(std::string_view stage)>;

/// Runs short scripts against every interface of a plugin: a peer that accepts, refuses, is silent, talks
/// garbage, breaks off; cancellation at every step; vendor rules asked twice; languages fed with garbage. No
/// I/O. Meant for the scan's child process: a plugin that crashes or hangs takes the caller with it. The
/// first finding ends it.
PluginFindings smoke(const PluginInstance& plugin, const SmokeProgress& progress);

/// The parts of it, one an interface; false: *out says why.
bool smoke_protocol(const PluginInstance& plugin, const SmokeProgress& progress, PluginFinding* out);
bool smoke_receiver(const PluginInstance& plugin, const SmokeProgress& progress, PluginFinding* out);
bool smoke_server(const PluginInstance& plugin, const SmokeProgress& progress, PluginFinding* out);
bool smoke_vendor(const PluginInstance& plugin, const SmokeProgress& progress, PluginFinding* out);
bool smoke_language(const PluginInstance& plugin, const SmokeProgress& progress, PluginFinding* out);

}  // namespace printrouter
