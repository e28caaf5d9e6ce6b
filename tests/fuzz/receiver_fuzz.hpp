// SPDX-License-Identifier: Apache-2.0
#pragma once
/// A receiver plugin under a fuzzer: the first byte says how the conversation is disturbed, the rest is what
/// the client says.
#include <printrouter/testing_receiver.hpp>

#include "fuzz_input.hpp"

extern "C" const pr_plugin_entry printrouter_plugin_v1;

namespace printrouter::fuzz {

struct Receiver {
  Receiver(const uint8_t* data, size_t size) : input(data, size) {
    run.broken = how & 1;
    run.silent = how & 2;
    run.chunk = how & 4 ? 1 + (how >> 5) : SIZE_MAX;
    const uint32_t refused_op = how & 8 ? 1 + (how >> 4) : 0;
    run.refuse = [refused_op](uint32_t op) { return op == refused_op ? uint32_t{PR_REFUSED_BUSY} : 0u; };
  }
  static pr_receive_request request() {
    pr_receive_request made{};
    made.struct_size = sizeof made;
    return made;
  }

  Input input;
  uint8_t how = input.choice();
  testing::FakeHost host = {};
  testing::LoadedPlugin plugin{host, printrouter_plugin_v1};
  testing::ReceiverRun run{plugin, *plugin.extension<pr_receiver>(PR_RECEIVER_ID), request(),
                           std::string(input.rest())};
};

}  // namespace printrouter::fuzz
