// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The rows of the booking engine (core/accounting) in the store, and what booking moves: users' accounts.
/// [store's thread]
#include <set>
#include <string>
#include <vector>

#include "accounting/batch.hpp"
#include "accounting/books.hpp"
#include "server/database.hpp"

namespace printrouter::server {

class BookStore final : public accounting::Books {
 public:
  explicit BookStore(Database& db) : db_(db) {}
  /// Looks once for all of these claims where there is nothing, so that the engine's questions for each of
  /// them need no answer from the database: most claims are new, at devices that keep no log. What is written
  /// afterwards is not seen here: for one book() that writes at its end.
  Status expect(const std::vector<accounting::Event>& events, const accounting::Rules& rules);
  Result<std::optional<accounting::Booking>> find(std::string_view key) override;
  Result<std::vector<accounting::Booking>> of_job(const Uuid& job_uuid, std::size_t limit) override;
  Result<std::vector<accounting::Booking>> near(const Near& query) override;
  Result<std::vector<accounting::Booking>> due(Timestamp now, std::size_t limit) override;

 private:
  /// Which of `values` stand in the first column of `sql`, whose last condition is "… IN (".
  Result<std::set<std::string>> present(std::string_view sql, const Values& before,
                                        const std::set<std::string>& values);
  Result<std::vector<accounting::Booking>> rows(std::string_view sql, const Values& values);
  Database& db_;
  std::set<std::string, std::less<>> absent_keys_, absent_jobs_, quiet_devices_;
  Timestamp quiet_from_ = {}, quiet_to_ = {};
};

/// Writes rows and moves accounts by what changed. Returns whose accounts moved.
Result<std::set<std::string>> write_changes(Database& db, const std::vector<accounting::Change>& changes,
                                            Timestamp now);

/// What of a batch of facts could not be taken, by its place in the batch.
struct RefusedFact {
  std::size_t at = 0;
  Error error;
};
struct Booked {
  std::set<std::string> users = {};  ///< whose accounts moved
  std::vector<RefusedFact> refused = {};
  std::vector<accounting::Change> changes = {};
};
/// Takes facts in, one write a row. A fact that is refused leaves the others.
Result<Booked> book(Database& db, const accounting::Rules& rules,
                    const std::vector<accounting::Event>& events, Timestamp now);
/// Rows whose limit has passed, up to `most`.
Result<Booked> advance_books(Database& db, const accounting::Rules& rules, Timestamp now, std::size_t most);

}  // namespace printrouter::server
