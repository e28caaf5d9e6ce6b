// SPDX-License-Identifier: Apache-2.0
#include "well_behaved.hpp"

#include <memory>
#include <vector>

namespace {
// Keeps everything, for ever.
class Hungry : public bad::Sender {
 public:
  using Sender::Sender;
  void sent(const pr_event&, printrouter::sdk::Action&) override {
    for (;;) kept_.push_back(std::make_unique_for_overwrite<char[]>(std::size_t{16} << 20));
  }

 private:
  std::vector<std::unique_ptr<char[]>> kept_;
};
}  // namespace
PRINTROUTER_PLUGIN(bad::Plugin<Hungry>, BAD_ID, "1.0.0")
