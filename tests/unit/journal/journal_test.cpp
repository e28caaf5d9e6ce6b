// SPDX-License-Identifier: Apache-2.0
#include "journal/journal.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <set>

#include "env/faulty_file_system.hpp"
#include "env/post_queue.hpp"

namespace printrouter::journal {
namespace {

Job job_with(JobId id, JobState state = JobState::pending) {
  Job job;
  job.id = id;
  job.uuid = env::SeededRandom(static_cast<std::uint64_t>(id)).uuid();
  job.state = state;
  job.owner.user = "anna";
  job.title = "title " + std::to_string(id);
  job.updated = {1000 + id};
  return job;
}

LedgerRow entry(LedgerKind kind, const Job& job, int attempt = 1) {
  return {0, kind, job.uuid, attempt, "{}", false};
}

class JournalTest : public ::testing::Test {
 protected:
  void open(JournalOptions options = {}) {
    journal_.reset();
    main_.run_ready();
    auto opened = Journal::open(files_, "/journal.db", main_.post(), std::move(options));
    ASSERT_TRUE(opened) << opened.error().message();
    journal_ = std::move(*opened);
  }
  Result<Receipt> commit(Transaction transaction) {
    std::optional<Result<Receipt>> out;
    journal_->commit(std::move(transaction), [&](const Result<Receipt>& done) { out = done; });
    EXPECT_TRUE(main_.run_until([&] { return out.has_value(); }));
    return out.value_or(fail(ErrorCode::internal, "no answer"));
  }
  Result<Receipt> put(const Job& job) {
    Transaction transaction;
    transaction.put_job(job);
    return commit(std::move(transaction));
  }
  void cut_power() {
    files_.cut_power_now();
    journal_.reset();
    files_.power_on();
  }
  env::PostQueue main_;
  env::FaultyFileSystem files_;
  std::unique_ptr<Journal> journal_;
};

TEST_F(JournalTest, everything_put_reads_back_after_a_power_cut) {
  open();
  Transaction t;
  t.put_job(job_with(1));
  t.put_job(job_with(2, JobState::completed));
  t.put_job(job_with(3, JobState::unknown));
  t.append_ledger(entry(LedgerKind::reserve, job_with(1)));
  t.append_ledger(entry(LedgerKind::claim, job_with(1)));
  t.put_history({"anna", "d1", {5}, "delivered"});
  t.put_history({"anna", "d2", {9}, "imported"});
  t.put_history({"bob", "d1", {7}, "delivered"});
  t.put_owner({"anna", {5}});
  t.put_owner({"bob", {7}});
  t.put_question({"q1", "open", "{\"a\":1}"});
  t.put_setting("k", "v");
  const auto receipt = commit(std::move(t));
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->first_ledger_seq, 1);
  const Uuid ledger_id = journal_->ledger_id();
  cut_power();
  open();
  const auto unfinished = journal_->load_unfinished();
  ASSERT_TRUE(unfinished);
  ASSERT_EQ(unfinished->size(), 2u);
  EXPECT_EQ(unfinished->at(0).title, "title 1");
  EXPECT_EQ(unfinished->at(0).claim, ledger_id.to_string() + ":2") << "a claim names itself in its job";
  EXPECT_EQ(unfinished->at(1).state, JobState::unknown);
  EXPECT_EQ((*journal_->find_job(job_with(2).uuid))->id, 2);
  EXPECT_FALSE(*journal_->find_job(99));
  EXPECT_EQ(journal_->finished_jobs(10)->size(), 1u);
  EXPECT_EQ(journal_->history("anna")->at(0).device, "d2");
  EXPECT_EQ(journal_->history("")->size(), 3u);
  EXPECT_EQ(*journal_->owners(), (std::vector<OwnerRow>{{"bob", {7}}, {"anna", {5}}}));
  EXPECT_EQ(journal_->questions("open")->size(), 1u);
  EXPECT_EQ(journal_->questions("answered")->size(), 0u);
  EXPECT_EQ(*journal_->setting("k"), "v");
  EXPECT_FALSE(*journal_->setting("none"));
  EXPECT_EQ(journal_->ledger_id(), ledger_id);
  EXPECT_EQ(*journal_->last_ledger_seq(), 2);
  EXPECT_TRUE(journal_->check());
}

TEST_F(JournalTest, later_puts_replace_and_deletes_delete) {
  open();
  ASSERT_TRUE(put(job_with(1)));
  ASSERT_TRUE(put(job_with(1, JobState::completed)));
  EXPECT_TRUE(journal_->load_unfinished()->empty());
  EXPECT_EQ(journal_->finished_before({5000}, 10)->size(), 1u);
  EXPECT_EQ(journal_->finished_before({1001}, 10)->size(), 0u);
  Transaction t;
  t.delete_job(1);
  t.put_question({"q", "open", "{}"});
  t.put_history({"a", "d", {1}, "delivered"});
  ASSERT_TRUE(commit(std::move(t)));
  EXPECT_FALSE(*journal_->find_job(1));
  Transaction u;
  u.delete_question("q");
  u.delete_history("a", "d");
  ASSERT_TRUE(commit(std::move(u)));
  EXPECT_TRUE(journal_->questions()->empty());
  EXPECT_TRUE(journal_->history("")->empty());
}

TEST_F(JournalTest, one_sync_serves_many_commits) {
  open();
  const auto before = files_.syncs();
  int answered = 0, order = 0;
  for (int i = 1; i <= 500; ++i) {
    Transaction t;
    t.put_job(job_with(i));
    journal_->commit(std::move(t), [&, i](const Result<Receipt>& done) {
      EXPECT_TRUE(done);
      EXPECT_EQ(i, ++order);
      ++answered;
    });
  }
  ASSERT_TRUE(main_.run_until([&] { return answered == 500; }));
  EXPECT_LT(files_.syncs() - before, 250u);
  EXPECT_EQ(journal_->load_unfinished()->size(), 500u);
  EXPECT_EQ(journal_->in_flight(), 0u);
}

TEST_F(JournalTest, an_empty_transaction_answers_after_those_before_it) {
  open();
  bool first = false, second = false;
  Transaction t;
  t.put_job(job_with(1));
  journal_->commit(std::move(t), [&](const auto&) { first = true; });
  journal_->commit({}, [&](const Result<Receipt>& done) {
    EXPECT_TRUE(done);
    EXPECT_TRUE(first);
    second = true;
  });
  EXPECT_TRUE(main_.run_until([&] { return second; }));
}

TEST_F(JournalTest, one_bad_transaction_fails_alone_and_leaves_no_gap) {
  open();
  std::vector<std::string> answers;
  for (int i = 1; i <= 3; ++i) {
    Transaction t;
    Job job = job_with(i);
    if (i == 2) job.uuid = job_with(1).uuid;  // breaks the rule of one row a uuid
    t.append_ledger(entry(LedgerKind::claim, job));
    t.put_job(job);
    journal_->commit(std::move(t), [&](const Result<Receipt>& done) {
      answers.push_back(done ? std::to_string(done->first_ledger_seq)
                             : std::string(to_string(done.error().code)));
    });
  }
  ASSERT_TRUE(main_.run_until([&] { return answers.size() == 3; }));
  EXPECT_EQ(answers, (std::vector<std::string>{"1", "conflict", "2"}));
  EXPECT_EQ(journal_->ledger(1, 10)->size(), 2u);
}

TEST_F(JournalTest, a_full_disk_answers_everybody_and_passes) {
  open();
  ASSERT_TRUE(put(job_with(1)));
  files_.set_capacity(1);
  for (int i = 2; i <= 4; ++i) {
    Transaction t;
    Job job = job_with(i);
    job.title.assign(20000, 'x');
    t.append_ledger(entry(LedgerKind::claim, job));
    t.put_job(job);
    const auto done = commit(std::move(t));
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, ErrorCode::disk_full) << done.error().message();
  }
  EXPECT_EQ(journal_->load_unfinished()->size(), 1u);
  files_.set_capacity(0);
  Transaction t;
  t.append_ledger(entry(LedgerKind::claim, job_with(5)));
  t.put_job(job_with(5));
  const auto done = commit(std::move(t));
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(done->first_ledger_seq, 1) << "failed commits use no number up";
  cut_power();
  open();
  EXPECT_EQ(journal_->load_unfinished()->size(), 2u);
  EXPECT_TRUE(journal_->check());
}

TEST_F(JournalTest, a_read_only_disk_is_an_error_and_no_end) {
  int reported = 0;
  JournalOptions options;
  options.on_error = [&](const Error&) { ++reported; };
  open(std::move(options));
  files_.set_read_only(true);
  const auto done = put(job_with(1));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::not_permitted);
  EXPECT_NE(done.error().message().find("read-only"), std::string::npos) << done.error().message();
  files_.set_read_only(false);
  EXPECT_TRUE(put(job_with(2)));
  EXPECT_EQ(reported, 1);
}

TEST_F(JournalTest, an_error_at_any_operation_leaves_a_usable_journal) {
  std::uint64_t n = 1;
  for (;; ++n) {
    open();
    const std::uint64_t failing = files_.operations() + n;
    files_.fail_at(failing, ErrorCode::io);
    Transaction t;
    t.put_job(job_with(static_cast<JobId>(2 * n)));
    t.append_ledger(entry(LedgerKind::claim, job_with(1)));
    (void)commit(std::move(t));
    if (files_.operations() < failing) break;  // a commit has no more operations than were tried
    const auto again = put(job_with(static_cast<JobId>(2 * n + 1)));
    ASSERT_TRUE(again) << "after a failure at operation " << n << ": " << again.error().message();
    cut_power();
    open();
    EXPECT_TRUE(*journal_->find_job(static_cast<JobId>(2 * n + 1)));
    EXPECT_TRUE(journal_->check());
    const auto rows = journal_->ledger(1, 100);
    ASSERT_TRUE(rows);
    for (std::size_t i = 0; i < rows->size(); ++i)
      EXPECT_EQ(rows->at(i).seq, static_cast<std::int64_t>(i + 1));
  }
  EXPECT_GT(n, 2u) << "at least a write and a sync were tried";
}

TEST_F(JournalTest, the_log_moves_into_the_database) {
  JournalOptions options;
  options.checkpoint_pages = 20;
  open(std::move(options));
  for (int i = 1; i <= 200; ++i) ASSERT_TRUE(put(job_with(i)));
  EXPECT_LT(files_.info("/journal.db-wal")->size, 60u * 4200);
  cut_power();
  open();
  EXPECT_EQ(journal_->load_unfinished()->size(), 200u);
  EXPECT_TRUE(journal_->check());
}

TEST_F(JournalTest, job_ids_are_never_given_twice) {
  std::set<JobId> given;
  JournalOptions options;
  options.id_block = 16;
  for (int round = 0; round < 6; ++round) {
    open(options);
    for (int i = 0; i < 50; ++i) {
      Result<JobId> id = journal_->new_job_id();
      // Asked faster than blocks can be reserved it refuses rather than reuse.
      while (!id) {
        ASSERT_EQ(id.error().code, ErrorCode::limit);
        ASSERT_TRUE(commit({}));
        id = journal_->new_job_id();
      }
      EXPECT_TRUE(given.insert(*id).second) << *id;
    }
    cut_power();
  }
  EXPECT_EQ(*given.begin(), 1);
}

TEST_F(JournalTest, after_an_orderly_end_the_numbers_go_on) {
  open();
  EXPECT_EQ(*journal_->new_job_id(), 1);
  EXPECT_EQ(*journal_->new_job_id(), 2);
  journal_.reset();
  open();
  EXPECT_EQ(*journal_->new_job_id(), 3);
  cut_power();
  open();
  EXPECT_GT(*journal_->new_job_id(), 3);
}

TEST_F(JournalTest, the_ledger_takes_no_change_and_is_acknowledged_by_range) {
  open();
  Transaction t;
  for (int i = 0; i < 4; ++i) t.append_ledger(entry(LedgerKind::evidence, job_with(1), i));
  ASSERT_TRUE(commit(std::move(t)));
  Transaction a;
  a.acknowledge_ledger(2);
  ASSERT_TRUE(commit(std::move(a)));
  Transaction back;
  back.acknowledge_ledger(1);
  ASSERT_TRUE(commit(std::move(back)));
  const auto rows = journal_->ledger_of(job_with(1).uuid);
  ASSERT_EQ(rows->size(), 4u);
  EXPECT_TRUE(rows->at(1).acknowledged);
  EXPECT_FALSE(rows->at(2).acknowledged);
  EXPECT_EQ(journal_->ledger(3, 1)->at(0).attempt, 2);
}

TEST_F(JournalTest, what_the_server_refused_is_kept_beside_the_ledger_and_can_be_sent_again) {
  open();
  Transaction t;
  for (int i = 1; i <= 4; ++i) t.append_ledger(entry(LedgerKind::evidence, job_with(1), i));
  ASSERT_TRUE(commit(std::move(t)));
  EXPECT_EQ(journal_->unreported_ledger(10)->size(), 4u);

  const LedgerNote refused{2, LedgerNote::State::rejected, "unknown-user", "nobody is called anna", {77}, 0};
  Transaction answer;
  answer.acknowledge_ledger(3);
  answer.note_ledger(refused);
  ASSERT_TRUE(commit(std::move(answer)));
  cut_power();
  open();
  EXPECT_EQ(journal_->acknowledged_ledger(), 3);
  EXPECT_EQ(*journal_->ledger_notes(), std::vector{refused});
  const auto rows = journal_->ledger(1, 9);
  EXPECT_TRUE(rows->at(0).acknowledged);
  EXPECT_FALSE(rows->at(1).acknowledged);
  EXPECT_TRUE(rows->at(2).acknowledged);
  EXPECT_EQ(journal_->unreported_ledger(10)->size(), 1u);  // the fourth: what was refused waits for a person

  Transaction again;
  LedgerNote resend = refused;
  resend.state = LedgerNote::State::resend;
  again.note_ledger(resend);
  ASSERT_TRUE(commit(std::move(again)));
  const auto todo = journal_->unreported_ledger(10);
  ASSERT_EQ(todo->size(), 2u);
  EXPECT_EQ(todo->at(0).seq, 2);
  EXPECT_EQ(todo->at(1).seq, 4);
  EXPECT_EQ(*journal_->count_unreported_ledger(), 2);
  EXPECT_EQ(journal_->unreported_ledger(1)->size(), 1u);

  Transaction taken;
  taken.clear_ledger_note(2);
  ASSERT_TRUE(commit(std::move(taken)));
  EXPECT_TRUE(journal_->ledger(2, 1)->at(0).acknowledged);

  Transaction lost;  // the server was set up again from an old copy
  lost.rewind_ledger(1);
  ASSERT_TRUE(commit(std::move(lost)));
  EXPECT_EQ(journal_->unreported_ledger(10)->size(), 3u);
}

/// Real files: what other programs may do to the database.
class JournalFile : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "pr-journal-XXXXXX").string();
    root_ = ::mkdtemp(pattern.data());
    path_ = root_ + "/journal.db";
  }
  void TearDown() override { std::filesystem::remove_all(root_); }
  Result<std::unique_ptr<Journal>> open() {
    return Journal::open(env::real_file_system(), path_, main_.post(), {});
  }
  std::string sql(const std::string& text) {
    sqlite3* database = nullptr;
    sqlite3_open(path_.c_str(), &database);
    char* message = nullptr;
    sqlite3_exec(database, text.c_str(), nullptr, nullptr, &message);
    std::string out = message == nullptr ? "" : message;
    sqlite3_free(message);
    sqlite3_close(database);
    return out;
  }
  env::PostQueue main_;
  std::string root_, path_;
};

TEST_F(JournalFile, is_for_one_process_at_a_time) {
  auto first = open();
  ASSERT_TRUE(first);
  const auto second = open();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::conflict);
  EXPECT_NE(second.error().message().find("another process"), std::string::npos) << second.error().message();
  first->reset();
  EXPECT_TRUE(open());
}

TEST_F(JournalFile, ledger_rows_resist_the_sqlite_shell) {
  {
    auto journal = open();
    Transaction t;
    t.append_ledger({0, LedgerKind::claim, {}, 1, "{}", false});
    (*journal)->commit(std::move(t), {});
  }
  EXPECT_EQ(sql("UPDATE ledger SET json='x'"), "the ledger is append-only");
  EXPECT_EQ(sql("DELETE FROM ledger"), "the ledger is append-only");
  auto journal = open();
  EXPECT_EQ((*journal)->ledger(1, 5)->size(), 1u);
}

TEST_F(JournalFile, a_journal_of_the_first_release_opens_in_the_middle_of_an_outage) {
  // As printrouterd left it when it was killed: four claims that no server has heard of, one job that waits.
  const std::filesystem::path golden = PRINTROUTER_SOURCE_DIR "/tests/golden/journal/schema-1";
  for (const char* name : {"journal.db", "journal.db-wal"})
    std::filesystem::copy_file(golden / name, std::filesystem::path(root_) / name);
  auto journal = open();
  ASSERT_TRUE(journal) << journal.error().message();
  EXPECT_TRUE((*journal)->check());
  const auto waiting = (*journal)->load_unfinished();
  ASSERT_EQ(waiting->size(), 1u);
  EXPECT_EQ(waiting->front().title, "kept");
  EXPECT_EQ((*journal)->history("root")->at(0).device, "lobby");
  const auto rows = (*journal)->unreported_ledger(10);
  ASSERT_EQ(rows->size(), 4u);
  for (const LedgerRow& row : *rows) EXPECT_EQ(row.kind, LedgerKind::claim);

  std::optional<Result<Receipt>> done;
  Transaction answer;
  answer.acknowledge_ledger(3);
  answer.note_ledger({4, LedgerNote::State::rejected, "malformed", "", {1}, 0});
  (*journal)->commit(std::move(answer), [&](const Result<Receipt>& r) { done = r; });
  EXPECT_TRUE(main_.run_until([&] { return done.has_value(); }));
  EXPECT_TRUE(*done);
  journal->reset();
  journal = open();
  EXPECT_EQ((*journal)->count_unreported_ledger(), 0);
  EXPECT_EQ((*journal)->ledger_notes()->size(), 1u);
}

TEST_F(JournalFile, a_journal_of_the_second_schema_knows_whose_jobs_were_here) {
  // As printrouterd left it when it was killed: a job of root went to the server, one of games waits.
  const std::filesystem::path golden = PRINTROUTER_SOURCE_DIR "/tests/golden/journal/schema-2";
  for (const char* name : {"journal.db", "journal.db-wal"})
    std::filesystem::copy_file(golden / name, std::filesystem::path(root_) / name);
  auto journal = open();
  ASSERT_TRUE(journal) << journal.error().message();
  EXPECT_TRUE((*journal)->check());
  EXPECT_EQ((*journal)->load_unfinished()->size(), 1u);
  EXPECT_EQ((*journal)->finished_jobs(10)->size(), 1u);
  const auto owners = (*journal)->owners();
  ASSERT_EQ(owners->size(), 2u);
  EXPECT_EQ(owners->at(0).user, "games");
  EXPECT_EQ(owners->at(1).user, "root");
}

TEST_F(JournalFile, a_newer_schema_a_foreign_database_and_damage_are_refused_by_name) {
  ASSERT_TRUE(open());
  sql("PRAGMA user_version=99");
  EXPECT_EQ(open().error().code, ErrorCode::invalid);
  EXPECT_NE(open().error().message().find("newer"), std::string::npos);
  std::filesystem::remove(path_);
  sql("CREATE TABLE theirs(x)");
  EXPECT_EQ(open().error().code, ErrorCode::invalid);
  std::filesystem::remove(path_);
  {
    auto file = env::real_file_system().open(path_, env::OpenMode::create);
    ASSERT_TRUE((*file)->pwrite(std::string(8192, 'z'), 0));
  }
  EXPECT_EQ(open().error().code, ErrorCode::corrupt) << open().error().message();
  path_ = root_ + "/none/journal.db";
  EXPECT_EQ(open().error().code, ErrorCode::not_found) << open().error().message();
}

TEST_F(JournalFile, a_row_that_does_not_read_back_is_named_and_left_out) {
  {
    auto journal = open();
    Transaction t;
    t.put_job(job_with(1));
    t.put_job(job_with(2));
    (*journal)->commit(std::move(t), {});
  }
  EXPECT_EQ(sql("UPDATE jobs SET json='{' WHERE id=1"), "");
  auto journal = open();
  std::vector<JobId> damaged;
  const auto jobs = (*journal)->load_unfinished(&damaged);
  ASSERT_TRUE(jobs);
  EXPECT_EQ(jobs->size(), 1u);
  EXPECT_EQ(damaged, std::vector<JobId>{1});
  EXPECT_EQ((*journal)->find_job(1).error().code, ErrorCode::corrupt);
}

}  // namespace
}  // namespace printrouter::journal
