// SPDX-License-Identifier: Apache-2.0
#include "vendor_rules.hpp"

namespace {
// Remembers earlier calls: explain would tell another story than what was decided.
class Fickle : public bad::Rules {
 public:
  using Rules::Rules;
  void assess(const pr_assess_in&, pr_assessment& out, const printrouter::sdk::Sink& sink) override {
    out.permitted = 1;
    if (++calls_ % 2 == 0) sink.warn("fickle.mood", "not today", "heute nicht");
  }

 private:
  int calls_ = 0;
};
}  // namespace
PRINTROUTER_PLUGIN(Fickle, BAD_ID, "1.0.0")
