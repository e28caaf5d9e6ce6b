// SPDX-License-Identifier: Apache-2.0
#include "server/desktops.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "env/random.hpp"
#include "server/address_range.hpp"
#include "server/catalog.hpp"
#include "server/json_detail.hpp"
#include "server/ledger_store.hpp"
#include "server/secrets.hpp"

namespace printrouter::server {
using nlohmann::json;

const Desktop* Desktops::by_key(const std::string& key_hash) const {
  const auto found = by_key_.find(key_hash);
  if (found == by_key_.end()) return nullptr;
  const Desktop& desktop = desktops_.at(found->second);
  return desktop.revoked.set() ? nullptr : &desktop;
}

Desktop* Desktops::find(std::string_view id) {
  const auto found = desktops_.find(id);
  return found == desktops_.end() ? nullptr : &found->second;
}

const std::set<std::string>& Desktops::desktops_of(std::string_view user) const {
  static const std::set<std::string> none;
  const auto found = by_user_.find(user);
  return found == by_user_.end() ? none : found->second;
}

void Desktops::put(Desktop desktop, std::string key_hash) {
  by_key_[std::move(key_hash)] = desktop.id;
  std::string id = desktop.id;
  desktops_[std::move(id)] = std::move(desktop);
}

void Desktops::set_users(const std::string& desktop, const std::set<std::string>& users) {
  Desktop* found = find(desktop);
  if (!found) return;
  for (const std::string& user : found->users)
    if (const auto at = by_user_.find(user); at != by_user_.end() && !users.contains(user)) {
      at->second.erase(desktop);
      if (at->second.empty()) by_user_.erase(at);
    }
  for (const std::string& user : users) by_user_[user].insert(desktop);
  found->users = users;
}

void Desktops::revoke(std::string_view id, Timestamp now) {
  if (Desktop* desktop = find(id)) desktop->revoked = now;
}

void Desktops::replace_all(const std::vector<Row>& desktops, const std::vector<Row>& users) {
  std::map<std::string, Timestamp, std::less<>> seen;
  for (const auto& [id, desktop] : desktops_) seen[id] = desktop.last_seen;
  desktops_.clear();
  by_key_.clear();
  by_user_.clear();
  for (const Row& row : desktops) {
    Desktop d;
    d.id = row.text(0);
    d.host_name = row.text(1);
    d.address = row.text(2);
    d.ledger = row.text(4);
    d.version = row.text(5);
    d.enrolled = {row.integer(6)};
    d.token = row.text(7);
    d.revoked = {row.integer(8)};
    d.readiness = row.text(9);
    d.readiness_at = {row.integer(10)};
    d.last_seen = seen[d.id];
    put(std::move(d), row.text(3));
  }
  std::map<std::string, std::set<std::string>> of_desktop;
  for (const Row& row : users) of_desktop[row.text(0)].insert(row.text(1));
  for (const auto& [desktop, names] : of_desktop) set_users(desktop, names);
}

Result<std::vector<Row>> Desktops::read(Database& db) {
  return db.query(
      "SELECT id, host_name, address, key_hash, ledger, version, enrolled, token, revoked, readiness, "
      "readiness_at FROM "
      "desktops");
}

Result<std::vector<Row>> Desktops::read_users(Database& db) {
  return db.query("SELECT desktop, username FROM desktop_users");
}

Result<std::set<std::string>> admit_users(Database& db, const std::string& desktop,
                                          const std::vector<std::string>& asked, std::size_t most,
                                          Timestamp now) {
  constexpr Milliseconds kept = std::chrono::days(30);
  const auto rows = db.query(
      "SELECT username, since FROM desktop_users WHERE desktop = $1 ORDER BY since, username", {desktop});
  if (!rows) return fail(rows.error());
  std::set<std::string> out;
  for (const Row& row : *rows) out.insert(row.text(0));
  std::vector<std::string> fresh;
  for (const std::string& user : asked)
    if (!out.contains(user)) fresh.push_back(user);
  for (const Row& row : *rows) {
    if (out.size() + fresh.size() <= most || now.ms - row.integer(1) < kept.count()) break;
    if (std::ranges::find(asked, row.text(0)) != asked.end()) continue;
    const auto done =
        db.execute("DELETE FROM desktop_users WHERE desktop = $1 AND username = $2", {desktop, row.text(0)});
    if (!done) return fail(done.error());
    out.erase(row.text(0));
  }
  for (const std::string& user : fresh) {
    if (out.size() >= most) {
      const Status noted = note_alarm(db, "desktop-users", "desktop " + desktop,
                                      "asks for more users than it may have: limits.desktop_users of the "
                                      "server is " +
                                          std::to_string(most),
                                      now);
      if (!noted) return fail(noted.error());
      break;
    }
    const auto done = db.execute(
        "INSERT INTO desktop_users (desktop, username, since) VALUES ($1,$2,$3) ON CONFLICT (desktop, "
        "username) DO NOTHING",
        {desktop, user, now.ms});
    if (!done) return fail(done.error());
    if (const Status noted = note_audit(db, "desktop " + desktop, "user at desktop", user, {}, now); !noted)
      return fail(noted.error());
    out.insert(user);
  }
  return out;
}

Result<EnrolAnswer> enrol(Database& db, const EnrolRequest& request, Timestamp now) {
  const auto rows =
      db.query("SELECT id, kind, expires, ranges, uses, revoked FROM enrolment_tokens WHERE hash = $1",
               {hash_token(request.token)});
  if (!rows) return fail(rows.error());
  const auto refuse = [] {
    return fail({ErrorCode::not_permitted,
                 "opens nothing here: unknown, used, expired, revoked, or not from this address",
                 "token",
                 {},
                 "a token that printrouter-server token made"});
  };
  if (rows->empty()) return refuse();
  const Row& token = rows->front();
  if (token.integer(5) != 0 || (token.integer(2) != 0 && now.ms > token.integer(2)) ||
      (token.text(1) == "once" && token.integer(4) > 0))
    return refuse();
  const auto ranges = json::parse(token.text(3), nullptr, false).get<std::vector<std::string>>();
  if (!ranges.empty() && std::ranges::none_of(ranges, [&](const std::string& r) {
        const auto range = AddressRange::parse(r);
        return range && range->contains(request.address);
      }))
    return refuse();
  EnrolAnswer out;
  Desktop& d = out.desktop;
  d.id = env::system_random().uuid().to_string();
  d.host_name = request.host_name;
  d.address = request.address;
  d.ledger = request.ledger;
  d.version = request.version;
  d.token = token.text(0);
  d.enrolled = now;
  out.key = make_token("prd_");
  out.key_hash = hash_token(out.key);
  // The condition again: of two at once with a one-time token one may win.
  const auto used =
      db.execute("UPDATE enrolment_tokens SET uses = uses + 1 WHERE id = $1 AND (kind = 'fleet' OR uses = 0)",
                 {token.text(0)});
  if (!used) return fail(used.error());
  if (*used == 0) return refuse();
  if (const auto made =
          db.execute("INSERT INTO desktops (id, host_name, address, key_hash, ledger, version, enrolled, "
                     "token, revoked, readiness, "
                     "readiness_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,0,'',0)",
                     {d.id, d.host_name, d.address, out.key_hash, d.ledger, d.version, now.ms, d.token});
      !made)
    return fail(made.error());
  if (const Status noted = note_audit(db, "desktop " + d.host_name, "enrol", d.id, "token " + d.token, now);
      !noted)
    return fail(noted.error());
  return out;
}

Result<MadeToken> make_enrolment_token(Database& db, const EnrolmentToken& token, Timestamp now) {
  for (const std::string& range : token.ranges)
    if (!AddressRange::parse(range))
      return fail({ErrorCode::invalid,
                   "has \"" + range + "\", which is no address range",
                   "ranges",
                   {},
                   "\"192.0.2.0/24\", \"2001:db8::/32\" or one address"});
  if (token.expires.set() && token.expires < now)
    return fail({ErrorCode::invalid, "lies in the past", "expires", {}, "a time to come"});
  if (token.fleet && !token.expires.set())
    return fail(
        {ErrorCode::invalid, "is missing", "expires", {}, "a time: a fleet token does not live for ever"});
  MadeToken out{env::system_random().uuid().to_string(), make_token("pre_")};
  const auto made = db.execute(
      "INSERT INTO enrolment_tokens (id, hash, kind, label, expires, ranges, created, created_by, uses, "
      "revoked) VALUES "
      "($1,$2,$3,$4,$5,$6,$7,$8,0,0)",
      {out.id, hash_token(out.token), std::string(token.fleet ? "fleet" : "once"), token.label,
       token.expires.ms, dump(json(token.ranges)), now.ms, token.created_by});
  if (!made) return fail(made.error());
  if (const Status noted = note_audit(db, token.created_by, "make enrolment token", out.id, token.label, now);
      !noted)
    return fail(noted.error());
  return out;
}

std::string_view to_string(Role role) {
  switch (role) {
    case Role::admin:
      return "admin";
    case Role::operator_:
      return "operator";
    case Role::auditor:
      return "auditor";
    case Role::none:
      return "none";
  }
  return "none";
}

std::optional<Role> role(std::string_view text) {
  for (const Role r : {Role::auditor, Role::operator_, Role::admin})
    if (to_string(r) == text) return r;
  return std::nullopt;
}

const Administrator* Administrators::by_token(const std::string& hash, Timestamp now) const {
  const auto found = by_token_.find(hash);
  if (found == by_token_.end() || (found->second.expires.set() && found->second.expires < now))
    return nullptr;
  return &found->second;
}

void Administrators::put(const std::string& hash, Administrator administrator) {
  by_token_[hash] = std::move(administrator);
}

void Administrators::replace_all(const std::vector<Row>& tokens) {
  by_token_.clear();
  for (const Row& row : tokens)
    by_token_[row.text(0)] = {row.text(1), role(row.text(2)).value_or(Role::none), {row.integer(3)}};
}

Result<std::vector<Row>> Administrators::read(Database& db) {
  return db.query("SELECT hash, name, role, expires FROM administrator_tokens");
}

Result<MadeToken> make_administrator_token(Database& db, const Administrator& administrator,
                                           const std::string& label, Timestamp now) {
  MadeToken out{env::system_random().uuid().to_string(), make_token("pra_")};
  const auto made = db.execute(
      "INSERT INTO administrator_tokens (id, hash, name, role, label, expires, created) VALUES "
      "($1,$2,$3,$4,$5,$6,$7)",
      {out.id, hash_token(out.token), administrator.name, std::string(to_string(administrator.role)), label,
       administrator.expires.ms, now.ms});
  if (!made) return fail(made.error());
  if (const Status noted = note_audit(db, administrator.name, "make token", out.id, label, now); !noted)
    return fail(noted.error());
  return out;
}

}  // namespace printrouter::server
