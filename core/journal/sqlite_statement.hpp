// SPDX-License-Identifier: Apache-2.0
#pragma once
/// A prepared statement. For journal/*.cpp only.
#include <sqlite3.h>

#include <string>
#include <string_view>
#include <utility>

#include "base/uuid.hpp"

namespace printrouter::journal {

/// [one thread at a time] Bound text must live until the next reset: it is not copied.
class Statement {
 public:
  Statement() = default;
  Statement(sqlite3* database, const char* sql) {
    sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement_, nullptr);
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(Statement&& other) noexcept : statement_(std::exchange(other.statement_, nullptr)) {}
  Statement& operator=(Statement&& other) noexcept {
    std::swap(statement_, other.statement_);
    return *this;
  }

  bool ready() const { return statement_ != nullptr; }

  Statement& bind(int at, std::int64_t value) { return sqlite3_bind_int64(statement_, at, value), *this; }
  Statement& bind(int at, std::string_view text) {
    sqlite3_bind_text(statement_, at, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
    return *this;
  }
  Statement& bind(int at, const Uuid& uuid) {
    sqlite3_bind_blob(statement_, at, uuid.bytes.data(), static_cast<int>(uuid.bytes.size()), SQLITE_STATIC);
    return *this;
  }

  /// Runs to the end and makes ready for the next use; SQLITE_DONE or an error.
  int run() {
    const int code = sqlite3_step(statement_);
    sqlite3_reset(statement_);
    return code;
  }
  /// SQLITE_ROW, SQLITE_DONE or an error; reset() when done with the rows.
  int step() { return sqlite3_step(statement_); }
  void reset() { sqlite3_reset(statement_); }

  std::int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }
  /// Valid until the next step or reset.
  std::string_view text(int column) const {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    return {bytes == nullptr ? "" : bytes,
            static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
  }
  Uuid uuid(int column) const {
    Uuid out;
    const std::string_view bytes = text(column);
    if (bytes.size() == out.bytes.size()) bytes.copy(reinterpret_cast<char*>(out.bytes.data()), bytes.size());
    return out;
  }

 private:
  sqlite3_stmt* statement_ = nullptr;
};

}  // namespace printrouter::journal
