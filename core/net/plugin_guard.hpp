// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "plugin/plugin_instance.hpp"
#include "plugin/plugin_watch.hpp"

namespace printrouter::net {

/// One call into a plugin, inside the watch. The contract forbids exceptions; one that comes all the same
/// must not end the daemon: its text is the answer, for finding::exception_escaped. `watch`, `identity` and
/// `mark` may be nullptr.
template <class Function>
std::optional<std::string> call_plugin(PluginWatch* watch, const PluginIdentity* identity,
                                       const AttemptMark* mark, std::string_view where, Function&& function) {
  PluginFinding escaped;
  const bool returned = without_exception(&escaped, where, [&] {
    std::optional<PluginCall> guard;
    if (watch && identity) guard.emplace(*watch, *identity, mark);
    function();
  });
  return returned ? std::nullopt : std::optional(escaped.text);
}

}  // namespace printrouter::net
