// SPDX-License-Identifier: Apache-2.0
#include <libpq-fe.h>

#include <charconv>
#include <map>

#include "server/database_engines.hpp"

namespace printrouter::server {
namespace {

struct Finish {
  void operator()(PGconn* connection) const { PQfinish(connection); }
  void operator()(PGresult* result) const { PQclear(result); }
};
using Connection = std::unique_ptr<PGconn, Finish>;
using Answer = std::unique_ptr<PGresult, Finish>;

std::string first_line(const char* text) {
  std::string out = text ? text : "";
  out.resize(std::min(out.size(), out.find('\n')));
  return out;
}

class PostgresDatabase final : public Database {
 public:
  explicit PostgresDatabase(Connection connection) : connection_(std::move(connection)) {}

  std::string_view engine() const override { return "postgresql"; }

  Result<Rows> query(std::string_view sql, const Values& values) override {
    const auto answer = run(sql, values);
    if (!answer) return fail(answer.error());
    const PGresult* r = answer->get();
    Rows out;
    for (int i = 0; i < PQntuples(r); ++i) {
      Values row;
      for (int c = 0; c < PQnfields(r); ++c) {
        if (PQgetisnull(r, i, c)) {
          row.emplace_back();
          continue;
        }
        const std::string_view text(PQgetvalue(r, i, c), static_cast<std::size_t>(PQgetlength(r, i, c)));
        std::int64_t number = 0;
        if (whole(PQftype(r, c)) &&
            std::from_chars(text.data(), text.data() + text.size(), number).ec == std::errc())
          row.emplace_back(number);
        else
          row.emplace_back(std::string(text));
      }
      out.emplace_back(std::move(row));
    }
    return out;
  }

  Result<std::int64_t> execute(std::string_view sql, const Values& values) override {
    const auto answer = run(sql, values);
    if (!answer) return fail(answer.error());
    const std::string_view changed = PQcmdTuples(answer->get());
    std::int64_t number = 0;
    std::from_chars(changed.data(), changed.data() + changed.size(), number);
    return number;
  }

  // Serializable: what a transaction read still holds when it commits; the store runs it again where not.
  Status begin() override { return plain("BEGIN ISOLATION LEVEL SERIALIZABLE"); }
  Status commit() override { return plain("COMMIT"); }
  void rollback() override {
    if (PQtransactionStatus(connection_.get()) != PQTRANS_IDLE) Answer(PQexec(connection_.get(), "ROLLBACK"));
  }
  DatabaseFault fault() const override { return fault_; }

  Status reconnect() override {
    statements_.clear();
    PQreset(connection_.get());
    if (PQstatus(connection_.get()) == CONNECTION_OK) return {};
    fault_ = DatabaseFault::lost;
    return fail(ErrorCode::unavailable,
                "the database does not answer: " + first_line(PQerrorMessage(connection_.get())));
  }

 private:
  static bool whole(Oid type) { return type == 20 || type == 21 || type == 23; }  // int8, int2, int4

  Status plain(const char* sql) {
    const Answer answer(PQexec(connection_.get(), sql));
    if (PQresultStatus(answer.get()) != PGRES_COMMAND_OK) return fail(failed(answer.get()));
    return {};
  }

  Result<Answer> run(std::string_view sql, const Values& values) {
    auto found = statements_.find(sql);
    if (found == statements_.end()) {
      const std::string name = 's' + std::to_string(statements_.size());
      const Answer made(PQprepare(connection_.get(), name.c_str(), std::string(sql).c_str(), 0, nullptr));
      if (PQresultStatus(made.get()) != PGRES_COMMAND_OK) return fail(failed(made.get()));
      found = statements_.emplace(std::string(sql), name).first;
    }
    numbers_.clear();
    numbers_.reserve(values.size());
    texts_.clear();
    for (const Value& value : values) {
      if (const auto* number = std::get_if<std::int64_t>(&value))
        texts_.push_back(numbers_.emplace_back(std::to_string(*number)).c_str());
      else if (const auto* text = std::get_if<std::string>(&value))
        texts_.push_back(text->c_str());
      else
        texts_.push_back(nullptr);
    }
    Answer answer(PQexecPrepared(connection_.get(), found->second.c_str(), static_cast<int>(texts_.size()),
                                 texts_.data(), nullptr, nullptr, 0));
    const auto status = PQresultStatus(answer.get());
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) return fail(failed(answer.get()));
    return answer;
  }

  /// SQLSTATE: appendix A of PostgreSQL's manual.
  Error failed(const PGresult* result) {
    const char* state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : nullptr;
    const std::string_view code = state ? state : "";
    Error error{ErrorCode::internal,
                first_line(result ? PQresultErrorMessage(result) : PQerrorMessage(connection_.get())),
                {},
                "database",
                {}};
    fault_ = DatabaseFault::other;
    if (PQstatus(connection_.get()) != CONNECTION_OK || code.starts_with("57P") || code.starts_with("08")) {
      fault_ = DatabaseFault::lost;
      error.code = ErrorCode::unavailable;
    } else if (code == "23505") {
      fault_ = DatabaseFault::conflict;
      error.code = ErrorCode::conflict;
    } else if (code.starts_with("40") || code == "55P03") {  // serialization, deadlock; lock not available
      fault_ = DatabaseFault::again;
      error.code = ErrorCode::unavailable;
    } else if (code == "53100") {
      fault_ = DatabaseFault::disk_full;
      error.code = ErrorCode::disk_full;
    } else if (code.starts_with("53")) {
      error.code = ErrorCode::unavailable;
    } else if (code == "25P02") {
      fault_ = DatabaseFault::again;  // an earlier error ended the transaction
    }
    return error;
  }

  Connection connection_;
  std::map<std::string, std::string, std::less<>> statements_;
  std::vector<std::string> numbers_;
  std::vector<const char*> texts_;
  DatabaseFault fault_ = DatabaseFault::none;
};

/// Without the password: it may be shown.
std::string shown(const std::string& uri) {
  const std::size_t at = uri.find('@');
  const std::size_t start = uri.find("://") + 3;
  if (at == std::string::npos || at < start) return uri;
  const std::size_t colon = uri.find(':', start);
  if (colon == std::string::npos || colon > at) return uri;
  return uri.substr(0, colon) + ":***" + uri.substr(at);
}
}  // namespace

Result<std::unique_ptr<Database>> open_postgres(const std::string& uri) {
  Connection connection(PQconnectdb(uri.c_str()));
  if (PQstatus(connection.get()) != CONNECTION_OK)
    return fail({ErrorCode::unavailable,
                 "the database does not answer: " + first_line(PQerrorMessage(connection.get())), "database",
                 shown(uri), "a running PostgreSQL and the right to use it"});
  PQsetNoticeProcessor(
      connection.get(), [](void*, const char*) {}, nullptr);
  if (PQsetClientEncoding(connection.get(), "UTF8") != 0)
    return fail(
        {ErrorCode::invalid, "the database cannot speak UTF-8", "database", shown(uri), "encoding UTF8"});
  return std::make_unique<PostgresDatabase>(std::move(connection));
}

}  // namespace printrouter::server
