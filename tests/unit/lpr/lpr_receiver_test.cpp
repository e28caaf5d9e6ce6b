// SPDX-License-Identifier: Apache-2.0
#include "lpr_control_file.hpp"
#include "lpr_fixture.hpp"

namespace printrouter::lpr {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class LprReceiverTest : public LprTest {
 protected:
  LprReceiverTest() {
    request.struct_size = sizeof request;
    request.peer_address = sdk::str("127.0.0.1");
  }
  testing::ReceiverRun client(std::string sends) {
    return {plugin(), *plugin().extension<pr_receiver>(PR_RECEIVER_ID), request, std::move(sends)};
  }
  static std::string control(const std::string& text, const std::string& name = "cfA001desk") {
    return "\2" + std::to_string(text.size()) + ' ' + name + '\n' + text + '\0';
  }
  static std::string data(const std::string& text, const std::string& name = "dfA001desk") {
    return "\3" + std::to_string(text.size()) + ' ' + name + '\n' + text + '\0';
  }
  static std::string zeros(size_t n) { return std::string(n, '\0'); }

  pr_receive_request request{};
};

const std::string job_of_anna =
    "Hdesk\nPanna\nJreport\nCclass\nLanna\nldfA001desk\nUdfA001desk\nN/home/anna/x.ps\n";

TEST_F(LprReceiverTest, control_file_before_data_file) {
  auto run = client("\2office\n" + control(job_of_anna) + data("%!PS"));
  run.play();
  EXPECT_EQ(run.written, zeros(5));
  ASSERT_EQ(run.jobs.size(), 1u);
  EXPECT_TRUE(run.jobs[0].committed);
  EXPECT_THAT(run.jobs[0].documents, ElementsAre("%!PS"));
  EXPECT_THAT(run.jobs[0].attributes,
              ElementsAre("queue=\"office\"", "requesting-user-name=\"anna\"", "job-name=\"report\"",
                          "job-sheets=\"standard\"", "data-file-size=4"));
  EXPECT_THAT(run.actions, Contains("request add-document document-name=\"/home/anna/x.ps\""));
  EXPECT_EQ(run.last, "done");
}

TEST_F(LprReceiverTest, data_file_before_control_file) {
  auto run = client("\2office\n" + data("%!PS") + control(job_of_anna));
  run.play();
  EXPECT_EQ(run.written, zeros(5));
  ASSERT_EQ(run.jobs.size(), 1u);
  EXPECT_TRUE(run.jobs[0].committed);
  EXPECT_THAT(run.jobs[0].documents, ElementsAre("%!PS"));
  EXPECT_THAT(run.jobs[0].attributes,
              ElementsAre("queue=\"office\"", "data-file-size=4", "requesting-user-name=\"anna\"",
                          "job-name=\"report\"", "job-sheets=\"standard\""));
}

TEST_F(LprReceiverTest, cut_into_single_bytes_it_is_the_same_job) {
  auto run = client("\2office\n" + data("%!PS") + control(job_of_anna));
  run.chunk = 1;
  run.play();
  EXPECT_EQ(run.written, zeros(5));
  ASSERT_EQ(run.jobs.size(), 1u);
  EXPECT_TRUE(run.jobs[0].committed);
}

TEST_F(LprReceiverTest, last_zero_octet_waits_for_the_commit_in_either_order) {
  for (const std::string& sends :
       {control(job_of_anna) + data("%!PS"), data("%!PS") + control(job_of_anna)}) {
    auto run = client("\2office\n" + sends);
    run.refuse = [](uint32_t op) { return op == PR_OP_COMMIT ? uint32_t{PR_REFUSED_INTERNAL} : 0u; };
    run.play();
    EXPECT_EQ(run.written, zeros(4) + '\1');
    EXPECT_TRUE(run.jobs.at(0).kept_incomplete);
  }
}

TEST_F(LprReceiverTest, several_data_files_are_several_jobs_committed_together) {
  const std::string both = "Panna\nJletters\nfdfA001desk\nNone\nfdfB001desk\nNtwo\n";
  for (const std::string& sends : {control(both) + data("1") + data("22", "dfB001desk"),
                                   data("1") + control(both) + data("22", "dfB001desk"),
                                   data("1") + data("22", "dfB001desk") + control(both)}) {
    auto run = client("\2office\n" + sends);
    run.play();
    EXPECT_EQ(run.written, zeros(7));
    ASSERT_EQ(run.jobs.size(), 2u);
    EXPECT_TRUE(run.jobs[0].committed && run.jobs[1].committed);
    EXPECT_THAT(run.jobs[0].documents, ElementsAre("1"));
    EXPECT_THAT(run.jobs[1].documents, ElementsAre("22"));
    EXPECT_THAT(run.jobs[0].attributes, Contains("job-name=\"letters: one\""));
    EXPECT_THAT(run.jobs[1].attributes, Contains("job-name=\"letters: two\""));
    for (const auto& job : run.jobs) EXPECT_THAT(job.attributes, Contains("requesting-user-name=\"anna\""));
  }
}

TEST_F(LprReceiverTest, none_of_several_data_files_is_a_job_when_one_is_missing) {
  const std::string both = "Panna\nfdfA001desk\nfdfB001desk\n";
  for (const std::string& sends : {control(both) + data("1"), data("1") + control(both)}) {
    auto run = client("\2office\n" + sends);
    run.play();
    ASSERT_EQ(run.jobs.size(), 1u);
    EXPECT_FALSE(run.jobs[0].committed);
    EXPECT_TRUE(run.jobs[0].kept_incomplete);
  }
}

TEST_F(LprReceiverTest, several_data_files_of_which_one_is_refused_are_all_refused) {
  auto run = client("\2office\n" + data("1") + data("22", "dfB001desk") +
                    control("Panna\nfdfA001desk\nfdfB001desk\n"));
  int commits = 0;
  run.refuse = [&commits](uint32_t op) {
    return op == PR_OP_COMMIT && ++commits == 2 ? uint32_t{PR_REFUSED_BUSY} : 0u;
  };
  run.play();
  EXPECT_EQ(run.written, zeros(6) + '\1');
  EXPECT_THAT(run.actions, Contains("request cancel-job job-id=1 requesting-user-name=\"anna\""));
}

TEST_F(LprReceiverTest, two_jobs_on_one_connection) {
  auto run = client("\2office\n" + data("1") + control("Panna\nldfA001desk\n") +
                    control("Pbert\nldfA002desk\n", "cfA002desk") + data("2", "dfA002desk"));
  run.play();
  EXPECT_EQ(run.written, zeros(9));
  ASSERT_EQ(run.jobs.size(), 2u);
  EXPECT_TRUE(run.jobs[0].committed && run.jobs[1].committed);
  EXPECT_THAT(run.jobs[1].attributes, Contains("requesting-user-name=\"bert\""));
}

TEST_F(LprReceiverTest, two_control_files_before_their_data_share_one_answer) {
  auto run = client("\2office\n" + control("Panna\nldfA001desk\n") +
                    control("Panna\nldfB001desk\n", "cfB001desk") + data("1") + data("2", "dfB001desk"));
  run.play();
  ASSERT_EQ(run.jobs.size(), 2u);
  EXPECT_TRUE(run.jobs[0].committed && run.jobs[1].committed);
  EXPECT_THAT(run.jobs[1].documents, ElementsAre("2"));
}

TEST_F(LprReceiverTest, repeated_print_lines_are_copies) {
  auto run = client("\2office\n" + data("1") + control("Panna\nldfA001desk\nldfA001desk\nldfA001desk\n"));
  run.play();
  EXPECT_THAT(run.jobs.at(0).attributes, Contains("copies=3"));
}

TEST_F(LprReceiverTest, count_zero_is_a_file_up_to_the_end_of_the_connection) {
  auto run = client("\2office\n" + control(job_of_anna) + "\0030 dfA001desk\n%!PS all of it");
  run.play();
  EXPECT_EQ(run.written, zeros(5));
  EXPECT_THAT(run.jobs.at(0).documents, ElementsAre("%!PS all of it"));
  EXPECT_TRUE(run.jobs[0].committed);
}

TEST_F(LprReceiverTest, count_zero_and_a_reset_is_no_job) {
  auto run = client("\2office\n" + control(job_of_anna) + "\0030 dfA001desk\n%!PS all of");
  run.broken = true;
  run.play();
  EXPECT_EQ(run.written, zeros(4));
  EXPECT_FALSE(run.jobs.at(0).committed);
  EXPECT_TRUE(run.jobs[0].kept_incomplete);
}

TEST_F(LprReceiverTest, count_zero_is_an_empty_file_too) {
  auto pipelined = client("\2office\n" + data("") + control(job_of_anna));
  pipelined.play();
  EXPECT_EQ(pipelined.written, zeros(5));
  EXPECT_TRUE(pipelined.jobs.at(0).committed);
  EXPECT_THAT(pipelined.jobs[0].documents, ElementsAre(""));

  auto patient = client("\2office\n" + control(job_of_anna) + data(""));
  patient.silent = true;  // waits for the answer instead of closing
  patient.play();
  EXPECT_EQ(patient.written, zeros(5));
  EXPECT_TRUE(patient.jobs.at(0).committed);
}

TEST_F(LprReceiverTest, counts_of_clients_that_stream) {
  for (const char* count : {"2147483647", "4294967295", "999999999999"}) {
    auto run = client("\2office\n" + control(job_of_anna) + "\3" + count + " dfA001desk\n%!PS");
    run.play();
    EXPECT_EQ(run.written, zeros(5)) << count;
    EXPECT_TRUE(run.jobs.at(0).committed);
  }
}

TEST_F(LprReceiverTest, whole_count_without_its_zero_octet_is_a_job_only_if_the_end_is_in_order) {
  for (const bool reset : {false, true}) {
    auto run = client("\2office\n" + control(job_of_anna) + "\0034 dfA001desk\n%!PS");
    run.broken = reset;
    run.play();
    EXPECT_EQ(run.jobs.at(0).committed, !reset);
    EXPECT_EQ(run.jobs[0].kept_incomplete, reset);
  }
}

TEST_F(LprReceiverTest, unknown_length_without_a_control_file_is_kept_aside_and_refused) {
  auto run = client("\2office\n\0030 dfA001desk\n%!PS"_bytes);
  run.play();
  EXPECT_EQ(run.written, zeros(2) + '\2');
  EXPECT_FALSE(run.jobs.at(0).committed);
  EXPECT_TRUE(run.jobs[0].kept_incomplete);
}

struct Broken {
  const char* what;
  std::string sends;
  size_t acknowledged;
  bool kept;
};
TEST_F(LprReceiverTest, breaks_make_no_job) {
  const Broken cases[] = {
      {"nothing", "", 0, false},
      {"queue only", "", 1, false},
      {"data without control", data("%!PS"), 3, true},
      {"control without data", control(job_of_anna), 3, false},
      {"cut data", "\00310 dfA001desk\n%!PS", 2, true},
      {"data without its zero octet", "\0034 dfA001desk\n%!PS", 2, true},
      {"cut control", data("1") + "\00230 cfA001desk\nHd", 4, true},
  };
  for (const bool reset : {false, true})
    for (const Broken& broken : cases) {
      auto run = client(broken.acknowledged ? "\2office\n" + broken.sends : "");
      run.broken = reset;
      run.play();
      EXPECT_EQ(run.written, zeros(broken.acknowledged)) << broken.what;
      for (const auto& job : run.jobs) {
        EXPECT_FALSE(job.committed) << broken.what;
        EXPECT_EQ(job.kept_incomplete, broken.kept) << broken.what;
      }
      EXPECT_EQ(!run.jobs.empty(), broken.kept) << broken.what;
    }
}

struct Bad {
  std::string sends;
  const char* log;
};
TEST_F(LprReceiverTest, refusals_say_why_in_the_log) {
  const Bad cases[] = {
      {"\4what\n", "unknown subcommand 4"},
      {"\00212\n", "a control file needs a count and a name"},
      {"\00299999 cfA001desk\n", "a control file of more than 65536 bytes"},
      {"\2x cfA001desk\n", "a control file needs a count and a name"},
      {"\3-1 dfA001desk\n", "a data file needs a count and a name"},
      {"\00399999999999999999999 dfA001desk\n", "a data file needs a count and a name"},
      {control("Panna\n"), "control file: names no data file"},
      {control("Panna\nl\n"), "control file: print line 'l' without a file name"},
      {control("Panna\nldfA\nldfA\nldfB\n"), "control file: prints its files in different numbers of copies"},
      {control("P" + std::string(2000, 'x') + "\nldfA\n"), "control file: line longer than 1024 bytes"},
      {control("ldfA001desk\n") + data("1", "dfB001desk"),
       "the control file does not print data file dfB001desk"},
      {data("1") + control("ldfB001desk\n"), "the control file does not print data file dfA001desk"},
      {data("1") + data("1"), "data file dfA001desk comes twice"},
      {"\0031 dfA001desk\n1X", "data file dfA001desk does not end with a zero octet after its count"},
      {std::string(2000, '\2'), "a subcommand line without end"},
  };
  for (const Bad& bad : cases) {
    host.log.clear();
    auto run = client("\2office\n" + bad.sends);
    run.play();
    EXPECT_EQ(run.written.back(), '\2') << bad.log;
    EXPECT_THAT(host.log, Contains(std::string("warning: lpr: 127.0.0.1: job refused: ") + bad.log));
    for (const auto& job : run.jobs) EXPECT_FALSE(job.committed) << bad.log;
  }
}

TEST_F(LprReceiverTest, queue_that_does_not_take_jobs_is_refused_with_the_first_octet) {
  for (auto [why, octet] : {std::pair<uint32_t, char>{PR_REFUSED_NOT_FOUND, 2},
                            {PR_REFUSED_NOT_ACCEPTING, 1},
                            {PR_REFUSED_BUSY, 1},
                            {PR_REFUSED_NOT_AUTHORIZED, 2}}) {
    auto run = client("\2nowhere\n" + data("1"));
    run.refuse = [answer = why](uint32_t) { return answer; };
    run.play();
    EXPECT_EQ(run.written, std::string(1, octet));
    EXPECT_THAT(run.jobs, IsEmpty());
  }
}

TEST_F(LprReceiverTest, withdrawn_job_is_neither_committed_nor_kept) {
  auto run = client("\2office\n" + data("1") + "\1\n");
  run.play();
  EXPECT_EQ(run.written, zeros(4));
  EXPECT_FALSE(run.jobs.at(0).committed);
  EXPECT_FALSE(run.jobs[0].kept_incomplete);
}

TEST_F(LprReceiverTest, print_waiting_jobs_is_acknowledged) {
  auto run = client("\1office\n");
  run.play();
  EXPECT_EQ(run.written, zeros(1));
}

TEST_F(LprReceiverTest, other_first_lines_are_refused) {
  for (const std::string& line :
       {std::string("GET / HTTP/1.1\r\n"), std::string("\6x\n"), std::string(5000, 'x')}) {
    auto run = client(line);
    run.play();
    EXPECT_EQ(run.written, "\1");
  }
}

std::vector<pr_attr> two_jobs() {
  return {sdk::attr_integer("job-id", 7),
          sdk::attr_integer("job-state", 5, PR_ATTR_ENUM),
          sdk::attr_text("job-originating-user-name", "anna", PR_ATTR_TEXT),
          sdk::attr_text("job-name", "report", PR_ATTR_TEXT),
          sdk::attr_integer("job-k-octets", 2),
          sdk::attr_integer("job-id", 8, PR_ATTR_INTEGER, 1),
          sdk::attr_integer("job-state", 3, PR_ATTR_ENUM, 1),
          sdk::attr_text("job-originating-user-name", "bert", PR_ATTR_TEXT, 1),
          sdk::attr_text("job-name", "li\nne", PR_ATTR_TEXT, 1)};
}

TEST_F(LprReceiverTest, queue_state_short_and_long) {
  auto brief = client("\3office\n");
  brief.listing = two_jobs();
  brief.play();
  EXPECT_THAT(brief.actions, Contains("request get-jobs queue=\"office\" which-jobs=\"not-completed\""));
  EXPECT_EQ(brief.written,
            "Rank    Owner       Job     File(s)                                 Total Size\n"
            "active  anna        7       report                                  2048 bytes\n"
            "1st     bert        8       li ne                                   unknown size\n");

  auto full = client("\4office bert\n");
  full.listing = two_jobs();
  full.play();
  EXPECT_THAT(full.written,
              HasSubstr("bert: 1st                               [job 8 localhost]\n        li ne"));
  EXPECT_THAT(full.written, ::testing::Not(HasSubstr("anna")));

  auto none = client("\3office 99\n");
  none.play();
  EXPECT_EQ(none.written, "no entries\n");

  auto refused = client("\3nowhere\n");
  refused.refuse = [](uint32_t) { return uint32_t{PR_REFUSED_NOT_FOUND}; };
  refused.play();
  EXPECT_EQ(refused.written, "nowhere: no\n");
}

TEST_F(LprReceiverTest, removal_by_number_owner_all_and_current) {
  auto number = client("\5office anna 8 9\n");
  number.play();
  EXPECT_THAT(number.actions,
              Contains("request cancel-job queue=\"office\" requesting-user-name=\"anna\" job-id=8"));
  EXPECT_EQ(number.written, "job 8 dequeued\njob 9 dequeued\n");

  auto owner = client("\5office root bert\n");
  owner.listing = two_jobs();
  owner.play();
  EXPECT_EQ(owner.written, "job 8 dequeued\n");

  auto all = client("\5office anna -\n");
  all.play();
  EXPECT_THAT(all.actions, Contains("request cancel-my-jobs queue=\"office\" requesting-user-name=\"anna\""));
  EXPECT_EQ(all.written, "all jobs of anna dequeued\n");

  auto current = client("\5office anna\n");
  current.listing = two_jobs();
  current.play();
  EXPECT_EQ(current.written, "job 7 dequeued\n");

  auto stranger = client("\5office eve\n");
  stranger.listing = two_jobs();
  stranger.play();
  EXPECT_EQ(stranger.written, "no jobs to remove\n");

  auto refused = client("\5office eve 7\n");
  refused.refuse = [](uint32_t) { return uint32_t{PR_REFUSED_NOT_AUTHORIZED}; };
  refused.play();
  EXPECT_EQ(refused.written, "job 7: no\n");
}

TEST(ControlFile, source_names_belong_to_the_file_before_or_behind_them) {
  for (const char* text : {"fdfA\nUdfA\nNone\nfdfB\nNtwo\n", "None\nfdfA\nNtwo\nfdfB\n"}) {
    const ControlFile read = parse_control_file(text);
    ASSERT_EQ(read.files.size(), 2u);
    EXPECT_EQ(read.files[0].source_name, "one") << text;
    EXPECT_EQ(read.files[1].source_name, "two") << text;
  }
}

TEST(ControlFile, latin_1_becomes_utf_8_and_unknown_lines_are_skipped) {
  const ControlFile read = parse_control_file("Hh\r\nPm\xfcller\nMx@y\nW132\nI2\nZ-o\n1R\npdfA\nTheading\n");
  EXPECT_EQ(read.error, "");
  EXPECT_EQ(read.user, "m\xc3\xbcller");
  EXPECT_EQ(read.host, "h");
  EXPECT_EQ(read.mail_to, "x@y");
  EXPECT_EQ(read.name(), "heading");
  EXPECT_EQ(read.files.at(0).format, 'p');
}

}  // namespace
}  // namespace printrouter::lpr
