// SPDX-License-Identifier: Apache-2.0
#include "well_behaved.hpp"

namespace {
// Writes through a null pointer as soon as the document is on its way.
class Crashing : public bad::Sender {
 public:
  using Sender::Sender;
  void sent(const pr_event& event, printrouter::sdk::Action& action) override {
    if (armed()) *bad::opaque<volatile int*>(nullptr) = 1;
    Sender::sent(event, action);
  }
};
}  // namespace
PRINTROUTER_PLUGIN(bad::Plugin<Crashing>, BAD_ID, "1.0.0")
