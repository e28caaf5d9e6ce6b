// SPDX-License-Identifier: Apache-2.0
#include "server/local_users.hpp"

#include <map>

#include "server/catalog.hpp"

namespace printrouter::server {

bool names_local_user(std::string_view user_evidence) {
  return user_evidence == to_string(UserEvidence::owner) || user_evidence == to_string(UserEvidence::mapped);
}

Result<bool> note_local_user(Database& db, const std::string& desktop, const std::string& user,
                             const std::string& proof, Timestamp now) {
  const auto added = db.execute(
      "INSERT INTO local_users (desktop, username, since) VALUES ($1,$2,$3) ON CONFLICT (desktop, username) "
      "DO "
      "NOTHING",
      {desktop, user, now.ms});
  if (!added) return fail(added.error());
  if (*added == 0) return false;
  if (const Status noted = note_audit(db, "desktop " + desktop, "local user proven", user, proof, now);
      !noted)
    return fail(noted.error());
  return true;
}

Result<std::set<std::string>> note_local_users(Database& db, const std::string& desktop,
                                               const std::vector<ReportedEntry>& entries, Timestamp now) {
  std::map<std::string, std::string> proofs;
  for (const ReportedEntry& entry : entries) {
    const auto* claim = entry.event ? std::get_if<accounting::Claim>(&*entry.event) : nullptr;
    if (claim && claim->corrects == 0 && !claim->user.empty() &&
        names_local_user(to_string(claim->user_evidence)))
      proofs.emplace(claim->user, "claim of job " + entry.job);
  }
  std::set<std::string> fresh;
  for (const auto& [user, proof] : proofs) {
    const auto added = note_local_user(db, desktop, user, proof, now);
    if (!added) return fail(added.error());
    if (*added) fresh.insert(user);
  }
  return fresh;
}

Result<bool> is_local_user(Database& db, const std::string& desktop, const std::string& user) {
  const auto rows =
      db.query("SELECT since FROM local_users WHERE desktop = $1 AND username = $2", {desktop, user});
  if (!rows) return fail(rows.error());
  return !rows->empty();
}

Status forget_local_user(Database& db, const std::string& user) {
  const auto gone = db.execute("DELETE FROM local_users WHERE username = $1", {user});
  return gone ? Status() : fail(gone.error());
}

}  // namespace printrouter::server
