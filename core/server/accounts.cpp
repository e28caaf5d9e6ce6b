// SPDX-License-Identifier: Apache-2.0
#include "server/accounts.hpp"

#include "env/random.hpp"
#include "server/catalog.hpp"
#include "server/json_detail.hpp"

namespace printrouter::server {
namespace {
using nlohmann::json;
constexpr std::int64_t most_pages = 1'000'000'000'000;

Value value_of(const std::optional<std::int64_t>& value) {
  return value ? Value(*value) : Value();
}
Value value_of(const std::optional<Money>& value) {
  return value ? Value(value->units) : Value();
}
Value value_of(const std::optional<Period>& value) {
  return value ? Value(std::string(to_string(*value))) : Value();
}
Value value_of(Day value) {
  return std::int64_t{value.time_since_epoch().count()};
}

Value value_of(const AccountField& field, const Account& account) {
  return field.money   ? value_of(account.*field.money)
         : field.pages ? value_of(account.*field.pages)
                       : value_of(account.*field.period);
}

/// The first day of the period that a day lies in, of first_days() in three parameters from this one on.
std::string first_of(int parameter) {
  const auto place = [&](int at) { return "CAST($" + std::to_string(parameter + at) + " AS BIGINT)"; };
  return "CASE quota_period WHEN 'day' THEN " + place(0) + " WHEN 'week' THEN " + place(1) + " ELSE " +
         place(2) + " END";
}
Values first_days(Day day) {
  return {value_of(day), value_of(first_day(Period::week, day)), value_of(first_day(Period::month, day))};
}

/// Only ever forward: a clock that goes back, or a second server, finds it done.
std::string renewal() {
  return "UPDATE accounts SET quota_pages = COALESCE(period_pages, quota_pages), quota_money = "
         "COALESCE(period_money, quota_money), changed = $4, renewed = " +
         first_of(1) + " WHERE quota_period IS NOT NULL AND renewed < " + first_of(1);
}

Status renew(Database& db, const std::string& user, Timestamp now) {
  static const std::string sql = renewal() + " AND username = $5";
  Values values = first_days(local_day(now));
  values.insert(values.end(), {now.ms, user});
  const auto done = db.execute(sql, values);
  return done ? Status() : fail(done.error());
}

Status renew_all(Database& db, Timestamp now) {
  static const std::string sql = renewal();
  Values values = first_days(local_day(now));
  values.emplace_back(now.ms);
  const auto done = db.execute(sql, values);
  return done ? Status() : fail(done.error());
}

Account account_of(const Row& row, std::size_t first) {
  Account out;
  for (std::size_t i = 0; i < account_fields.size(); ++i) {
    if (row.null(first + i)) continue;
    const AccountField& field = account_fields[i];
    if (field.money)
      out.*field.money = Money{row.integer(first + i)};
    else if (field.pages)
      out.*field.pages = row.integer(first + i);
    else
      out.*field.period = period(row.text(first + i));
  }
  return out;
}

/// What one field is given; absent: null. Balances may stand below zero, a grant may not.
Status take_field(const AccountField& field, const json& value, Account& account) {
  const bool grant = field.name.starts_with("allowance") || field.name.starts_with("period");
  const std::string name(field.name);
  if (field.period) {
    auto& into = account.*field.period;
    into = value.is_string() ? period(value.get<std::string>()) : std::nullopt;
    if (value.is_null() || into) return {};
    return fail({ErrorCode::invalid, "is no period", name, {}, "\"day\", \"week\" or \"month\""});
  }
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

/// A period grants something, and what is granted has a period.
Status check_period(const Account& account) {
  const bool granted = account.period_pages || account.period_money;
  if (account.quota_period && !granted)
    return fail({ErrorCode::invalid,
                 "grants nothing",
                 "quota_period",
                 {},
                 "period_pages or period_money with it, or both"});
  if (!account.quota_period && granted)
    return fail({ErrorCode::invalid,
                 "has no period",
                 account.period_pages ? "period_pages" : "period_money",
                 {},
                 "quota_period with it: \"day\", \"week\" or \"month\""});
  return {};
}
}  // namespace

const std::array<AccountField, 8> account_fields = {
    {{"credit", &Account::credit, nullptr},
     {"quota_pages", nullptr, &Account::quota_pages},
     {"quota_money", &Account::quota_money, nullptr},
     {"allowance", &Account::allowance, nullptr},
     {"allowance_pages", nullptr, &Account::allowance_pages},
     {"quota_period", nullptr, nullptr, &Account::quota_period},
     {"period_pages", nullptr, &Account::period_pages},
     {"period_money", &Account::period_money}}};

std::string account_field_names() {
  std::string out;
  for (const AccountField& field : account_fields) out.append(out.empty() ? "" : ", ").append(field.name);
  return out;
}

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
    if (field.period && account.*field.period) out[name] = to_string(*(account.*field.period));
  }
  return dump(out);
}

Result<std::optional<Account>> find_account(Database& db, const std::string& user, Timestamp now) {
  if (const Status renewed = renew(db, user, now); !renewed) return fail(renewed.error());
  static const std::string sql = "SELECT " + account_field_names() + " FROM accounts WHERE username = $1";
  const auto rows = db.query(sql, {user});
  if (!rows) return fail(rows.error());
  if (rows->empty()) return std::optional<Account>();
  return std::optional(account_of(rows->front(), 0));
}

Result<std::map<std::string, Account>> all_accounts(Database& db, Timestamp now) {
  if (const Status renewed = renew_all(db, now); !renewed) return fail(renewed.error());
  const auto rows = db.query("SELECT username, " + account_field_names() + " FROM accounts");
  if (!rows) return fail(rows.error());
  std::map<std::string, Account> out;
  for (const Row& row : *rows) out.emplace(row.text(0), account_of(row, 1));
  return out;
}

Result<Account> set_account(Database& db, const std::string& user, Account account, const std::string& reason,
                            const std::string& actor, Timestamp now) {
  if (const Status whole = check_period(account); !whole) return fail(whole.error());
  if (!account.quota_pages) account.quota_pages = account.period_pages;
  if (!account.quota_money) account.quota_money = account.period_money;
  const auto before = find_account(db, user, now);
  if (!before) return fail(before.error());
  const Account was = before->value_or(Account{});
  Values values{user};
  std::string places = "$1", updates;
  for (const AccountField& field : account_fields) {
    values.push_back(value_of(field, account));
    places += ",$" + std::to_string(values.size());
    updates.append(field.name).append(" = excluded.").append(field.name).append(", ");
  }
  values.push_back(account.quota_period ? value_of(first_day(*account.quota_period, local_day(now)))
                                        : Value());
  values.emplace_back(now.ms);
  if (const auto done = db.execute("INSERT INTO accounts (username, " + account_field_names() +
                                       ", renewed, changed) VALUES (" + places +
                                       ",$10,$11) ON CONFLICT (username) DO UPDATE SET " + updates +
                                       "renewed = excluded.renewed, changed = excluded.changed",
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
  if (const Status noted = note_audit(db, actor, "put account", user, reason, now); !noted)
    return fail(noted.error());
  return account;
}

Result<bool> move_account(Database& db, const std::string& user, Money money, std::int64_t pages, Day printed,
                          Timestamp now) {
  // First, for what is printed today would else go down with yesterday's quota.
  if (const Status renewed = renew(db, user, now); !renewed) return fail(renewed.error());
  // NULL plus a number stays NULL: what is not kept is not made up. The present period is the one by the
  // clock, also where that has gone back since the account was renewed.
  static const std::string sql = [] {
    const std::string present =
        " IS NULL OR renewed <= " + first_of(1) + " OR " + first_of(8) + " <= " + first_of(1) + " THEN ";
    return "UPDATE accounts SET credit = credit + $4, quota_money = CASE WHEN period_money" + present +
           "quota_money + $4 ELSE quota_money END, quota_pages = CASE WHEN period_pages" + present +
           "quota_pages + $5 ELSE quota_pages END, changed = $6 WHERE username = $7";
  }();
  Values values = first_days(printed);
  values.insert(values.end(), {money.units, pages, now.ms, user});
  const Values today = first_days(local_day(now));
  values.insert(values.end(), today.begin(), today.end());
  const auto done = db.execute(sql, values);
  if (!done) return fail(done.error());
  return *done > 0;
}

Result<std::set<std::string>> renew_accounts(Database& db, Day since, Timestamp now) {
  if (const Status renewed = renew_all(db, now); !renewed) return fail(renewed.error());
  const auto rows = db.query("SELECT username FROM accounts WHERE renewed > $1", {value_of(since)});
  if (!rows) return fail(rows.error());
  std::set<std::string> out;
  for (const Row& row : *rows) out.insert(row.text(0));
  return out;
}

}  // namespace printrouter::server
