// SPDX-License-Identifier: Apache-2.0
// Administrators, tokens, desktops, accounts, audit trail.
#include <spdlog/spdlog.h>

#include <charconv>

#include "env/random.hpp"
#include "server/accounts.hpp"
#include "server/api_detail.hpp"
#include "server/secrets.hpp"

namespace printrouter::server {
using nlohmann::json;

namespace {

void no_content(const net::Exchange& x) {
  net::HttpReply reply;
  reply.status = 204;
  x->reply(std::move(reply));
}

/// "expires_in": seconds from now.
Result<Timestamp> expiry(const json& body, Timestamp now) {
  const auto found = body.find("expires_in");
  if (found == body.end()) return Timestamp{};
  if (!found->is_number_integer() || found->get<std::int64_t>() < 60 ||
      found->get<std::int64_t>() > 10ll * 366 * 86400)
    return fail({ErrorCode::invalid, "is no time span", "expires_in", {}, "seconds, 60 to ten years"});
  return now + std::chrono::seconds(found->get<std::int64_t>());
}

void open_session(ServerCore& core, const Call& call) {
  const auto body = object_of(call.x);
  if (!body) return;
  const auto name = text_member(*body, "name", true, 255),
             password = text_member(*body, "password", true, 1024);
  if (!name) return answer_error(call.x, name.error());
  if (!password) return answer_error(call.x, password.error());
  // Each costs 64 MiB and a thread for a while: strangers must not get all of them.
  if (core.passwords_under_check >= 3)
    return answer_error(call.x, {ErrorCode::unavailable, "others are logging in; try again in a moment"},
                        503);
  ++core.passwords_under_check;
  struct Known {
    std::string role, hash;
  };
  core.store.ask<Known>(
      [name = *name](Database& db) -> Result<Known> {
        const auto rows = db.query("SELECT role, password FROM administrators WHERE name = $1", {name});
        if (!rows) return fail(rows.error());
        if (rows->empty()) return Known{};
        return Known{rows->front().text(0), rows->front().text(1)};
      },
      [&core, x = call.x, name = *name, password = *password](const Result<Known>& read) {
        if (!read) {
          --core.passwords_under_check;
          return answer_error(x, read.error());
        }
        const Known known = *read;
        // Off this thread: it takes its time on purpose.
        core.pool.submit([&core, &io = core.io, x, name, password, known] {
          const bool right = !known.hash.empty() && check_password(known.hash, password);
          io.post([&core, x, name, known, right] {
            --core.passwords_under_check;
            const auto granted = role(known.role);
            if (!right || !granted) {
              spdlog::warn("login of {} from {} refused", name, x->address.label());
              return answer_error(x, {ErrorCode::not_permitted, "name or password is wrong", "password"},
                                  401);
            }
            const Timestamp now = core.now();
            const Administrator who{name, *granted, now + core.config.session_age};
            in_store<MadeToken>(
                core, x,
                [who, now](Database& db) { return make_administrator_token(db, who, "session", now); },
                [&core, x, who](const MadeToken& made) {
                  core.administrators.put(hash_token(made.token), who);
                  answer(x, 201,
                         {{"token", made.token},
                          {"role", to_string(who.role)},
                          {"expires", who.expires.to_string()}});
                });
          });
        });
      });
}

json view(const Desktop& d) {
  json out{{"id", d.id},           {"host_name", d.host_name},
           {"address", d.address}, {"enrolled", d.enrolled.to_string()},
           {"users", d.users},     {"state", d.revoked.set() ? "revoked" : "enrolled"}};
  if (!d.ledger.empty()) out["ledger"] = d.ledger;
  if (!d.version.empty()) out["version"] = d.version;
  if (d.last_seen.set()) out["last_seen"] = d.last_seen.to_string();
  if (d.readiness_at.set()) out["checked"] = d.readiness_at.to_string();
  return out;
}

void list_desktops(ServerCore& core, const Call& call) {
  const auto& all = core.desktops.all();
  const std::string after = call.query("after");
  const std::int64_t limit = limit_of(call);
  json items = json::array();
  auto it = after.empty() ? all.begin() : all.upper_bound(after);
  for (; it != all.end() && static_cast<std::int64_t>(items.size()) < limit; ++it)
    items.push_back(view(it->second));
  json out{{"items", std::move(items)}};
  if (it != all.end()) out["next"] = std::prev(it)->first;
  answer(call.x, 200, out);
}

void get_desktop(ServerCore& core, const Call& call) {
  const Desktop* desktop = core.desktops.find(call.part());
  if (!desktop) return answer_error(call.x, {ErrorCode::not_found, "there is no such desktop"});
  json out = view(*desktop);
  if (!desktop->readiness.empty()) out["readiness"] = json::parse(desktop->readiness);
  answer(call.x, 200, out);
}

void revoke_desktop(ServerCore& core, const Call& call) {
  if (!core.desktops.find(call.part()))
    return answer_error(call.x, {ErrorCode::not_found, "there is no such desktop"});
  const Timestamp now = core.now();
  in_store<bool>(
      core, call.x,
      [id = call.part(), now, actor = call.actor()](Database& db) -> Result<bool> {
        const auto done =
            db.execute("UPDATE desktops SET revoked = $1 WHERE id = $2 AND revoked = 0", {now.ms, id});
        if (!done) return fail(done.error());
        if (const Status noted = note_audit(db, actor, "revoke desktop", id, {}, now); !noted)
          return fail(noted.error());
        return true;
      },
      [&core, x = call.x, id = call.part(), now](bool) {
        core.desktops.revoke(id, now);
        core.snapshots.cut(id);
        no_content(x);
      });
}

void post_token(ServerCore& core, const Call& call) {
  const auto body = object_of(call.x);
  if (!body) return;
  EnrolmentToken token;
  Status good = known_members(*body, {"kind", "label", "expires_in", "ranges"});
  const auto kind = text_member(*body, "kind", true), label = text_member(*body, "label", false, 255);
  const auto expires = expiry(*body, core.now());
  if (good && !kind) good = fail(kind.error());
  if (good && !label) good = fail(label.error());
  if (good && !expires) good = fail(expires.error());
  if (good && *kind != "once" && *kind != "fleet")
    good = fail({ErrorCode::invalid, "is unknown", "kind", {}, "once or fleet"});
  if (good && body->contains("ranges")) {
    const json& ranges = (*body)["ranges"];
    bool texts = ranges.is_array();
    if (texts)
      for (const json& range : ranges) texts = texts && range.is_string();
    if (texts)
      token.ranges = ranges.get<std::vector<std::string>>();
    else
      good = fail({ErrorCode::invalid, "is no list of texts", "ranges", {}, "[\"192.0.2.0/24\"]"});
  }
  if (!good) return answer_error(call.x, good.error());
  token.fleet = *kind == "fleet";
  token.label = *label;
  token.expires = *expires;
  token.created_by = call.actor();
  in_store<MadeToken>(
      core, call.x, [token, now = core.now()](Database& db) { return make_enrolment_token(db, token, now); },
      [x = call.x](const MadeToken& made) {
        answer(x, 201, {{"id", made.id}, {"token", made.token}});
      });
}

void list_tokens(ServerCore& core, const Call& call) {
  in_store<Rows>(
      core, call.x,
      [](Database& db) {
        return db.query(
            "SELECT id, kind, label, expires, ranges, created, created_by, uses, revoked FROM "
            "enrolment_tokens "
            "ORDER BY created DESC LIMIT 1000");
      },
      [x = call.x, now = core.now()](const Rows& rows) {
        json items = json::array();
        for (const Row& r : rows) {
          const bool used = r.text(1) == "once" && r.integer(7) > 0;
          const bool over = r.integer(3) != 0 && r.integer(3) < now.ms;
          json item{{"id", r.text(0)},
                    {"kind", r.text(1)},
                    {"label", r.text(2)},
                    {"ranges", json::parse(r.text(4))},
                    {"created", time_text(r.integer(5))},
                    {"created_by", r.text(6)},
                    {"uses", r.integer(7)},
                    {"state", r.integer(8) != 0 ? "revoked"
                              : used            ? "used"
                              : over            ? "expired"
                                                : "good"}};
          if (r.integer(3) != 0) item["expires"] = time_text(r.integer(3));
          items.push_back(std::move(item));
        }
        answer(x, 200, {{"items", items}});
      });
}

void revoke_token(ServerCore& core, const Call& call) {
  in_store<std::int64_t>(
      core, call.x,
      [id = call.part(), now = core.now(), actor = call.actor()](Database& db) -> Result<std::int64_t> {
        const auto done = db.execute("UPDATE enrolment_tokens SET revoked = $1 WHERE id = $2 AND revoked = 0",
                                     {now.ms, id});
        if (!done) return done;
        if (*done > 0)
          if (const Status noted = note_audit(db, actor, "revoke enrolment token", id, {}, now); !noted)
            return fail(noted.error());
        return done;
      },
      [x = call.x](std::int64_t changed) {
        changed > 0 ? no_content(x)
                    : answer_error(x, {ErrorCode::not_found, "there is no such token that is good"});
      });
}

/// For how many desktops would paper come if this server died now, and for the others why not?
void get_readiness(ServerCore& core, const Call& call) {
  std::int64_t all = 0, ready = 0, never = 0;
  json others = json::array();
  const std::int64_t limit = limit_of(call);
  for (const auto& [id, desktop] : core.desktops.all()) {
    if (desktop.revoked.set()) continue;
    ++all;
    json reasons = json::array();
    bool paper = false;
    if (desktop.readiness.empty()) {
      ++never;
      reasons.push_back({{"reason", "never-checked"}, {"text", "has not reported a check yet"}});
    } else {
      const json report = json::parse(desktop.readiness, nullptr, false);
      const json devices = report.value("devices", json::array());
      for (const json& device : devices) {
        const json verdict = device.value("verdict", json());
        paper = paper || verdict == "usable" || verdict == "may-count-twice";
        for (const json& reason : device.value("reasons", json::array()))
          if (reason.is_object() && reasons.size() < 5)
            reasons.push_back({{"device", device.value("device", "")},
                               {"reason", reason.value("id", "")},
                               {"text", reason.value("en", "")}});
      }
      if (devices.empty())
        reasons.push_back({{"reason", "no-device"}, {"text", "no device is permitted on this desktop"}});
    }
    if (paper) {
      ++ready;
      continue;
    }
    if (static_cast<std::int64_t>(others.size()) < limit)
      others.push_back({{"desktop", id}, {"host_name", desktop.host_name}, {"reasons", reasons}});
  }
  answer(call.x, 200,
         {{"desktops", all},
          {"ready", ready},
          {"not_ready", all - ready},
          {"never_checked", never},
          {"others", others}});
}

void put_administrator(ServerCore& core, const Call& call) {
  const auto body = object_of(call.x);
  if (!body) return;
  const auto role_text = text_member(*body, "role", true),
             password = text_member(*body, "password", true, 1024);
  Status good = known_members(*body, {"role", "password"});
  if (good && !role_text) good = fail(role_text.error());
  if (good && !role(*role_text))
    good = fail({ErrorCode::invalid, "is unknown", "role", {}, "admin, operator or auditor"});
  if (good && !password) good = fail(password.error());
  if (good && password->size() < 10)
    good = fail({ErrorCode::invalid, "is too short", "password", {}, "at least 10 characters"});
  if (!good) return answer_error(call.x, good.error());
  core.pool.submit([&core, &io = core.io, x = call.x, name = call.part(), actor = call.actor(),
                    role_text = *role_text, password = *password] {
    const auto hash = hash_password(password);
    io.post([&core, x, name, actor, role_text, hash] {
      if (!hash) return answer_error(x, hash.error());
      struct Done {
        std::int64_t revision;
        std::vector<Row> tokens;
      };
      in_store<Done>(
          core, x,
          [name, actor, role_text, hash = *hash, now = core.now()](Database& db) -> Result<Done> {
            const auto done = db.execute(
                "INSERT INTO administrators (name, role, password, created) VALUES ($1,$2,$3,$4) ON CONFLICT "
                "(name) DO UPDATE "
                "SET role = excluded.role, password = excluded.password",
                {name, role_text, hash, now.ms});
            if (!done) return fail(done.error());
            // Open sessions were opened with the old password.
            if (const auto gone = db.execute(
                    "DELETE FROM administrator_tokens WHERE name = $1 AND label = 'session'", {name});
                !gone)
              return fail(gone.error());
            if (const Status noted = note_audit(db, actor, "put administrator", name, role_text, now); !noted)
              return fail(noted.error());
            auto tokens = Administrators::read(db);
            if (!tokens) return fail(tokens.error());
            const auto revision = raise_revision(db);
            if (!revision) return fail(revision.error());
            return Done{*revision, std::move(*tokens)};
          },
          [&core, x, name, role_text](const Done& done) {
            if (done.revision == core.revision + 1) core.revision = done.revision;
            core.administrators.replace_all(done.tokens);
            answer(x, 200, {{"name", name}, {"role", role_text}});
          });
    });
  });
}

void list_administrators(ServerCore& core, const Call& call) {
  in_store<Rows>(
      core, call.x,
      [](Database& db) { return db.query("SELECT name, role, created FROM administrators ORDER BY name"); },
      [x = call.x](const Rows& rows) {
        json items = json::array();
        for (const Row& r : rows)
          items.push_back({{"name", r.text(0)}, {"role", r.text(1)}, {"created", time_text(r.integer(2))}});
        answer(x, 200, {{"items", items}});
      });
}

void delete_administrator(ServerCore& core, const Call& call) {
  struct Done {
    bool found;
    std::int64_t revision;
    std::vector<Row> tokens;
  };
  in_store<Done>(
      core, call.x,
      [name = call.part(), actor = call.actor(), now = core.now()](Database& db) -> Result<Done> {
        const auto done = db.execute("DELETE FROM administrators WHERE name = $1", {name});
        if (!done) return fail(done.error());
        const auto tokens_gone = db.execute("DELETE FROM administrator_tokens WHERE name = $1", {name});
        if (!tokens_gone) return fail(tokens_gone.error());
        if (const Status noted = note_audit(db, actor, "delete administrator", name, {}, now); !noted)
          return fail(noted.error());
        auto tokens = Administrators::read(db);
        if (!tokens) return fail(tokens.error());
        const auto revision = raise_revision(db);
        if (!revision) return fail(revision.error());
        return Done{*done + *tokens_gone > 0, *revision, std::move(*tokens)};
      },
      [&core, x = call.x](const Done& done) {
        if (done.revision == core.revision + 1) core.revision = done.revision;
        core.administrators.replace_all(done.tokens);
        done.found ? no_content(x)
                   : answer_error(x, {ErrorCode::not_found, "there is no such administrator"});
      });
}

void get_audit(ServerCore& core, const Call& call) {
  in_store<Rows>(
      core, call.x,
      [limit = limit_of(call)](Database& db) {
        return db.query("SELECT at, actor, action, target, detail FROM audit ORDER BY at DESC LIMIT $1",
                        {limit});
      },
      [x = call.x](const Rows& rows) {
        json items = json::array();
        for (const Row& r : rows)
          items.push_back({{"at", time_text(r.integer(0))},
                           {"actor", r.text(1)},
                           {"action", r.text(2)},
                           {"target", r.text(3)},
                           {"detail", r.text(4)}});
        answer(x, 200, {{"items", items}});
      });
}

void get_alarms(ServerCore& core, const Call& call) {
  in_store<Rows>(
      core, call.x,
      [limit = limit_of(call)](Database& db) {
        return db.query("SELECT id, at, kind, subject, text FROM alarms ORDER BY at DESC LIMIT $1", {limit});
      },
      [x = call.x](const Rows& rows) {
        json items = json::array();
        for (const Row& r : rows)
          items.push_back({{"id", r.text(0)},
                           {"at", time_text(r.integer(1))},
                           {"kind", r.text(2)},
                           {"subject", r.text(3)},
                           {"text", r.text(4)}});
        answer(x, 200, {{"items", items}});
      });
}

json view(const std::string& user, const Account& account) {
  json out = json::parse(account_json(account));
  out["user"] = user;
  return out;
}

void get_account(ServerCore& core, const Call& call) {
  in_store<std::optional<Account>>(
      core, call.x,
      [user = call.part(), now = core.now()](Database& db) { return find_account(db, user, now); },
      [x = call.x, user = call.part()](const std::optional<Account>& account) {
        account ? answer(x, 200, view(user, *account))
                : answer_error(x, {ErrorCode::not_found, "this user has no account"});
      });
}

void put_account(ServerCore& core, const Call& call) {
  const auto body = object_of(call.x);
  if (!body) return;
  Account account;
  std::vector<std::string_view> members{"user", "reason"};
  for (const AccountField& field : account_fields) members.push_back(field.name);
  Status good = known_members(*body, members);
  const auto reason = text_member(*body, "reason", false, 1024);
  if (good && !reason) good = fail(reason.error());
  if (good) good = take_account(call.x->body, account);
  if (!good) return answer_error(call.x, good.error());
  const Timestamp now = core.now();
  in_store<Account>(
      core, call.x,
      [user = call.part(), account, now, actor = call.actor(), why = *reason](Database& db) {
        return set_account(db, user, account, why.empty() ? "set" : why, actor, now);
      },
      [&core, x = call.x, user = call.part(), now](const Account& as_set) {
        core.snapshots.users_changed({user}, now);
        answer(x, 200, view(user, as_set));
      });
}
}  // namespace

void add_admin_routes(Routes& routes) {
  add_route(routes, "POST", "/api/v1/sessions", Access::anybody, open_session);
  add_route(routes, "GET", "/api/v1/desktops", Access::auditor, list_desktops);
  add_route(routes, "GET", "/api/v1/desktops/{id}", Access::auditor, get_desktop);
  add_route(routes, "DELETE", "/api/v1/desktops/{id}", Access::operator_, revoke_desktop);
  add_route(routes, "GET", "/api/v1/enrolment-tokens", Access::auditor, list_tokens);
  add_route(routes, "POST", "/api/v1/enrolment-tokens", Access::operator_, post_token);
  add_route(routes, "DELETE", "/api/v1/enrolment-tokens/{id}", Access::operator_, revoke_token);
  add_route(routes, "GET", "/api/v1/readiness", Access::auditor, get_readiness);
  add_route(routes, "GET", "/api/v1/administrators", Access::admin, list_administrators);
  add_route(routes, "PUT", "/api/v1/administrators/{name}", Access::admin, put_administrator);
  add_route(routes, "DELETE", "/api/v1/administrators/{name}", Access::admin, delete_administrator);
  add_route(routes, "GET", "/api/v1/audit", Access::auditor, get_audit);
  add_route(routes, "GET", "/api/v1/alarms", Access::auditor, get_alarms);
  add_route(routes, "GET", "/api/v1/accounts/{user}", Access::auditor, get_account);
  add_route(routes, "PUT", "/api/v1/accounts/{user}", Access::operator_, put_account);
}

}  // namespace printrouter::server
