// SPDX-License-Identifier: Apache-2.0
#include "report/outbox.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "env/faulty_file_system.hpp"
#include "env/post_queue.hpp"
#include "ledger/ledger.hpp"

namespace printrouter::report {
namespace {

using journal::LedgerNote;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Seqs = std::vector<std::int64_t>;

struct FakeAlarm final : Alarm {
  void start(Milliseconds after, std::function<void()> ring) override {
    due = after, callback = std::move(ring);
  }
  void cancel() override { callback = nullptr; }
  std::optional<Milliseconds> due;
  std::function<void()> callback;
};

/// A server that keeps what it is sent, as docs/openapi/server.yaml says.
struct FakeServer {
  std::map<std::int64_t, std::string> entries = {};
  std::map<std::int64_t, std::string> refuses = {};  ///< seq -> reason
  Reply take(const Batch& batch) {
    std::istringstream lines(batch.lines);
    nlohmann::json rejected = nlohmann::json::array();
    for (const std::int64_t seq : batch.seqs) {
      std::string line;
      std::getline(lines, line);
      EXPECT_EQ(nlohmann::json::parse(line)["seq"], seq);
      if (refuses.contains(seq)) {
        rejected.push_back({{"seq", seq}, {"reason", refuses[seq]}, {"text", "no"}});
      } else {
        const bool fresh = entries.emplace(seq, line).second;
        if (!fresh) ++repeats;
        EXPECT_EQ(entries[seq], line);
      }
    }
    nlohmann::json ranges = nlohmann::json::array();
    for (const auto& [seq, line] : entries)
      if (!ranges.empty() && ranges.back()[1] == seq - 1)
        ranges.back()[1] = seq;
      else
        ranges.push_back({seq, seq});
    Reply reply;
    reply.kind = Reply::Kind::taken;
    reply.body = nlohmann::json{{"acknowledged", ranges}, {"rejected", rejected}}.dump();
    return reply;
  }
  int repeats = 0;
};

class OutboxTest : public ::testing::Test {
 protected:
  OutboxTest() { open(); }
  void open() {
    outbox.reset();
    journal.reset();
    main.run_ready();
    auto opened = journal::Journal::open(files, "/j.db", main.post(), {});
    ASSERT_TRUE(opened) << opened.error().message();
    journal = std::move(*opened);
    make({});
  }
  void make(OutboxOptions options) {
    auto fake = std::make_unique<FakeAlarm>();
    alarm = fake.get();
    sent.clear();
    outbox = std::make_unique<Outbox>(
        *journal, clock, random, std::move(fake),
        [this](const Batch& batch, Replied done) {
          sent.push_back(batch);
          reply = std::move(done);
        },
        options);
  }
  void commit(journal::Transaction transaction) {
    bool done = false;
    journal->commit(std::move(transaction), [&](const Result<journal::Receipt>& r) {
      EXPECT_TRUE(r);
      done = true;
    });
    ASSERT_TRUE(main.run_until([&] { return done; }));
  }
  void claims(int count) {
    journal::Transaction t;
    for (int i = 0; i < count; ++i) {
      ledger::Claim claim;
      claim.job_uuid = random.uuid();
      claim.attempt = 1;
      claim.user = "anna";
      ledger::claim(t, claim);
    }
    commit(std::move(t));
  }
  /// The alarm rings; says after how long.
  Milliseconds ring() {
    if (!alarm->callback) return Milliseconds(-1);
    const Milliseconds after = *alarm->due;
    clock.advance(after);
    std::exchange(alarm->callback, nullptr)();
    return after;
  }
  bool rings() const { return alarm->callback != nullptr; }
  /// The batch under way is answered, and what the answer means is durable.
  void answer(const Reply& with) {
    const Replied done = std::exchange(reply, nullptr);
    ASSERT_TRUE(done);
    done(with);
    settle();
  }
  void settle() {
    ASSERT_TRUE(main.run_until([&] { return journal->in_flight() == 0; }));
    main.run_ready();
  }
  Seqs last() const { return sent.empty() ? Seqs{-1} : sent.back().seqs; }
  static Reply failure(const char* why) { return {Reply::Kind::failed, why, "", {}}; }

  env::PostQueue main;
  env::FaultyFileSystem files;
  env::FakeClock clock;
  env::SeededRandom random{7};
  std::unique_ptr<journal::Journal> journal;
  FakeAlarm* alarm = nullptr;
  std::vector<Batch> sent;
  Replied reply;
  FakeServer server;
  std::unique_ptr<Outbox> outbox;
};

TEST_F(OutboxTest, entries_go_in_order_and_in_batches_until_the_server_has_all) {
  claims(5);
  make({.most_entries = 2});
  outbox->start();
  ring();
  EXPECT_EQ(last(), (Seqs{1, 2}));
  EXPECT_EQ(sent.back().ledger, journal->ledger_id());
  answer(server.take(sent.back()));
  EXPECT_EQ(last(), (Seqs{3, 4}));
  answer(server.take(sent.back()));
  answer(server.take(sent.back()));
  EXPECT_EQ(sent.size(), 3u);
  EXPECT_EQ(journal->acknowledged_ledger(), 5);
  EXPECT_EQ(outbox->state().unreported, 0);
  EXPECT_EQ(outbox->state().error, "");
  EXPECT_FALSE(rings());
  claims(1);
  outbox->entries_added();
  EXPECT_EQ(ring(), Milliseconds(50));
  EXPECT_EQ(last(), Seqs{6});
}

TEST_F(OutboxTest, pauses_grow_with_jitter_up_to_half_a_minute_and_the_servers_return_ends_them) {
  claims(1);
  outbox->start();
  ring();
  Milliseconds expected{1000};
  std::set<std::int64_t> seen;
  for (int i = 0; i < 12; ++i) {
    answer(failure("no-answer"));
    const Milliseconds pause = ring();
    EXPECT_GE(pause, expected * 7 / 10);
    EXPECT_LE(pause, expected * 13 / 10);
    seen.insert(pause.count());
    expected = std::min(expected * 2, Milliseconds(30'000));
    EXPECT_EQ(last(), Seqs{1});
  }
  EXPECT_GT(seen.size(), 8u);
  answer(failure("no-answer"));
  EXPECT_EQ(outbox->state().error, "no-answer");
  claims(1);
  outbox->entries_added();  // no reason to ask a silent server more often
  EXPECT_GT(*alarm->due, Milliseconds(20'000));
  outbox->target_returned();
  EXPECT_EQ(ring(), Milliseconds(0));
  EXPECT_EQ(last(), (Seqs{1, 2}));
  answer(server.take(sent.back()));
  EXPECT_EQ(outbox->state().unreported, 0);
}

TEST_F(OutboxTest, a_swallowed_answer_and_a_killed_process_repeat_a_batch_that_changes_nothing) {
  claims(3);
  outbox->start();
  ring();
  server.take(sent.back());  // it arrived; its answer did not
  answer(failure("connection-broken"));
  ring();
  server.take(sent.back());
  open();  // killed with the answer on its way
  outbox->start();
  ring();
  EXPECT_EQ(last(), (Seqs{1, 2, 3}));
  answer(server.take(sent.back()));
  EXPECT_EQ(server.entries.size(), 3u);
  EXPECT_EQ(server.repeats, 6);
  EXPECT_EQ(journal->acknowledged_ledger(), 3);
}

TEST_F(OutboxTest, what_the_server_refuses_is_kept_and_does_not_stop_the_others) {
  claims(4);
  server.refuses[2] = "unknown-user";
  outbox->start();
  ring();
  answer(server.take(sent.back()));
  EXPECT_EQ(journal->acknowledged_ledger(), 4);
  auto state = outbox->state();
  ASSERT_EQ(state.notes.size(), 1u);
  EXPECT_EQ(state.notes[0].seq, 2);
  EXPECT_EQ(state.notes[0].state, LedgerNote::State::rejected);
  EXPECT_EQ(state.notes[0].reason, "unknown-user");
  EXPECT_TRUE(state.alarms.empty());
  // nothing is sent by itself
  EXPECT_FALSE(rings());
  // a person made the user known, and asks for it
  std::optional<Status> done;
  outbox->resend(9, [&](const Status& s) { done = s; });
  EXPECT_EQ(done->error().code, ErrorCode::not_found);
  server.refuses.clear();
  outbox->resend(2, [&](const Status& s) { done = s; });
  settle();
  ASSERT_TRUE(*done);
  ring();
  EXPECT_EQ(last(), Seqs{2});
  answer(server.take(sent.back()));
  EXPECT_TRUE(outbox->state().notes.empty());
  EXPECT_EQ(server.entries.size(), 4u);
}

TEST_F(OutboxTest, a_refused_claim_is_said_right_by_a_new_one_that_names_it) {
  claims(2);
  server.refuses[1] = "unknown-user";
  outbox->start();
  ring();
  answer(server.take(sent.back()));
  std::optional<Status> done;
  outbox->correct(1, {}, [&](const Status& s) { done = s; });
  EXPECT_EQ(done->error().code, ErrorCode::invalid);
  outbox->correct(2, {.user = "anna.berg"}, [&](const Status& s) { done = s; });
  EXPECT_EQ(done->error().code, ErrorCode::not_found);
  outbox->correct(1, {.user = "anna.berg", .pages_mono = 4}, [&](const Status& s) { done = s; });
  settle();
  ASSERT_TRUE(*done);
  ring();
  EXPECT_EQ(last(), Seqs{3});
  answer(server.take(sent.back()));
  const auto rows = journal->ledger(1, 9);
  const auto claim = ledger::decode_claim(rows->at(2).json);
  EXPECT_EQ(claim->user, "anna.berg");
  EXPECT_EQ(claim->pages.mono, 4);
  EXPECT_EQ(claim->corrects, 1);
  EXPECT_EQ(claim->job_uuid, rows->at(0).job_uuid);
  const auto notes = journal->ledger_notes();
  EXPECT_EQ(notes->at(0).state, LedgerNote::State::corrected);
  EXPECT_EQ(notes->at(0).corrected_by, 3);
  EXPECT_EQ(outbox->state().unreported, 0);
  EXPECT_TRUE(ledger::verify(*journal)->alarms.empty());
}

TEST_F(OutboxTest, a_batch_refused_as_such_is_taken_apart_until_the_guilty_entry_is_found) {
  claims(5);
  outbox->start();
  ring();
  int guard = 0;
  while (reply && ++guard < 30) {
    const Batch batch = sent.back();
    const bool guilty = std::ranges::find(batch.seqs, 4) != batch.seqs.end();
    answer(guilty ? Reply{Reply::Kind::refused, "malformed", "content", {}} : server.take(batch));
  }
  EXPECT_EQ(server.entries.size(), 4u);
  const auto state = outbox->state();
  ASSERT_EQ(state.notes.size(), 1u);
  EXPECT_EQ(state.notes[0].seq, 4);
  EXPECT_EQ(state.notes[0].reason, "malformed");
  EXPECT_EQ(state.unreported, 0);
}

TEST_F(OutboxTest, the_same_key_with_other_content_is_an_alarm) {
  claims(1);
  Reply other;
  other.kind = Reply::Kind::taken;
  other.body = R"({"acknowledged":[[1,1]],"rejected":[{"seq":1,"reason":"other-content","text":"x"}]})";
  outbox->start();
  ring();
  answer(other);
  EXPECT_THAT(outbox->state().alarms, ElementsAre(HasSubstr("entry 1 of this ledger with other content")));
  EXPECT_EQ(outbox->state().notes.size(), 1u);
  open();  // it stays one
  EXPECT_EQ(outbox->state().alarms.size(), 1u);
}

TEST_F(OutboxTest, a_server_that_knows_more_than_was_ever_written_here_is_an_alarm) {
  claims(1);
  for (std::int64_t seq = 2; seq < 9; ++seq) server.entries[seq] = "of the copy";
  outbox->start();
  ring();
  answer(server.take(sent.back()));
  EXPECT_THAT(outbox->state().alarms, ElementsAre(HasSubstr("up to number 8, here it ends with 1")));
  EXPECT_EQ(journal->acknowledged_ledger(), 1);
}

TEST_F(OutboxTest, a_server_set_up_again_from_an_old_copy_is_told_again) {
  claims(6);
  server.refuses[2] = "unknown-user";
  outbox->start();
  ring();
  answer(server.take(sent.back()));
  EXPECT_EQ(journal->acknowledged_ledger(), 6);
  server.entries.erase(server.entries.find(4), server.entries.end());
  outbox->target_returned();
  ring();
  EXPECT_EQ(last(), Seqs{});  // nothing to tell: only asks
  answer(server.take(sent.back()));
  EXPECT_EQ(journal->acknowledged_ledger(), 3);
  EXPECT_GE(ring(), Milliseconds(700));
  EXPECT_EQ(last(), (Seqs{4, 5, 6}));
  answer(server.take(sent.back()));
  EXPECT_EQ(server.entries.size(), 5u);
  EXPECT_EQ(outbox->state().unreported, 0);
}

TEST_F(OutboxTest, answers_that_bring_nothing_forward_or_cannot_be_read_are_failures) {
  claims(1);
  outbox->start();
  ring();
  for (const char* body :
       {R"({"acknowledged":[],"rejected":[]})", "{}", R"({"acknowledged":[[2,1]],"rejected":[]})",
        R"({"acknowledged":[],"rejected":[{"seq":"1"}]})", "<html>"}) {
    Reply silly;
    silly.kind = Reply::Kind::taken;
    silly.body = body;
    answer(silly);
    EXPECT_NE(outbox->state().error, "") << body;
    EXPECT_GE(ring(), Milliseconds(700)) << body;
    EXPECT_EQ(last(), Seqs{1});
  }
  EXPECT_EQ(journal->acknowledged_ledger(), 0);
}

TEST_F(OutboxTest, a_disk_that_takes_nothing_keeps_what_was_answered_unanswered) {
  claims(2);
  outbox->start();
  ring();
  files.set_read_only(true);
  answer(server.take(sent.back()));
  EXPECT_EQ(journal->acknowledged_ledger(), 0);
  EXPECT_THAT(outbox->state().error, HasSubstr("journal"));
  files.set_read_only(false);
  ring();
  answer(server.take(sent.back()));
  EXPECT_EQ(journal->acknowledged_ledger(), 2);
}

TEST_F(OutboxTest, a_target_that_only_says_safe_has_the_whole_batch) {
  claims(2);
  outbox->start();
  ring();
  answer({Reply::Kind::taken, "", "", {}});
  EXPECT_EQ(journal->acknowledged_ledger(), 2);
  EXPECT_FALSE(rings());
}

}  // namespace
}  // namespace printrouter::report
