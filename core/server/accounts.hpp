// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Credit, quota and allowance of users. What somebody puts leaves an entry; bookings tell of themselves.
/// [store's thread]
///
/// A quota with a period is set to what the period grants as soon as anybody looks at it or moves it in a new
/// one: no timer has to fire for that, and none may fire twice.
#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "model/money.hpp"
#include "server/database.hpp"
#include "server/quota_period.hpp"

namespace printrouter::server {

/// Absent: not kept for this user.
struct Account {
  std::optional<Money> credit = {};
  std::optional<std::int64_t> quota_pages = {};  ///< left of the period
  std::optional<Money> quota_money = {};         ///< left of the period
  /// What each desktop may reserve of it without the server; absent: all of it. Bookings do not move it.
  std::optional<Money> allowance = {};
  std::optional<std::int64_t> allowance_pages = {};
  /// What the quotas are set to when a period begins; a quota that nothing is granted for is not renewed.
  std::optional<Period> quota_period = {};
  std::optional<std::int64_t> period_pages = {};
  std::optional<Money> period_money = {};
};

/// Each of them by the name it has in the store, the API and files: one of the three members is set.
struct AccountField {
  std::string_view name;
  std::optional<Money> Account::*money = nullptr;
  std::optional<std::int64_t> Account::*pages = nullptr;
  std::optional<Period> Account::*period = nullptr;
};
extern const std::array<AccountField, 8> account_fields;
/// "credit, quota_pages, …", for texts and SQL.
std::string account_field_names();

/// Puts the fields that `json` (an object) names, null: no longer kept; the others stay. Members that are no
/// fields are left to the caller. Errors: invalid with the field. [any thread]
Status take_account(std::string_view json, Account& account);
/// The fields that are kept, as take_account() takes them. [any thread]
std::string account_json(const Account& account);

/// As it is at `now`: renewed, if a period has begun since anybody looked.
Result<std::optional<Account>> find_account(Database& db, const std::string& user, Timestamp now);
Result<std::map<std::string, Account>> all_accounts(Database& db, Timestamp now);
/// Puts the balance at these values; a quota that is granted but not given begins with its grant. Returns the
/// account as it is then. Errors: invalid with the field (a period without a grant, a grant without one).
Result<Account> set_account(Database& db, const std::string& user, Account account, const std::string& reason,
                            const std::string& actor, Timestamp now);
/// Adds to (or with negative values takes from) what is kept, money to credit and quota alike; what is not
/// kept stays so. A quota moves only if `printed` does not lie in a period before the present one. Below zero
/// is a visible overdraft, not an error. False: this user has no account.
Result<bool> move_account(Database& db, const std::string& user, Money money, std::int64_t pages, Day printed,
                          Timestamp now);
/// Renews whatever is due, and tells whose quotas were renewed for a period that began after the day `since`,
/// by whomever.
Result<std::set<std::string>> renew_accounts(Database& db, Day since, Timestamp now);

}  // namespace printrouter::server
