// SPDX-License-Identifier: Apache-2.0
#include "well_behaved.hpp"

// The entry of an older, smaller contract that claims to be of this one.
static constexpr pr_plugin_entry entry() {
  auto e = printrouter::sdk::entry<bad::Plugin<bad::Sender>>(BAD_ID, "1.0.0");
  e.struct_size = sizeof(pr_plugin_entry) - sizeof(void*);
  return e;
}
extern "C" __attribute__((visibility("default"))) const pr_plugin_entry printrouter_plugin_v1;
const pr_plugin_entry printrouter_plugin_v1 = entry();
