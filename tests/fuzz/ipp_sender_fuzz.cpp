// SPDX-License-Identifier: Apache-2.0
// A printer that answers anything at any moment: the sender ends, and never claims more than it may.
#include <printrouter/testing.hpp>

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
  request.operation = 1 + (how & 7) % 5;
  request.host = sdk::str("192.0.2.7");
  request.port = 631;
  request.tls = (how >> 3 & 3) % 3;
  request.job_uuid = sdk::str("01234567-89ab-cdef-0123-456789abcdef");
  request.document_format = sdk::str("application/pdf");
  request.document_size = how & 0x20 ? PR_LENGTH_TO_END : 12;
  request.truncated_discards = how >> 6 & 1;
  const pr_attr ticket[] = {sdk::attr_integer("copies", 2), sdk::attr_text("media-source", "tray-1"),
                            sdk::attr_text("media", "iso_a4_210x297mm")};
  request.ticket = {ticket, 3};
  testing::Conversation talk(plugin, *plugin.extension<pr_protocol>(PR_PROTOCOL_ID), request);
  bool whole = false;
  bool leaving = false;
  std::string last = talk.start();
  const auto pieces = input.pieces();
  auto piece = pieces.begin();
  for (int i = 0; !talk.done(); ++i) {
    fuzz::require(i < 10'000);
    const uint32_t kind = talk.last().kind;
    const bool more = piece != pieces.end();
    if (kind == PR_ACTION_CONNECT) {
      last = talk.connected();
    } else if (kind == PR_ACTION_START_TLS) {
      last = talk.tls_started();
    } else if (kind == PR_ACTION_WRITE || kind == PR_ACTION_CLOSE) {
      last = talk.written();
    } else if (kind == PR_ACTION_READ) {
      last = more ? talk.bytes(*piece++) : how & 0x80 ? talk.io_error(PR_IO_RESET) : talk.eof();
    } else {
      fuzz::require(kind == PR_ACTION_SEND_PAYLOAD || kind == PR_ACTION_CONTINUE);
      leaving = true;
      if (more && piece->size() % 2) {
        last = talk.bytes(*piece++);
      } else if (!more && how & 0x80) {
        last = talk.io_error(PR_IO_RESET);
      } else {
        whole = true;
        last = talk.payload_sent(12);
      }
    }
  }
  const pr_outcome& outcome = talk.last().outcome;
  fuzz::require(outcome.kind >= PR_OUTCOME_DELIVERED && outcome.kind <= PR_OUTCOME_UNKNOWN);
  fuzz::require(outcome.reason.size > 0);
  if (request.operation == PR_SEND_PRINT) {
    if (outcome.kind == PR_OUTCOME_DELIVERED) fuzz::require(whole);
    if (outcome.kind == PR_OUTCOME_NOT_SENT)
      fuzz::require(!whole && (!leaving || request.truncated_discards));
  } else {
    fuzz::require(!leaving);
  }
  return 0;
}
