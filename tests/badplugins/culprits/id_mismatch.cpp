// SPDX-License-Identifier: Apache-2.0
#include "well_behaved.hpp"

// The manifest was copied from another plugin.
PRINTROUTER_PLUGIN(bad::Plugin<bad::Sender>, "somebody-else", "1.0.0")
