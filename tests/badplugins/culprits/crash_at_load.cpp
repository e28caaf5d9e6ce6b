// SPDX-License-Identifier: Apache-2.0
#include "well_behaved.hpp"

#include <cstdlib>

namespace {
// Runs before anybody has asked the plugin anything.
struct Hasty {
  Hasty() { std::abort(); }
} hasty;
}  // namespace
PRINTROUTER_PLUGIN(bad::Plugin<bad::Sender>, BAD_ID, "1.0.0")
