// SPDX-License-Identifier: Apache-2.0
#include "raw_receiver.hpp"
#include "raw_sender.hpp"

namespace printrouter::raw {
namespace {

constexpr pr_protocol protocol_table = sdk::protocol<RawSender>("raw", 9100, {.unknown_length = true});
constexpr pr_receiver receiver_table = sdk::receiver<RawReceiver>("raw", 9100);

class RawPlugin : public sdk::Plugin {
 public:
  using Plugin::Plugin;
  const void* extension(std::string_view id) override {
    if (id == PR_PROTOCOL_ID) return &protocol_table;
    if (id == PR_RECEIVER_ID) return &receiver_table;
    return nullptr;
  }
};

}  // namespace
}  // namespace printrouter::raw

PRINTROUTER_PLUGIN(printrouter::raw::RawPlugin, "raw", "0.1.0")
