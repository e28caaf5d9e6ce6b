// SPDX-License-Identifier: Apache-2.0
// What administrators write: profiles, printers, printer groups, users, assignments, prices.
#include "server/api_detail.hpp"

namespace printrouter::server {
using nlohmann::json;

namespace {

json shown(const ServerCore& core, Kind kind, const std::string& id, const std::string& body) {
  json out = json::parse(kind == Kind::user ? core.catalog.shown_user(body) : body);
  if (kind != Kind::prices) out["id"] = id;
  return out;
}

json warnings_of(const ConfigFindings& findings) {
  json out = json::array();
  for (const ConfigFinding& f : findings)
    out.push_back({{"id", f.id}, {"field", f.field}, {"text", f.en}, {"expected", f.expected}});
  return out;
}

void list(ServerCore& core, const Call& call, Kind kind) {
  const Catalog::Bodies& bodies = core.catalog.of(kind);
  const std::string after = call.query("after");
  const std::int64_t limit = limit_of(call);
  json items = json::array();
  auto it = after.empty() ? bodies.begin() : bodies.upper_bound(after);
  for (; it != bodies.end() && static_cast<std::int64_t>(items.size()) < limit; ++it)
    items.push_back(shown(core, kind, it->first, it->second));
  json out{{"items", std::move(items)}};
  if (it != bodies.end()) out["next"] = std::prev(it)->first;
  answer(call.x, 200, out);
}

void get(ServerCore& core, const Call& call, Kind kind, const std::string& id) {
  const std::string* body = core.catalog.find(kind, id);
  if (!body)
    return answer_error(
        call.x, {ErrorCode::not_found, "there is no " + std::string(to_string(kind)) + " \"" + id + "\""});
  answer(call.x, 200, shown(core, kind, id, *body));
}

/// Writes, then lets memory and desktops follow.
void write(ServerCore& core, const Call& call, ResourceWrite what, std::function<void()> done) {
  const Timestamp now = core.now();
  in_store<std::int64_t>(
      core, call.x,
      [what, actor = call.actor(), now](Database& db) { return write_resources(db, {what}, actor, now); },
      [&core, what, now, done = std::move(done)](std::int64_t revision) {
        if (what.body)
          core.catalog.put(what.kind, what.id, *what.body);
        else
          core.catalog.remove(what.kind, what.id);
        // A gap: another program wrote too, and the next look at the store reads everything.
        if (revision == core.revision + 1) core.revision = revision;
        if (what.kind == Kind::user)
          core.snapshots.users_changed({what.id}, now);
        else
          core.snapshots.changed(now);
        done();
      });
}

void put(ServerCore& core, const Call& call, Kind kind, const std::string& id) {
  auto checked = core.catalog.check(kind, id, call.x->body, "body");
  if (!checked) return answer_error(call.x, checked.error());
  const bool fresh = !core.catalog.find(kind, id);
  json out = shown(core, kind, id, checked->body);
  if (!checked->warnings.empty()) out["warnings"] = warnings_of(checked->warnings);
  write(core, call, {kind, id, std::move(checked->body)},
        [x = call.x, fresh, out = std::move(out)] { answer(x, fresh ? 201 : 200, out); });
}

void remove(ServerCore& core, const Call& call, Kind kind, const std::string& id) {
  if (!core.catalog.find(kind, id))
    return answer_error(
        call.x, {ErrorCode::not_found, "there is no " + std::string(to_string(kind)) + " \"" + id + "\""});
  if (const std::string who = core.catalog.needed_by(kind, id); !who.empty())
    return answer_error(call.x, {ErrorCode::conflict, "is still named by " + who, "id"});
  write(core, call, {kind, id, std::nullopt}, [x = call.x] {
    net::HttpReply reply;
    reply.status = 204;
    x->reply(std::move(reply));
  });
}

void add(Routes& routes, const std::string& path, Kind kind, Access writes) {
  add_route(routes, "GET", path, Access::auditor,
            [kind](ServerCore& core, const Call& call) { list(core, call, kind); });
  const std::string one = path + "/{id}";
  add_route(routes, "GET", one, Access::auditor,
            [kind](ServerCore& core, const Call& call) { get(core, call, kind, call.part()); });
  add_route(routes, "PUT", one, writes,
            [kind](ServerCore& core, const Call& call) { put(core, call, kind, call.part()); });
  add_route(routes, "DELETE", one, writes,
            [kind](ServerCore& core, const Call& call) { remove(core, call, kind, call.part()); });
}
}  // namespace

void add_resource_routes(Routes& routes) {
  add(routes, "/api/v1/profiles", Kind::profile, Access::admin);
  add(routes, "/api/v1/assignments", Kind::assignment, Access::admin);
  add(routes, "/api/v1/printers", Kind::printer, Access::operator_);
  add(routes, "/api/v1/printer-groups", Kind::group, Access::operator_);
  add(routes, "/api/v1/users", Kind::user, Access::operator_);
  // One book of price lists: printers name theirs.
  add_route(routes, "GET", "/api/v1/prices", Access::auditor,
            [](ServerCore& core, const Call& call) { get(core, call, Kind::prices, "default"); });
  add_route(routes, "PUT", "/api/v1/prices", Access::admin,
            [](ServerCore& core, const Call& call) { put(core, call, Kind::prices, "default"); });
}

}  // namespace printrouter::server
