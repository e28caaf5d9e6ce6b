// SPDX-License-Identifier: Apache-2.0
// What desktops ask and tell: enrolment, snapshot, events, ledger, readiness.
#include <spdlog/spdlog.h>

#include "base/time_text.hpp"
#include "model/ledger_entry.hpp"
#include "server/api_detail.hpp"
#include "server/book_store.hpp"
#include "server/ledger_store.hpp"
#include "server/local_users.hpp"

namespace printrouter::server {
using nlohmann::json;

namespace {

void enrol_desktop(ServerCore& core, const Call& call) {
  const auto body = object_of(call.x);
  if (!body) return;
  EnrolRequest request;
  const auto take = [&](const char* name, bool required, std::string& into, std::size_t longest) -> Status {
    auto text = text_member(*body, name, required, longest);
    if (!text) return fail(text.error());
    into = std::move(*text);
    return {};
  };
  Status good = known_members(*body, {"token", "host_name", "ledger", "version"});
  if (good) good = take("token", true, request.token, 200);
  if (good) good = take("host_name", true, request.host_name, 255);
  if (good) good = take("ledger", false, request.ledger, 36);
  if (good) good = take("version", false, request.version, 64);
  if (good && !request.ledger.empty() && !Uuid::parse(request.ledger))
    good = fail({ErrorCode::invalid, "is no uuid", "ledger", {}, "a uuid"});
  if (!good) return answer_error(call.x, good.error());
  request.address = call.x->address.address;
  in_store<EnrolAnswer>(
      core, call.x, [request, now = core.now()](Database& db) { return enrol(db, request, now); },
      [&core, x = call.x](EnrolAnswer enrolled) {
        spdlog::info("desktop {} enrolled: {} from {}", enrolled.desktop.id, enrolled.desktop.host_name,
                     enrolled.desktop.address);
        const std::string id = enrolled.desktop.id;
        core.desktops.put(std::move(enrolled.desktop), enrolled.key_hash);
        answer(x, 201, {{"desktop", id}, {"key", enrolled.key}});
      });
}

std::vector<std::string> users_of(const Call& call) {
  std::vector<std::string> out;
  const std::string text = call.query("users");
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string_view name = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), name.size() + 1));
    if (!name.empty() && name.size() <= 255 && std::ranges::find(out, name) == out.end())
      out.emplace_back(name);
  }
  return out;
}

void get_snapshot(ServerCore& core, const Call& call) {
  struct Found {
    std::optional<std::set<std::string>> admitted = {};  ///< if it asked for new ones
    std::vector<UserState> states = {};
  };
  const std::vector<std::string> users = users_of(call);
  const auto& has = call.desktop->users;
  const bool new_ones = std::ranges::any_of(users, [&](const auto& user) { return !has.contains(user); });
  in_store<Found>(
      core, call.x,
      [users, new_ones, desktop = call.desktop->id, most = core.config.limits.desktop_users,
       now = core.now()](Database& db) -> Result<Found> {
        Found out;
        std::vector<std::string> granted = users;
        if (new_ones) {
          auto admitted = admit_users(db, desktop, users, most, now);
          if (!admitted) return fail(admitted.error());
          out.admitted = std::move(*admitted);
          std::erase_if(granted, [&](const std::string& user) { return !out.admitted->contains(user); });
        }
        auto states = read_users(db, desktop, granted, now);
        if (!states) return fail(states.error());
        out.states = std::move(*states);
        return out;
      },
      [&core, x = call.x, id = call.desktop->id](const Found& found) {
        if (found.admitted) core.desktops.set_users(id, *found.admitted);
        const Desktop* desktop = core.desktops.find(id);
        if (!desktop || desktop->revoked.set())
          return answer_error(x, {ErrorCode::not_permitted, "this desktop is no longer known"}, 401);
        auto built = core.snapshots.build(*desktop, found.states, core.now());
        if (!built) return answer_error(x, built.error());
        net::HttpReply reply;
        reply.headers = {{"ETag", built->etag}, {"Cache-Control", "no-store"}};
        if (x->header("If-None-Match") == built->etag)
          reply.status = 304;
        else
          reply.body = std::move(built->json);
        core.metrics.add("printrouter_server_snapshots_total",
                         reply.status == 304 ? "result=\"same\"" : "result=\"sent\"");
        x->reply(std::move(reply));
      });
}

void open_events(ServerCore& core, const Call& call) {
  // Streams stay: they must not take the connections that requests need.
  if (core.snapshots.listeners() >= core.config.limits.connections * 3 / 4)
    return answer_error(call.x, {ErrorCode::unavailable,
                                 "no more event streams; the snapshot can be asked for all the same",
                                 {},
                                 {},
                                 "at most three quarters of limits.connections of the server"});
  core.snapshots.listen(call.desktop->id, call.x);
}

/// Why an entry is not what a ledger entry is; empty: it is.
std::string malformed(const json& entry) {
  if (!entry.is_object()) return "is no object";
  const auto seq = entry.find("seq"), attempt = entry.find("attempt"), content = entry.find("content");
  if (seq == entry.end() || !seq->is_number_integer() || seq->get<std::int64_t>() < 1)
    return "seq: expected a whole number from 1";
  if (!entry.contains("kind") || !entry["kind"].is_string() ||
      !ledger::kind(entry["kind"].get<std::string>()))
    return "kind: expected reserve, claim, evidence, settle, refund or void";
  if (!entry.contains("job") || !entry["job"].is_string() || !Uuid::parse(entry["job"].get<std::string>()))
    return "job: expected a uuid";
  if (attempt == entry.end() || !attempt->is_number_integer() || attempt->get<std::int64_t>() < 1)
    return "attempt: expected a whole number from 1";
  if (content == entry.end() || !content->is_object()) return "content: expected an object";
  return {};
}

json answer_of(const LedgerAnswer& taken) {
  json acknowledged = json::array(), rejected = json::array();
  for (const auto& [first, last] : taken.acknowledged) acknowledged.push_back({first, last});
  for (const RejectedEntry& r : taken.rejected)
    rejected.push_back({{"seq", r.seq}, {"reason", r.reason}, {"text", r.text}});
  return {{"acknowledged", acknowledged}, {"rejected", rejected}};
}

void take_ledger(ServerCore& core, const Call& call) {
  const auto body = object_of(call.x);
  if (!body) return;
  const auto refuse = [&](const char* field, const char* text, const char* expected) {
    answer_error(call.x, {ErrorCode::invalid, text, field, {}, expected});
  };
  if (const Status known = known_members(*body, {"ledger", "entries"}); !known)
    return answer_error(call.x, known.error());
  const auto ledger_text = text_member(*body, "ledger", true, 64);
  if (!ledger_text) return answer_error(call.x, ledger_text.error());
  const auto ledger = Uuid::parse(*ledger_text);
  if (!ledger) return refuse("ledger", "is no uuid", "the ledger's id, a uuid");
  const auto list = body->find("entries");
  if (list == body->end() || !list->is_array() || list->size() > 1000)
    return refuse("entries", "is no list of at most 1000 entries", "a list of at most 1000 ledger entries");
  std::vector<ReportedEntry> entries;
  std::vector<RejectedEntry> rejected;
  for (const json& entry : *list) {
    if (const std::string why = malformed(entry); !why.empty()) {
      const bool numbered = entry.is_object() && entry.contains("seq") && entry["seq"].is_number_integer();
      rejected.push_back({numbered ? entry["seq"].get<std::int64_t>() : 0, "malformed", why});
      continue;
    }
    ReportedEntry reported{entry["seq"].get<std::int64_t>(),
                           entry["kind"].get<std::string>(),
                           Uuid::parse(entry["job"].get<std::string>())->to_string(),
                           entry["attempt"].get<std::int64_t>(),
                           dump(entry["content"]),
                           {}};
    std::string why = read_content(reported, entry["content"]);
    const auto* claim = reported.event ? std::get_if<accounting::Claim>(&*reported.event) : nullptr;
    if (!why.empty())
      rejected.push_back({reported.seq, "malformed", std::move(why)});
    else if (claim && core.refuses_user(claim->user))
      rejected.push_back({reported.seq, "unknown-user", "user: \"" + claim->user + "\" is no user here"});
    else
      entries.push_back(std::move(reported));
  }
  struct Taken {
    LedgerAnswer ledger;
    std::set<std::string> users = {};
  };
  const Timestamp now = core.now();
  in_store<Taken>(
      core, call.x,
      [entries = std::move(entries), id = ledger->to_string(), desktop = call.desktop->id, now,
       rules = core.rules()](Database& db) -> Result<Taken> {
        auto taken = take_entries(db, id, desktop, entries, now);
        if (!taken) return fail(taken.error());
        Taken out{std::move(*taken)};
        // Stored and booked in one transaction: what is acknowledged is on the account.
        auto booked = book(db, rules, events_of(out.ledger.fresh), now);
        if (!booked) return fail(booked.error());
        out.users = std::move(booked->users);
        for (const RefusedFact& r : booked->refused)
          if (const Status noted = note_alarm(db, "not-booked", id, r.error.message(), now); !noted)
            return fail(noted.error());
        const auto uses = uses_of(out.ledger.fresh, now);
        if (const Status noted = note_uses(db, uses); !noted) return fail(noted.error());
        for (const Use& use : uses) out.users.insert(use.user);
        // Here too: what they prove is worth a new snapshot to this desktop.
        auto local = note_local_users(db, desktop, out.ledger.fresh, now);
        if (!local) return fail(local.error());
        out.users.merge(*local);
        return out;
      },
      [&core, x = call.x, rejected = std::move(rejected), now, desktop = call.desktop->id](Taken taken) {
        for (const ReportedEntry& e : taken.ledger.fresh) {
          spdlog::debug("ledger entry {} {} of job {} from desktop {}", e.seq, e.kind, e.job, desktop);
          // It was printed elsewhere: a copy that is still held here must not come out as well.
          if (e.kind == ledger::to_string(ledger::Kind::void_copy))
            core.jobs.take_back(e.job, desktop, now, [uuid = e.job](const Result<ServerJob>& job) {
              if (!job) spdlog::warn("job {} was to be voided: {}", uuid, job.error().message());
            });
        }
        if (!taken.users.empty()) core.snapshots.users_changed(taken.users, now);
        core.metrics.add("printrouter_server_ledger_entries_total", "result=\"taken\"",
                         taken.ledger.fresh.size());
        auto& refused = taken.ledger.rejected;
        refused.insert(refused.end(), rejected.begin(), rejected.end());
        core.metrics.add("printrouter_server_ledger_entries_total", "result=\"rejected\"", refused.size());
        for (const RejectedEntry& r : refused)
          spdlog::warn("ledger entry {} of desktop {} rejected: {} {}", r.seq, desktop, r.reason, r.text);
        answer(x, 200, answer_of(taken.ledger));
      });
}

void take_readiness(ServerCore& core, const Call& call) {
  const auto body = object_of(call.x);
  if (!body) return;
  const auto checked = text_member(*body, "checked", true, 64);
  if (!checked) return answer_error(call.x, checked.error());
  const auto when = parse_time(*checked);
  if (!when)
    return answer_error(
        call.x, {ErrorCode::invalid, "is no time", "checked", {}, "RFC 3339 in UTC: 2026-01-31T08:15:30Z"});
  const auto devices = body->find("devices");
  bool objects = devices != body->end() && devices->is_array() && devices->size() <= 10'000;
  if (objects)
    for (const json& device : *devices) objects = objects && device.is_object();
  if (!objects)
    return answer_error(call.x, {ErrorCode::invalid,
                                 "is no list of objects",
                                 "devices",
                                 {},
                                 "a list of what was found for each device"});
  std::string text = dump(*body);
  if (text.size() > (1u << 20))
    return answer_error(
        call.x, {ErrorCode::limit, "is larger than 1 MiB", "devices", {}, "what check fallback found"});
  in_store<bool>(
      core, call.x,
      [text, id = call.desktop->id, when = *when](Database& db) -> Result<bool> {
        const auto done = db.execute("UPDATE desktops SET readiness = $1, readiness_at = $2 WHERE id = $3",
                                     {text, when.ms, id});
        return done ? Result<bool>(true) : Result<bool>(fail(done.error()));
      },
      [&core, x = call.x, text, id = call.desktop->id, when = *when](bool) {
        if (Desktop* desktop = core.desktops.find(id))
          desktop->readiness = text, desktop->readiness_at = when;
        net::HttpReply reply;
        reply.status = 204;
        x->reply(std::move(reply));
      });
}
}  // namespace

void add_desktop_routes(Routes& routes) {
  add_route(routes, "POST", "/api/v1/enrolments", Access::anybody, enrol_desktop);
  add_route(routes, "GET", "/api/v1/desktop/snapshot", Access::desktop, get_snapshot);
  add_route(routes, "GET", "/api/v1/desktop/events", Access::desktop, open_events);
  add_route(routes, "POST", "/api/v1/desktop/ledger", Access::desktop, take_ledger);
  add_route(routes, "PUT", "/api/v1/desktop/readiness", Access::desktop, take_readiness);
}

}  // namespace printrouter::server
