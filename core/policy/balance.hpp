// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Balances and prices, from files until a server sends them (docs/balances.md), and the release condition.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "config/config_load.hpp"
#include "model/claim.hpp"
#include "model/device.hpp"
#include "model/profile.hpp"
#include "model/reason.hpp"

namespace printrouter {

/// What a user may still spend, as it was at `as_of`. Each is absent if it is not kept, and each is checked
/// if it is there.
struct Balance {
  std::optional<Money> credit = {};
  std::optional<std::int64_t> quota_pages = {};  ///< left of the period
  Timestamp as_of = {};
  std::optional<Money> quota_money = {};  ///< left of the period
  /// What this desktop may reserve of it; absent: all.
  std::optional<Money> allowance = {};
  std::optional<std::int64_t> allowance_pages = {};
  /// When the quotas are set to what the next period grants; not set: never, as far as is known here.
  Timestamp renews_at = {};
  std::optional<std::int64_t> period_pages = {};
  std::optional<Money> period_money = {};
  /// A quota that is granted becomes the grant if the next period has begun. Once: when the one after it
  /// begins only the server knows. True: it has.
  bool renew(Timestamp now);
  /// Something that limits money, or pages, is kept.
  bool limits_money() const { return credit || quota_money || allowance; }
  bool limits_pages() const { return quota_pages || allowance_pages; }
};

class BalanceBook {
 public:
  std::optional<Balance> of(std::string_view user) const;
  std::size_t size() const { return balances_.size(); }
  const std::string& currency() const { return currency_; }
  std::map<std::string, Balance, std::less<>> balances_ = {};
  std::string currency_ = {};
};

/// Prices a printed page side. A paper size without a price of its own costs what the list says in general.
struct PriceList {
  Money mono = {}, color = {}, sheet = {};
  std::map<std::string, PriceList, std::less<>> media = {};  ///< by PWG size name
};

class Directory;

class PriceBook {
 public:
  /// device.price_list; else that of a group which holds it, the first by name; else "default". nullptr:
  /// none.
  const PriceList* list(const Device& device) const;
  /// Who is in the groups of `groups_`: once, before list() is asked. The groups that `directory` does not
  /// know.
  std::vector<std::string> join(const Directory& directory);
  std::map<std::string, PriceList, std::less<>> lists_ = {};
  std::map<std::string, std::string, std::less<>> groups_ = {};     ///< group -> list
  std::map<std::string, std::string, std::less<>> by_device_ = {};  ///< device id -> list, of its group
  std::string currency_ = {};
};

struct BalanceResult {
  std::optional<BalanceBook> book = {};
  ConfigFindings findings = {};
};
struct PriceResult {
  std::optional<PriceBook> book = {};
  ConfigFindings findings = {};
};
/// {"currency": "EUR", "decimals": 2, "as_of": "2026-01-31T08:00:00Z", "balances": {"anna": {"credit": 1250,
/// "quota_pages": 100}}}: amounts are integers, `decimals` says of what (0..4).
BalanceResult parse_balances(std::string_view text, const std::string& name);
/// {"currency": "EUR", "decimals": 3, "lists": {"default": {"mono": 35, "color": 120, "sheet": 0, "media":
/// {...}}}}.
PriceResult parse_prices(std::string_view text, const std::string& name);
BalanceResult load_balances(const std::string& path);
PriceResult load_prices(const std::string& path);

/// What a job would use. Absent is unknown.
struct JobVolume {
  std::optional<std::int64_t> pages = {};  ///< of one copy
  std::int64_t copies = 1;
  std::optional<bool> color = {};  ///< unknown: assumed colour where the device prints colour
  std::optional<std::int64_t> color_pages =
      {};  ///< of `pages`; absent: all of them, or none, as `color` says
  bool two_sided = false;
  std::string media = {};  ///< PWG name; empty unknown
};

struct Cost {
  std::optional<Money> money = {};  ///< unknown without a page count or without a price
  std::optional<std::int64_t> pages = {};
  bool color_assumed = false;
};
Cost cost_of(const JobVolume& volume, const Device& device, const PriceBook& prices);
/// What pages that came out cost. Where only their sum is known they cost what mono pages do: nobody pays for
/// colour that may not have come out. Nothing: no count or no price list.
std::optional<Money> price_of(const ledger::Pages& pages, std::int64_t copies, bool two_sided,
                              std::string_view media, const Device& device, const PriceBook& prices);

/// What the release condition needs to know beside the price.
struct Funds {
  std::optional<Balance> balance = {};  ///< as cached; absent: none known for this user
  Money reserved = {};                  ///< by this desktop, set apart or used since `as_of`: taken off
  std::int64_t reserved_pages = 0;
  Money spent_this_outage = {};  ///< reservations and claims of this user since the server went down
  /// Somebody else says that it is this user (a spooler), and `identity.accept_asserted` is not set: an
  /// asserted name spends no balance.
  bool asserted_only = false;
  /// What of `reserved` is of the period before the one that `balance` was renewed for: no part of its quota.
  Money before_renewal = {};
  std::int64_t pages_before_renewal = 0;
};

/// Whether the release condition is met on a device at `cost`. Reasons carry the figures, EN/DE, and the
/// remedy.
struct Release {
  bool met = true;
  bool for_all = false;  ///< the reason concerns every device alike (no balance, too old): said once
  Reasons reasons = {};
};
Release release(ReleaseCondition condition, const Profile& profile, const Cost& cost, const Funds& funds,
                Timestamp now);

}  // namespace printrouter
