// SPDX-License-Identifier: Apache-2.0
#include "raw_fixture.hpp"

namespace printrouter::raw {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

constexpr const char* send = "send [document(0,end)] length=12 reading=4096";

/// Up to the point where the whole document has been acknowledged by the peer's TCP.
void send_whole(testing::Conversation& talk) {
  ASSERT_EQ(talk.start(), "connect 192.0.2.7:9100");
  ASSERT_EQ(talk.connected(), send);
  ASSERT_EQ(talk.payload_sent(12), "shutdown-write reading=4096");
  ASSERT_EQ(talk.written(), "drain reading=4096");
  ASSERT_EQ(talk.drained(), "read within=30000");
}

TEST_F(RawSenderTest, accepted_is_the_peers_end_after_everything_was_acknowledged) {
  auto talk = open();
  send_whole(talk);
  EXPECT_EQ(talk.eof(), "done delivered closed-by-peer");
  EXPECT_EQ(talk.last().outcome.confirmed, 0u);
  EXPECT_THAT(host.log, Contains(HasSubstr("closed-by-peer")));
}

TEST_F(RawSenderTest, our_own_close_is_no_receipt) {
  auto talk = open();
  send_whole(talk);
  EXPECT_EQ(talk.io_error(PR_IO_TIMEOUT), "done unknown no-receipt abort");
}

TEST_F(RawSenderTest, a_reset_after_everything_was_sent_is_unknown_even_where_broken_jobs_are_discarded) {
  request.truncated_discards = 1;
  auto talk = open();
  send_whole(talk);
  EXPECT_EQ(talk.io_error(PR_IO_RESET, "connection reset by peer"), "done unknown broke-off abort");
  EXPECT_THAT(std::string(talk.outcome_text()), HasSubstr("connection reset by peer"));
}

TEST_F(RawSenderTest, peers_end_while_draining_counts_only_once_everything_is_acknowledged) {
  auto talk = open();
  talk.start();
  talk.connected();
  talk.payload_sent(12);
  talk.written();
  EXPECT_EQ(talk.eof(), "continue");
  EXPECT_EQ(talk.drained(), "done delivered closed-by-peer");
}

TEST_F(RawSenderTest, peers_end_before_ours_is_no_receipt) {
  auto talk = open();
  talk.start();
  talk.connected();
  EXPECT_EQ(talk.eof(), "continue");
  EXPECT_EQ(talk.payload_sent(12), "shutdown-write reading=4096");
  talk.written();
  EXPECT_EQ(talk.drained(), "done unknown closed-early");
}

struct Break {
  bool discards;
  uint32_t error;
  const char* expected;
};
class RawBreaks : public RawSenderTest, public ::testing::WithParamInterface<Break> {};
TEST_P(RawBreaks, in_the_middle_of_the_document) {
  request.truncated_discards = GetParam().discards;
  auto talk = open();
  talk.start();
  ASSERT_EQ(talk.connected(), send);
  EXPECT_EQ(talk.io_error(GetParam().error), GetParam().expected);
}
INSTANTIATE_TEST_SUITE_P(
    All, RawBreaks,
    ::testing::Values(Break{false, PR_IO_RESET, "done unknown broke-off abort"},
                      Break{true, PR_IO_RESET, "done not-sent broke-off abort"},
                      Break{false, PR_IO_TIMEOUT, "done unknown no-progress abort"},
                      Break{true, PR_IO_TIMEOUT, "done not-sent no-progress abort"},
                      Break{false, PR_IO_PAYLOAD, "done unknown document-broke-off abort"},
                      Break{true, PR_IO_PAYLOAD, "done not-sent document-broke-off abort"}));

TEST_F(RawSenderTest, no_connection_is_not_sent) {
  const std::pair<uint32_t, const char*> cases[] = {{PR_IO_REFUSED, "done not-sent connect-refused abort"},
                                                    {PR_IO_TIMEOUT, "done not-sent connect-timeout abort"},
                                                    {PR_IO_RESET, "done not-sent connect-failed abort"}};
  for (const auto& [error, expected] : cases) {
    auto talk = open();
    talk.start();
    EXPECT_EQ(talk.io_error(error), expected);
  }
}

TEST_F(RawSenderTest, cancel_aborts_so_that_the_end_does_not_reach_the_device) {
  auto talk = open();
  talk.start();
  talk.connected();
  EXPECT_EQ(talk.cancel(), "done cancelled cancelled abort");
}

TEST_F(RawSenderTest, what_a_port_without_back_channel_says_is_read_and_kept_apart) {
  auto talk = open();
  talk.start();
  talk.connected();
  EXPECT_EQ(talk.bytes("lp0: hello"), "continue reading=4096");
  EXPECT_EQ(talk.unread(), "");
  talk.payload_sent(12);
  talk.written();
  talk.drained();
  EXPECT_EQ(talk.eof(), "done delivered closed-by-peer");
  EXPECT_EQ(talk.device_text(), "lp0: hello");
}

TEST_F(RawSenderTest, document_of_unknown_length) {
  request.document_size = PR_LENGTH_TO_END;
  auto talk = open();
  talk.start();
  EXPECT_EQ(talk.connected(), "send [document(0,end)] length=end reading=4096");
}

TEST_F(RawSenderTest, tls_from_the_start) {
  request.tls = 1;
  auto talk = open();
  talk.start();
  EXPECT_EQ(talk.connected(), "start-tls 192.0.2.7");
  EXPECT_EQ(talk.tls_started(), send);
}

TEST_F(RawSenderTest, probe_connects_and_sends_nothing) {
  request.operation = PR_SEND_PROBE;
  auto talk = open();
  EXPECT_EQ(talk.start(), "connect 192.0.2.7:9100");
  EXPECT_EQ(talk.connected(), "done delivered connected");
}

TEST_F(RawSenderTest, questions_are_refused_before_a_connection) {
  for (auto [operation, expected] : {std::pair(PR_SEND_QUERY, "done rejected query-unsupported"),
                                     std::pair(PR_SEND_CANCEL, "done rejected cancel-unsupported"),
                                     std::pair(PR_SEND_VALIDATE, "done rejected validate-unsupported")}) {
    request.operation = operation;
    auto talk = open();
    EXPECT_EQ(talk.start(), expected);
  }
}

}  // namespace
}  // namespace printrouter::raw
