// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <spdlog/fmt/fmt.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "cli/cli_context.hpp"

namespace printrouter::cli {
namespace {
using nlohmann::json;

}  // namespace

const char* job_state_words(const Context& c, const std::string& state) {
  struct Name {
    const char *state, *en, *de;
  };
  static constexpr Name names[] = {{"incoming", "arriving", "kommt an"},
                                   {"pending", "waiting its turn", "ist gleich dran"},
                                   {"sending", "being sent", "wird gesendet"},
                                   {"confirming", "accepted, being confirmed", "angenommen, wird bestätigt"},
                                   {"held", "held", "wartet"},
                                   {"unknown", "perhaps printed", "vielleicht gedruckt"},
                                   {"completed", "done", "fertig"},
                                   {"canceled", "cancelled", "abgebrochen"},
                                   {"aborted", "given up", "aufgegeben"}};
  for (const Name& name : names)
    if (state == name.state) return c.say(name.en, name.de);
  return "?";
}

namespace {

/// At most so many characters; bytes would cut a letter in two.
std::string shortened(const std::string& text, std::size_t characters) {
  std::size_t n = 0;
  for (std::size_t i = 0; i < text.size(); ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80 && n++ == characters)
      return text.substr(0, i) + "…";
  return text;
}

std::string outcome_text(const json& job) {
  std::string out = job.value("outcome", "");
  if (const std::string grade = job.value("grade", ""); !grade.empty()) out += " (" + grade + ")";
  return out;
}

void print_reasons(const Context& c, const json& reasons, const std::string& indent) {
  for (const json& reason : reasons) {
    print_line(indent + c.pick(reason) + "  [" + plain(reason.value("id", "")) + "]");
    if (const std::string remedy = c.pick(reason, "remedy_"); !remedy.empty())
      print_line(indent + "  -> " + remedy);
  }
}

}  // namespace

int run_jobs(const Context& c, bool all) {
  int exit = 0;
  const auto jobs = ask(c, "GET", all ? "/v1/jobs?all=true" : "/v1/jobs", exit);
  if (!jobs) return exit;
  if (c.json) return print_json(*jobs), exit_ok;
  if (jobs->empty()) return print_line(c.say("No jobs.", "Keine Aufträge.")), exit_ok;
  std::vector<std::vector<std::string>> rows{{c.say("Job", "Auftrag"), c.say("User", "Benutzer"),
                                              c.say("Title", "Titel"), c.say("State", "Zustand"),
                                              c.say("Where", "Wo"), c.say("Result", "Ergebnis")}};
  for (const json& job : *jobs)
    rows.push_back({std::to_string(job.value("id", 0)), plain(job.value("user", "")),
                    shortened(plain(job.value("title", "")), 40), job_state_words(c, job.value("state", "")),
                    plain(job.value("destination", "")), outcome_text(job)});
  print_table(rows);
  return exit_ok;
}

int run_job(const Context& c, int id) {
  int exit = 0;
  const auto job = ask(c, "GET", fmt::format("/v1/jobs/{}", id), exit);
  if (!job) return exit;
  if (c.json) return print_json(*job), exit_ok;
  const auto line = [&](const char* en, const char* de, const std::string& value) {
    if (!value.empty()) print_line(padded(c.say(en, de), 15) + plain(value));
  };
  print_line(fmt::format("{} {}: {}", c.say("Job", "Auftrag"), id, plain(job->value("title", ""))));
  line("user", "Benutzer", job->value("user", "") + " (" + job->value("user_evidence", "") + ")");
  line("state", "Zustand", job_state_words(c, job->value("state", "")));
  line("came by", "kam über", job->value("intake", ""));
  line("document", "Dokument",
       fmt::format("{}, {} bytes", job->value("format", "?"), job->value("size", 0ull)));
  line("went to", "ging an",
       job->value("destination", "") + (job->value("port", "").empty() ? "" : "  " + job->value("port", "")));
  line("counted by", "gezählt von", job->value("counted_by", ""));
  line("result", "Ergebnis", outcome_text(*job));
  for (const json& e : job->value("evidence", json::array())) line("evidence", "Beleg", e.get<std::string>());
  print_reasons(c, job->value("reasons", json::array()), "  ");
  return exit_ok;
}

int run_explain(const Context& c, int id) {
  int exit = 0;
  const auto text =
      ask(c, "GET", fmt::format("/v1/jobs/{}/explain?lang={}", id, c.german ? "de" : "en"), exit);
  if (!text) return exit;
  if (c.json) {
    json out = text->value("decision", json::object());
    out["analysing"] = text->value("analysing", false);
    if (text->contains("analysis")) out["analysis"] = (*text)["analysis"];
    return print_json(out), exit_ok;
  }
  std::string rendered = text->value("text", "");
  if (rendered.ends_with('\n')) rendered.pop_back();
  print_line(rendered);
  return exit_ok;
}

int run_action(const Context& c, int id, const std::string& action, const json& body) {
  int exit = 0;
  const auto job =
      ask(c, "POST", fmt::format("/v1/jobs/{}/{}", id, action), exit, body.is_null() ? json::object() : body);
  if (!job) return exit;
  if (c.json) return print_json(*job), exit_ok;
  print_line(
      fmt::format("{} {}: {}", c.say("Job", "Auftrag"), id, job_state_words(c, job->value("state", ""))));
  print_reasons(c, job->value("reasons", json::array()), "  ");
  return exit_ok;
}

int run_print(const Context& c, const PrintOptions& o) {
  const int fd = o.file == "-" ? STDIN_FILENO : ::open(o.file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return report(c, {ErrorCode::invalid, std::strerror(errno), "FILE", o.file, "a readable file"});
  std::string query =
      "?title=" + control::percent_encode(o.title.empty() ? o.file.substr(o.file.rfind('/') + 1) : o.title);
  if (o.copies > 0) query += "&copies=" + std::to_string(o.copies);
  for (const auto& [name, value] :
       {std::pair{"sides", &o.sides}, {"media", &o.media}, {"print-color-mode", &o.color}})
    if (!value->empty()) query += std::string("&") + name + "=" + control::percent_encode(*value);
  const std::string type = o.format.empty() ? "application/octet-stream" : o.format;

  struct stat info {};
  Result<control::Reply> reply = fail(ErrorCode::internal, "not sent");
  if (::fstat(fd, &info) == 0 && S_ISREG(info.st_mode)) {
    reply = c.client.send_file("/v1/jobs" + query, fd, static_cast<std::uint64_t>(info.st_size), type);
  } else {  // a pipe: its length is known only at its end
    std::string body;
    char chunk[65536];
    ssize_t n = 0;
    while ((n = ::read(fd, chunk, sizeof chunk)) > 0) body.append(chunk, static_cast<std::size_t>(n));
    reply = c.client.request("POST", "/v1/jobs" + query, body, type);
  }
  if (fd != STDIN_FILENO) ::close(fd);
  if (!reply) return report(c, reply.error());
  const auto job = json::parse(reply->body, nullptr, false);
  if (reply->status >= 300 || job.is_discarded()) {
    if (c.json)
      print_json(job);
    else
      std::fprintf(stderr, "printrouter: %s\n",
                   c.pick(job.is_object() && job.contains("error") ? job["error"] : json::object()).c_str());
    return exit_failed;
  }
  if (c.json)
    print_json(job);
  else
    print_line(fmt::format("{} {}", c.say("Job", "Auftrag"), job.value("id", 0)));
  if (!o.wait_for_paper) return exit_ok;

  // Until the job needs nobody's patience any more.
  const int id = job.value("id", 0);
  json last;
  const auto settled = [](const json& j) {
    const std::string state = j.value("state", "");
    return state == "completed" || state == "canceled" || state == "aborted" || state == "held" ||
           state == "unknown";
  };
  const auto status = c.client.events("/v1/events", {}, [&](const control::ServerEvent& e) {
    const auto data = json::parse(e.data, nullptr, false);
    if (e.type == "ready") {  // subscribed: whatever happened before is in the job itself now
      int exit = 0;
      if (auto now = ask(c, "GET", fmt::format("/v1/jobs/{}", id), exit)) last = *now;
      return !settled(last);
    }
    if (e.type != "job" || data.value("id", 0) != id) return true;
    last = data;
    return !settled(last);
  });
  if (!status) return report(c, status.error());
  if (!c.json) {
    print_line(fmt::format("{} {}: {}  {}", c.say("Job", "Auftrag"), id,
                           job_state_words(c, last.value("state", "")),
                           plain(last.value("destination", ""))));
    print_reasons(c, last.value("reasons", json::array()), "  ");
  }
  return last.value("state", "") == "completed" ? exit_ok : exit_failed;
}

}  // namespace printrouter::cli
