// SPDX-License-Identifier: Apache-2.0
#include "well_behaved.hpp"

// The entry has another name, as if the macro had been forgotten.
extern "C" __attribute__((visibility("default"))) const pr_plugin_entry printrouter_plugin;
const pr_plugin_entry printrouter_plugin = printrouter::sdk::entry<bad::Plugin<bad::Sender>>(BAD_ID, "1.0.0");
