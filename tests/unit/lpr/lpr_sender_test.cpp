// SPDX-License-Identifier: Apache-2.0
#include "lpr_control_file.hpp"
#include "lpr_fixture.hpp"

namespace printrouter::lpr {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

class LprSenderTest : public LprTest {
 protected:
  LprSenderTest() {
    request.struct_size = sizeof request;
    request.operation = PR_SEND_PRINT;
    request.host = sdk::str("192.0.2.7");
    request.port = 515;
    request.queue = sdk::str("office");
    request.user = sdk::str("anna");
    request.title = sdk::str("report");
    request.job_uuid = sdk::str("01234567-89ab-cdef-0123-456789abcdef");
    request.local_host = sdk::str("desk1.example");
    request.document_size = 12;
    request.close_timeout_ms = 30'000;
  }
  testing::Conversation open() { return testing::Conversation(plugin(), *table(), request); }
  const pr_protocol* table() { return plugin().extension<pr_protocol>(PR_PROTOCOL_ID); }
  static std::string yes() { return std::string("\0", 1); }

  pr_send_request request{};
};

constexpr const char* control_file =
    "write \"Hdesk1.example\\nPanna\\nJreport 01234567-89ab-cdef-0123-456789abcdef\\nldfA042desk1.example\\n"
    "UdfA042desk1.example\\nNreport\\n\\x00\"";

TEST_F(LprSenderTest, known_length_sends_the_data_file_first) {
  auto talk = open();
  EXPECT_EQ(talk.start(), "connect 192.0.2.7:515");
  EXPECT_EQ(talk.connected(), "write \"\\x02office\\n\"");
  EXPECT_EQ(talk.written(), "read");
  EXPECT_EQ(talk.bytes(yes()), "write \"\\x0312 dfA042desk1.example\\n\"");
  EXPECT_EQ(talk.written(), "read");
  EXPECT_EQ(talk.bytes(yes()), "send [document(0,end) \"\\x00\"] length=13 reading=4096");
  EXPECT_EQ(talk.payload_sent(12), "read within=30000");
  EXPECT_EQ(talk.bytes(yes()), "write \"\\x02116 cfA042desk1.example\\n\"");
  EXPECT_EQ(talk.written(), "read within=30000");
  EXPECT_EQ(talk.bytes(yes()), control_file);
  EXPECT_EQ(talk.written(), "read within=30000");
  EXPECT_EQ(talk.bytes(yes()), "done delivered acknowledged");
  EXPECT_EQ(talk.last().outcome.confirmed, 0u);
  EXPECT_THAT(host.log, Contains(HasSubstr("acknowledged")));
}

TEST_F(LprSenderTest, unknown_length_sends_the_control_file_first_and_ends_with_our_fin) {
  request.document_size = PR_LENGTH_TO_END;
  auto talk = open();
  talk.start();
  talk.connected();
  talk.written();
  EXPECT_EQ(talk.bytes(yes()), "write \"\\x02116 cfA042desk1.example\\n\"");
  talk.written();
  EXPECT_EQ(talk.bytes(yes()), control_file);
  EXPECT_EQ(talk.written(), "read");
  EXPECT_EQ(talk.bytes(yes()), "write \"\\x030 dfA042desk1.example\\n\"");
  talk.written();
  EXPECT_EQ(talk.bytes(yes()), "send [document(0,end)] length=end reading=4096");
  EXPECT_EQ(talk.payload_sent(99), "shutdown-write");
  EXPECT_EQ(talk.written(), "read within=30000");
  EXPECT_EQ(talk.bytes(yes()), "done delivered acknowledged");
}

/// How far the conversation gets before it breaks: 0 queue named, 1 data announced, 2 sending the document,
/// 3 document out, 4 control announced, 5 control file out.
std::string advance(testing::Conversation& talk, int stage) {
  const std::string yes("\0", 1);
  talk.start();
  talk.connected();
  std::string last = talk.written();
  if (stage >= 1) last = talk.bytes(yes), last = talk.written();
  if (stage >= 2) last = talk.bytes(yes);
  if (stage >= 3) last = talk.payload_sent(12);
  if (stage >= 4) last = talk.bytes(yes), last = talk.written();
  if (stage >= 5) last = talk.bytes(yes), last = talk.written();
  return last;
}

struct Break {
  int stage;
  bool discards;
  uint32_t error;
  const char* expected;
};
class LprBreaks : public LprSenderTest, public ::testing::WithParamInterface<Break> {};
TEST_P(LprBreaks, leave_the_outcome) {
  request.truncated_discards = GetParam().discards;
  auto talk = open();
  advance(talk, GetParam().stage);
  EXPECT_EQ(talk.io_error(GetParam().error, "x"), GetParam().expected);
}
INSTANTIATE_TEST_SUITE_P(All, LprBreaks,
                         ::testing::Values(Break{0, false, PR_IO_TIMEOUT, "done not-sent no-answer abort"},
                                           Break{0, false, PR_IO_RESET, "done not-sent broke-off abort"},
                                           Break{1, false, PR_IO_RESET, "done not-sent broke-off abort"},
                                           Break{2, false, PR_IO_RESET, "done unknown broke-off abort"},
                                           Break{2, true, PR_IO_RESET, "done not-sent broke-off abort"},
                                           Break{2, false, PR_IO_PAYLOAD,
                                                 "done unknown document-broke-off abort"},
                                           Break{3, false, PR_IO_TIMEOUT, "done unknown no-receipt abort"},
                                           Break{3, true, PR_IO_TIMEOUT, "done unknown no-receipt abort"},
                                           Break{4, true, PR_IO_RESET, "done unknown broke-off abort"},
                                           Break{5, false, PR_IO_RESET, "done unknown broke-off abort"},
                                           Break{5, true, PR_IO_RESET, "done unknown broke-off abort"},
                                           Break{5, true, PR_IO_TIMEOUT, "done unknown no-receipt abort"}));

struct Refusal {
  int stage;
  const char* expected;
};
class LprRefusals : public LprSenderTest, public ::testing::WithParamInterface<Refusal> {};
TEST_P(LprRefusals, are_rejected_with_the_servers_words) {
  auto talk = open();
  advance(talk, GetParam().stage);
  EXPECT_EQ(talk.bytes("\1"), "read within=500");
  EXPECT_EQ(talk.bytes("queue is full\n"), "read within=500");
  EXPECT_EQ(talk.eof(), GetParam().expected);
  EXPECT_EQ(talk.device_text(), "queue is full");
  EXPECT_THAT(std::string(talk.outcome_text()), HasSubstr("octet 1"));
}
INSTANTIATE_TEST_SUITE_P(All, LprRefusals,
                         ::testing::Values(Refusal{0, "done rejected queue-refused"},
                                           Refusal{1, "done rejected data-file-refused"},
                                           Refusal{2, "done rejected data-file-refused abort"},
                                           Refusal{3, "done rejected data-file-refused abort"},
                                           Refusal{4, "done rejected control-file-refused abort"},
                                           Refusal{5, "done rejected control-file-refused abort"}));

TEST_F(LprSenderTest, refusal_in_words_without_an_octet) {
  auto talk = open();
  advance(talk, 0);
  talk.bytes("lpd: your host does not have line printer access\n");
  EXPECT_EQ(talk.io_error(PR_IO_TIMEOUT), "done rejected queue-refused");
  EXPECT_EQ(talk.device_text(), "lpd: your host does not have line printer access");
}

TEST_F(LprSenderTest, octets_that_nobody_asked_for_do_not_answer_what_is_said_next) {
  auto talk = open();
  advance(talk, 0);
  EXPECT_EQ(talk.bytes(std::string(5, '\0')), "write \"\\x0312 dfA042desk1.example\\n\"");
  EXPECT_EQ(talk.unread(), "");
  EXPECT_THAT(host.log, Contains(HasSubstr("ignored 4 bytes")));
}

TEST_F(LprSenderTest, acknowledgement_before_the_octet_that_ends_the_data_is_taken) {
  auto talk = open();
  advance(talk, 2);
  EXPECT_EQ(talk.bytes(yes()), "continue reading=4096");
  EXPECT_EQ(talk.payload_sent(12), "write \"\\x02116 cfA042desk1.example\\n\"");
}

TEST_F(LprSenderTest, end_of_connection_without_an_answer) {
  for (auto [stage, expected] : {std::pair(0, "done not-sent closed-by-server abort"),
                                 std::pair(3, "done unknown closed-by-server abort")}) {
    auto talk = open();
    advance(talk, stage);
    EXPECT_EQ(talk.eof(), expected);
  }
}

TEST_F(LprSenderTest, job_numbers_do_not_repeat) {
  auto first = open();
  auto second = open();
  advance(first, 0);
  advance(second, 0);
  EXPECT_THAT(first.bytes(yes()), HasSubstr("dfA042"));
  EXPECT_THAT(second.bytes(yes()), HasSubstr("dfA043"));
}

TEST_F(LprSenderTest, probe_asks_the_queue_and_sends_no_job) {
  request.operation = PR_SEND_PROBE;
  auto talk = open();
  talk.start();
  EXPECT_EQ(talk.connected(), "write \"\\x02office\\n\"");
  talk.written();
  EXPECT_EQ(talk.bytes(yes()), "done delivered queue-accepts");
}

TEST_F(LprSenderTest, query_finds_a_waiting_job_and_takes_absence_for_nothing) {
  request.operation = PR_SEND_QUERY;
  for (auto [listing, expected] :
       {std::pair("anna: 1st [job 7]\n report 01234567-89ab-cdef-0123-456789abcdef\n",
                  "done delivered listed"),
        std::pair("no entries\n", "done rejected query-unsupported")}) {
    auto talk = open();
    talk.start();
    EXPECT_EQ(talk.connected(), "write \"\\x04office\\n\"");
    talk.written();
    EXPECT_EQ(talk.bytes(listing), "read");
    EXPECT_EQ(talk.eof(), expected);
  }
}

TEST_F(LprSenderTest, queue_name_with_a_line_feed_never_reaches_the_wire) {
  request.queue = sdk::str("lp\n\5lp root");
  auto talk = open();
  EXPECT_EQ(talk.start(), "done rejected bad-queue-name");
}

TEST_F(LprSenderTest, cancel_and_validate_are_refused_before_a_connection) {
  for (auto [operation, expected] : {std::pair(PR_SEND_CANCEL, "done rejected cancel-unsupported"),
                                     std::pair(PR_SEND_VALIDATE, "done rejected validate-unsupported")}) {
    request.operation = operation;
    auto talk = open();
    EXPECT_EQ(talk.start(), expected);
  }
}

TEST_F(LprSenderTest, control_file_takes_copies_and_vendor_lines) {
  const pr_attr ticket[] = {sdk::attr_integer("copies", 3)};
  const pr_attr extra[] = {sdk::attr_text("o", ""), sdk::attr_text("C", "secret\nPmallory"),
                           sdk::attr_text("P", "00001234"), sdk::attr_text("long", "ignored")};
  request.ticket = {ticket, 1};
  request.extra = {extra, 4};
  const std::string text = build_job(request, 7).control_file;
  EXPECT_EQ(
      text,
      "Hdesk1.example\nJreport 01234567-89ab-cdef-0123-456789abcdef\nCsecret Pmallory\nP00001234\n"
      "odfA007desk1.example\nodfA007desk1.example\nodfA007desk1.example\nUdfA007desk1.example\nNreport\n");
}

TEST_F(LprSenderTest, names_are_cut_at_the_limits_of_the_rfc_and_no_title_makes_a_line) {
  const std::string title = "a\nb" + std::string(200, 'x');
  request.title = sdk::str(title);
  const std::string user(50, 'u');
  request.user = sdk::str(user);
  request.local_host = sdk::str("a very/odd host name that goes on and on");
  const OutgoingJob job = build_job(request, 1999);
  EXPECT_EQ(job.control_name, "cfA999a-very-odd-host");
  const ControlFile read = parse_control_file(job.control_file);
  EXPECT_EQ(read.user.size(), 31u);
  EXPECT_EQ(read.job_name.size(), 99u);
  EXPECT_THAT(read.job_name, ::testing::EndsWith(" 01234567-89ab-cdef-0123-456789abcdef"));
  EXPECT_THAT(job.control_file, Not(HasSubstr("\nb")));
}

}  // namespace
}  // namespace printrouter::lpr
