// SPDX-License-Identifier: Apache-2.0
#include "well_behaved.hpp"

namespace {
// Ends without saying how.
class Silent : public bad::Sender {
 public:
  using Sender::Sender;
  void failed(const pr_event&, printrouter::sdk::Action& action) override { action.done(0); }
};
}  // namespace
PRINTROUTER_PLUGIN(bad::Plugin<Silent>, BAD_ID, "1.0.0")
