// SPDX-License-Identifier: Apache-2.0
#include "well_behaved.hpp"

// Built for a draft of the contract that this host does not speak.
static constexpr pr_plugin_entry entry() {
  auto e = printrouter::sdk::entry<bad::Plugin<bad::Sender>>(BAD_ID, "1.0.0");
  e.abi_version = PR_ABI_VERSION + 98;
  return e;
}
extern "C" __attribute__((visibility("default"))) const pr_plugin_entry printrouter_plugin_v1;
const pr_plugin_entry printrouter_plugin_v1 = entry();
