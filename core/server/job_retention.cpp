// SPDX-License-Identifier: Apache-2.0
#include "server/job_retention.hpp"

namespace printrouter::server {
namespace {
constexpr const char* over = "state IN ('completed', 'aborted', 'canceled', 'voided')";

/// What is printed and not booked yet must not lose its job; of what came out nowhere there is no booking.
constexpr const char* settled =
    "claim = '' AND NOT EXISTS (SELECT 1 FROM bookings WHERE bookings.job = jobs.uuid AND bookings.status "
    "IN ('awaiting-claim', 'awaiting-record', 'awaiting-person', 'awaiting-owner')) AND (state <> "
    "'completed' "
    "OR EXISTS (SELECT 1 FROM bookings WHERE bookings.job = jobs.uuid AND bookings.kind = 'job'))";
}  // namespace

Result<SweptJobs> sweep_jobs(Database& db, Timestamp before, std::int64_t most) {
  SweptJobs out;
  const auto rows = db.query(
      std::string("SELECT document FROM jobs WHERE document <> '' AND ") + over + " LIMIT $1", {most});
  if (!rows) return fail(rows.error());
  for (const Row& row : *rows) {
    out.documents.push_back(row.text(0));
    const auto done = db.execute(std::string("UPDATE jobs SET document = '' WHERE document = $1 AND ") + over,
                                 {row.text(0)});
    if (!done) return fail(done.error());
  }
  const auto removed = db.query("SELECT document FROM removed_documents LIMIT $1", {most});
  if (!removed) return fail(removed.error());
  for (const Row& row : *removed) {
    out.documents.push_back(row.text(0));
    const auto done = db.execute("DELETE FROM removed_documents WHERE document = $1", {row.text(0)});
    if (!done) return fail(done.error());
  }
  const auto gone =
      db.execute(std::string("DELETE FROM jobs WHERE uuid IN (SELECT uuid FROM jobs WHERE changed < $1 AND "
                             "document = '' AND ") +
                     over + " AND " + settled + " ORDER BY changed LIMIT $2)",
                 {before.ms, most});
  if (!gone) return fail(gone.error());
  out.rows = *gone;
  return out;
}

}  // namespace printrouter::server
