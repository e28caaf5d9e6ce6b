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
  constexpr uint32_t operations[] = {PR_SEND_PRINT, PR_SEND_PRINT, PR_SEND_PROBE, PR_SEND_QUERY};
  request.operation = operations[how & 3];
  request.host = sdk::str("h");
  request.port = 515;
  request.queue = sdk::str("lp");
  request.document_size = how & 4 ? PR_LENGTH_TO_END : 10;
  request.truncated_discards = how & 8 ? 1 : 0;
  testing::SenderRun run(plugin, *plugin.extension<pr_protocol>(PR_PROTOCOL_ID), request);
  run.talks_while_we_send = how & 16;
  run.end = how & 32   ? testing::SenderRun::End::reset
            : how & 64 ? testing::SenderRun::End::silence
                       : testing::SenderRun::End::eof;
  run.says = input.pieces();
  size_t zeros = 0;
  for (const std::string& piece : run.says) zeros += piece.front() == '\0';
  const pr_action& done = run.play();
  // Queue, both headers, both files: five answers, each its own.
  if (request.operation == PR_SEND_PRINT && done.outcome.kind == PR_OUTCOME_DELIVERED)
    fuzz::require(zeros >= 5);
  return 0;
}
