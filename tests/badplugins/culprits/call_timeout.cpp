// SPDX-License-Identifier: Apache-2.0
#include "well_behaved.hpp"

namespace {
// Waits inside a call for something that never comes.
class Endless : public bad::Sender {
 public:
  using Sender::Sender;
  void sent(const pr_event& event, printrouter::sdk::Action& action) override {
    volatile bool never = false;
    while (armed() && !never) {
    }
    Sender::sent(event, action);
  }
};
}  // namespace
PRINTROUTER_PLUGIN(bad::Plugin<Endless>, BAD_ID, "1.0.0")
