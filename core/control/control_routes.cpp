// SPDX-License-Identifier: Apache-2.0
#include "control/control_routes.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <sstream>

#include "control/history_import.hpp"
#include "control/job_view.hpp"
#include "control/route_help_detail.hpp"
#include "devices/device_filter.hpp"
#include "model/json_values_detail.hpp"
#include "routing/explain.hpp"
#include "routing/rules.hpp"

namespace printrouter::control {
namespace {
using nlohmann::json;

/// A document is mostly looked into in a fraction of a second; who asks about one of thousands of pages is
/// told that it goes on.
constexpr Milliseconds explain_patience = std::chrono::seconds(5);

/// Row by row: as one tree, thousands of jobs would take many times the memory of their text.
template <class Rows, class View>
void ok_list(const Exchange& x, const Rows& rows, const View& view_of) {
  std::string out = "[";
  for (const auto& row : rows) {
    if (out.size() > 1) out += ',';
    out += text(view_of(row));
  }
  out += ']';
  x->reply(200, std::move(out));
}

std::vector<std::string> parts_of(std::string_view path) {
  std::vector<std::string> out;
  std::stringstream in{std::string(path)};
  std::string part;
  while (std::getline(in, part, '/'))
    if (!part.empty()) out.push_back(part);
  return out;
}

Router::Done job_reply(const Exchange& x) {
  return [x](const Result<Job>& job) {
    if (!job) return reply_error(x, job.error());
    ok(x, view(*job));
  };
}

/// What a person hears who may not print there: the rule's own words, in both languages.
Router::Done release_reply(ControlContext& c, const Exchange& x, const Actor& actor, JobId id,
                           const std::string& device) {
  return [&c, x, actor, id, device](const Result<Job>& job) {
    if (job) return ok(x, view(*job));
    if (job.error().code == ErrorCode::conflict)
      if (const auto why = c.router.why_not(actor, id, device))
        return reply_error(x, SaidError(ErrorCode::conflict, *why));
    reply_error(x, job.error());
  };
}

bool administrator_only(const Actor& actor, const Exchange& x) {
  if (actor.administrator) return true;
  reply_error(x, {ErrorCode::not_permitted, "only an administrator may do this"});
  return false;
}

void get_status(ControlContext& c, const Exchange& x) {
  if (!c.daemon.ready()) return reply_error(x, {ErrorCode::unavailable, "starting"});
  json listeners = json::array();
  for (const ListenerInfo& l : c.daemon.listeners()) {
    json entry{{"protocol", l.protocol}, {"address", l.address}, {"port", l.port}};
    if (l.protocol == "ipp") entry["path"] = l.path;
    if (l.protocol != "ipp") entry["queue"] = l.queue;
    if (l.tls) entry["tls"] = true;
    listeners.push_back(std::move(entry));
  }
  const ServerFacts server = c.router.server_facts();
  json targets = json::array();
  std::string refuses;  // of a server that answers, and takes nothing from this desktop
  for (const HealthInfo& h : c.router.health()) {
    if (h.target == "server" && server.up) refuses = h.reason;
    targets.push_back({{"target", h.target},
                       {"state", to_string(h.state)},
                       {"reason", h.reason},
                       {"since_ms", h.since.count()}});
  }
  const Profile& profile = c.router.setup().config->profile;
  json out{{"version", c.daemon.version},
           {"pid", ::getpid()},
           {"listeners", listeners},
           {"server",
            {{"configured", server.configured},
             {"name", server.name},
             {"state", !server.configured ? "none"
                       : server.up        ? "up"
                                          : "down"},
             {"text", server.up ? refuses : server.text}}},
           {"fallback", {{"enabled", profile.enabled}, {"profile", profile.name}}},
           {"jobs", c.router.counts()},
           {"health", targets}};
  out.update(json::parse(c.daemon.link_status(), nullptr, false));
  if (c.router.last_check().set())
    out["check"] = {{"at", c.router.last_check().to_string()},
                    {"age_s", (c.services.clock->now() - c.router.last_check()).count() / 1000}};
  ok(x, out);
}

void job_action(ControlContext& c, const Exchange& x, const Actor& actor, JobId id,
                const std::string& action) {
  const auto body = body_of(x);
  if (!body) return;
  if (action == "release") {
    const auto device = body->find("device");
    if (device == body->end() || !device->is_string())
      return reply_error(x, {ErrorCode::invalid, "missing or no text", "device", x->path,
                             "the id of a device, see GET /v1/devices"});
    const auto name = device->get<std::string>();
    return c.router.release(actor, id, name, release_reply(c, x, actor, id, name));
  }
  if (action == "wait") return c.router.wait_for_server(actor, id, job_reply(x));
  if (action == "cancel") return c.router.cancel(actor, id, job_reply(x));
  if (action == "retry") return c.router.retry(actor, id, job_reply(x));
  if (action == "settle") {
    const std::string result = body->value("result", json()).is_string() ? body->value("result", "") : "";
    std::optional<std::int64_t> pages;
    if (const auto p = body->find("pages"); p != body->end()) {
      if (!p->is_number_unsigned())
        return reply_error(
            x, {ErrorCode::invalid, "no page count", "pages", x->path, "a whole number, 0 or more"});
      pages = p->get<std::int64_t>();
    }
    using S = Router::Settlement;
    if (result == "printed") return c.router.settle(actor, id, S::printed, pages, job_reply(x));
    if (result == "not-printed") return c.router.settle(actor, id, S::not_printed, pages, job_reply(x));
    if (result == "reprint") return c.router.settle(actor, id, S::reprint, pages, job_reply(x));
    return reply_error(
        x, {ErrorCode::invalid, "missing or unknown", "result", x->path, "printed | not-printed | reprint"});
  }
  reply_error(x, {ErrorCode::not_found, "there is no action " + action});
}

void explain_job(ControlContext& c, const Exchange& x, const Actor& actor, JobId id) {
  c.router.have_analysed(actor, id, explain_patience, [&c, x, actor, id] {
    const auto found = c.router.explain(actor, id);
    if (!found) return reply_error(x, found.error());
    json out{{"job", view(found->job)},
             {"decision", found->decision},
             {"analysing", found->analysing},
             {"text", explain(found->decision, found->job, query(*x, "lang", "en"), found->analysing)}};
    if (found->job.analysis) out["analysis"] = *found->job.analysis;
    ok(x, out);
  });
}

void jobs_routes(ControlContext& c, const Exchange& x, const Actor& actor,
                 const std::vector<std::string>& parts) {
  if (parts.size() == 2 && x->method == "GET") {
    return ok_list(x, c.router.jobs(actor, query(*x, "all") == "true"),
                   [](const Job& job) { return view(job); });
  }
  JobId id = 0;
  if (parts.size() < 3 || std::from_chars(parts[2].data(), parts[2].data() + parts[2].size(), id).ptr !=
                              parts[2].data() + parts[2].size())
    return reply_error(x, {ErrorCode::invalid, "no job number", "id", x->path, "a whole number"});
  if (parts.size() == 3 && x->method == "GET") return job_reply(x)(c.router.job(actor, id));
  if (parts.size() == 4 && x->method == "GET" && parts[3] == "explain") return explain_job(c, x, actor, id);
  if (parts.size() == 4 && x->method == "POST") return job_action(c, x, actor, id, parts[3]);
  reply_error(x, {ErrorCode::not_found, "there is nothing at " + x->path});
}

void questions_routes(ControlContext& c, const Exchange& x, const Actor& actor,
                      const std::vector<std::string>& parts) {
  const Directory& directory = *c.router.setup().directory;
  if (parts.size() == 2 && x->method == "GET") {
    return ok_list(x, c.router.questions(actor), [&](const Question& q) { return view(q, directory); });
  }
  if (parts.size() == 3 && x->method == "GET") {
    const auto q = c.router.question(actor, parts[2]);
    return q ? ok(x, view(*q, directory)) : reply_error(x, q.error());
  }
  if (parts.size() == 4 && parts[3] == "answer" && x->method == "POST") {
    const auto body = body_of(x);
    if (!body) return;
    const auto device = body->find("device");
    if (device == body->end() || !device->is_string())
      return reply_error(
          x, {ErrorCode::invalid, "missing or no text", "device", x->path, "one of the question's choices"});
    const auto name = device->get<std::string>();
    const auto asked = c.router.question(actor, parts[2]);
    return c.router.answer(actor, parts[2], name, body->value("all_waiting", false),
                           release_reply(c, x, actor, asked ? asked->job : 0, name));
  }
  reply_error(x, {ErrorCode::not_found, "there is nothing at " + x->path});
}

void get_devices(ControlContext& c, const Exchange& x) {
  const auto filter = parse_device_filter(query(*x, "filter"));
  if (!filter) return reply_error(x, filter.error());
  std::map<std::string, HealthInfo> health;
  for (const HealthInfo& h : c.router.health()) health[h.target] = h;
  json out = json::array();
  for (const Device& device : c.router.setup().directory->devices()) {
    if (!matches(device, *filter)) continue;
    json entry = view(device);
    const auto it = health.find(device.id);
    entry["status"] = it == health.end() ? "unknown" : to_string(it->second.state);
    out.push_back(std::move(entry));
  }
  ok(x, out);
}

void check_fallback(ControlContext& c, const Exchange& x, const Actor& actor) {
  const std::string user = query(*x, "user", actor.user);
  if (user != actor.user && !administrator_only(actor, x)) return;
  c.router.check_fallback(user, query(*x, "probe", "true") != "false", [x](const FallbackCheck& check) {
    json out = json::parse(to_json_text(check));
    out["text"] = render(check, query(*x, "lang", "en"));
    ok(x, out);
  });
}

void get_plugins(ControlContext& c, const Exchange& x) {
  json out = json::array();
  for (const PluginInfo& p : c.services.plugins->list()) {
    json findings = json::array();
    for (const PluginFinding& f : p.findings)
      findings.push_back(
          {{"id", f.id}, {"text", f.text}, {"place", f.place}, {"quarantined", f.quarantined}});
    out.push_back({{"id", p.identity.id},
                   {"version", p.identity.version},
                   {"sha256", p.identity.sha256},
                   {"library", p.identity.library.string()},
                   {"loaded", p.loaded},
                   {"provides", p.identity.provides},
                   {"names", p.names},
                   {"findings", findings}});
  }
  ok(x, out);
}

void get_doctor(ControlContext& c, const Exchange& x) {
  json out = json::array();
  const auto say = [&](const char* severity, const std::string& en, const std::string& de,
                       const std::string& remedy_en = {}, const std::string& remedy_de = {}) {
    out.push_back(
        {{"severity", severity}, {"en", en}, {"de", de}, {"remedy_en", remedy_en}, {"remedy_de", remedy_de}});
  };
  const Config& config = *c.router.setup().config;
  const ServerFacts server = c.router.server_facts();
  if (!server.configured)
    say("warning", "No print server is configured; fallback rules decide every job.",
        "Es ist kein Druckserver eingerichtet; die Ausweichregeln entscheiden jeden Auftrag.",
        "Add \"server\" to " + config.file, "\"server\" in " + config.file + " eintragen");
  else if (server.up)
    say("info", "The print server " + server.name + " takes jobs.",
        "Der Druckserver " + server.name + " nimmt Aufträge an.");
  else
    say("warning",
        "The print server " + server.name + " does not take jobs: " + health_text(server.text, false) + ".",
        "Der Druckserver " + server.name + " nimmt keine Aufträge an: " + health_text(server.text, true) +
            ".",
        "Check the server; jobs follow the fallback rules meanwhile.",
        "Server prüfen; solange gelten die Ausweichregeln.");
  if (!config.profile.enabled)
    say("warning", "Fallback printing is off in this profile.",
        "Ausweichdruck ist in diesem Profil ausgeschaltet.", "printing.fallback.enabled",
        "printing.fallback.enabled");
  else if (c.router.setup().directory->targets(config.profile).empty())
    say("error", "Fallback printing is on, but its target names no device.",
        "Ausweichdruck ist an, aber sein Ziel nennt kein Gerät.", "printing.fallback.target",
        "printing.fallback.target");
  else
    say("info", "Fallback printing is on.", "Ausweichdruck ist eingeschaltet.");
  if (!c.router.last_check().set())
    say("warning", "The fallback devices have not been checked yet.",
        "Die Ausweichgeräte wurden noch nicht geprüft.", "printrouter check fallback",
        "printrouter check fallback");
  for (const PluginInfo& p : c.services.plugins->list())
    if (!p.loaded)
      say("error",
          "Plugin " + p.identity.id + " is not loaded: " +
              (p.findings.empty() ? "" : p.findings.front().id + ": " + p.findings.front().text),
          "Plugin " + p.identity.id +
              " ist nicht geladen: " + (p.findings.empty() ? "" : p.findings.front().id),
          "printrouter plugins list", "printrouter plugins list");
  if (const Status sound = c.services.journal->check(); !sound)
    say("error", "The journal is damaged: " + sound.error().message(),
        "Das Journal ist beschädigt: " + sound.error().message());
  else
    say("info", "The journal is sound.", "Das Journal ist in Ordnung.");
  if (const Status room = c.services.spool->check_room(0); !room)
    say("error", "The spool refuses jobs: " + room.error().message(),
        "Der Spool nimmt nichts mehr an: " + room.error().message(), "Free disk space.", "Platz schaffen.");
  else
    say("info", "There is room for print jobs.", "Es ist Platz für Druckaufträge.");
  ok(x, out);
}

void import_history(ControlContext& c, const Exchange& x) {
  auto entries = parse_history(x->body, query(*x, "name", "history"), c.services.clock->now());
  if (!entries) return reply_error(x, entries.error());
  const std::size_t count = entries->size();
  c.router.import_history(std::move(*entries), [x, count](const Status& done) {
    if (!done) return reply_error(x, done.error());
    ok(x, {{"imported", count}});
  });
}

}  // namespace

void handle(ControlContext& c, const Exchange& x) {
  const Actor actor = c.actor_of(*x);
  if (actor.uid < 0)
    return reply_error(x, {ErrorCode::not_permitted, "the account at this socket is not known"});
  const auto parts = parts_of(x->path);
  const bool get = x->method == "GET", post = x->method == "POST";
  if (parts.empty() || parts[0] != "v1" || parts.size() < 2)
    return reply_error(x, {ErrorCode::not_found, "there is nothing at " + x->path, {}, {}, "/v1/…"});
  const std::string& what = parts[1];
  if (what == "jobs") return jobs_routes(c, x, actor, parts);
  if (what == "questions") return questions_routes(c, x, actor, parts);
  if (what == "status" && get) return get_status(c, x);
  if (what == "devices" && get) return get_devices(c, x);
  if (what == "check" && get && parts.size() == 3 && parts[2] == "fallback")
    return check_fallback(c, x, actor);
  if (what == "notifications" && get) {
    json out = json::array();
    for (const Notification& n : c.router.notifications(actor, 0)) out.push_back(view(n));
    return ok(x, out);
  }
  if (what == "ledger") return administrator_only(actor, x) ? ledger_routes(c, x, parts) : void();
  if (what == "enrol" && post) return administrator_only(actor, x) ? enrol(c, x) : void();
  if (what == "plugins" && get) return get_plugins(c, x);
  if (what == "doctor" && get) return get_doctor(c, x);
  if (what == "history" && post) return administrator_only(actor, x) ? import_history(c, x) : void();
  if (what == "reload" && post) {
    if (!administrator_only(actor, x)) return;
    if (const auto done = c.daemon.reload(); !done) return reply_error(x, done.error());
    return ok(x, {{"reloaded", true}});
  }
  reply_error(x, {ErrorCode::not_found, "there is nothing at " + x->method + " " + x->path});
}

}  // namespace printrouter::control
