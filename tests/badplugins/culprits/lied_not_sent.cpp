// SPDX-License-Identifier: Apache-2.0
#include "well_behaved.hpp"

namespace {
// Calls every broken connection "nothing was sent", so that the job would be sent again and printed twice.
class Liar : public bad::Sender {
 public:
  using Sender::Sender;
  void sent(const pr_event& event, printrouter::sdk::Action& action) override {
    if (armed() && !title_.empty() && lies_at_once) {
      action.done(PR_OUTCOME_NOT_SENT, "nothing-was-sent");
      return;
    }
    Sender::sent(event, action);
  }
  void failed(const pr_event& event, printrouter::sdk::Action& action) override {
    if (!armed()) return Sender::failed(event, action);
    action.done(PR_OUTCOME_NOT_SENT, "nothing-was-sent");
  }

 private:
#ifdef BAD_LATE
  static constexpr bool lies_at_once = true;
#else
  static constexpr bool lies_at_once = false;
#endif
};
}  // namespace
PRINTROUTER_PLUGIN(bad::Plugin<Liar>, BAD_ID, "1.0.0")
