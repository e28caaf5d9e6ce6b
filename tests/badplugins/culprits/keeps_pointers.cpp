// SPDX-License-Identifier: Apache-2.0
#include "well_behaved.hpp"

namespace {
// Looks at the request's text after open has returned: by then it is somebody else's memory.
class Borrower : public bad::Sender {
 public:
  Borrower(const printrouter::sdk::Plugin& plugin, const pr_send_request& request)
      : Sender(plugin, request), borrowed_(printrouter::sdk::view(request.host)) {}
  void step(const pr_event& event, printrouter::sdk::Action& action) override {
    if (event.kind == PR_EVENT_START)
      action.connect(borrowed_, port_);
    else
      Sender::step(event, action);
  }

 private:
  std::string_view borrowed_;
};
}  // namespace
PRINTROUTER_PLUGIN(bad::Plugin<Borrower>, BAD_ID, "1.0.0")
