// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Credit and quota of users. Every change leaves an entry. [store's thread]
#include <optional>
#include <string>

#include "base/result.hpp"
#include "base/time.hpp"
#include "model/money.hpp"
#include "server/database.hpp"

namespace printrouter::server {

/// Absent: not kept for this user.
struct Account {
  std::optional<Money> credit = {};
  std::optional<std::int64_t> quota_pages = {};
};

Result<std::optional<Account>> find_account(Database& db, const std::string& user);
/// Puts the balance at these values.
Status set_account(Database& db, const std::string& user, const Account& account, const std::string& reason,
                   const std::string& actor, Timestamp now);
/// Adds to (or with negative values takes from) what is kept; what is not kept stays so. Below zero is a
/// visible overdraft, not an error. `id`: of the entry; the same id again changes nothing.
Status change_account(Database& db, const std::string& id, const std::string& user, Money credit,
                      std::int64_t pages, const std::string& reason, const std::string& actor, Timestamp now);

}  // namespace printrouter::server
