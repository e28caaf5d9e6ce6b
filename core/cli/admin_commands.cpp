// SPDX-License-Identifier: Apache-2.0
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <sstream>

#include "cli/cli_context.hpp"

namespace printrouter::cli {
namespace {
using nlohmann::json;

std::string yes_no(const Context& c, const json& value) {
  if (!value.is_boolean()) return "?";
  return value.get<bool>() ? c.say("yes", "ja") : c.say("no", "nein");
}

using Line = std::function<void(std::string_view name, const std::string& value)>;

/// What the server knows of the ledger, and this desktop of the server's word.
void print_report(const Context& c, const json& status, const Line& line) {
  const json& report = status["report"];
  const std::string target = report.value("target", "");
  if (target == "none") return;
  const std::size_t refused = report.value("rejected", json::array()).size();
  std::string words =
      fmt::format("{} {}", report.value("unreported", 0), c.say("to be reported", "noch zu melden"));
  if (refused > 0) words += fmt::format(", {} {}", refused, c.say("refused", "abgelehnt"));
  if (const std::string error = report.value("error", ""); !error.empty()) words += "; " + plain(error);
  line(c.say("accounting", "Abrechnung"), words);
  for (const json& alarm : report.value("alarms", json::array()))
    line(c.say("ALARM", "ALARM"), plain(alarm.get<std::string>()));
  if (status.contains("enrolled") && !status.value("enrolled", false))
    line(c.say("enrolment", "Anmeldung"), c.say("this desktop is not enrolled: printrouter enrol",
                                                "noch nicht angemeldet: printrouter enrol"));
  if (!status.contains("snapshot")) return;
  const json& snapshot = status["snapshot"];
  std::string state = snapshot.contains("version") ? fmt::format("{} {}, {}", c.say("version", "Stand"),
                                                                 snapshot.value("version", std::int64_t{0}),
                                                                 snapshot.value("as_of", ""))
                                                   : std::string(c.say("none yet", "noch keine"));
  if (const std::string error = snapshot.value("error", ""); !error.empty()) state += "; " + plain(error);
  line(c.say("server's rules", "Serverregeln"), state);
}
}  // namespace

int run_devices(const Context& c, const std::string& filter) {
  int exit = 0;
  const auto devices = ask(c, "GET", "/v1/devices?filter=" + control::percent_encode(filter), exit);
  if (!devices) return exit;
  if (c.json) return print_json(*devices), exit_ok;
  if (devices->empty()) return print_line(c.say("No device matches.", "Kein Gerät passt.")), exit_ok;
  std::vector<std::vector<std::string>> rows{{c.say("Device", "Gerät"), "Name", c.say("Place", "Ort"),
                                              c.say("Model", "Modell"), c.say("Colour", "Farbe"),
                                              c.say("Wide", "Breit"), "Duplex", c.say("Status", "Zustand")}};
  for (const json& d : *devices)
    rows.push_back({plain(d.value("id", "")), plain(d.value("name", "")), plain(d.value("place", "")),
                    plain(d.value("model", "")), yes_no(c, d.value("color", json())),
                    yes_no(c, d.value("wide", json())), yes_no(c, d.value("duplex", json())),
                    plain(d.value("status", ""))});
  print_table(rows);
  return exit_ok;
}

int run_status(const Context& c, bool wait_ready, int wait_seconds) {
  if (wait_ready)
    if (const auto ready = c.client.wait_ready(std::chrono::seconds(wait_seconds)); !ready)
      return report(c, ready.error());
  int exit = 0;
  const auto status = ask(c, "GET", "/v1/status", exit);
  if (!status) return exit;
  if (c.json) return print_json(*status), exit_ok;
  const json& server = (*status)["server"];
  print_line(fmt::format("printrouterd {}  {} {}", status->value("version", ""), c.say("process", "Prozess"),
                         status->value("pid", 0)));
  const auto line = [&](std::string_view name, const std::string& value) {
    print_line(padded(name, 16) + value);
  };
  const std::string state = server.value("state", ""), refuses = server.value("text", "");
  const bool asked = std::ranges::none_of((*status)["health"], [](const json& h) {
    return h.value("target", "") == "server" && h.value("state", "") == "unknown";
  });
  line("Server",
       state == "none"
           ? c.say("none is configured", "keiner eingerichtet")
           : fmt::format("{}: {}", plain(server.value("name", "")),
                         state != "up" ? c.say("does not take jobs", "nimmt keine Aufträge an")
                         : !asked      ? c.say("not known yet whether it takes jobs",
                                               "noch nicht bekannt, ob er Aufträge annimmt")
                         : refuses.empty()
                             ? c.say("takes jobs", "nimmt Aufträge an")
                             : c.say("answers, and refuses: ", "antwortet und lehnt ab: ") + plain(refuses)));
  for (const json& l : (*status)["listeners"])
    line(c.say("listens", "lauscht"),
         fmt::format("{} {}:{} {}", l.value("protocol", ""), l.value("address", ""), l.value("port", 0),
                     l.value("path", l.value("queue", ""))));
  std::string jobs;
  for (const auto& [name, count] : (*status)["jobs"].items())
    jobs += fmt::format("{}{} {}", jobs.empty() ? "" : ", ", count.get<int>(), job_state_words(c, name));
  line(c.say("jobs", "Aufträge"), jobs.empty() ? c.say("none", "keine") : jobs);
  if (status->contains("report")) print_report(c, *status, line);
  if (status->contains("check"))
    line(c.say("last check", "letzte Prüfung"), (*status)["check"].value("at", ""));
  return exit_ok;
}

int run_check_fallback(const Context& c, const std::string& user, bool now) {
  int exit = 0;
  std::string path = std::string("/v1/check/fallback?probe=") + (now ? "true" : "false") +
                     "&lang=" + (c.german ? "de" : "en");
  if (!user.empty()) path += "&user=" + control::percent_encode(user);
  const auto result = ask(c, "GET", path, exit);
  if (!result) return exit;
  bool usable = false;
  for (const json& d : (*result)["devices"])
    usable = usable || d.value("verdict", "") == "usable" || d.value("verdict", "") == "may-count-twice";
  if (c.json) {
    print_json(*result);
  } else {
    std::string text = result->value("text", "");
    if (text.ends_with('\n')) text.pop_back();
    print_line(text);
  }
  return usable ? exit_ok : exit_findings;
}

int run_history_import(const Context& c, const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in)
    return report(c, {ErrorCode::invalid, "cannot be read", "FILE", file, "a readable CSV or JSON file"});
  std::stringstream text;
  text << in.rdbuf();
  const auto reply = c.client.request("POST", "/v1/history/import?name=" + control::percent_encode(file),
                                      text.str(), "text/plain");
  if (!reply) return report(c, reply.error());
  const auto value = json::parse(reply->body, nullptr, false);
  if (c.json) print_json(value);
  if (reply->status >= 300) {
    if (!c.json)
      std::fprintf(stderr, "printrouter: %s\n", c.pick(value.value("error", json::object())).c_str());
    return reply->status == 403 ? exit_not_permitted : exit_usage;
  }
  if (!c.json)
    print_line(
        fmt::format("{} {}", value.value("imported", 0), c.say("entries imported", "Einträge übernommen")));
  return exit_ok;
}

namespace {
/// Languages are loaded by the worker alone, when a document needs them.
bool reads_languages(const json& plugin) {
  const json provides = plugin.value("provides", json::array());
  return plugin.value("findings", json::array()).empty() &&
         std::any_of(provides.begin(), provides.end(), [](const json& id) {
           return id.is_string() && id.get<std::string>().starts_with("printrouter.language/");
         });
}
}  // namespace

int run_plugins_list(const Context& c) {
  int exit = 0;
  const auto plugins = ask(c, "GET", "/v1/plugins", exit);
  if (!plugins) return exit;
  if (c.json) return print_json(*plugins), exit_ok;
  std::vector<std::vector<std::string>> rows{
      {"Plugin", "Version", c.say("State", "Zustand"), c.say("Provides / findings", "Bietet / Befunde")}};
  for (const json& p : *plugins) {
    std::string words;
    for (const json& n : p.value("names", json::array()))
      words += (words.empty() ? "" : ", ") + n.get<std::string>();
    for (const json& f : p.value("findings", json::array()))
      words += (words.empty() ? "" : "; ") + f.value("id", "") + ": " + f.value("text", "");
    rows.push_back({plain(p.value("id", "")), plain(p.value("version", "")),
                    p.value("loaded", false) ? c.say("loaded", "geladen")
                    : reads_languages(p)     ? c.say("in the analysis worker", "im Analyseprozess")
                                             : c.say("left out", "nicht geladen"),
                    plain(words)});
  }
  print_table(rows);
  return exit_ok;
}

int run_reload(const Context& c) {
  int exit = 0;
  const auto done = ask(c, "POST", "/v1/reload", exit, json::object());
  if (!done) return exit;
  if (c.json)
    print_json(*done);
  else
    print_line(c.say("Configuration reloaded.", "Konfiguration neu geladen."));
  return exit_ok;
}

int run_doctor(const Context& c) {
  int exit = 0;
  const auto findings = ask(c, "GET", "/v1/doctor", exit);
  if (!findings) {
    if (exit == exit_unavailable && !c.json)
      print_line(c.say("-> Start it: printrouterd --config FILE, or: systemctl start printrouterd",
                       "-> Starten: printrouterd --config DATEI oder: systemctl start printrouterd"));
    return exit;
  }
  bool bad = false;
  for (const json& f : *findings) bad = bad || f.value("severity", "") != "info";
  if (c.json) return print_json(*findings), bad ? exit_findings : exit_ok;
  for (const json& f : *findings) {
    const std::string severity = f.value("severity", "");
    print_line(fmt::format("[{}] {}",
                           severity == "info"      ? "ok"
                           : severity == "warning" ? "!!"
                                                   : "XX",
                           c.pick(f)));
    if (const std::string remedy = c.pick(f, "remedy_"); !remedy.empty()) print_line("     -> " + remedy);
  }
  return bad ? exit_findings : exit_ok;
}

}  // namespace printrouter::cli
