// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The connection and its statements. For journal/*.cpp only.
#include <sqlite3.h>

#include <functional>
#include <optional>
#include <vector>

#include "journal/journal.hpp"
#include "journal/sqlite_statement.hpp"
#include "journal/sqlite_vfs.hpp"

namespace printrouter::journal {

/// [one thread at a time; the caller locks]
class JournalDatabase {
 public:
  explicit JournalDatabase(env::FileSystem& files) : vfs_(files) {}
  ~JournalDatabase();
  JournalDatabase(const JournalDatabase&) = delete;
  JournalDatabase& operator=(const JournalDatabase&) = delete;

  Status open(const std::string& path, const JournalOptions& options);

  /// All of them in one commit. If one breaks a rule of the schema, each gets its own commit, so that only
  /// the guilty one fails. results[i] belongs to transactions[i].
  std::vector<Result<Receipt>> commit(const std::vector<Transaction*>& transactions);
  /// Moves the write-ahead log into the database if it is longer than `pages`.
  Status checkpoint_if_longer(int pages);

  const Uuid& ledger_id() const { return ledger_id_; }
  std::int64_t last_seq() const { return last_seq_; }
  std::int64_t acknowledged_through() const { return acknowledged_through_; }

  using Bind = std::function<void(Statement&)>;
  using Row = std::function<void(Statement&)>;
  /// A read: prepares, binds, calls `row` for each row.
  Status query(const char* sql, const Bind& bind, const Row& row);
  Result<std::optional<std::string>> setting(const std::string& key);

 private:
  Error error(int code, const char* what);
  Status execute(const char* sql);
  Status migrate();
  Status prepare();
  Status load_state(env::Random& random);
  Status apply(Transaction& transaction, Receipt& receipt);
  Status apply_jobs(Transaction& transaction, const std::optional<std::pair<Uuid, std::int64_t>>& claim);
  Status apply_rest(Transaction& transaction, const Receipt& receipt);
  Status apply_answers(const Transaction& transaction, const Receipt& receipt);
  Result<Receipt> commit_one(Transaction& transaction);
  void roll_back(std::int64_t seq, std::int64_t acknowledged);
  Status run(Statement& statement);

  SqliteVfs vfs_;  // outlives the connection
  sqlite3* database_ = nullptr;
  std::string path_;
  int log_pages_ = 0;
  bool constraint_ = false;  ///< the last failure was the transaction's own fault
  Uuid ledger_id_ = {};
  std::int64_t last_seq_ = 0;
  std::int64_t acknowledged_through_ = 0;
  Statement begin_, commit_, rollback_, put_job_, delete_job_, append_, put_history_, delete_history_,
      put_owner_, delete_owner_, put_question_, delete_question_, put_setting_, put_note_, delete_note_;
};

}  // namespace printrouter::journal
