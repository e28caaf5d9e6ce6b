// SPDX-License-Identifier: Apache-2.0
#include "well_behaved.hpp"

// Calls a function that no library has; bound lazily, it would only show in the middle of a job.
extern "C" int printrouter_function_that_nobody_has(int);

namespace {
class Unbound : public bad::Sender {
 public:
  using Sender::Sender;
  void step(const pr_event& event, printrouter::sdk::Action& action) override {
    if (event.kind == PR_EVENT_PAYLOAD_SENT) printrouter_function_that_nobody_has(1);
    Sender::step(event, action);
  }
};
}  // namespace
PRINTROUTER_PLUGIN(bad::Plugin<Unbound>, BAD_ID, "1.0.0")
