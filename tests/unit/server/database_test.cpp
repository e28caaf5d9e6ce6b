// SPDX-License-Identifier: Apache-2.0
#include "server/database.hpp"

#include <thread>

#include "env/post_queue.hpp"
#include "server/store.hpp"
#include "unit/server/store_kit.hpp"

namespace printrouter::server {
namespace {

class DatabaseTest : public StoreTest {};
ON_BOTH_ENGINES(DatabaseTest);

TEST_P(DatabaseTest, ValuesComeBackAsTheyWere) {
  const auto db = open();
  ASSERT_TRUE(db->execute("CREATE TABLE t (k TEXT PRIMARY KEY, n BIGINT, x TEXT)"));
  const std::string odd = "'; DROP TABLE t; -- ä\xf0\x9f\x96\xa8 \"$1\"";
  ASSERT_EQ(
      db->execute("INSERT INTO t (k, n, x) VALUES ($1, $2, $3)", {odd, std::int64_t{-9'000'000'000'000}, {}})
          .value(),
      1);
  // A parameter twice, and out of order.
  const auto rows = db->query("SELECT k, n, x FROM t WHERE n = $2 AND k = $1 AND k = $1",
                              {odd, std::int64_t{-9'000'000'000'000}});
  ASSERT_TRUE(rows) << rows.error().message();
  ASSERT_EQ(rows->size(), 1u);
  EXPECT_EQ(rows->front().text(0), odd);
  EXPECT_EQ(rows->front().integer(1), -9'000'000'000'000);
  EXPECT_TRUE(rows->front().null(2));
}

TEST_P(DatabaseTest, ATakenKeyIsAConflict) {
  const auto db = open();
  ASSERT_TRUE(db->execute("CREATE TABLE t (k TEXT PRIMARY KEY)"));
  ASSERT_TRUE(db->execute("INSERT INTO t (k) VALUES ($1)", {std::string("a")}));
  const auto again = db->execute("INSERT INTO t (k) VALUES ($1)", {std::string("a")});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::conflict);
  EXPECT_EQ(db->fault(), DatabaseFault::conflict);
}

TEST_P(DatabaseTest, ManyRowsOfAnyNumberInOneCall) {
  const auto db = open();
  ASSERT_TRUE(db->execute("CREATE TABLE t (k BIGINT PRIMARY KEY, x TEXT)"));
  std::vector<Values> rows;
  for (std::int64_t i = 0; i < 1000; ++i) rows.push_back({i, std::to_string(i)});
  ASSERT_EQ(db->insert_many("INSERT INTO t (k, x)", 2, rows).value(), 1000);
  rows.push_back({std::int64_t{1000}, std::string("new")});
  EXPECT_EQ(db->insert_many("INSERT INTO t (k, x)", 2, rows, "ON CONFLICT (k) DO NOTHING").value(), 1);
  EXPECT_EQ(db->query("SELECT COUNT(*) FROM t WHERE x <> ''")->front().integer(0), 1001);
  EXPECT_FALSE(db->insert_many("INSERT INTO t (k, x)", 2, rows));
  EXPECT_EQ(db->insert_many("INSERT INTO t (k, x)", 2, {}).value(), 0);
}

TEST_P(DatabaseTest, WhatIsRolledBackWasNever) {
  const auto db = open();
  ASSERT_TRUE(db->execute("CREATE TABLE t (k BIGINT PRIMARY KEY)"));
  ASSERT_TRUE(db->begin());
  ASSERT_TRUE(db->execute("INSERT INTO t (k) VALUES (1)"));
  db->rollback();
  EXPECT_EQ(db->query("SELECT COUNT(*) FROM t")->front().integer(0), 0);
  ASSERT_TRUE(db->begin());
  ASSERT_FALSE(db->execute("INSERT INTO nowhere (k) VALUES (1)"));
  db->rollback();
  ASSERT_TRUE(db->begin());
  ASSERT_TRUE(db->execute("INSERT INTO t (k) VALUES (2)"));
  ASSERT_TRUE(db->commit());
  EXPECT_EQ(db->query("SELECT COUNT(*) FROM t")->front().integer(0), 1);
}

TEST_P(DatabaseTest, MigrationRunsOnceAndRefusesANewerDatabase) {
  auto db = open_migrated();
  ASSERT_TRUE(migrate(*db));
  EXPECT_EQ(db->query("SELECT COUNT(*) FROM schema_steps")->front().integer(0), schema_version());
  ASSERT_TRUE(db->execute("INSERT INTO schema_steps (step) VALUES ($1)", {schema_version() + 1}));
  const Status refused = migrate(*db);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
}

TEST_P(DatabaseTest, WhatAnOlderDatabaseHoldsComesAlong) {
  const auto db = open_migrated();
  // As it was before step 4.
  for (const char* sql :
       {"DELETE FROM schema_steps WHERE step >= 4", "DROP TABLE local_users", "DROP TABLE removed_documents",
        "DROP INDEX jobs_by_changed", "ALTER TABLE accounts DROP COLUMN quota_money",
        "ALTER TABLE accounts DROP COLUMN allowance", "ALTER TABLE accounts DROP COLUMN allowance_pages",
        "ALTER TABLE account_entries DROP COLUMN quota_money",
        "ALTER TABLE accounts DROP COLUMN quota_period", "ALTER TABLE accounts DROP COLUMN period_pages",
        "ALTER TABLE accounts DROP COLUMN period_money", "ALTER TABLE accounts DROP COLUMN renewed",
        "INSERT INTO accounts (username, credit, changed) VALUES ('anna', 50000, 1)"})
    ASSERT_TRUE(db->execute(sql)) << sql;
  std::int64_t number = 0;
  for (const auto& [user, evidence] :
       {std::pair{"anna", "owner"}, {"anna", "mapped"}, {"ben", "asserted"}, {"", "owner"}, {"carl", "none"}})
    ASSERT_TRUE(db->execute(
        "INSERT INTO jobs (uuid, desktop, username, evidence, title, format, attempt, ticket, state, size, "
        "document, device, outcome, reason, created, changed) VALUES ($1,'d',$2,$3,'','',1,'{}','completed',"
        "1,'','','','',$4,0)",
        {std::to_string(++number), std::string(user), std::string(evidence), 100 - number}));
  const Status migrated = migrate(*db);
  ASSERT_TRUE(migrated) << migrated.error().message();
  const auto local = db->query("SELECT desktop, username, since FROM local_users");
  ASSERT_EQ(local->size(), 1u);
  EXPECT_EQ(local->front().text(1), "anna");
  EXPECT_EQ(local->front().integer(2), 98);
  const auto account = db->query("SELECT credit, quota_money, allowance, quota_period FROM accounts");
  EXPECT_EQ(account->front().integer(0), 50000);
  EXPECT_TRUE(account->front().null(1) && account->front().null(2) && account->front().null(3));
}

class StoreThreadTest : public StoreTest {};
ON_BOTH_ENGINES(StoreThreadTest);

TEST_P(StoreThreadTest, OneFailureLeavesTheOthersOfItsGroup) {
  env::PostQueue main;
  auto opened = Store::open(connection, main.post());
  ASSERT_TRUE(opened) << opened.error().message();
  Store& store = **opened;
  int done = 0, failed = 0;
  for (std::int64_t i = 0; i < 200; ++i)
    store.run(
        [i](Database& db) -> Status {
          const auto put =
              db.execute("INSERT INTO meta (name, value) VALUES ($1, $2)", {"k" + std::to_string(i), i});
          if (!put) return fail(put.error());
          if (i % 50 == 7) return fail(ErrorCode::invalid, "on purpose");
          return {};
        },
        [&](const Status& status) {
          ++done;
          if (status) return;
          ++failed;
          EXPECT_EQ(status.error().code, ErrorCode::invalid);
        });
  ASSERT_TRUE(main.run_until([&] { return done == 200; }));
  EXPECT_EQ(failed, 4);
  std::int64_t there = 0;
  ASSERT_TRUE(store.run_now([&](Database& db) -> Status {
    there = db.query("SELECT COUNT(*) FROM meta WHERE name LIKE 'k%'")->front().integer(0);
    return {};
  }));
  EXPECT_EQ(there, 196);
  EXPECT_LT(store.figures().transactions, 300u);
}

TEST_P(StoreThreadTest, TwoProgramsOnOneDatabaseLoseNothing) {
  env::PostQueue main;
  auto first = Store::open(connection, main.post()), second = Store::open(connection, main.post());
  ASSERT_TRUE(first);
  ASSERT_TRUE(second);
  int done = 0;
  for (int i = 0; i < 100; ++i)
    for (Store* store : {first->get(), second->get()})
      store->run(
          [](Database& db) -> Status {
            // Read, then write: lost without isolation.
            const auto rows = db.query("SELECT value FROM meta WHERE name = 'revision'");
            if (!rows) return fail(rows.error());
            const auto put = db.execute("UPDATE meta SET value = $1 WHERE name = 'revision'",
                                        {rows->front().integer(0) + 1});
            return put ? Status() : fail(put.error());
          },
          [&](const Status& status) {
            ++done;
            EXPECT_TRUE(status) << status.error().message();
          });
  ASSERT_TRUE(main.run_until([&] { return done == 200; }));
  std::int64_t value = 0;
  ASSERT_TRUE((*first)->run_now([&](Database& db) -> Status {
    value = db.query("SELECT value FROM meta WHERE name = 'revision'")->front().integer(0);
    return {};
  }));
  EXPECT_EQ(value, 201);
}

}  // namespace
}  // namespace printrouter::server
