// SPDX-License-Identifier: Apache-2.0
#include "report/report_file.hpp"

#include <gtest/gtest.h>

#include "env/faulty_file_system.hpp"

namespace printrouter::report {
namespace {

class ReportFileTest : public ::testing::Test {
 protected:
  Batch batch(std::int64_t first, std::int64_t last, const Uuid& ledger) {
    Batch out;
    out.ledger = ledger;
    for (std::int64_t seq = first; seq <= last; ++seq) {
      out.seqs.push_back(seq);
      out.lines += "{\"seq\":" + std::to_string(seq) + "}\n";
    }
    return out;
  }
  Status append(std::int64_t first, std::int64_t last) {
    return append_to_file(files, "/out.jsonl", batch(first, last, ours));
  }
  std::string text() {
    auto file = files.open("/out.jsonl", env::OpenMode::read);
    if (!file) return "none";
    std::string out(1 << 16, '\0');
    out.resize((*file)->pread(out, 0).value_or(0));
    return out;
  }
  std::string line(std::int64_t seq, const Uuid& ledger) {
    return "{\"ledger\":\"" + ledger.to_string() + "\",\"seq\":" + std::to_string(seq) + "}\n";
  }
  env::FaultyFileSystem files;
  const Uuid ours = env::SeededRandom(1).uuid(), former = env::SeededRandom(2).uuid();
};

TEST_F(ReportFileTest, appends_and_leaves_out_what_is_there) {
  ASSERT_TRUE(append(1, 2));
  ASSERT_TRUE(append(1, 3));  // the answer to the first was lost
  EXPECT_EQ(text(), line(1, ours) + line(2, ours) + line(3, ours));
}

TEST_F(ReportFileTest, what_was_answered_survives_a_power_cut) {
  ASSERT_TRUE(append(1, 2));
  files.cut_power_now();
  files.power_on();
  EXPECT_EQ(text(), line(1, ours) + line(2, ours));
}

TEST_F(ReportFileTest, half_a_line_is_cut_off) {
  ASSERT_TRUE(append(1, 1));
  {
    auto file = files.open("/out.jsonl", env::OpenMode::read_write);
    ASSERT_TRUE((*file)->pwrite("{\"ledger\":\"", (*file)->size().value()));
  }
  ASSERT_TRUE(append(1, 2));
  EXPECT_EQ(text(), line(1, ours) + line(2, ours));
}

TEST_F(ReportFileTest, another_ledgers_numbers_say_nothing_about_ours) {
  ASSERT_TRUE(append_to_file(files, "/out.jsonl", batch(7, 7, former)));
  ASSERT_TRUE(append(1, 1));
  EXPECT_EQ(text(), line(7, former) + line(1, ours));
}

TEST_F(ReportFileTest, a_file_of_something_else_is_left_alone) {
  {
    auto file = files.open("/out.jsonl", env::OpenMode::create);
    ASSERT_TRUE((*file)->pwrite("dear diary\n", 0));
  }
  const Status done = append(1, 1);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::corrupt);
  EXPECT_EQ(text(), "dear diary\n");
}

TEST_F(ReportFileTest, a_full_disk_is_an_error) {
  files.set_capacity(5);
  EXPECT_FALSE(append(1, 2));
}

}  // namespace
}  // namespace printrouter::report
