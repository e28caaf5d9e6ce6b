// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The schema, as the steps that lead to it. For journal/*.cpp only.
#include <array>

namespace printrouter::journal {

/// "prjl": tells our databases from others (PRAGMA application_id).
inline constexpr int application_id = 0x70726a6c;

/// Step n leads from PRAGMA user_version n to n + 1. Never edit a step that was released: add one.
inline constexpr std::array migrations = {
    R"sql(
CREATE TABLE jobs(
  id INTEGER PRIMARY KEY,
  uuid BLOB NOT NULL UNIQUE,
  state TEXT NOT NULL,
  owner TEXT NOT NULL,
  updated_ms INTEGER NOT NULL,
  final INTEGER NOT NULL,
  json TEXT NOT NULL);
CREATE INDEX jobs_unfinished ON jobs(id) WHERE final = 0;
CREATE INDEX jobs_finished ON jobs(updated_ms) WHERE final = 1;
CREATE TABLE ledger(
  seq INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  job_uuid BLOB NOT NULL,
  attempt INTEGER NOT NULL,
  json TEXT NOT NULL);
CREATE INDEX ledger_job ON ledger(job_uuid, attempt);
CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TABLE history(
  user TEXT NOT NULL,
  device TEXT NOT NULL,
  last_used_ms INTEGER NOT NULL,
  source TEXT NOT NULL,
  PRIMARY KEY(user, device)) WITHOUT ROWID;
CREATE TABLE questions(
  id TEXT PRIMARY KEY,
  state TEXT NOT NULL,
  json TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE settings(
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL) WITHOUT ROWID;
)sql",
    R"sql(
CREATE TABLE ledger_notes(
  seq INTEGER PRIMARY KEY,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  text TEXT NOT NULL,
  when_ms INTEGER NOT NULL,
  corrected_by INTEGER NOT NULL);
)sql",
    R"sql(
CREATE TABLE owners(
  user TEXT PRIMARY KEY,
  last_used_ms INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO owners
  SELECT user, max(at) FROM (SELECT owner AS user, updated_ms AS at FROM jobs
                             UNION ALL SELECT user, last_used_ms FROM history)
  WHERE user <> '' GROUP BY user ORDER BY 2 DESC LIMIT 200;
)sql",
};

namespace setting_keys {
inline constexpr const char* ledger_id = "ledger.id";
inline constexpr const char* acknowledged_through = "ledger.acknowledged_through";
inline constexpr const char* reserved_ids = "jobs.reserved_through";
}  // namespace setting_keys

}  // namespace printrouter::journal
