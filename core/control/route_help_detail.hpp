// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What all routes do with a request. For the .cpp files of this folder only.
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "control/control_routes.hpp"
#include "control/job_view.hpp"

namespace printrouter::control {

inline void ok(const Exchange& x, const nlohmann::json& body) {
  x->reply(200, text(body));
}

inline std::string query(const HttpExchange& x, const std::string& name, const std::string& otherwise = {}) {
  const auto it = x.query.find(name);
  return it == x.query.end() ? otherwise : it->second;
}

/// The JSON body; nullopt: answered with an error.
inline std::optional<nlohmann::json> body_of(const Exchange& x) {
  if (x->body.empty()) return nlohmann::json::object();
  auto body = nlohmann::json::parse(x->body, nullptr, false);
  if (body.is_object()) return body;
  reply_error(x, {ErrorCode::invalid, "the body is not a JSON object", {}, x->path, "{…}"});
  return std::nullopt;
}

}  // namespace printrouter::control
