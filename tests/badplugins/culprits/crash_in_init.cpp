// SPDX-License-Identifier: Apache-2.0
#include "well_behaved.hpp"

namespace {
class Crashing : public bad::Plugin<bad::Sender> {
 public:
  explicit Crashing(const pr_host* host) : Plugin(host) { *bad::opaque<volatile int*>(nullptr) = 1; }
};
}  // namespace
PRINTROUTER_PLUGIN(Crashing, BAD_ID, "1.0.0")
