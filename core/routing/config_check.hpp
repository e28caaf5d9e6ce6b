// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "config/config_load.hpp"
#include "devices/directory.hpp"
#include "devices/vendor_rules.hpp"

namespace printrouter {

/// What the installed plugins offer; empty lists: not known, not checked.
struct InstalledPlugins {
  std::vector<std::string> protocols = {}, receivers = {}, servers = {};
};

/// `config check`: what contradicts itself or a documented fact, found before print time. Errors (refusal)
/// keep the daemon from taking the file; warnings are shown.
ConfigFindings check_config(const Config& config, const Directory& directory, const VendorRules& vendors,
                            const InstalledPlugins& installed);

/// What an intake queue advertises where its listener does not say: the server's formats ∩ those of at least
/// one permitted fallback port. Unknown on either side does not narrow.
std::vector<std::string> advertised_formats(const Config& config, const Directory& directory,
                                            const ListenerConfig& listener);

}  // namespace printrouter
