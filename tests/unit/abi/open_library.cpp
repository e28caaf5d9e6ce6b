// SPDX-License-Identifier: Apache-2.0
// A plugin linked without the version script.
#include <printrouter/plugin.hpp>

namespace {
class Open : public printrouter::sdk::Plugin {
 public:
  using Plugin::Plugin;
  const void* extension(std::string_view) override { return nullptr; }
};
}  // namespace
PRINTROUTER_PLUGIN(Open, "open", "1.0.0")
