// SPDX-License-Identifier: Apache-2.0
#include "journal/journal.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <iterator>
#include <limits>
#include <mutex>

#include "journal/journal_database.hpp"
#include "journal/journal_schema.hpp"
#include "journal/journal_writer.hpp"
#include "model/job_codec.hpp"

namespace printrouter::journal {

bool Transaction::empty() const {
  return jobs_.empty() && deleted_jobs_.empty() && ledger_.empty() && acknowledged_through_ == 0 &&
         history_.empty() && deleted_history_.empty() && owners_.empty() && deleted_owners_.empty() &&
         questions_.empty() && deleted_questions_.empty() && settings_.empty() && !rewound_to_ &&
         notes_.empty() && cleared_notes_.empty();
}

namespace {
constexpr std::array<std::string_view, 3> note_names = {"rejected", "resend", "corrected"};
}
std::string_view to_string(LedgerNote::State state) {
  return note_names[static_cast<std::size_t>(state)];
}

class Journal::Impl {
 public:
  Impl(env::FileSystem& files, JournalOptions given) : options(std::move(given)), database(files) {}

  Status open(const std::string& path, env::Post post);
  Result<std::vector<LedgerRow>> ledger_rows(const std::string& sql, const JournalDatabase::Bind& bind);
  Result<std::vector<Job>> jobs(const char* sql, const JournalDatabase::Bind& bind,
                                std::vector<JobId>* damaged);
  void reserve_more();
  void give_back_ids();

  JournalOptions options;
  JournalDatabase database;
  std::mutex database_lock;
  JobId next_id = 1;
  std::atomic<JobId> reserved_through = 0;
  std::atomic<bool> reserving = false;
  std::unique_ptr<JournalWriter> writer;  // last: its thread uses all of the above
};

Status Journal::Impl::open(const std::string& path, env::Post post) {
  if (auto status = database.open(path, options); !status) return status;
  const auto reserved = database.setting(setting_keys::reserved_ids);
  if (!reserved) return fail(reserved.error());
  std::int64_t through = 0;
  if (*reserved) std::from_chars((*reserved)->data(), (*reserved)->data() + (*reserved)->size(), through);
  // Also past any row, should the setting ever be lost.
  const auto status = database.query("SELECT coalesce(max(id), 0) FROM jobs", {},
                                     [&](Statement& row) { through = std::max(through, row.integer(0)); });
  if (!status) return status;
  constexpr std::int64_t last = std::numeric_limits<JobId>::max() - 1;
  next_id = static_cast<JobId>(std::min(through, last) + 1);
  const auto next_through = static_cast<JobId>(std::min(through + options.id_block, last));
  Transaction transaction;
  transaction.put_setting(setting_keys::reserved_ids, std::to_string(next_through));
  const auto done = database.commit({&transaction});
  if (!done.front()) return fail(done.front().error());
  reserved_through = next_through;
  writer = std::make_unique<JournalWriter>(database, database_lock, std::move(post), options);
  return {};
}

void Journal::Impl::reserve_more() {
  constexpr JobId last = std::numeric_limits<JobId>::max() - 1;
  if (reserving || reserved_through >= last) return;
  reserving = true;
  const JobId through =
      reserved_through > last - options.id_block ? last : reserved_through + options.id_block;
  JournalWriter::Item item;
  item.transaction.put_setting(setting_keys::reserved_ids, std::to_string(through));
  item.inside = [this, through](bool durable) {
    if (durable) reserved_through = through;
    reserving = false;
  };
  writer->push(std::move(item));
}

/// So that the next start goes on with the next number. After a kill, or where this fails, those that nobody
/// got stay unused.
void Journal::Impl::give_back_ids() {
  Transaction transaction;
  transaction.put_setting(setting_keys::reserved_ids, std::to_string(next_id - 1));
  static_cast<void>(database.commit({&transaction}));
}

Result<std::vector<Job>> Journal::Impl::jobs(const char* sql, const JournalDatabase::Bind& bind,
                                             std::vector<JobId>* damaged) {
  std::vector<Job> out;
  std::optional<Error> broken;
  const std::lock_guard lock(database_lock);
  const Status status = database.query(sql, bind, [&](Statement& row) {
    auto job = decode_job(row.text(1));
    if (job)
      out.push_back(std::move(*job));
    else if (damaged != nullptr)
      damaged->push_back(static_cast<JobId>(row.integer(0)));
    else
      broken = job.error();
  });
  if (!status) return tl::unexpected(status.error());
  // A list without its damaged rows is better than none; a single row that was asked for is not.
  if (broken && out.empty()) return tl::unexpected(*broken);
  return out;
}

Result<std::vector<LedgerRow>> Journal::Impl::ledger_rows(const std::string& sql,
                                                          const JournalDatabase::Bind& bind) {
  std::vector<LedgerRow> out;
  std::optional<Error> broken;
  const std::lock_guard lock(database_lock);
  const Status status = database.query(sql.c_str(), bind, [&](Statement& row) {
    const auto kind = ledger::kind(row.text(1));
    if (!kind) {
      broken = Error{ErrorCode::corrupt,
                     "a ledger entry of an unknown kind",
                     {},
                     "ledger entry " + std::to_string(row.integer(0)),
                     {}};
      return;
    }
    out.push_back({row.integer(0), *kind, row.uuid(2), static_cast<int>(row.integer(3)),
                   std::string(row.text(4)),
                   row.integer(0) <= database.acknowledged_through() && row.integer(5) == 0});
  });
  if (!status) return tl::unexpected(status.error());
  if (broken) return tl::unexpected(*broken);
  return out;
}

Result<std::unique_ptr<Journal>> Journal::open(env::FileSystem& files, const std::string& path,
                                               env::Post post, JournalOptions options) {
  auto impl = std::make_unique<Impl>(files, std::move(options));
  if (auto status = impl->open(path, std::move(post)); !status) return tl::unexpected(status.error());
  return std::unique_ptr<Journal>(new Journal(std::move(impl)));
}

Journal::Journal(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Journal::~Journal() {
  impl_->writer.reset();  // all that was asked for is written
  impl_->give_back_ids();
}

void Journal::commit(Transaction transaction, Committed committed) {
  impl_->writer->push({std::move(transaction), std::move(committed), {}});
}

std::size_t Journal::in_flight() const {
  return impl_->writer->in_flight();
}

Result<JobId> Journal::new_job_id() {
  Impl& self = *impl_;
  const JobId through = self.reserved_through;
  if (through - self.next_id < self.options.id_block / 2) self.reserve_more();
  if (self.next_id > through) return fail(ErrorCode::limit, "no job id can be reserved now");
  return self.next_id++;
}

const Uuid& Journal::ledger_id() const {
  return impl_->database.ledger_id();
}

Result<std::vector<Job>> Journal::load_unfinished(std::vector<JobId>* damaged) {
  return impl_->jobs("SELECT id, json FROM jobs WHERE final = 0 ORDER BY id", {}, damaged);
}

Result<std::optional<Job>> Journal::find_job(JobId id) {
  auto found = impl_->jobs(
      "SELECT id, json FROM jobs WHERE id = ?1", [id](Statement& s) { s.bind(1, id); }, nullptr);
  if (!found) return tl::unexpected(found.error());
  if (found->empty()) return std::optional<Job>();
  return std::move(found->front());
}

Result<std::optional<Job>> Journal::find_job(const Uuid& uuid) {
  auto found = impl_->jobs(
      "SELECT id, json FROM jobs WHERE uuid = ?1", [&](Statement& s) { s.bind(1, uuid); }, nullptr);
  if (!found) return tl::unexpected(found.error());
  if (found->empty()) return std::optional<Job>();
  return std::move(found->front());
}

Result<std::vector<Job>> Journal::finished_jobs(std::size_t limit, Timestamp before) {
  const std::int64_t end = before.set() ? before.ms : std::numeric_limits<std::int64_t>::max();
  return impl_->jobs(
      "SELECT id, json FROM jobs WHERE final = 1 AND updated_ms < ?1 ORDER BY updated_ms DESC LIMIT ?2",
      [&](Statement& s) { s.bind(1, end).bind(2, static_cast<std::int64_t>(limit)); }, nullptr);
}

Result<std::vector<JobId>> Journal::finished_before(Timestamp before, std::size_t limit) {
  std::vector<JobId> out;
  const std::lock_guard lock(impl_->database_lock);
  const Status status = impl_->database.query(
      "SELECT id FROM jobs WHERE final = 1 AND updated_ms < ?1 ORDER BY updated_ms LIMIT ?2",
      [&](Statement& s) { s.bind(1, before.ms).bind(2, static_cast<std::int64_t>(limit)); },
      [&](Statement& row) { out.push_back(static_cast<JobId>(row.integer(0))); });
  if (!status) return tl::unexpected(status.error());
  return out;
}

Result<std::vector<HistoryRow>> Journal::history(const std::string& user) {
  std::vector<HistoryRow> out;
  const std::lock_guard lock(impl_->database_lock);
  const Status status = impl_->database.query(
      "SELECT user, device, last_used_ms, source FROM history WHERE ?1 = '' OR user = ?1 ORDER BY "
      "last_used_ms DESC",
      [&](Statement& s) { s.bind(1, user); },
      [&](Statement& row) {
        out.push_back(
            {std::string(row.text(0)), std::string(row.text(1)), {row.integer(2)}, std::string(row.text(3))});
      });
  if (!status) return tl::unexpected(status.error());
  return out;
}

Result<std::vector<OwnerRow>> Journal::owners() {
  std::vector<OwnerRow> out;
  const std::lock_guard lock(impl_->database_lock);
  const Status status = impl_->database.query(
      "SELECT user, last_used_ms FROM owners ORDER BY last_used_ms DESC, user", {}, [&](Statement& row) {
        out.push_back({std::string(row.text(0)), {row.integer(1)}});
      });
  if (!status) return tl::unexpected(status.error());
  return out;
}

Result<std::vector<QuestionRow>> Journal::questions(const std::string& state) {
  std::vector<QuestionRow> out;
  const std::lock_guard lock(impl_->database_lock);
  const Status status = impl_->database.query(
      "SELECT id, state, json FROM questions WHERE ?1 = '' OR state = ?1 ORDER BY id",
      [&](Statement& s) { s.bind(1, state); },
      [&](Statement& row) {
        out.push_back({std::string(row.text(0)), std::string(row.text(1)), std::string(row.text(2))});
      });
  if (!status) return tl::unexpected(status.error());
  return out;
}

Result<std::optional<std::string>> Journal::setting(const std::string& key) {
  const std::lock_guard lock(impl_->database_lock);
  return impl_->database.setting(key);
}

// The last column: is there a note on this entry?
static const std::string ledger_columns =
    "SELECT seq, kind, job_uuid, attempt, json, EXISTS(SELECT 1 FROM ledger_notes n WHERE n.seq = "
    "ledger.seq) "
    "FROM ledger ";

Result<std::vector<LedgerRow>> Journal::ledger(std::int64_t from_seq, std::size_t limit) {
  return impl_->ledger_rows(ledger_columns + "WHERE seq >= ?1 ORDER BY seq LIMIT ?2", [&](Statement& s) {
    s.bind(1, from_seq).bind(2, static_cast<std::int64_t>(limit));
  });
}

Result<std::vector<LedgerRow>> Journal::ledger_of(const Uuid& job) {
  return impl_->ledger_rows(ledger_columns + "WHERE job_uuid = ?1 ORDER BY seq",
                            [&](Statement& s) { s.bind(1, job); });
}

Result<std::int64_t> Journal::last_ledger_seq() {
  const std::lock_guard lock(impl_->database_lock);
  return impl_->database.last_seq();
}

std::int64_t Journal::acknowledged_ledger() const {
  const std::lock_guard lock(impl_->database_lock);
  return impl_->database.acknowledged_through();
}

Result<std::vector<LedgerRow>> Journal::unreported_ledger(std::size_t limit) {
  const auto most = [](std::size_t rows) { return static_cast<std::int64_t>(rows); };
  auto out = impl_->ledger_rows(
      ledger_columns +
          "WHERE seq IN (SELECT seq FROM ledger_notes WHERE state = 'resend') ORDER BY seq LIMIT ?1",
      [&](Statement& s) { s.bind(1, most(limit)); });
  if (!out || out->size() >= limit) return out;
  const std::int64_t through = acknowledged_ledger();
  auto fresh = impl_->ledger_rows(
      ledger_columns +
          "WHERE seq > ?1 AND NOT EXISTS(SELECT 1 FROM ledger_notes n WHERE n.seq = ledger.seq) ORDER BY seq "
          "LIMIT ?2",
      [&](Statement& s) { s.bind(1, through).bind(2, most(limit - out->size())); });
  if (!fresh) return fresh;
  out->insert(out->end(), std::make_move_iterator(fresh->begin()), std::make_move_iterator(fresh->end()));
  std::ranges::sort(*out, {}, &LedgerRow::seq);
  return out;
}

Result<std::int64_t> Journal::count_unreported_ledger() {
  std::int64_t count = 0;
  const std::lock_guard lock(impl_->database_lock);
  const std::int64_t through = impl_->database.acknowledged_through();
  const Status status = impl_->database.query(
      "SELECT (SELECT count(*) FROM ledger_notes WHERE state = 'resend') + (SELECT count(*) FROM ledger "
      "WHERE seq > "
      "?1 AND NOT EXISTS(SELECT 1 FROM ledger_notes n WHERE n.seq = ledger.seq))",
      [&](Statement& s) { s.bind(1, through); }, [&](Statement& row) { count = row.integer(0); });
  if (!status) return tl::unexpected(status.error());
  return count;
}

Result<std::vector<LedgerNote>> Journal::ledger_notes() {
  std::vector<LedgerNote> out;
  const std::lock_guard lock(impl_->database_lock);
  const Status status = impl_->database.query(
      "SELECT seq, state, reason, text, when_ms, corrected_by FROM ledger_notes ORDER BY seq", {},
      [&](Statement& row) {
        LedgerNote note{row.integer(0),           LedgerNote::State::rejected,
                        std::string(row.text(2)), std::string(row.text(3)),
                        {row.integer(4)},         row.integer(5)};
        for (std::size_t i = 0; i < note_names.size(); ++i)
          if (row.text(1) == note_names[i]) note.state = static_cast<LedgerNote::State>(i);
        out.push_back(std::move(note));
      });
  if (!status) return tl::unexpected(status.error());
  return out;
}

Status Journal::check() {
  std::string found;
  const std::lock_guard lock(impl_->database_lock);
  const Status status = impl_->database.query("PRAGMA integrity_check(5)", {}, [&](Statement& row) {
    if (row.text(0) != "ok") found += (found.empty() ? "" : "; ") + std::string(row.text(0));
  });
  if (!status) return status;
  if (!found.empty()) return fail(ErrorCode::corrupt, found, "journal");
  return {};
}

}  // namespace printrouter::journal
