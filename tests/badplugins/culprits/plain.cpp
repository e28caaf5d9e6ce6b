// SPDX-License-Identifier: Apache-2.0
#include "well_behaved.hpp"

// Nothing wrong in here: what is wrong lies in the manifest or in the file.
PRINTROUTER_PLUGIN(bad::Plugin<bad::Sender>, BAD_ID, "1.0.0")
