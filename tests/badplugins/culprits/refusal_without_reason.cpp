// SPDX-License-Identifier: Apache-2.0
#include "vendor_rules.hpp"

namespace {
// Says no and leaves the user to guess.
class Curt : public bad::Rules {
 public:
  using Rules::Rules;
  void assess(const pr_assess_in&, pr_assessment& out, const printrouter::sdk::Sink&) override {
    out.permitted = 0;
  }
};
}  // namespace
PRINTROUTER_PLUGIN(Curt, BAD_ID, "1.0.0")
