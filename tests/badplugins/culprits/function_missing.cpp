// SPDX-License-Identifier: Apache-2.0
#include "well_behaved.hpp"

namespace {
constexpr pr_protocol without_close() {
  auto t = bad::table<bad::Sender>;
  t.session.close = nullptr;
  return t;
}
constexpr pr_protocol incomplete = without_close();

class Incomplete : public printrouter::sdk::Plugin {
 public:
  using Plugin::Plugin;
  const void* extension(std::string_view) override { return &incomplete; }
};
}  // namespace
PRINTROUTER_PLUGIN(Incomplete, BAD_ID, "1.0.0")
