// SPDX-License-Identifier: Apache-2.0
#include <printrouter/testing_sender.hpp>

#include "fuzz_input.hpp"

extern "C" const pr_plugin_entry printrouter_plugin_v1;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace printrouter;
  fuzz::Input input(data, size);
  const uint8_t how = input.choice();
  testing::FakeHost host;
  testing::LoadedPlugin plugin(host, printrouter_plugin_v1);
  pr_send_request request{};
  request.struct_size = sizeof request;
  request.operation = how & 1 ? PR_SEND_PROBE : PR_SEND_PRINT;
  request.host = sdk::str("h");
  request.port = 9100;
  request.job_uuid = sdk::str("u");
  request.document_size = 10;
  request.back_channel = 1;
  testing::SenderRun run(plugin, *plugin.extension<pr_protocol>(PR_PROTOCOL_ID), request);
  run.talks_while_we_send = how & 2;
  run.end = how & 4   ? testing::SenderRun::End::reset
            : how & 8 ? testing::SenderRun::End::silence
                      : testing::SenderRun::End::eof;
  run.says = input.pieces();
  std::string said;
  for (const std::string& piece : run.says) said += piece;
  const pr_action& done = run.play();
  // Without an end in order a document counts as taken only if its ECHO came back.
  if (request.operation == PR_SEND_PRINT && done.outcome.kind == PR_OUTCOME_DELIVERED &&
      run.end != testing::SenderRun::End::eof)
    fuzz::require(said.find("printrouter u end") != std::string::npos);
  return 0;
}
