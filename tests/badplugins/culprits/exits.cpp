// SPDX-License-Identifier: Apache-2.0
#include "well_behaved.hpp"

#include <cstdlib>

namespace {
// Handles an error the way a command-line tool would.
class Exiting : public bad::Sender {
 public:
  using Sender::Sender;
  void failed(const pr_event&, printrouter::sdk::Action&) override { std::exit(0); }
};
}  // namespace
PRINTROUTER_PLUGIN(bad::Plugin<Exiting>, BAD_ID, "1.0.0")
