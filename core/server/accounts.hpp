// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Credit, quota and allowance of users. Every change leaves an entry. [store's thread]
#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "model/money.hpp"
#include "server/database.hpp"

namespace printrouter::server {

/// Absent: not kept for this user.
struct Account {
  std::optional<Money> credit = {};
  std::optional<std::int64_t> quota_pages = {};  ///< left of the period
  std::optional<Money> quota_money = {};         ///< left of the period
  /// What each desktop may reserve of it without the server; absent: all of it. Bookings do not move it.
  std::optional<Money> allowance = {};
  std::optional<std::int64_t> allowance_pages = {};
};

/// Each of them by the name it has in the store, the API and files: one of the two members is set.
struct AccountField {
  std::string_view name;
  std::optional<Money> Account::*money = nullptr;
  std::optional<std::int64_t> Account::*pages = nullptr;
};
extern const std::array<AccountField, 5> account_fields;

/// Puts the fields that `json` (an object) names, null: no longer kept; the others stay. Members that are no
/// fields are left to the caller. Errors: invalid with the field. [any thread]
Status take_account(std::string_view json, Account& account);
/// The fields that are kept, as take_account() takes them. [any thread]
std::string account_json(const Account& account);

Result<std::optional<Account>> find_account(Database& db, const std::string& user);
Result<std::map<std::string, Account>> all_accounts(Database& db);
/// Puts the balance at these values.
Status set_account(Database& db, const std::string& user, const Account& account, const std::string& reason,
                   const std::string& actor, Timestamp now);
/// Adds to (or with negative values takes from) what is kept, money to credit and quota alike; what is not
/// kept stays so. Below zero is a visible overdraft, not an error. False: this user has no account.
Result<bool> move_account(Database& db, const std::string& user, Money money, std::int64_t pages,
                          Timestamp now);

}  // namespace printrouter::server
