// SPDX-License-Identifier: Apache-2.0
// Whatever a management server answers, each session ends, and only its own word makes a job delivered.
#include <printrouter/server.hpp>
#include <printrouter/testing.hpp>

#include "fuzz_input.hpp"
#include "json_text.hpp"

extern "C" const pr_plugin_entry printrouter_plugin_v1;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace printrouter;
  fuzz::Input input(data, size);
  const uint8_t how = input.choice();
  testing::FakeHost host;
  testing::LoadedPlugin plugin(host, printrouter_plugin_v1);
  const pr_attr target[] = {sdk::attr_text("host", "h")};
  pr_send_request job{};
  job.struct_size = sizeof job;
  job.job_uuid = sdk::str("u");
  job.document_size = how & 8 ? PR_LENGTH_TO_END : 10;
  pr_server_request request{};
  request.struct_size = sizeof request;
  request.operation = 1 + (how & 7);
  request.target = {target, 1};
  request.send = &job;
  testing::Conversation talk(plugin, *plugin.extension<pr_server>(PR_SERVER_ID), request);
  const bool early = how & 16;  // the answer begins while we still send
  std::string all;
  talk.start();
  talk.connected();
  for (const std::string& piece : input.pieces()) {
    if (talk.done()) break;
    all += piece;
    const uint32_t kind = talk.last().kind;
    if (kind == PR_ACTION_WRITE) talk.written();
    if (!talk.done() && kind == PR_ACTION_SEND_PAYLOAD && !early) talk.payload_sent(10);
    if (!talk.done()) talk.bytes(piece);
  }
  if (!talk.done()) how & 32 ? talk.io_error(PR_IO_RESET) : talk.eof();
  fuzz::require(talk.done());
  if (talk.last().outcome.kind == PR_OUTCOME_DELIVERED)
    fuzz::require(all.find(" 2") != std::string::npos || all.find(" 304") != std::string::npos);
  const auto text = http_server::json_text_at(all, "error.message");
  if (text) fuzz::require(text->size() <= all.size());
  const std::string written = http_server::json_string(all);
  const auto again = http_server::json_text_at("{\"a\":" + written + "}", "a");
  fuzz::require(again.has_value());
  return 0;
}
