// SPDX-License-Identifier: Apache-2.0
#include "well_behaved.hpp"

// The protocol table lacks its last members.
static constexpr pr_protocol small() {
  auto t = bad::table<bad::Sender>;
  t.struct_size = sizeof(pr_protocol) - 2 * sizeof(void*);
  return t;
}
static constexpr pr_protocol small_table = small();

class Small : public printrouter::sdk::Plugin {
 public:
  using Plugin::Plugin;
  const void* extension(std::string_view) override { return &small_table; }
};
PRINTROUTER_PLUGIN(Small, BAD_ID, "1.0.0")
