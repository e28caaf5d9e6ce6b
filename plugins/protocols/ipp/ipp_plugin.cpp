// SPDX-License-Identifier: Apache-2.0
#include "ipp_receiver.hpp"
#include "ipp_sender.hpp"

#include <printrouter/protocol.hpp>

namespace printrouter::ipp {

namespace {

class IppPlugin final : public sdk::Plugin {
 public:
  using Plugin::Plugin;
  const void* extension(std::string_view id) override {
    static constexpr pr_protocol protocol =
        sdk::protocol<Sender>("ipp", 631, {.unknown_length = true, .receipt = true, .can_query = true});
    static constexpr pr_receiver receiver = sdk::receiver<Receiver>("ipp", 631);
    if (id == PR_PROTOCOL_ID) return &protocol;
    if (id == PR_RECEIVER_ID) return &receiver;
    return nullptr;
  }
};

}  // namespace

}  // namespace printrouter::ipp

PRINTROUTER_PLUGIN(printrouter::ipp::IppPlugin, "ipp", "0.1.0")
