// SPDX-License-Identifier: Apache-2.0
#include "well_behaved.hpp"

namespace {
// Says that it is done, and writes once more when it is called again.
class Talkative : public bad::Sender {
 public:
  using Sender::Sender;
  void step(const pr_event& event, printrouter::sdk::Action& action) override {
    if (over_ && armed()) {
      action.write("one more thing");
      return;
    }
    Sender::step(event, action);
    over_ = action.kind == PR_ACTION_DONE;
  }

 private:
  bool over_ = false;
};
}  // namespace
PRINTROUTER_PLUGIN(bad::Plugin<Talkative>, BAD_ID, "1.0.0")
