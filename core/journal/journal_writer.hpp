// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The writer thread. For journal/*.cpp only.
#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "journal/journal_database.hpp"

namespace printrouter::journal {

/// Takes everything queued up, commits it together, hands the answers to the main thread in one go.
class JournalWriter {
 public:
  struct Item {
    Transaction transaction = {};
    Committed committed = {};
    std::function<void(bool durable)> inside = {};  ///< [writer thread] before any callback is posted
  };
  /// `database` is used under `database_lock` only.
  JournalWriter(JournalDatabase& database, std::mutex& database_lock, env::Post post,
                const JournalOptions& options);
  /// Commits what is queued, posts nothing any more.
  ~JournalWriter();
  JournalWriter(const JournalWriter&) = delete;
  JournalWriter& operator=(const JournalWriter&) = delete;

  void push(Item item);  ///< [any thread] never blocks
  std::size_t in_flight() const { return in_flight_; }

 private:
  void run();
  void commit(std::vector<Item>& group);
  void answer(std::vector<Item>& group, std::vector<Result<Receipt>>& results);
  void report(const Status& status);

  JournalDatabase& database_;
  std::mutex& database_lock_;
  env::Post post_;
  int checkpoint_pages_;
  std::function<void(const Error&)> on_error_;

  std::mutex mutex_;
  std::condition_variable more_;
  std::vector<Item> queue_;
  bool ending_ = false;
  std::atomic<std::size_t> in_flight_ = 0;
  std::thread thread_;  // last: starts when all else is there
};

}  // namespace printrouter::journal
