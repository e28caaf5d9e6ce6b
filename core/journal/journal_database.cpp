// SPDX-License-Identifier: Apache-2.0
#include "journal/journal_database.hpp"

#include <algorithm>
#include <charconv>

#include "journal/journal_schema.hpp"
#include "model/job_codec.hpp"

namespace printrouter::journal {
namespace {

ErrorCode code_of(int sqlite_code) {
  switch (sqlite_code & 0xff) {
    case SQLITE_FULL:
      return ErrorCode::disk_full;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return ErrorCode::corrupt;
    case SQLITE_CONSTRAINT:
      return ErrorCode::conflict;
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return ErrorCode::not_permitted;
    case SQLITE_BUSY:
      return ErrorCode::conflict;
    case SQLITE_TOOBIG:
      return ErrorCode::limit;
    default:
      return ErrorCode::io;
  }
}

std::int64_t number(const std::optional<std::string>& text) {
  std::int64_t out = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), out);
  return out;
}

}  // namespace

JournalDatabase::~JournalDatabase() {
  // Statements first: a connection with live statements would not close.
  for (Statement* statement : {&begin_, &commit_, &rollback_, &put_job_, &delete_job_, &append_,
                               &put_history_, &delete_history_, &put_owner_, &delete_owner_, &put_question_,
                               &delete_question_, &put_setting_, &put_note_, &delete_note_})
    *statement = Statement();
  sqlite3_close_v2(database_);
}

Error JournalDatabase::error(int code, const char* what) {
  Error out;
  const auto cause = vfs_.take_error();
  if (cause && code_of(code) != ErrorCode::corrupt) {
    out = *cause;
    if (out.place.empty()) out.place = path_;
  } else {
    out.code = code_of(code);
    out.text = database_ != nullptr ? sqlite3_errmsg(database_) : sqlite3_errstr(code);
    out.place = path_;
  }
  out.text = std::string(what) + ": " + out.text;
  return out;
}

Status JournalDatabase::execute(const char* sql) {
  const int code = sqlite3_exec(database_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return fail(error(code, "journal"));
  return {};
}

Status JournalDatabase::open(const std::string& path, const JournalOptions& options) {
  path_ = path;
  const int code =
      sqlite3_open_v2(path.c_str(), &database_,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, vfs_.name().c_str());
  if (code != SQLITE_OK) return fail(error(code, "cannot open the journal"));
  sqlite3_extended_result_codes(database_, 1);
  // EXCLUSIVE before the first access: then the write-ahead log needs no shared memory. Checkpoints are ours
  // to time.
  const std::string pragmas =
      "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA "
      "temp_store=MEMORY;"
      "PRAGMA wal_autocheckpoint=0; PRAGMA foreign_keys=OFF; PRAGMA cache_size=-" +
      std::to_string(options.cache_kib) + ";";
  if (auto status = execute(pragmas.c_str()); !status) return status;
  sqlite3_wal_hook(
      database_,
      [](void* log_pages, sqlite3*, const char*, int pages) {
        *static_cast<int*>(log_pages) = pages;
        return SQLITE_OK;
      },
      &log_pages_);
  if (auto status = migrate(); !status) return status;
  if (auto status = prepare(); !status) return status;
  return load_state(options.random != nullptr ? *options.random : env::system_random());
}

Status JournalDatabase::migrate() {
  std::int64_t id = 0, version = 0, tables = 0;
  Status status = query("PRAGMA application_id", {}, [&](Statement& row) { id = row.integer(0); });
  if (status) status = query("PRAGMA user_version", {}, [&](Statement& row) { version = row.integer(0); });
  if (status)
    status =
        query("SELECT count(*) FROM sqlite_master", {}, [&](Statement& row) { tables = row.integer(0); });
  if (!status) return status;
  if (id != application_id && tables != 0)
    return fail(ErrorCode::invalid, "this database is not a printrouter journal", path_);
  const auto newest = static_cast<std::int64_t>(migrations.size());
  if (version > newest)
    return fail(Error{ErrorCode::invalid,
                      "the journal was written by a newer program (schema " + std::to_string(version) + ")",
                      {},
                      path_,
                      "schema " + std::to_string(newest) + " or older"});
  for (; version < newest; ++version) {
    // The step and its number are one transaction: a crash leaves the old schema or the new one.
    const std::string step = std::string("BEGIN IMMEDIATE;") + migrations[static_cast<std::size_t>(version)] +
                             "PRAGMA application_id=" + std::to_string(application_id) +
                             "; PRAGMA user_version=" + std::to_string(version + 1) + "; COMMIT;";
    if (status = execute(step.c_str()); !status) {
      if (sqlite3_get_autocommit(database_) == 0)
        sqlite3_exec(database_, "ROLLBACK", nullptr, nullptr, nullptr);
      return status;
    }
  }
  return {};
}

Status JournalDatabase::prepare() {
  const struct {
    Statement& statement;
    const char* sql;
  } all[] = {
      {begin_, "BEGIN IMMEDIATE"},
      {commit_, "COMMIT"},
      {rollback_, "ROLLBACK"},
      // The uuid of a row never changes, so its index is left alone by the many updates.
      {put_job_,
       "INSERT INTO jobs(id, uuid, state, owner, updated_ms, final, json) VALUES(?1,?2,?3,?4,?5,?6,?7)"
       " ON CONFLICT(id) DO UPDATE SET state=?3, owner=?4, updated_ms=?5, final=?6, json=?7"},
      {delete_job_, "DELETE FROM jobs WHERE id=?1"},
      {append_, "INSERT INTO ledger(seq, kind, job_uuid, attempt, json) VALUES(?1,?2,?3,?4,?5)"},
      {put_history_,
       "INSERT INTO history(user, device, last_used_ms, source) VALUES(?1,?2,?3,?4)"
       " ON CONFLICT(user, device) DO UPDATE SET last_used_ms=?3, source=?4"},
      {delete_history_, "DELETE FROM history WHERE user=?1 AND device=?2"},
      {put_owner_,
       "INSERT INTO owners(user, last_used_ms) VALUES(?1,?2) ON CONFLICT(user) DO UPDATE SET "
       "last_used_ms=?2"},
      {delete_owner_, "DELETE FROM owners WHERE user=?1"},
      {put_question_,
       "INSERT INTO questions(id, state, json) VALUES(?1,?2,?3) ON CONFLICT(id) DO UPDATE SET state=?2, "
       "json=?3"},
      {delete_question_, "DELETE FROM questions WHERE id=?1"},
      {put_setting_,
       "INSERT INTO settings(key, value) VALUES(?1,?2) ON CONFLICT(key) DO UPDATE SET value=?2"},
      {put_note_,
       "INSERT OR REPLACE INTO ledger_notes(seq, state, reason, text, when_ms, corrected_by)"
       " VALUES(?1,?2,?3,?4,?5,?6)"},
      {delete_note_, "DELETE FROM ledger_notes WHERE seq=?1"},
  };
  for (const auto& one : all) {
    one.statement = Statement(database_, one.sql);
    if (!one.statement.ready()) return fail(error(sqlite3_errcode(database_), "journal"));
  }
  return {};
}

Status JournalDatabase::load_state(env::Random& random) {
  Status status = query("SELECT coalesce(max(seq), 0) FROM ledger", {},
                        [this](Statement& row) { last_seq_ = row.integer(0); });
  if (!status) return status;
  const auto acknowledged = setting(setting_keys::acknowledged_through);
  if (!acknowledged) return fail(acknowledged.error());
  acknowledged_through_ = number(*acknowledged);
  const auto id = setting(setting_keys::ledger_id);
  if (!id) return fail(id.error());
  if (*id) {
    const auto uuid = Uuid::parse(**id);
    if (!uuid) return fail(ErrorCode::corrupt, "the ledger id is no uuid", path_);
    ledger_id_ = *uuid;
    return {};
  }
  const Uuid made = random.uuid();
  Transaction first;
  first.put_setting(setting_keys::ledger_id, made.to_string());
  if (const auto done = commit_one(first); !done) return fail(done.error());
  ledger_id_ = made;
  return {};
}

Status JournalDatabase::run(Statement& statement) {
  const int code = statement.run();
  if (code == SQLITE_DONE || code == SQLITE_ROW) return {};
  constraint_ = (code & 0xff) == SQLITE_CONSTRAINT;
  return fail(error(code, "journal"));
}

Status JournalDatabase::apply(Transaction& transaction, Receipt& receipt) {
  for (const JobId id : transaction.deleted_jobs_)
    if (auto status = run(delete_job_.bind(1, id)); !status) return status;
  std::optional<std::pair<Uuid, std::int64_t>> claim;
  for (LedgerRow& row : transaction.ledger_) {
    row.seq = last_seq_ + 1;
    append_.bind(1, row.seq).bind(2, to_string(row.kind)).bind(3, row.job_uuid).bind(4, row.attempt);
    if (auto status = run(append_.bind(5, row.json)); !status) return status;
    last_seq_ = row.seq;
    if (receipt.first_ledger_seq == 0) receipt.first_ledger_seq = row.seq;
    if (row.kind == LedgerKind::claim) claim = {row.job_uuid, row.seq};
  }
  if (auto status = apply_jobs(transaction, claim); !status) return status;
  return apply_rest(transaction, receipt);
}

Status JournalDatabase::apply_jobs(Transaction& transaction,
                                   const std::optional<std::pair<Uuid, std::int64_t>>& claim) {
  for (const auto& put : transaction.jobs_) {
    std::string json;
    if (claim && claim->first == put->uuid) {
      Job claimed = *put;
      claimed.claim = ledger_id_.to_string() + ":" + std::to_string(claim->second);
      json = encode(claimed);
    } else {
      json = encode(*put);
    }
    const Job& job = *put;
    put_job_.bind(1, job.id).bind(2, job.uuid).bind(3, to_string(job.state)).bind(4, job.owner.user);
    put_job_.bind(5, job.updated.ms).bind(6, is_final(job.state) ? 1 : 0).bind(7, json);
    if (auto status = run(put_job_); !status) return status;
  }
  return {};
}

Status JournalDatabase::apply_rest(Transaction& transaction, const Receipt& receipt) {
  for (const HistoryRow& row : transaction.deleted_history_)
    if (auto status = run(delete_history_.bind(1, row.user).bind(2, row.device)); !status) return status;
  for (const HistoryRow& row : transaction.history_) {
    put_history_.bind(1, row.user).bind(2, row.device).bind(3, row.last_used.ms).bind(4, row.source);
    if (auto status = run(put_history_); !status) return status;
  }
  for (const std::string& user : transaction.deleted_owners_)
    if (auto status = run(delete_owner_.bind(1, user)); !status) return status;
  for (const OwnerRow& row : transaction.owners_)
    if (auto status = run(put_owner_.bind(1, row.user).bind(2, row.last_used.ms)); !status) return status;
  for (const std::string& id : transaction.deleted_questions_)
    if (auto status = run(delete_question_.bind(1, id)); !status) return status;
  for (const QuestionRow& row : transaction.questions_) {
    put_question_.bind(1, row.id).bind(2, row.state).bind(3, row.json);
    if (auto status = run(put_question_); !status) return status;
  }
  for (const auto& [key, value] : transaction.settings_)
    if (auto status = run(put_setting_.bind(1, key).bind(2, value)); !status) return status;
  return apply_answers(transaction, receipt);
}

/// What the server said of the ledger.
Status JournalDatabase::apply_answers(const Transaction& transaction, const Receipt& receipt) {
  for (const std::int64_t seq : transaction.cleared_notes_)
    if (auto status = run(delete_note_.bind(1, seq)); !status) return status;
  for (const LedgerNote& note : transaction.notes_) {
    put_note_.bind(1, note.seq).bind(2, to_string(note.state)).bind(3, note.reason).bind(4, note.text);
    put_note_.bind(5, note.when.ms)
        .bind(6, note.corrected_by == this_transactions_entry ? receipt.first_ledger_seq : note.corrected_by);
    if (auto status = run(put_note_); !status) return status;
  }
  std::int64_t through = std::max(acknowledged_through_, transaction.acknowledged_through_);
  if (transaction.rewound_to_) through = std::min(through, *transaction.rewound_to_);
  if (through == acknowledged_through_) return {};
  const std::string value = std::to_string(through);
  put_setting_.bind(1, setting_keys::acknowledged_through).bind(2, value);
  if (auto status = run(put_setting_); !status) return status;
  acknowledged_through_ = through;
  return {};
}

void JournalDatabase::roll_back(std::int64_t seq, std::int64_t acknowledged) {
  // Some errors have already rolled back on their own; a second one then has nothing to do.
  if (sqlite3_get_autocommit(database_) == 0) rollback_.run();
  last_seq_ = seq;
  acknowledged_through_ = acknowledged;
}

Result<Receipt> JournalDatabase::commit_one(Transaction& transaction) {
  const auto results = commit({&transaction});
  return results.front();
}

std::vector<Result<Receipt>> JournalDatabase::commit(const std::vector<Transaction*>& transactions) {
  vfs_.take_error();
  const std::int64_t seq = last_seq_, acknowledged = acknowledged_through_;
  std::vector<Result<Receipt>> results(transactions.size());
  constraint_ = false;
  Status status = run(begin_);
  for (std::size_t i = 0; status && i < transactions.size(); ++i) {
    Receipt receipt;
    status = apply(*transactions[i], receipt);
    results[i] = receipt;
  }
  if (status) status = run(commit_);
  if (status) return results;
  roll_back(seq, acknowledged);
  if (constraint_ && transactions.size() > 1)
    for (std::size_t i = 0; i < transactions.size(); ++i) results[i] = commit_one(*transactions[i]);
  else
    for (auto& result : results) result = tl::unexpected(status.error());
  return results;
}

Status JournalDatabase::checkpoint_if_longer(int pages) {
  if (log_pages_ < pages) return {};
  vfs_.take_error();
  // RESTART, so that the next commit writes from the log's start; nobody else reads, so nobody is waited for.
  const int code = sqlite3_wal_checkpoint_v2(database_, nullptr, SQLITE_CHECKPOINT_RESTART, nullptr, nullptr);
  if (code != SQLITE_OK) return fail(error(code, "journal checkpoint"));
  log_pages_ = 0;
  return {};
}

Status JournalDatabase::query(const char* sql, const Bind& bind, const Row& row) {
  vfs_.take_error();
  Statement statement(database_, sql);
  if (!statement.ready()) return fail(error(sqlite3_errcode(database_), "journal"));
  if (bind) bind(statement);
  int code = SQLITE_ROW;
  while ((code = statement.step()) == SQLITE_ROW) row(statement);
  if (code != SQLITE_DONE) return fail(error(code, "journal"));
  return {};
}

Result<std::optional<std::string>> JournalDatabase::setting(const std::string& key) {
  std::optional<std::string> out;
  const Status status = query(
      "SELECT value FROM settings WHERE key=?1", [&](Statement& s) { s.bind(1, key); },
      [&](Statement& row) { out = std::string(row.text(0)); });
  if (!status) return tl::unexpected(status.error());
  return out;
}

}  // namespace printrouter::journal
