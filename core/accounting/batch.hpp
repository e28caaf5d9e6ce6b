// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <set>
#include <string>
#include <tuple>

#include "accounting/books.hpp"

namespace printrouter::accounting {

/// Rows in memory, over other books or over none: takes many facts in before anything is written, so that a
/// store writes each row of a batch once. [one thread at a time; borrows `below`]
class Batch final : public Books {
 public:
  explicit Batch(Books* below = nullptr) : below_(below) {}

  /// What apply() and advance() answered.
  void take(const std::vector<Change>& changes);
  /// What the whole batch comes to: each row once, as it was below and as it is now.
  std::vector<Change> net() const;
  std::size_t size() const { return rows_.size(); }

  Result<std::optional<Booking>> find(std::string_view key) override;
  Result<std::vector<Booking>> of_job(const Uuid& job_uuid, std::size_t limit) override;
  Result<std::vector<Booking>> near(const Near& query) override;
  Result<std::vector<Booking>> due(Timestamp now, std::size_t limit) override;

 private:
  struct Row {
    std::optional<Booking> before;
    Booking now;
  };
  using Place = std::tuple<Kind, std::string, Timestamp, std::string>;  // kind, device, at, key
  void index(const Booking& row, bool add);
  /// Rows from below that are not overridden here.
  template <class Found>
  printrouter::Status from_below(Found&& found, std::vector<Booking>& out) const;

  Books* below_;
  std::map<std::string, Row, std::less<>> rows_;
  std::set<Place> by_place_;
  std::set<std::pair<Uuid, std::string>> by_job_;
  std::set<std::pair<Timestamp, std::string>> by_due_;
};

/// Whether a row is what a query asks for, its limit aside.
bool matches(const Books::Near& query, const Booking& row);

}  // namespace printrouter::accounting
