// SPDX-License-Identifier: Apache-2.0
#include "server/accounts.hpp"

#include "env/random.hpp"
#include "server/catalog.hpp"
#include "server/json_detail.hpp"

namespace printrouter::server {
namespace {
using nlohmann::json;
constexpr std::int64_t most_pages = 1'000'000'000'000;

Value number(const std::optional<std::int64_t>& value) {
  return value ? Value(*value) : Value();
}
Value number(const std::optional<Money>& value) {
  return value ? Value(value->units) : Value();
}

/// Columns in the order of account_fields.
constexpr const char* columns = "credit, quota_pages, quota_money, allowance, allowance_pages";

Account account_of(const Row& row, std::size_t first) {
  Account out;
  for (std::size_t i = 0; i < account_fields.size(); ++i) {
    if (row.null(first + i)) continue;
    const AccountField& field = account_fields[i];
    if (field.money)
      out.*field.money = Money{row.integer(first + i)};
    else
      out.*field.pages = row.integer(first + i);
  }
  return out;
}

/// What one field is given; absent: null. Balances may stand below zero, a grant may not.
Status take_field(const AccountField& field, const json& value, Account& account) {
  const bool grant = field.name.starts_with("allowance");
  const std::string name(field.name);
  if (field.money) {
    auto& into = account.*field.money;
    into = value.is_string() ? Money::parse(value.get<std::string>()) : std::nullopt;
    if (value.is_null() || (into && !(grant && *into < Money{}))) return {};
    return fail({ErrorCode::invalid,
                 "is no amount",
                 name,
                 {},
                 std::string("a text like \"12.50\", at most four places") + (grant ? ", not below 0" : "")});
  }
  auto& into = account.*field.pages;
  into.reset();
  if (value.is_null()) return {};
  if (value.is_number_integer()) into = value.get<std::int64_t>();
  if (into && *into <= most_pages && *into >= (grant ? 0 : -most_pages)) return {};
  return fail({ErrorCode::invalid,
               "is no page count",
               name,
               {},
               std::string("a whole number") + (grant ? ", not below 0" : "")});
}
}  // namespace

const std::array<AccountField, 5> account_fields = {
    {{"credit", &Account::credit, nullptr},
     {"quota_pages", nullptr, &Account::quota_pages},
     {"quota_money", &Account::quota_money, nullptr},
     {"allowance", &Account::allowance, nullptr},
     {"allowance_pages", nullptr, &Account::allowance_pages}}};

Status take_account(std::string_view text, Account& account) {
  const json body = json::parse(text, nullptr, false);
  if (!body.is_object())
    return fail(
        {ErrorCode::invalid, body.is_discarded() ? "is no JSON" : "is no object", {}, {}, "an object"});
  for (const AccountField& field : account_fields)
    if (const auto given = body.find(field.name); given != body.end())
      if (const Status taken = take_field(field, *given, account); !taken) return taken;
  return {};
}

std::string account_json(const Account& account) {
  json out = json::object();
  for (const AccountField& field : account_fields) {
    const std::string name(field.name);
    if (field.money && account.*field.money) out[name] = (account.*field.money)->decimal();
    if (field.pages && account.*field.pages) out[name] = *(account.*field.pages);
  }
  return dump(out);
}

Result<std::optional<Account>> find_account(Database& db, const std::string& user) {
  const auto rows = db.query(std::string("SELECT ") + columns + " FROM accounts WHERE username = $1", {user});
  if (!rows) return fail(rows.error());
  if (rows->empty()) return std::optional<Account>();
  return std::optional(account_of(rows->front(), 0));
}

Result<std::map<std::string, Account>> all_accounts(Database& db) {
  const auto rows = db.query(std::string("SELECT username, ") + columns + " FROM accounts");
  if (!rows) return fail(rows.error());
  std::map<std::string, Account> out;
  for (const Row& row : *rows) out.emplace(row.text(0), account_of(row, 1));
  return out;
}

Status set_account(Database& db, const std::string& user, const Account& account, const std::string& reason,
                   const std::string& actor, Timestamp now) {
  const auto before = find_account(db, user);
  if (!before) return fail(before.error());
  const Account was = before->value_or(Account{});
  Values values{user};
  for (const AccountField& field : account_fields)
    values.push_back(field.money ? number(account.*field.money) : number(account.*field.pages));
  values.emplace_back(now.ms);
  if (const auto done =
          db.execute(std::string("INSERT INTO accounts (username, ") + columns +
                         ", changed) VALUES ($1,$2,$3,$4,$5,$6,$7) ON CONFLICT (username) DO UPDATE SET "
                         "credit = excluded.credit, quota_pages = excluded.quota_pages, quota_money = "
                         "excluded.quota_money, allowance = excluded.allowance, allowance_pages = "
                         "excluded.allowance_pages, changed = excluded.changed",
                     values);
      !done)
    return fail(done.error());
  const auto difference = [](const auto& to, const auto& from) -> Value {
    if (!to && !from) return {};
    using Number = typename std::decay_t<decltype(to)>::value_type;
    if constexpr (std::is_same_v<Number, Money>)
      return (to.value_or(Money{}) - from.value_or(Money{})).units;
    else
      return to.value_or(0) - from.value_or(0);
  };
  if (const auto done = db.execute(
          "INSERT INTO account_entries (id, username, at, credit, pages, quota_money, reason, actor) VALUES "
          "($1,$2,$3,$4,$5,$6,$7,$8)",
          {env::system_random().uuid().to_string(), user, now.ms, difference(account.credit, was.credit),
           difference(account.quota_pages, was.quota_pages), difference(account.quota_money, was.quota_money),
           reason, actor});
      !done)
    return fail(done.error());
  return note_audit(db, actor, "put account", user, reason, now);
}

Result<bool> move_account(Database& db, const std::string& user, Money money, std::int64_t pages,
                          Timestamp now) {
  // NULL plus a number stays NULL: what is not kept is not made up.
  const auto done = db.execute(
      "UPDATE accounts SET credit = credit + $1, quota_money = quota_money + $1, quota_pages = quota_pages + "
      "$2, changed = $3 WHERE username = $4",
      {money.units, pages, now.ms, user});
  if (!done) return fail(done.error());
  return *done > 0;
}

}  // namespace printrouter::server
