// SPDX-License-Identifier: Apache-2.0
#include "devices/vendor_rules.hpp"
#include "plugin/plugin_registry.hpp"

namespace printrouter {

std::unique_ptr<VendorRules> plugin_vendor_rules(const PluginRegistry& plugins, PluginWatch* watch) {
  std::vector<VendorTable> tables;
  for (const LoadedVendor& v : plugins.vendors()) tables.push_back({v.name, v.table, v.instance, v.identity});
  return table_vendor_rules(std::move(tables), watch);
}

}  // namespace printrouter
