// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The rows that one fact touches, as they were and as they become. Inside accounting only.
#include <map>
#include <string>

#include "accounting/books.hpp"

namespace printrouter::accounting {

using Done = printrouter::Status;  ///< beside the status of a booking

class Rows {
 public:
  Rows(Books& books, const Rules& rules) : books_(books), rules_(rules) {}

  /// The row of this key; null: there is none. Valid as long as this object.
  Result<Booking*> find(std::string_view key);
  /// The row of this key, or `fresh` in its place.
  Result<Booking*> get_or(Booking fresh);
  /// A row that a query brought; the one already here, if it is.
  Booking& hold(const Booking& row);

  void judge(Booking& row);
  /// Judges a job or record that has news, pairs it anew with those around it, and judges whom that moves.
  Done settle(Booking& row);
  /// A counter window of nobody in particular: evidence for the one claim in it, if it is one alone.
  Done see_window(Booking& window);
  void give_window(Booking& job, const CounterWindow& window);

  /// What became different.
  std::vector<Change> changes() const;

 private:
  struct Row {
    std::optional<Booking> before;
    std::string before_text;
    Booking now;
  };
  struct Circle;
  Done gather(Booking& start, Circle& circle);
  Done neighbours(const Booking& of, std::vector<Booking*>& out);
  Done query(const Books::Near& near, std::vector<Booking*>& out);
  void pair(Circle& circle);
  Done windows_around(Booking& job);

  Books& books_;
  const Rules& rules_;
  std::map<std::string, Row, std::less<>> rows_;
};

}  // namespace printrouter::accounting
