// SPDX-License-Identifier: Apache-2.0
#include "ledger/ledger.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>

#include "env/post_queue.hpp"

namespace printrouter::ledger {
namespace {

Uuid uuid(std::uint64_t seed) {
  return env::SeededRandom(seed).uuid();
}

Claim full_claim() {
  Claim c;
  c.job_uuid = uuid(1);
  c.attempt = 2;
  c.user = "anna";
  c.pages = {3, 4, 5};
  c.price = {Money{12'500}, "EUR"};
  c.evidence = Evidence::counter;
  c.outcome = OutcomeKind::delivered;
  return c;
}

class LedgerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "pr-ledger-XXXXXX").string();
    root_ = ::mkdtemp(pattern.data());
    open();
  }
  void TearDown() override {
    journal_.reset();
    std::filesystem::remove_all(root_);
  }
  void open() {
    journal_.reset();
    auto opened = journal::Journal::open(env::real_file_system(), root_ + "/j.db", main_.post(), {});
    ASSERT_TRUE(opened) << opened.error().message();
    journal_ = std::move(*opened);
  }
  void commit(journal::Transaction transaction) {
    bool done = false;
    journal_->commit(std::move(transaction), [&](const Result<journal::Receipt>& result) {
      EXPECT_TRUE(result);
      done = true;
    });
    ASSERT_TRUE(main_.run_until([&] { return done; }));
  }
  void tamper(const std::string& sql) {
    journal_.reset();
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open((root_ + "/j.db").c_str(), &database), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(database,
                           ("DROP TRIGGER ledger_no_update; DROP TRIGGER ledger_no_delete;" + sql).c_str(),
                           nullptr, nullptr, nullptr),
              SQLITE_OK)
        << sqlite3_errmsg(database);
    sqlite3_close(database);
    open();
  }
  std::vector<std::string> alarms() { return verify(*journal_)->alarms; }
  void write_sound() {
    journal::Transaction t;
    reserve(t, {uuid(1), 2, "anna", {10, {}, {}}, {{50}, "EUR"}, {1}});
    claim(t, full_claim());
    add_evidence(t, {uuid(1), 2, {3, {}, {}}, {}, Evidence::device_log, Confidence::exact, "log", "", {2}});
    settle(t, {uuid(1),
               2,
               {3, {}, {}},
               {{20}, "EUR"},
               Evidence::device_log,
               Confidence::exact,
               "settled",
               "root",
               {3}});
    refund(
        t,
        {uuid(1), 2, {7, {}, {}}, {{30}, "EUR"}, Evidence::device_log, Confidence::exact, "partly", "", {4}});
    void_copy(t, VoidCopy{uuid(9), 1, "fell-back", {5}});
    commit(std::move(t));
  }
  env::PostQueue main_;
  std::string root_;
  std::unique_ptr<journal::Journal> journal_;
};

TEST_F(LedgerTest, a_sound_ledger_of_every_kind) {
  write_sound();
  const auto result = verify(*journal_);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->entries, 6);
  EXPECT_EQ(result->alarms, std::vector<std::string>{});
  const auto rows = journal_->ledger(1, 10);
  const std::string shown = to_json(journal_->ledger_id(), rows->at(5));
  EXPECT_NE(shown.find("\"kind\":\"void\""), std::string::npos) << shown;
  EXPECT_NE(shown.find("\"reason\":\"fell-back\""), std::string::npos) << shown;
  EXPECT_EQ(ledger_key(uuid(1), 7), uuid(1).to_string() + ":7");
}

TEST_F(LedgerTest, missing_entries_are_an_alarm) {
  write_sound();
  tamper("DELETE FROM ledger WHERE seq IN (3,4)");
  EXPECT_EQ(alarms(), std::vector<std::string>{"entry 5: entries 3 to 4 are missing"});
}

TEST_F(LedgerTest, changed_content_is_an_alarm) {
  write_sound();
  tamper("UPDATE ledger SET json = replace(json, ':2,', ': 2,') WHERE seq=1");
  EXPECT_EQ(alarms(), std::vector<std::string>{"entry 1: its content is not as it was written"});
}

TEST_F(LedgerTest, second_claims_and_claims_out_of_nothing_are_alarms) {
  journal::Transaction t;
  claim(t, full_claim());
  claim(t, full_claim());
  settle(t, {uuid(5), 1, {}, {}, {}, {}, "x", "", {1}});
  commit(std::move(t));
  ASSERT_EQ(alarms().size(), 2u);
  EXPECT_NE(alarms()[0].find("second claim"), std::string::npos);
  EXPECT_NE(alarms()[1].find("settle for what was never claimed"), std::string::npos);
}

TEST(Ledger, the_same_key_with_other_content_is_told_from_a_repeat) {
  const journal::LedgerRow a{4, journal::LedgerKind::claim, uuid(1), 1, "{\"a\":1}", false};
  journal::LedgerRow b = a;
  b.acknowledged = true;
  EXPECT_TRUE(same_entry(a, b));
  b.json = "{\"a\":2}";
  EXPECT_FALSE(same_entry(a, b));
}

}  // namespace
}  // namespace printrouter::ledger
