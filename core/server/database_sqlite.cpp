// SPDX-License-Identifier: Apache-2.0
#include <sqlite3.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>

#include "server/database_engines.hpp"

namespace printrouter::server {
namespace {

struct Closer {
  void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Connection = std::unique_ptr<sqlite3, Closer>;
using Statement = std::unique_ptr<sqlite3_stmt, Closer>;

class SqliteDatabase final : public Database {
 public:
  SqliteDatabase(std::string file, Connection connection)
      : file_(std::move(file)), connection_(std::move(connection)) {}
  ~SqliteDatabase() override { statements_.clear(); }

  std::string_view engine() const override { return "sqlite"; }

  Result<Rows> query(std::string_view sql, const Values& values) override {
    sqlite3_stmt* statement = prepare(sql, values);
    if (!statement) return fail(failed());
    Rows out;
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
      Values row;
      for (int c = 0; c < sqlite3_column_count(statement); ++c) switch (sqlite3_column_type(statement, c)) {
          case SQLITE_NULL:
            row.emplace_back();
            break;
          case SQLITE_INTEGER:
            row.emplace_back(std::int64_t{sqlite3_column_int64(statement, c)});
            break;
          default:
            row.emplace_back(std::string(static_cast<const char*>(sqlite3_column_blob(statement, c)),
                                         static_cast<std::size_t>(sqlite3_column_bytes(statement, c))));
        }
      out.emplace_back(std::move(row));
    }
    if (code != SQLITE_DONE) return fail(failed(statement));
    release(statement);
    return out;
  }

  Result<std::int64_t> execute(std::string_view sql, const Values& values) override {
    sqlite3_stmt* statement = prepare(sql, values);
    if (!statement) return fail(failed());
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
    }
    if (code != SQLITE_DONE) return fail(failed(statement));
    release(statement);
    return sqlite3_changes64(connection_.get());
  }

  Status begin() override { return plain("BEGIN IMMEDIATE"); }
  Status commit() override { return plain("COMMIT"); }
  void rollback() override {
    if (sqlite3_get_autocommit(connection_.get()) == 0)
      sqlite3_exec(connection_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
  }
  DatabaseFault fault() const override { return fault_; }
  Status reconnect() override { return {}; }  // a file does not go away by itself

 private:
  Status plain(const char* sql) {
    if (sqlite3_exec(connection_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) return fail(failed());
    return {};
  }

  sqlite3_stmt* prepare(std::string_view sql, const Values& values) {
    auto found = statements_.find(sql);
    if (found == statements_.end()) {
      // "?7" is a place to SQLite, "$7" only a name it would search for. No text of ours has a dollar in
      // quotes.
      std::string places(sql);
      std::ranges::replace(places, '$', '?');
      sqlite3_stmt* made = nullptr;
      if (sqlite3_prepare_v3(connection_.get(), places.c_str(), static_cast<int>(places.size()),
                             SQLITE_PREPARE_PERSISTENT, &made, nullptr) != SQLITE_OK)
        return nullptr;
      found = statements_.emplace(std::string(sql), Statement(made)).first;
    }
    sqlite3_stmt* statement = found->second.get();
    for (std::size_t i = 0; i < values.size(); ++i) {
      const int at = static_cast<int>(i) + 1;
      if (const auto* number = std::get_if<std::int64_t>(&values[i]))
        sqlite3_bind_int64(statement, at, *number);
      else if (const auto* text = std::get_if<std::string>(&values[i]))
        sqlite3_bind_text(statement, at, text->data(), static_cast<int>(text->size()), SQLITE_STATIC);
      else
        sqlite3_bind_null(statement, at);
    }
    return statement;
  }

  static void release(sqlite3_stmt* statement) {
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);  // they point to the caller's texts
  }

  Error failed(sqlite3_stmt* statement = nullptr) {
    const int code = sqlite3_extended_errcode(connection_.get());
    Error error{ErrorCode::internal, sqlite3_errmsg(connection_.get()), {}, file_, {}};
    fault_ = DatabaseFault::other;
    switch (code & 0xff) {
      case SQLITE_CONSTRAINT:
        if (code == SQLITE_CONSTRAINT_PRIMARYKEY || code == SQLITE_CONSTRAINT_UNIQUE) {
          fault_ = DatabaseFault::conflict;
          error.code = ErrorCode::conflict;
        }
        break;
      case SQLITE_BUSY:
      case SQLITE_LOCKED:
        fault_ = DatabaseFault::again;
        error.code = ErrorCode::unavailable;
        break;
      case SQLITE_FULL:
        fault_ = DatabaseFault::disk_full;
        error.code = ErrorCode::disk_full;
        break;
      case SQLITE_CORRUPT:
      case SQLITE_NOTADB:
        error.code = ErrorCode::corrupt;
        break;
      case SQLITE_IOERR:
      case SQLITE_CANTOPEN:
      case SQLITE_READONLY:
        error.code = ErrorCode::io;
        break;
      default:
        break;
    }
    if (statement) release(statement);
    return error;
  }

  std::string file_;
  Connection connection_;
  std::map<std::string, Statement, std::less<>> statements_;
  DatabaseFault fault_ = DatabaseFault::none;
};
}  // namespace

Result<std::unique_ptr<Database>> open_sqlite(const std::string& file) {
  const mode_t before = ::umask(0077);  // codes and names of people are in it
  sqlite3* made = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &made,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  Connection connection(made);
  std::string text = code == SQLITE_OK ? "" : sqlite3_errmsg(made);
  int set = code;
  if (code == SQLITE_OK) {
    // Other programs (import, set, token) write beside the server: WAL, and some patience.
    sqlite3_busy_timeout(made, 5000);
    set = sqlite3_exec(made, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-32000;",
                       nullptr, nullptr, nullptr);
    if (set != SQLITE_OK) text = sqlite3_errmsg(made);
  }
  ::umask(before);
  if (set != SQLITE_OK)
    return fail({(set & 0xff) == SQLITE_NOTADB ? ErrorCode::corrupt : ErrorCode::io,
                 "cannot be opened: " + text, "database", file,
                 "a file the server may write, or postgresql://…"});
  return std::make_unique<SqliteDatabase>(file, std::move(connection));
}

}  // namespace printrouter::server
