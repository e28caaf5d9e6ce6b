// SPDX-License-Identifier: Apache-2.0
#include <charconv>

#include "server/api_detail.hpp"
#include "server/secrets.hpp"

namespace printrouter::server {
using nlohmann::json;

namespace {
std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> out;
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::size_t end = std::min(path.find('/'), path.size());
    out.emplace_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return out;
}

bool matches(const Route& route, const std::vector<std::string>& words, std::vector<std::string>& parts) {
  if (route.pattern.size() != words.size()) return false;
  parts.clear();
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (route.pattern[i] == "{}")
      parts.push_back(words[i]);
    else if (route.pattern[i] != words[i])
      return false;
  }
  return true;
}

std::string bearer(const net::HttpExchange& x) {
  const std::string field = x.header("Authorization");
  return field.size() > 7 && (field.starts_with("Bearer ") || field.starts_with("bearer ")) ? field.substr(7)
                                                                                            : "";
}

/// False: answered.
bool admit(ServerCore& core, const Route& route, Call& call) {
  if (route.access == Access::anybody) return true;
  const std::string token = bearer(*call.x);
  const std::string hash = token.empty() ? "" : hash_token(token);
  if (route.access == Access::desktop) {
    if (const Desktop* known = token.empty() ? nullptr : core.desktops.by_key(hash)) {
      call.desktop = core.desktops.find(known->id);
      call.desktop->last_seen = core.now();
      return true;
    }
  } else if (const Administrator* known =
                 token.empty() ? nullptr : core.administrators.by_token(hash, core.now())) {
    const Role needed = route.access == Access::admin       ? Role::admin
                        : route.access == Access::operator_ ? Role::operator_
                                                            : Role::auditor;
    call.administrator = *known;
    if (known->role >= needed) return true;
    answer_error(call.x, {ErrorCode::not_permitted,
                          "the role " + std::string(to_string(known->role)) + " may not do this",
                          {},
                          {},
                          "the role " + std::string(to_string(needed))});
    return false;
  }
  answer_error(call.x,
               {ErrorCode::not_permitted,
                "no valid key or token",
                "Authorization",
                {},
                "Bearer and the key that enrolment gave"},
               401);
  return false;
}
}  // namespace

unsigned error_status(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid:
      return 400;
    case ErrorCode::not_permitted:
      return 403;
    case ErrorCode::not_found:
      return 404;
    case ErrorCode::conflict:
      return 409;
    case ErrorCode::limit:
      return 413;
    case ErrorCode::disk_full:
    case ErrorCode::unavailable:
      return 503;
    case ErrorCode::io:
    case ErrorCode::corrupt:
    case ErrorCode::internal:
      return 500;
  }
  return 500;
}

std::string error_body(const Error& error) {
  json body{{"code", to_string(error.code)}, {"message", error.message()}};
  if (!error.field.empty()) body["field"] = error.field;
  if (!error.expected.empty()) body["expected"] = error.expected;
  return dump({{"error", std::move(body)}});
}

std::string Call::actor() const {
  return desktop ? "desktop " + desktop->id : administrator.name;
}

std::string Call::query(const char* name) const {
  const auto found = x->query.find(name);
  return found == x->query.end() ? "" : found->second;
}

void answer(const net::Exchange& x, unsigned status, const json& body) {
  x->reply(status, dump(body));
}

void answer_error(const net::Exchange& x, const Error& error, unsigned status) {
  x->reply(status ? status : error_status(error.code), error_body(error));
}

std::optional<json> object_of(const net::Exchange& x) {
  json body = json::parse(x->body, nullptr, false);
  if (body.is_object()) return body;
  answer_error(
      x,
      {ErrorCode::invalid, body.is_discarded() ? "is no JSON" : "is no object", "body", {}, "a JSON object"});
  return std::nullopt;
}

Result<std::string> text_member(const json& body, const char* name, bool required, std::size_t longest) {
  const auto found = body.find(name);
  if (found == body.end()) {
    if (!required) return std::string();
    return fail({ErrorCode::invalid, "is missing", name, {}, "a text"});
  }
  if (!found->is_string() || (required && found->get_ref<const std::string&>().empty()))
    return fail({ErrorCode::invalid, "is no text or empty", name, {}, "a text"});
  if (found->get_ref<const std::string&>().size() > longest)
    return fail(
        {ErrorCode::invalid, "is too long", name, {}, "at most " + std::to_string(longest) + " bytes"});
  return found->get<std::string>();
}

Status known_members(const json& body, const std::vector<std::string_view>& names) {
  for (const auto& [name, value] : body.items())
    if (std::ranges::find(names, name) == names.end()) {
      std::string list;
      for (const std::string_view n : names) list.append(list.empty() ? "" : ", ").append(n);
      return fail({ErrorCode::invalid, "is not known here", name, {}, "one of " + list});
    }
  return {};
}

std::int64_t limit_of(const Call& call) {
  const std::string text = call.query("limit");
  std::int64_t limit = 100;
  std::from_chars(text.data(), text.data() + text.size(), limit);
  return std::clamp<std::int64_t>(limit, 1, 1000);
}

std::string time_text(std::int64_t ms) {
  return Timestamp{ms}.to_string();
}

void add_route(Routes& routes, std::string method, std::string_view path, Access access, Handler handler,
               bool streams) {
  std::vector<std::string> pattern = split(path);
  for (std::string& word : pattern)
    if (word.starts_with('{')) word = "{}";
  routes.push_back({std::move(method), std::move(pattern), access, std::move(handler), streams});
}

void serve(ServerCore& core, const Routes& routes, const net::Exchange& x, bool header_only) {
  const auto words = split(x->path);
  Call call{x};
  bool path_known = false;
  for (const Route& route : routes) {
    if (!matches(route, words, call.parts)) continue;
    path_known = true;
    if (route.method != x->method) continue;
    if (route.streams != header_only) return;
    core.metrics.request(x->method, words);
    if (admit(core, route, call)) route.handler(core, call);
    return;
  }
  if (header_only) return;  // answered when it is whole
  if (path_known)
    return answer_error(x, {ErrorCode::invalid, x->method + " is not for this path", {}, x->path}, 405);
  answer_error(x, {ErrorCode::not_found, "there is nothing at " + x->path});
}

}  // namespace printrouter::server
