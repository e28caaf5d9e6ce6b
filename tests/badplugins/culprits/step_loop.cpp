// SPDX-License-Identifier: Apache-2.0
#include "well_behaved.hpp"

namespace {
// Returns from every call, but only to ask for another that moves nothing.
class Looping : public bad::Sender {
 public:
  using Sender::Sender;
  void step(const pr_event& event, printrouter::sdk::Action& action) override {
    if (armed() && (looping_ || event.kind == PR_EVENT_PAYLOAD_SENT) && event.kind != PR_EVENT_CANCEL) {
      looping_ = true;
      action.write({});
      return;
    }
    Sender::step(event, action);
  }

 private:
  bool looping_ = false;
};
}  // namespace
PRINTROUTER_PLUGIN(bad::Plugin<Looping>, BAD_ID, "1.0.0")
