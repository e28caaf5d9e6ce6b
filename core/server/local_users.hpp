// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Who is known to sit at which desktop: their codes may go there. A desktop that merely asks for a user
/// proves nothing; one that sent a job of that user, or claims one, with a name that its kernel vouches for,
/// does. [store's thread]
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "server/database.hpp"
#include "server/ledger_store.hpp"

namespace printrouter::server {

/// "owner" and "mapped": the desktop asked its kernel. A name that a spooler asserts could be anybody's.
bool names_local_user(std::string_view user_evidence);
/// True: not known of this desktop before; it stands in the audit trail, with `proof` (a job).
Result<bool> note_local_user(Database& db, const std::string& desktop, const std::string& user,
                             const std::string& proof, Timestamp now);
/// Those that claims prove; returns those that are new. A claim that a person corrected proves nothing.
Result<std::set<std::string>> note_local_users(Database& db, const std::string& desktop,
                                               const std::vector<ReportedEntry>& entries, Timestamp now);
Result<bool> is_local_user(Database& db, const std::string& desktop, const std::string& user);
/// Another person may get the name.
Status forget_local_user(Database& db, const std::string& user);

}  // namespace printrouter::server
