// SPDX-License-Identifier: Apache-2.0
#include "server/accounts.hpp"

#include "env/random.hpp"
#include "server/catalog.hpp"

namespace printrouter::server {
namespace {
Value number(const std::optional<std::int64_t>& value) {
  return value ? Value(*value) : Value();
}
}  // namespace

Result<std::optional<Account>> find_account(Database& db, const std::string& user) {
  const auto rows = db.query("SELECT credit, quota_pages FROM accounts WHERE username = $1", {user});
  if (!rows) return fail(rows.error());
  if (rows->empty()) return std::optional<Account>();
  Account out;
  if (!rows->front().null(0)) out.credit = Money{rows->front().integer(0)};
  if (!rows->front().null(1)) out.quota_pages = rows->front().integer(1);
  return std::optional(out);
}

Status set_account(Database& db, const std::string& user, const Account& account, const std::string& reason,
                   const std::string& actor, Timestamp now) {
  const auto before = find_account(db, user);
  if (!before) return fail(before.error());
  const Account was = before->value_or(Account{});
  const auto credit = account.credit ? std::optional(account.credit->units) : std::nullopt;
  if (const auto done = db.execute("INSERT INTO accounts (username, credit, quota_pages, changed) VALUES "
                                   "($1,$2,$3,$4) ON CONFLICT (username) DO "
                                   "UPDATE SET credit = excluded.credit, quota_pages = excluded.quota_pages, "
                                   "changed = excluded.changed",
                                   {user, number(credit), number(account.quota_pages), now.ms});
      !done)
    return fail(done.error());
  const auto difference = [](auto to, auto from) -> Value {
    return to ? Value(*to - from.value_or(0)) : from ? Value(-*from) : Value();
  };
  const auto was_credit = was.credit ? std::optional(was.credit->units) : std::nullopt;
  if (const auto done =
          db.execute("INSERT INTO account_entries (id, username, at, credit, pages, reason, actor) VALUES "
                     "($1,$2,$3,$4,$5,$6,$7)",
                     {env::system_random().uuid().to_string(), user, now.ms, difference(credit, was_credit),
                      difference(account.quota_pages, was.quota_pages), reason, actor});
      !done)
    return fail(done.error());
  return note_audit(db, actor, "put account", user, reason, now);
}

Status change_account(Database& db, const std::string& id, const std::string& user, Money credit,
                      std::int64_t pages, const std::string& reason, const std::string& actor,
                      Timestamp now) {
  const auto entry = db.execute(
      "INSERT INTO account_entries (id, username, at, credit, pages, reason, actor) VALUES "
      "($1,$2,$3,$4,$5,$6,$7) ON CONFLICT "
      "(id) DO NOTHING",
      {id, user, now.ms, credit.units, pages, reason, actor});
  if (!entry) return fail(entry.error());
  if (*entry == 0) return {};
  // NULL plus a number stays NULL: what is not kept is not made up.
  const auto done = db.execute(
      "UPDATE accounts SET credit = credit + $1, quota_pages = quota_pages + $2, changed = $3 WHERE username "
      "= $4",
      {credit.units, pages, now.ms, user});
  return done ? Status() : fail(done.error());
}

}  // namespace printrouter::server
