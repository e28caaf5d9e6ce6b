// SPDX-License-Identifier: Apache-2.0
#include "pjl_status.hpp"
#include "raw_fixture.hpp"

namespace printrouter::raw {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

constexpr const char* begun = "@PJL ECHO printrouter 01234567-89ab-cdef-0123-456789abcdef begin\r\n\f";
constexpr const char* ended = "@PJL ECHO printrouter 01234567-89ab-cdef-0123-456789abcdef end\r\n\f";

class RawBackChannel : public RawSenderTest {
 protected:
  RawBackChannel() { request.back_channel = 1; }
  void send_whole(testing::Conversation& talk) {
    talk.start();
    talk.connected();
    talk.bytes(begun);
    talk.payload_sent(12);
    talk.written();
    ASSERT_EQ(talk.drained(), "read within=30000");
  }
};

TEST_F(RawBackChannel, document_is_wrapped_in_ustatus_and_echo) {
  auto talk = open();
  talk.start();
  EXPECT_EQ(
      talk.connected(),
      "send [\"\\x1b%-12345X@PJL\\r\\n@PJL USTATUSOFF\\r\\n@PJL USTATUS DEVICE=ON\\r\\n@PJL USTATUS "
      "JOB=ON\\r\\n"
      "@PJL USTATUS TIMED=10\\r\\n@PJL ECHO printrouter 01234567-89ab-cdef-0123-456789abcdef begin\\r\\n"
      "\\x1b%-12345X\" document(0,end) \"\\x1b%-12345X@PJL\\r\\n"
      "@PJL ECHO printrouter 01234567-89ab-cdef-0123-456789abcdef end\\r\\n"
      "\\x1b%-12345X\"] length=275 reading=4096");
}

TEST_F(RawBackChannel, echo_after_the_document_is_the_receipt) {
  auto talk = open();
  send_whole(talk);
  EXPECT_EQ(talk.bytes(ended), "read within=1000") << "the device may yet say how the job went";
  EXPECT_EQ(talk.io_error(PR_IO_TIMEOUT), "done delivered echo-answered");
}

TEST_F(RawBackChannel, device_that_reports_jobs_is_heard_to_their_end) {
  auto talk = open();
  send_whole(talk);
  talk.bytes(ended);
  EXPECT_EQ(talk.bytes("@PJL USTATUS JOB\r\nSTART\r\nNAME=\"x\"\r\n\f"), "read within=30000");
  EXPECT_EQ(talk.bytes("@PJL USTATUS PAGE\r\n1\r\n\f"), "read within=30000");
  EXPECT_EQ(talk.bytes("@PJL USTATUS JOB\r\nEND\r\nNAME=\"x\"\r\nPAGES=2\r\n\f"),
            "done delivered(confirmed 2) job-ended");
}

TEST_F(RawBackChannel, device_that_reports_jobs_but_not_their_end_has_accepted) {
  auto talk = open();
  send_whole(talk);
  talk.bytes("@PJL USTATUS JOB\r\nSTART\r\n\f");
  host.now_ms += 29'000;
  EXPECT_EQ(talk.bytes(ended), "read within=1000");
  EXPECT_EQ(talk.io_error(PR_IO_TIMEOUT), "done delivered echo-answered");
}

TEST_F(RawBackChannel, job_thrown_away_after_its_echo_is_cancelled_and_the_devices_words_are_kept) {
  auto talk = open();
  send_whole(talk);
  talk.bytes(ended);
  EXPECT_EQ(talk.bytes("@PJL USTATUS JOB\r\nCANCELED\r\nNAME=\"x\"\r\nRESULT=\"wrong-account-code\"\r\n\f"),
            "done cancelled cancelled-at-device abort");
  EXPECT_THAT(std::string(talk.device_text()), HasSubstr("RESULT=\"wrong-account-code\""));
}

TEST_F(RawBackChannel, echo_cut_anywhere_is_still_one_answer) {
  auto talk = open();
  send_whole(talk);
  const std::string_view answer(ended);
  for (size_t i = 0; i + 1 < answer.size(); ++i)
    ASSERT_EQ(talk.bytes(answer.substr(i, 1)), "read within=30000");
  EXPECT_EQ(talk.bytes(answer.substr(answer.size() - 1)), "read within=1000");
  EXPECT_EQ(talk.eof(), "done delivered echo-answered");
}

TEST_F(RawBackChannel, another_jobs_echo_is_no_receipt) {
  auto talk = open();
  send_whole(talk);
  EXPECT_EQ(talk.bytes("@PJL ECHO printrouter ffffffff-89ab-cdef-0123-456789abcdef end\r\n\f"),
            "read within=30000");
}

TEST_F(RawBackChannel, echo_that_came_while_draining_survives_a_reset) {
  auto talk = open();
  talk.start();
  talk.connected();
  talk.payload_sent(12);
  talk.written();
  EXPECT_EQ(talk.bytes(std::string(begun) + ended), "continue reading=4096");
  EXPECT_EQ(talk.io_error(PR_IO_RESET), "done delivered echo-answered");
}

TEST_F(RawBackChannel, pages_that_the_device_counted_confirm) {
  auto talk = open();
  send_whole(talk);
  talk.bytes("@PJL USTATUS JOB\r\nEND\r\nNAME=\"x\"\r\nPAGES=3\r\n\f");
  EXPECT_EQ(talk.bytes(ended), "done delivered(confirmed 3) job-ended");
}

TEST_F(RawBackChannel, cancelled_at_the_panel_while_sending) {
  auto talk = open();
  talk.start();
  talk.connected();
  EXPECT_EQ(talk.bytes(begun), "continue reading=4096");
  EXPECT_EQ(talk.bytes("@PJL USTATUS JOB\r\nCANCELED\r\n\f"), "done cancelled cancelled-at-device abort");
}

TEST_F(RawBackChannel, somebody_elses_cancelled_job_is_not_ours) {
  auto talk = open();
  talk.start();
  talk.connected();
  EXPECT_EQ(talk.bytes("@PJL USTATUS JOB\r\nCANCELED\r\n\f"), "continue reading=4096");
}

TEST_F(RawBackChannel, paper_out_extends_the_wait_as_long_as_the_device_shows_life) {
  auto talk = open();
  send_whole(talk);
  host.now_ms += 20'000;
  EXPECT_EQ(talk.bytes("@PJL USTATUS DEVICE\r\nCODE=41100\r\nDISPLAY=\"LOAD A4\"\r\nONLINE=TRUE\r\n\f"),
            "read within=30000");
  EXPECT_THAT(host.log, Contains("warning: raw: the device waits for a person: 41100 LOAD A4"));
  for (int i = 0; i < 12; ++i) {
    host.now_ms += 10'000;
    ASSERT_EQ(talk.bytes("@PJL USTATUS TIMED\r\nCODE=41100\r\n\f"), "read within=30000");
  }
  EXPECT_EQ(talk.bytes("@PJL USTATUS DEVICE\r\nCODE=10001\r\nDISPLAY=\"READY\"\r\nONLINE=TRUE\r\n\f"),
            "read within=30000");
  EXPECT_THAT(host.log, Contains("info: raw: the device goes on: 10001 READY"));
  host.now_ms += 10'000;
  EXPECT_EQ(talk.bytes("@PJL USTATUS TIMED\r\nCODE=10001\r\n\f"), "read within=20000")
      << "chatter is no receipt";
  EXPECT_EQ(talk.bytes(ended), "read within=1000");
  EXPECT_EQ(talk.eof(), "done delivered echo-answered");
}

TEST_F(RawBackChannel, paper_out_is_not_waited_for_without_end) {
  auto talk = open();
  send_whole(talk);
  talk.bytes("@PJL USTATUS DEVICE\r\nCODE=41100\r\n\f");
  host.now_ms += 3'600'001;
  EXPECT_EQ(talk.bytes("@PJL USTATUS TIMED\r\nCODE=41100\r\n\f"), "done unknown no-receipt");
}

TEST_F(RawBackChannel, probe_reports_the_devices_state) {
  request.operation = PR_SEND_PROBE;
  auto talk = open();
  talk.start();
  EXPECT_EQ(talk.connected(), "write \"\\x1b%-12345X@PJL INFO STATUS\\r\\n\\x1b%-12345X\"");
  EXPECT_EQ(talk.written(), "read");
  EXPECT_EQ(talk.bytes("@PJL INFO STATUS\r\nCODE=40021\r\nDISPLAY=\"COVER OPEN\"\r\n"), "read");
  EXPECT_EQ(talk.bytes("ONLINE=FALSE\r\n\f"), "done delivered answered");
  const sdk::Attributes learned(talk.last().outcome.attributes);
  EXPECT_EQ(learned.integer("printer-state", 0), 5);
  EXPECT_EQ(learned.text("printer-state-message"), "COVER OPEN");
}

TEST_F(RawBackChannel, probe_of_a_silent_device_still_says_that_it_takes_connections) {
  request.operation = PR_SEND_PROBE;
  auto talk = open();
  talk.start();
  talk.connected();
  talk.written();
  EXPECT_EQ(talk.io_error(PR_IO_TIMEOUT), "done delivered connected");
}

TEST(PjlReader, drops_a_message_that_does_not_end_and_finds_the_next) {
  PjlReader reader;
  size_t used = 0;
  EXPECT_FALSE(reader.feed(std::string(PjlReader::max_message + 1, 'x'), &used));
  EXPECT_TRUE(reader.overflowed());
  EXPECT_FALSE(reader.feed("tail\f@PJL ECHO a\r\n\f", &used));
  EXPECT_EQ(used, 5u);
  const auto message = reader.feed("@PJL ECHO a\r\n\f", &used);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->echo, "a");
}

TEST(PjlMessage, codes_that_wait_for_a_person) {
  const std::pair<int, bool> cases[] = {{10001, false}, {35078, false}, {40021, true}, {41100, true},
                                        {42010, true},  {30016, true},  {50000, false}};
  for (auto [code, waits] : cases)
    EXPECT_EQ(parse_pjl_message("@PJL USTATUS DEVICE\r\nCODE=" + std::to_string(code)).waits_for_person(),
              waits)
        << code;
}

}  // namespace
}  // namespace printrouter::raw
