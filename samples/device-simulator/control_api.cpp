// SPDX-License-Identifier: Apache-2.0
// The control port: HTTP and JSON on loopback, for tests and demonstrations. Documented in README.md.
#include "control_api.hpp"

#include <fstream>
#include <sstream>

#include "http_message.hpp"

namespace simulator {
namespace {

using nlohmann::json;

struct Answer {
  int status = 200;
  json body;
  std::string raw;  // instead of a JSON body
};

Answer problem(int status, const std::string& text) {
  return {status, {{"error", text}}, ""};
}

json counters_json(const Device& device) {
  Counters now = device.counters();
  json out = {{"life", now.life},      {"mono", now.mono}, {"color", now.color},
              {"sheets", now.sheets},  {"jobs", now.jobs}, {"by_account", now.by_account},
              {"by_user", now.by_user}};
  return out;
}

class Handler {
 public:
  Handler(ControlContext& context, const HttpRequest& request, const std::string& body)
      : context_(context), device_(*context.device), method_(request.method), body_(body) {
    std::stringstream stream(request.target.substr(0, request.target.find('?')));
    std::string part;
    while (std::getline(stream, part, '/'))
      if (!part.empty()) path_.push_back(part);
  }

  Answer run() {
    if (path_.empty()) return is("GET") ? Answer{200, context_.ready, ""} : problem(405, "GET only");
    json request = json::object();
    if (is("POST") && !body_.empty()) {
      request = json::parse(body_, nullptr, false);
      if (request.is_discarded()) return problem(400, "the body is not JSON");
    }
    const std::string& first = path_[0];
    if (first == "jobs") return jobs(request);
    if (first == "faults") return faults(request);
    if (path_.size() == 1 && is("GET")) {
      if (first == "counters") return {200, counters_json(device_), ""};
      if (first == "ports") return {200, context_.describe_ports(), ""};
      if (first == "state")
        return {200,
                {{"asleep", device_.asleep()},
                 {"paper", !device_.paper_out()},
                 {"printing", device_.processing()}},
                ""};
    }
    if (path_.size() == 1 && is("POST")) return act(first, request);
    return problem(404, "no such resource");
  }

 private:
  bool is(const char* method) const { return method_ == method; }

  Answer done(json body = json::object(), int status = 200) {
    device_.changed();
    context_.settle();
    return {status, std::move(body), ""};
  }

  Answer act(const std::string& what, const json& request) {
    if (what == "sleep" || what == "wake") {
      device_.set_asleep(what == "sleep");
      return done({{"asleep", what == "sleep"}});
    }
    if (what == "paper") {
      if (!request.contains("loaded") || !request["loaded"].is_boolean())
        return problem(400, "expected {\"loaded\": true|false}");
      device_.set_paper(request["loaded"]);
      return done({{"loaded", request["loaded"]}});
    }
    if (what == "truth") {
      std::string error = device_.truth().add(request);
      return error.empty() ? done() : problem(400, error);
    }
    return problem(404, "no such resource");
  }

  Answer faults(const json& request) {
    if (is("GET") && path_.size() == 1) return {200, device_.faults().list(), ""};
    if (is("POST") && path_.size() == 1) {
      std::string error;
      int id = device_.faults().add(request, error);
      return id == 0 ? problem(400, error) : done({{"id", id}}, 201);
    }
    if (is("DELETE") && path_.size() == 1) {
      device_.faults().clear();
      return done();
    }
    if (is("DELETE") && path_.size() == 2) {
      int id = number(path_[1]);
      return id > 0 && device_.faults().remove(id) ? done() : problem(404, "no such fault");
    }
    return problem(405, "GET, POST or DELETE");
  }

  static int number(const std::string& text) {
    if (text.empty() || text.size() > 9 || text.find_first_not_of("0123456789") != std::string::npos)
      return 0;
    return std::stoi(text);
  }

  Answer jobs(const json& request) {
    if (path_.size() == 1) {
      if (is("GET")) return {200, device_.jobs(), ""};
      return problem(405, "GET only");
    }
    int id = number(path_[1]);
    auto job = device_.find(id);
    if (!job) return problem(404, "no such job");
    if (path_.size() == 2 && is("GET")) {
      for (auto& entry : device_.jobs())
        if (entry["id"] == id) return {200, entry, ""};
      return problem(404, "no such job");
    }
    if (path_.size() == 3 && is("GET") && path_[2] == "document") return document(*job);
    if (path_.size() != 3 || !is("POST")) return problem(404, "no such resource");
    std::string error;
    bool ok = false;
    if (path_[2] == "release")
      ok = device_.release(id, error);
    else if (path_[2] == "cancel")
      ok = device_.cancel(id, request.value("outcome", "cancelled-at-panel"), error);
    else if (path_[2] == "delete")
      ok = device_.cancel(id, "deleted", error);
    else
      return problem(404, "no such resource");
    return ok ? done() : problem(409, error);
  }

  Answer document(const Job& job) {
    std::vector<std::string> files;
    device_.read([&] { files = job.files; });
    Answer out;
    for (const auto& name : files) {
      std::ifstream file(device_.options().output_dir + "/" + name, std::ios::binary);
      out.raw.append(std::istreambuf_iterator<char>(file), {});
    }
    return out.raw.empty() ? problem(404, "no bytes stored") : out;
  }

  ControlContext& context_;
  Device& device_;
  std::string method_;
  const std::string& body_;
  std::vector<std::string> path_;
};

// A page in a browser can reach loopback; it cannot choose this header.
bool local_host(const std::string& host) {
  std::string name =
      host.starts_with('[') ? host.substr(0, host.find(']') + 1) : host.substr(0, host.rfind(':'));
  return name.empty() || name == "127.0.0.1" || name == "localhost" || name == "[::1]";
}

}  // namespace

void serve_control(ControlContext& context, Stream& stream) {
  HttpConnection http(stream);
  HttpRequest request;
  while (http.read_request(request) == 1) {
    std::string body;
    char buffer[16384];
    long got = 0;
    while (body.size() <= (1U << 20) && (got = http.read(buffer, sizeof buffer)) > 0)
      body.append(buffer, static_cast<size_t>(got));
    if (got != 0) {
      http.respond(got < 0 ? 400 : 413, "text/plain", "body\n", true);
      return;
    }
    Answer answer;
    if (!context.device->options().any_host && !local_host(request.header("host")))
      answer = problem(403, "unknown Host");
    else
      answer = Handler(context, request, body).run();
    bool raw = !answer.raw.empty();
    std::string text =
        raw ? answer.raw : answer.body.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
    bool close = !request.keep_alive();
    if (!http.respond(answer.status, raw ? "application/octet-stream" : "application/json", text, close) ||
        close)
      return;
  }
}

}  // namespace simulator
