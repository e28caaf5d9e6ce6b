// SPDX-License-Identifier: Apache-2.0
#include "well_behaved.hpp"

namespace {
// Wants to finish first.
class Stubborn : public bad::Sender {
 public:
  using Sender::Sender;
  void step(const pr_event& event, printrouter::sdk::Action& action) override {
    if (event.kind == PR_EVENT_CANCEL && started_ && !over_)
      action.shutdown_write();
    else
      Sender::step(event, action);
    over_ = action.kind == PR_ACTION_DONE;
  }

 private:
  bool over_ = false;
};
}  // namespace
PRINTROUTER_PLUGIN(bad::Plugin<Stubborn>, BAD_ID, "1.0.0")
