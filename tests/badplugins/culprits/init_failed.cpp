// SPDX-License-Identifier: Apache-2.0
#include "well_behaved.hpp"

#include <stdexcept>

namespace {
// Does not find what it needs and says so.
class Failing : public bad::Plugin<bad::Sender> {
 public:
  explicit Failing(const pr_host* host) : Plugin(host) { throw std::runtime_error("no license file"); }
};
}  // namespace
PRINTROUTER_PLUGIN(Failing, BAD_ID, "1.0.0")
