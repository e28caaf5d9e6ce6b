// SPDX-License-Identifier: Apache-2.0
#include "pjl_header.hpp"
#include "raw_fixture.hpp"

namespace printrouter::raw {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class RawReceiverTest : public ::testing::Test {
 protected:
  RawReceiverTest() {
    request.struct_size = sizeof request;
    request.peer_address = sdk::str("127.0.0.1");
  }
  testing::Conversation open() { return testing::Conversation(plugin, *table, request); }

  testing::FakeHost host;
  testing::LoadedPlugin plugin{host, printrouter_plugin_v1};
  const pr_receiver* table = plugin.extension<pr_receiver>(PR_RECEIVER_ID);
  pr_receive_request request{};
};

constexpr const char* first_read = "read within=300000";

TEST_F(RawReceiverTest, our_end_leaves_only_after_the_job_is_safe) {
  auto talk = open();
  EXPECT_EQ(talk.start(), first_read);
  EXPECT_EQ(talk.bytes("%!PS-Adobe-3.0"), "request create-job");
  EXPECT_EQ(talk.reply({sdk::attr_integer("job-id", 7)}), "request add-document");
  EXPECT_EQ(talk.reply(), "receive end within=300000");
  EXPECT_EQ(talk.unread(), "%!PS-Adobe-3.0") << "the host takes the document from its first byte";
  EXPECT_EQ(talk.payload_received(20'000), "request commit");
  EXPECT_EQ(talk.committed(7), "shutdown-write");
  EXPECT_EQ(talk.written(), "done");
}

TEST_F(RawReceiverTest, title_comes_from_the_pjl_header) {
  auto talk = open();
  talk.start();
  EXPECT_EQ(talk.bytes("\x1b%-12345X@PJL JOB NAME = \"Quarterly"), first_read);
  EXPECT_EQ(talk.bytes(" report\" DISPLAY=\"x\"\r\n@PJL ENTER LANGUAGE=PCL\r\n"),
            "request create-job job-name=\"Quarterly report\"");
}

TEST_F(RawReceiverTest, break_in_the_document_keeps_it_aside) {
  auto talk = open();
  talk.start();
  talk.bytes("%!PS");
  talk.reply();
  talk.reply();
  EXPECT_EQ(talk.io_error(PR_IO_RESET, "connection reset by peer"), "done abort keep-incomplete");
  EXPECT_THAT(host.log,
              ElementsAre("warning: raw: document from 127.0.0.1 is incomplete: connection reset by peer"));
}

TEST_F(RawReceiverTest, silence_does_not_make_a_document_complete) {
  auto talk = open();
  talk.start();
  talk.bytes("%!PS");
  talk.reply();
  talk.reply();
  EXPECT_EQ(talk.io_error(PR_IO_TIMEOUT, "no progress"), "done abort keep-incomplete");
}

TEST_F(RawReceiverTest, refusals_end_in_a_reset_without_receipt) {
  auto talk = open();
  talk.start();
  talk.bytes("%!PS");
  EXPECT_EQ(talk.refused(PR_REFUSED_BUSY, "the disk is nearly full"), "done abort");
  EXPECT_THAT(host.log, ElementsAre("warning: raw: job from 127.0.0.1 refused: the disk is nearly full"));
}

TEST_F(RawReceiverTest, commit_that_fails_is_no_receipt) {
  auto talk = open();
  talk.start();
  talk.bytes("%!PS");
  talk.reply();
  talk.reply();
  talk.payload_received(4);
  EXPECT_EQ(talk.refused(PR_REFUSED_INTERNAL, "disk"), "done abort");
}

TEST_F(RawReceiverTest, connection_without_a_byte_is_a_probe_and_no_job) {
  auto talk = open();
  talk.start();
  EXPECT_EQ(talk.eof(), "done");
}

TEST_F(RawReceiverTest, http_is_refused_also_when_it_trickles) {
  auto talk = open();
  talk.start();
  EXPECT_EQ(talk.bytes("PO"), first_read);
  EXPECT_EQ(talk.bytes("ST / HTTP/1.1\r\n"), "done abort");
  EXPECT_THAT(host.log, ElementsAre(HasSubstr("refused an HTTP request from 127.0.0.1")));
}

TEST_F(RawReceiverTest, text_that_only_begins_like_a_method_is_a_document_once_it_ends) {
  auto talk = open();
  talk.start();
  EXPECT_EQ(talk.bytes("GE"), first_read);
  EXPECT_EQ(talk.eof(), "request create-job");
}

TEST(LookAt, decides) {
  using enum Beginning;
  const std::pair<std::string_view, Beginning> cases[] = {
      {"", undecided},
      {"GET ", http},
      {"GETTING STARTED", document},
      {"OPTIONS", undecided},
      {"PATCH / HTTP/1.1", http},
      {"\x1b", undecided},
      {"\x1b"
       "E",
       document},
      {"\x1b%-12345X", pjl_header},
      {"\x1b%-12345X%!PS", document},
      {"\x1b%-12345X@P", pjl_header},
      {"\x1b%-12345X@PJL\r\n@PJL SET X=Y\r\n", pjl_header},
      {"\x1b%-12345X@PJL\r\n@pjl enter language=pcl\r\n", document},
      {"\x1b%-12345X@PJL\r\n\x1b"
       "E",
       document},
      {"%PDF-1.7", document},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(look_at(text), expected) << testing::quoted(text);
}

TEST(TitleFromPjl, finds_names) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"\x1b%-12345X@PJL JOB NAME=\"a b\"\r\n", "a b"},
      {"\x1b%-12345X@PJL\r\n@PJL SET JOBNAME=\"later\"\r\n", "later"},
      {"\x1b%-12345X@PJL JOB DISPLAY=\"NAME=no\" NAME=yes\r\n", "yes"},
      {"\x1b%-12345X@PJL JOB\r\n@PJL COMMENT NAME=\"no\"\r\n", ""},
      {"\x1b%-12345X@PJL JOB NAME=\"open", "open"},
      {"%!PS @PJL JOB NAME=\"no\"", ""},
  };
  for (const auto& [text, expected] : cases)
    EXPECT_EQ(title_from_pjl(text), expected) << testing::quoted(text);
  EXPECT_EQ(title_from_pjl("@PJL JOB NAME=\"" + std::string(4000, 'x') + "\"\r\n").size(), 255u);
}

}  // namespace
}  // namespace printrouter::raw
