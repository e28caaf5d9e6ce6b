// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What is kept of jobs that are over. [store's thread]
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "server/database.hpp"

namespace printrouter::server {

struct SweptJobs {
  /// No row names them any more: to be removed after the commit. Most of them are gone already.
  std::vector<std::string> documents = {};
  std::int64_t rows = 0;  ///< that are gone
};
/// Of jobs that are over (completed, aborted, canceled, voided): lets go the documents of all, and the rows
/// of those that have been so since before `before`, up to `most` of each. A row stays as long as its pages
/// wait for something to be booked by, and bookings stay in any case.
Result<SweptJobs> sweep_jobs(Database& db, Timestamp before, std::int64_t most);

}  // namespace printrouter::server
