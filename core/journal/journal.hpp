// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "env/executor.hpp"
#include "env/file_system.hpp"
#include "env/random.hpp"
#include "journal/journal_rows.hpp"
#include "model/job.hpp"

namespace printrouter::journal {

/// Changes that become durable together or not at all. A value: fill it on the main thread, then move it into
/// Journal::commit. Within one transaction later puts of the same key win.
class Transaction {
 public:
  /// Insert or replace by id.
  void put_job(Job job) { put_job(std::make_shared<const Job>(std::move(job))); }
  void put_job(std::shared_ptr<const Job> job) { jobs_.push_back(std::move(job)); }
  void delete_job(JobId id) { deleted_jobs_.push_back(id); }
  /// Gets the next seq at commit. A `claim` entry also sets Job.claim ("<ledger id>:<seq>") of a job with the
  /// same uuid that this transaction puts.
  void append_ledger(LedgerRow row) { ledger_.push_back(std::move(row)); }
  /// The server has this entry and all before it, but for those with a note. Never goes back.
  void acknowledge_ledger(std::int64_t through_seq) { acknowledged_through_ = through_seq; }
  /// The server has lost what comes after this entry: it is to be told again.
  void rewind_ledger(std::int64_t through_seq) { rewound_to_ = through_seq; }
  void note_ledger(LedgerNote note) { notes_.push_back(std::move(note)); }
  void clear_ledger_note(std::int64_t seq) { cleared_notes_.push_back(seq); }
  void put_history(HistoryRow row) { history_.push_back(std::move(row)); }
  void delete_history(std::string user, std::string device) {
    deleted_history_.push_back({std::move(user), std::move(device), {}, {}});
  }
  void put_owner(OwnerRow row) { owners_.push_back(std::move(row)); }
  void delete_owner(std::string user) { deleted_owners_.push_back(std::move(user)); }
  void put_question(QuestionRow row) { questions_.push_back(std::move(row)); }
  void delete_question(std::string id) { deleted_questions_.push_back(std::move(id)); }
  void put_setting(std::string key, std::string value) {
    settings_.emplace_back(std::move(key), std::move(value));
  }
  bool empty() const;

 private:
  friend class JournalWriter;
  friend class JournalDatabase;
  std::vector<std::shared_ptr<const Job>> jobs_;
  std::vector<JobId> deleted_jobs_;
  std::vector<LedgerRow> ledger_;
  std::int64_t acknowledged_through_ = 0;
  std::optional<std::int64_t> rewound_to_;
  std::vector<LedgerNote> notes_;
  std::vector<std::int64_t> cleared_notes_;
  std::vector<HistoryRow> history_, deleted_history_;
  std::vector<OwnerRow> owners_;
  std::vector<std::string> deleted_owners_;
  std::vector<QuestionRow> questions_;
  std::vector<std::string> deleted_questions_;
  std::vector<std::pair<std::string, std::string>> settings_;
};

/// What a commit did.
struct Receipt {
  std::int64_t first_ledger_seq = 0;  ///< of the first entry appended; the others follow it. 0: none appended
};

/// Called on the main thread once the transaction is durable, or has failed and left no trace. Callbacks come
/// in the order of the commits.
using Committed = std::function<void(const Result<Receipt>&)>;

struct JournalOptions {
  env::Random* random = nullptr;  ///< for the ledger id; null: system_random()
  JobId id_block = 256;           ///< how many job ids one durable reservation covers
  int cache_kib = 1024;           ///< page cache of the database; the kernel caches the rest
  int checkpoint_pages = 2000;    ///< write-ahead log pages (4 KiB each) before they move into the database
  std::function<void(const Error&)> on_error =
      {};  ///< [writer thread] a commit or checkpoint failed; for the log
};

/// The one database of the daemon: job states, ledger, history, owners, questions, settings. Durable means:
/// survives SIGKILL and power loss. One writer thread commits everything that queued up meanwhile in one
/// transaction (group commit). A failed commit answers its callers with the error (disk_full, io,
/// not_permitted) and changes nothing; the journal stays usable and succeeds again once the cause is gone.
/// [main thread] unless said otherwise. Reads see everything committed so far and may wait for a commit in
/// progress (below a millisecond on a healthy disk); at run time prefer what the router has in memory.
class Journal {
 public:
  /// Opens or creates `path`, migrates an older schema forward, and starts the writer. A newer schema than
  /// this program knows is an error (invalid), damage is (corrupt). One process at a time.
  static Result<std::unique_ptr<Journal>> open(env::FileSystem& files, const std::string& path,
                                               env::Post post, JournalOptions options = {});
  /// Commits what is queued; callbacks not posted yet are dropped.
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  /// Never blocks. An empty transaction calls back after everything queued before it is durable.
  void commit(Transaction transaction, Committed committed);
  /// Commits queued or under way.
  std::size_t in_flight() const;

  /// An id no job ever had, also not before a crash. Error limit: ids are used up, or reserving the next
  /// block keeps failing (disk full).
  Result<JobId> new_job_id();

  /// Random, made with the state folder; with seq it identifies a ledger entry anywhere.
  const Uuid& ledger_id() const;

  /// Ascending by id. A row that does not read back is reported in `damaged` (if given) and left out.
  Result<std::vector<Job>> load_unfinished(std::vector<JobId>* damaged = nullptr);
  Result<std::optional<Job>> find_job(JobId id);
  Result<std::optional<Job>> find_job(const Uuid& uuid);
  /// Newest first, `updated` before `before` (not set: from the newest), at most `limit`.
  Result<std::vector<Job>> finished_jobs(std::size_t limit, Timestamp before = {});
  /// Ids of finished jobs last updated before `before`, oldest first: for removal.
  Result<std::vector<JobId>> finished_before(Timestamp before, std::size_t limit);
  Result<std::vector<HistoryRow>> history(const std::string& user);  ///< newest first; empty user: all
  Result<std::vector<OwnerRow>> owners();                            ///< newest first
  Result<std::vector<QuestionRow>> questions(const std::string& state = {});
  Result<std::optional<std::string>> setting(const std::string& key);
  /// Ascending seq, from `from_seq`, at most `limit`.
  Result<std::vector<LedgerRow>> ledger(std::int64_t from_seq, std::size_t limit);
  Result<std::vector<LedgerRow>> ledger_of(const Uuid& job);
  Result<std::int64_t> last_ledger_seq();
  std::int64_t acknowledged_ledger() const;  ///< through this entry the server has answered
  /// What the server is to be told next: entries that are to be sent once more, then those it has not
  /// answered. Ascending, at most `limit`.
  Result<std::vector<LedgerRow>> unreported_ledger(std::size_t limit);
  Result<std::int64_t> count_unreported_ledger();
  Result<std::vector<LedgerNote>> ledger_notes();  ///< ascending by seq
  /// SQLite's own integrity check; error corrupt says what it found. For `doctor` and tests.
  Status check();

 private:
  class Impl;
  explicit Journal(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace printrouter::journal
