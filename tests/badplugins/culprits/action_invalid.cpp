// SPDX-License-Identifier: Apache-2.0
#include "well_behaved.hpp"

namespace {
// Asks for something that the contract does not have.
class Inventive : public bad::Sender {
 public:
  using Sender::Sender;
  void sent(const pr_event&, printrouter::sdk::Action& action) override { action.kind = 999; }
};
}  // namespace
PRINTROUTER_PLUGIN(bad::Plugin<Inventive>, BAD_ID, "1.0.0")
