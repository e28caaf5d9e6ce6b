// SPDX-License-Identifier: Apache-2.0
#include "server/store_schema.hpp"

#include <array>
#include <vector>

namespace printrouter::server {
namespace {
/// One step a released version; steps are only ever added. Times are milliseconds since 1970, money
/// ten-thousandths.
const std::vector<std::vector<const char*>>& steps() {
  static const std::vector<std::vector<const char*>> all = {
      {
          "CREATE TABLE meta (name TEXT PRIMARY KEY, value BIGINT NOT NULL)",
          "INSERT INTO meta (name, value) VALUES ('revision', 1)",
          // What administrators write: profiles, printers, groups, users, ... as canonical JSON.
          "CREATE TABLE resources (kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, changed BIGINT "
          "NOT NULL, "
          "PRIMARY KEY (kind, id))",
          "CREATE TABLE enrolment_tokens (id TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, kind TEXT NOT "
          "NULL, label TEXT "
          "NOT NULL, expires BIGINT NOT NULL, ranges TEXT NOT NULL, created BIGINT NOT NULL, created_by TEXT "
          "NOT NULL, "
          "uses BIGINT NOT NULL, revoked BIGINT NOT NULL)",
          "CREATE TABLE desktops (id TEXT PRIMARY KEY, host_name TEXT NOT NULL, address TEXT NOT NULL, "
          "key_hash TEXT NOT "
          "NULL UNIQUE, ledger TEXT NOT NULL, version TEXT NOT NULL, enrolled BIGINT NOT NULL, token TEXT "
          "NOT NULL, "
          "revoked BIGINT NOT NULL, readiness TEXT NOT NULL, readiness_at BIGINT NOT NULL)",
          "CREATE TABLE desktop_users (desktop TEXT NOT NULL, username TEXT NOT NULL, since BIGINT NOT NULL, "
          "PRIMARY KEY "
          "(desktop, username))",
          "CREATE INDEX desktop_users_by_user ON desktop_users (username)",
          "CREATE TABLE administrators (name TEXT PRIMARY KEY, role TEXT NOT NULL, password TEXT NOT NULL, "
          "created BIGINT "
          "NOT NULL)",
          "CREATE TABLE administrator_tokens (id TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, name TEXT NOT "
          "NULL, role "
          "TEXT NOT NULL, label TEXT NOT NULL, expires BIGINT NOT NULL, created BIGINT NOT NULL)",
          "CREATE TABLE audit (id TEXT PRIMARY KEY, at BIGINT NOT NULL, actor TEXT NOT NULL, action TEXT NOT "
          "NULL, "
          "target TEXT NOT NULL, detail TEXT NOT NULL)",
          "CREATE INDEX audit_by_time ON audit (at)",
          "CREATE TABLE history (username TEXT NOT NULL, device TEXT NOT NULL, last_used BIGINT NOT NULL, "
          "PRIMARY KEY "
          "(username, device))",
          "CREATE TABLE accounts (username TEXT PRIMARY KEY, credit BIGINT, quota_pages BIGINT, changed "
          "BIGINT NOT NULL)",
          "CREATE TABLE account_entries (id TEXT PRIMARY KEY, username TEXT NOT NULL, at BIGINT NOT NULL, "
          "credit BIGINT, "
          "pages BIGINT, reason TEXT NOT NULL, actor TEXT NOT NULL)",
          "CREATE INDEX account_entries_by_user ON account_entries (username, at)",
          "CREATE TABLE ledger_entries (ledger TEXT NOT NULL, seq BIGINT NOT NULL, kind TEXT NOT NULL, job "
          "TEXT NOT NULL, "
          "attempt BIGINT NOT NULL, content TEXT NOT NULL, desktop TEXT NOT NULL, received BIGINT NOT NULL, "
          "PRIMARY KEY "
          "(ledger, seq))",
          "CREATE INDEX ledger_entries_by_job ON ledger_entries (job, attempt)",
          // What of a ledger is here, as ranges: an acknowledgement must not read the whole of it.
          "CREATE TABLE ledger_ranges (ledger TEXT NOT NULL, first BIGINT NOT NULL, last BIGINT NOT NULL, "
          "PRIMARY KEY "
          "(ledger, first))",
          "CREATE TABLE alarms (id TEXT PRIMARY KEY, at BIGINT NOT NULL, kind TEXT NOT NULL, subject TEXT "
          "NOT NULL, text "
          "TEXT NOT NULL)",
          "CREATE TABLE jobs (uuid TEXT PRIMARY KEY, desktop TEXT NOT NULL, username TEXT NOT NULL, evidence "
          "TEXT NOT "
          "NULL, title TEXT NOT NULL, format TEXT NOT NULL, attempt BIGINT NOT NULL, ticket TEXT NOT NULL, "
          "state TEXT NOT "
          "NULL, size BIGINT NOT NULL, document TEXT NOT NULL, device TEXT NOT NULL, outcome TEXT NOT NULL, "
          "reason TEXT "
          "NOT NULL, created BIGINT NOT NULL, changed BIGINT NOT NULL)",
          "CREATE INDEX jobs_by_state ON jobs (state, created)",
          "CREATE INDEX jobs_by_user ON jobs (username, created)",
      },
      {
          // Rows of the booking engine: `body` is the whole, the columns are what is asked by.
          "CREATE TABLE bookings (key TEXT PRIMARY KEY, kind TEXT NOT NULL, device TEXT NOT NULL, job TEXT "
          "NOT NULL, "
          "attempt BIGINT NOT NULL, match_user TEXT NOT NULL, printed BIGINT NOT NULL, due BIGINT NOT NULL, "
          "status TEXT NOT "
          "NULL, listed BIGINT NOT NULL, username TEXT NOT NULL, booked BIGINT NOT NULL, mono BIGINT, color "
          "BIGINT, sheets "
          "BIGINT, pages BIGINT, price BIGINT NOT NULL, currency TEXT NOT NULL, received BIGINT NOT NULL, "
          "body TEXT NOT NULL)",
          "CREATE INDEX bookings_by_job ON bookings (job)",
          "CREATE INDEX bookings_by_device ON bookings (kind, device, printed)",
          "CREATE INDEX bookings_by_due ON bookings (due)",
          "CREATE INDEX bookings_by_user ON bookings (username, printed)",
          "CREATE INDEX bookings_by_listed ON bookings (listed, received)",
      },
      {
          "ALTER TABLE jobs ADD COLUMN claim TEXT NOT NULL DEFAULT ''",
          "ALTER TABLE jobs ADD COLUMN remote_job TEXT NOT NULL DEFAULT ''",
      },
      {
          // Absent: no quota in money; all of the balance on every desktop.
          "ALTER TABLE accounts ADD COLUMN quota_money BIGINT",
          "ALTER TABLE accounts ADD COLUMN allowance BIGINT",
          "ALTER TABLE accounts ADD COLUMN allowance_pages BIGINT",
          "ALTER TABLE account_entries ADD COLUMN quota_money BIGINT",
          // Users whom a desktop's kernel named as the owner of a job: local_users.hpp.
          "CREATE TABLE local_users (desktop TEXT NOT NULL, username TEXT NOT NULL, since BIGINT NOT NULL, "
          "PRIMARY KEY (desktop, username))",
          "INSERT INTO local_users (desktop, username, since) SELECT desktop, username, MIN(created) FROM "
          "jobs "
          "WHERE evidence IN ('owner', 'mapped') AND username <> '' GROUP BY desktop, username",
          "CREATE INDEX jobs_by_changed ON jobs (changed)",
          // Documents that no job names any more, until the next sweep: a process that ended before it
          // removed the file finds here that nobody misses it.
          "CREATE TABLE removed_documents (document TEXT PRIMARY KEY)",
      },
      {
          // Absent: quotas are not renewed. `renewed`: the first day, since 1970, of the period they are of.
          "ALTER TABLE accounts ADD COLUMN quota_period TEXT",
          "ALTER TABLE accounts ADD COLUMN period_pages BIGINT",
          "ALTER TABLE accounts ADD COLUMN period_money BIGINT",
          "ALTER TABLE accounts ADD COLUMN renewed BIGINT",
      },
  };
  return all;
}
}  // namespace

std::int64_t schema_version() {
  return static_cast<std::int64_t>(steps().size());
}

Status migrate(Database& db) {
  if (const auto made = db.execute("CREATE TABLE IF NOT EXISTS schema_steps (step BIGINT PRIMARY KEY)");
      !made)
    return fail(made.error());
  const auto done = db.query("SELECT COUNT(*) FROM schema_steps");
  if (!done) return fail(done.error());
  const std::int64_t have = done->front().integer(0);
  if (have > schema_version())
    return fail({ErrorCode::conflict,
                 "the database has schema " + std::to_string(have) + ", this program knows " +
                     std::to_string(schema_version()),
                 "database",
                 {},
                 "a printrouter-server that is not older than its database"});
  for (std::int64_t step = have; step < schema_version(); ++step) {
    const auto run = [&]() -> Status {
      if (const Status begun = db.begin(); !begun) return begun;
      for (const char* sql : steps()[static_cast<std::size_t>(step)])
        if (const auto changed = db.execute(sql); !changed) return fail(changed.error());
      if (const auto noted = db.execute("INSERT INTO schema_steps (step) VALUES ($1)", {step + 1}); !noted)
        return fail(noted.error());
      return db.commit();
    };
    if (const Status status = run(); !status) {
      db.rollback();
      return status;
    }
  }
  return {};
}

}  // namespace printrouter::server
