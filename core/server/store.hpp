// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The server's store: one database connection on a thread of its own, with group commit.
///
/// The main thread hands in work and hears of it when it is durable. What has come in meanwhile shares one
/// transaction; a work that fails is taken back and the others run without it. Work may run more than once
/// (busy, serialization): it must do nothing but talk to the database and fill in its own result.
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "env/executor.hpp"
#include "server/database.hpp"

namespace printrouter::server {

class Store {
 public:
  using Work = std::function<Status(Database&)>;
  using Done = std::function<void(const Status&)>;

  /// Opens the database, migrates it forward, starts the thread. Errors: as Database::open; conflict: the
  /// database is of a newer version.
  static Result<std::unique_ptr<Store>> open(const std::string& connection, env::Post post);
  /// Runs what was handed in to its end.
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// [main thread] `done` runs there after the commit. Errors beside the work's own: unavailable (the
  /// database is gone, or busy beyond patience), disk_full, io.
  void run(Work work, Done done);
  /// run() for a work with a result.
  template <class T>
  void ask(std::function<Result<T>(Database&)> work, std::function<void(Result<T>)> done) {
    auto result = std::make_shared<Result<T>>();
    run(
        [result, work = std::move(work)](Database& db) -> Status {
          *result = work(db);
          return *result ? Status() : fail(result->error());
        },
        [result, done = std::move(done)](const Status& status) {
          done(status ? std::move(*result) : Result<T>(fail(status.error())));
        });
  }
  /// Waits for it. For start-up, command line and tests: never from within a handler.
  Status run_now(Work work);

  /// The last transaction reached the database. [any thread]
  bool healthy() const;
  struct Figures {
    std::uint64_t transactions = 0, works = 0, retries = 0, failures = 0;
  };
  Figures figures() const;  ///< [any thread]
  std::string_view engine() const;

 private:
  struct Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace printrouter::server
