// SPDX-License-Identifier: Apache-2.0
#include "well_behaved.hpp"

namespace {
// Its manifest promises a protocol, the library knows of none.
class Empty : public printrouter::sdk::Plugin {
 public:
  using Plugin::Plugin;
  const void* extension(std::string_view) override { return nullptr; }
};
}  // namespace
PRINTROUTER_PLUGIN(Empty, BAD_ID, "1.0.0")
