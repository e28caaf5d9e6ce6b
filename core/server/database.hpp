// SPDX-License-Identifier: Apache-2.0
#pragma once
/// One connection to the server's store: SQLite or PostgreSQL behind the same few calls. [one thread at a
/// time]
///
///     auto db = Database::open("postgresql://…");          // or the name of a file
///     auto rows = (*db)->query("SELECT name FROM t WHERE id = $1", {id});
///
/// SQL is what both take, and what distributed engines that speak PostgreSQL's protocol take: BIGINT and
/// TEXT, keys the program makes (no sequences), `$1` parameters, ON CONFLICT, no triggers, no stored code.
/// Statements are prepared once a connection and kept; SQL texts must therefore be few, never made of data.
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace printrouter::server {

/// NULL, a whole number, or a text.
using Value = std::variant<std::monostate, std::int64_t, std::string>;
using Values = std::vector<Value>;

class Row {
 public:
  explicit Row(Values values) : values_(std::move(values)) {}
  bool null(std::size_t column) const { return std::holds_alternative<std::monostate>(values_.at(column)); }
  std::int64_t integer(std::size_t column) const;  ///< 0 where it is NULL
  const std::string& text(std::size_t column) const;
  std::size_t size() const { return values_.size(); }

 private:
  Values values_;
};
using Rows = std::vector<Row>;

/// NULL for an empty text, the text otherwise.
Value text_or_null(std::string text);

/// What became of the last call, for whoever must act on it.
enum class DatabaseFault {
  none,
  conflict,  ///< a unique key is taken
  again,     ///< busy, deadlock, serialization: the same transaction may succeed now
  lost,      ///< the connection is gone
  disk_full,
  other
};

class Database {
 public:
  /// `postgresql://…` or `postgres://…` (a libpq connection URI); anything else is a file, made if missing
  /// (0600). Errors: unavailable, invalid, io, corrupt.
  static Result<std::unique_ptr<Database>> open(const std::string& connection);
  virtual ~Database() = default;
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  virtual std::string_view engine() const = 0;  ///< "sqlite", "postgresql"
  virtual Result<Rows> query(std::string_view sql, const Values& values = {}) = 0;
  /// The number of rows that were changed.
  virtual Result<std::int64_t> execute(std::string_view sql, const Values& values = {}) = 0;
  virtual Status begin() = 0;
  virtual Status commit() = 0;
  virtual void rollback() = 0;
  virtual DatabaseFault fault() const = 0;  ///< of the last call that failed
  /// A new connection in the place of a lost one.
  virtual Status reconnect() = 0;

  /// Many rows in few statements. `head`: "INSERT INTO t (a, b)", `columns` values a row, `tail`: "" or "ON
  /// CONFLICT (a) DO NOTHING". Returns the number of rows that were written.
  Result<std::int64_t> insert_many(std::string_view head, std::size_t columns, std::span<const Values> rows,
                                   std::string_view tail = {});

 protected:
  Database() = default;
};

bool is_postgres(std::string_view connection);

}  // namespace printrouter::server
