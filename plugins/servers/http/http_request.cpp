// SPDX-License-Identifier: Apache-2.0
// The paths of docs/openapi/server.yaml that a desktop uses.
#include "http_session.hpp"
#include "json_text.hpp"

namespace printrouter::http_server {
namespace {

std::string percent(std::string_view text) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                       (byte >= 'a' && byte <= 'z') ||
                       std::string_view("-._~@").find(c) != std::string_view::npos;
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += digits[byte >> 4];
      out += digits[byte & 15];
    }
  }
  return out;
}

/// {"ledger": …, "entries": […]} around entries that come one a line.
std::string batch(std::string_view ledger, std::string_view lines) {
  std::string out = "{\"ledger\":" + json_string(ledger) + ",\"entries\":[";
  bool first = true;
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    if (line.empty()) continue;
    if (!first) out += ',';
    first = false;
    out += line;
  }
  return out + "]}";
}

std::string job_header(const pr_send_request& job, const sdk::Attributes& more) {
  std::string out =
      "{\"user\":" + json_string(sdk::view(job.user)) + ",\"title\":" + json_string(sdk::view(job.title));
  if (const std::string_view evidence = more.text("user-evidence"); !evidence.empty())
    out += ",\"user_evidence\":" + json_string(evidence);
  if (job.document_format.size) out += ",\"format\":" + json_string(sdk::view(job.document_format));
  if (const int64_t attempt = more.integer("attempt", 0); attempt > 0)
    out += ",\"attempt\":" + std::to_string(attempt);
  return out + ",\"ticket\":" + json_object(job.ticket) + '}';
}

std::string enrolment(const sdk::Attributes& in) {
  std::string out =
      "{\"token\":" + json_string(in.text("token")) + ",\"host_name\":" + json_string(in.text("host-name"));
  for (const char* name : {"ledger", "version"})
    if (const std::string_view value = in.text(name); !value.empty())
      out += ",\"" + std::string(name) + "\":" + json_string(value);
  return out + '}';
}

std::string snapshot_path(const sdk::Attributes& in) {
  std::string users;
  for (const pr_attr& a : in)
    if (sdk::view(a.name) == "users") users += (users.empty() ? "" : ",") + percent(sdk::view(a.text));
  return "/api/v1/desktop/snapshot" + (users.empty() ? "" : "?users=" + users);
}

}  // namespace

std::optional<Request> make_request(const pr_server_request& asked, const Target& target,
                                    std::string_view key) {
  const sdk::Attributes in(asked.attributes);
  Request out;
  out.operation = asked.operation;
  http::RequestHead& head = out.head;
  auto& fields = head.fields.list;
  fields = {{"Host", http::authority(target.host, target.port)}, {"User-Agent", "printrouter"}};
  if (!key.empty() && asked.operation != PR_SERVER_PROBE && asked.operation != PR_SERVER_ENROL)
    fields.emplace_back("Authorization", "Bearer " + std::string(key));
  const std::string job =
      asked.send ? "/api/v1/desktop/jobs/" + percent(sdk::view(asked.send->job_uuid)) : "";
  const auto json = [&](const char* method, const char* path, std::string body) {
    head.method = method;
    head.target = path;
    out.body = std::move(body);
    fields.emplace_back("Content-Type", "application/json");
    fields.emplace_back("Content-Length", std::to_string(out.body.size()));
  };
  switch (asked.operation) {
    case PR_SERVER_PROBE:
      head.method = "GET";
      head.target = "/health/ready";
      break;
    case PR_SERVER_DELIVER:
      head.method = "PUT";
      head.target = job;
      out.document = true;
      out.document_size = asked.send->document_size;
      fields.emplace_back("Printrouter-Job", job_header(*asked.send, in));
      fields.emplace_back("Content-Type", "application/octet-stream");
      if (out.document_size == PR_LENGTH_TO_END)
        fields.emplace_back("Transfer-Encoding", "chunked");
      else
        fields.emplace_back("Content-Length", std::to_string(out.document_size));
      fields.emplace_back("Expect", "100-continue");
      break;
    case PR_SERVER_QUERY:
      head.method = "GET";
      head.target = job;
      break;
    case PR_SERVER_VOID:
      head.method = "DELETE";
      head.target = job;
      break;
    case PR_SERVER_SNAPSHOT:
      head.method = "GET";
      head.target = snapshot_path(in);
      if (const std::string_view tag = in.text("if-none-match"); !tag.empty())
        fields.emplace_back("If-None-Match", std::string(tag));
      break;
    case PR_SERVER_REPORT:
      json("POST", "/api/v1/desktop/ledger", batch(in.text("ledger"), sdk::view(asked.body)));
      break;
    case PR_SERVER_READINESS:
      json("PUT", "/api/v1/desktop/readiness", std::string(sdk::view(asked.body)));
      break;
    case PR_SERVER_ENROL:
      json("POST", "/api/v1/enrolments", enrolment(in));
      break;
    case PR_SERVER_WATCH:
      head.method = "GET";
      head.target = "/api/v1/desktop/events";
      fields.emplace_back("Accept", "text/event-stream");
      break;
    default:
      return std::nullopt;
  }
  fields.emplace_back("Connection", "close");
  return out;
}

}  // namespace printrouter::http_server
