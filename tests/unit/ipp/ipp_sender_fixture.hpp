// SPDX-License-Identifier: Apache-2.0
#pragma once
/// A sender's conversation with a printer that the test plays.
#include "ipp_fixture.hpp"

namespace printrouter::ipp {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* go_ahead = "HTTP/1.1 100 Continue\r\n\r\n";

class IppSenderTest : public ::testing::Test {
 protected:
  IppSenderTest() {
    request.struct_size = sizeof request;
    request.operation = PR_SEND_PRINT;
    request.host = sdk::str("192.0.2.7");
    request.port = 631;
    request.queue = sdk::str("/ipp/print");
    request.user = sdk::str("anna");
    request.title = sdk::str("report");
    request.job_uuid = sdk::str(uuid);
    request.document_format = sdk::str("application/pdf");
    request.document_size = 12;
  }
  testing::Conversation open() { return testing::Conversation(plugin, *table, request); }

  /// A printer that can everything the tests do not take away.
  static Message printer(uint32_t id = 1) {
    Message m = response_of(successful_ok, id);
    Group& g = m.add_group(Tag::printer_group);
    g.add_boolean("printer-is-accepting-jobs", true);
    g.add_enum("printer-state", 3);
    g.add("document-format-supported", Tag::mime, {"application/pdf", "application/postscript"});
    g.add("compression-supported", Tag::keyword, {"none", "gzip"});
    std::vector<Value> operations;
    for (int op : {2, 4, 5, 6, 8, 9, 10, 11}) operations.push_back(Value::of_integer(op, Tag::enumeration));
    g.add("operations-supported", operations);
    g.add("sides-supported", Tag::keyword, {"one-sided", "two-sided-long-edge"});
    g.add("media-col-supported", Tag::keyword, {"media-size", "media-source"});
    return m;
  }
  static Message accepted(uint32_t id, int32_t state = 3) {
    Message m = response_of(successful_ok, id);
    Group& g = m.add_group(Tag::job_group);
    g.add_integer("job-id", 17);
    g.add_enum("job-state", state);
    return m;
  }
  /// The message of the last WRITE.
  static Message sent(const testing::Conversation& talk) { return message_in(sdk::view(talk.last().bytes)); }
  static std::string written(const testing::Conversation& talk) {
    return std::string(sdk::view(talk.last().bytes));
  }
  /// Up to the answer of Get-Printer-Attributes; returns what comes next.
  std::string until_known(testing::Conversation& talk, const Message& facts = printer()) {
    EXPECT_EQ(talk.start(), "connect 192.0.2.7:631");
    EXPECT_THAT(talk.connected(), StartsWith("write \"POST /ipp/print HTTP/1.1"));
    EXPECT_EQ(sent(talk).code, op_get_printer_attributes);
    EXPECT_EQ(talk.written(), "read");
    return talk.bytes(answer(facts));
  }
  /// Up to the document going out.
  void until_sending(testing::Conversation& talk) {
    until_known(talk);
    EXPECT_EQ(talk.written(), "read");
    EXPECT_EQ(talk.bytes(go_ahead), "send [document(0,12)] length=12 reading=65536");
  }
  void until_sent(testing::Conversation& talk) {
    until_sending(talk);
    EXPECT_EQ(talk.payload_sent(12), "read");
  }

  testing::FakeHost host;
  testing::LoadedPlugin plugin{host, printrouter_plugin_v1};
  const pr_protocol* table = plugin.extension<pr_protocol>(PR_PROTOCOL_ID);
  pr_send_request request{};
};

}  // namespace printrouter::ipp
