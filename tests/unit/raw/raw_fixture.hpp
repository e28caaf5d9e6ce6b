// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <printrouter/testing.hpp>

extern "C" const pr_plugin_entry printrouter_plugin_v1;

namespace printrouter::raw {

constexpr const char* uuid = "01234567-89ab-cdef-0123-456789abcdef";

class RawSenderTest : public ::testing::Test {
 protected:
  RawSenderTest() {
    request.struct_size = sizeof request;
    request.operation = PR_SEND_PRINT;
    request.host = sdk::str("192.0.2.7");
    request.port = 9100;
    request.job_uuid = sdk::str(uuid);
    request.document_size = 12;
    request.close_timeout_ms = 30'000;
  }
  testing::Conversation open() { return testing::Conversation(plugin, *table, request); }

  testing::FakeHost host;
  testing::LoadedPlugin plugin{host, printrouter_plugin_v1};
  const pr_protocol* table = plugin.extension<pr_protocol>(PR_PROTOCOL_ID);
  pr_send_request request{};
};

}  // namespace printrouter::raw
