// SPDX-License-Identifier: Apache-2.0
#include "control/control_api.hpp"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "control/control_routes.hpp"
#include "control/error_words.hpp"
#include "control/event_stream.hpp"
#include "control/job_view.hpp"

namespace printrouter::control {
namespace {
using nlohmann::json;

bool in_group(const std::string& user, const std::string& group) {
  std::vector<char> buffer(65536);
  struct group entry {};
  struct group* found = nullptr;
  if (::getgrnam_r(group.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 || !found) return false;
  for (char** member = found->gr_mem; *member; ++member)
    if (user == *member) return true;
  return false;
}
}  // namespace

unsigned http_status(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid:
      return 400;
    case ErrorCode::not_found:
      return 404;
    case ErrorCode::not_permitted:
      return 403;
    case ErrorCode::conflict:
      return 409;
    case ErrorCode::limit:
      return 413;
    case ErrorCode::disk_full:
      return 507;
    case ErrorCode::unavailable:
      return 503;
    case ErrorCode::io:
    case ErrorCode::corrupt:
    case ErrorCode::internal:
      return 500;
  }
  return 500;
}

std::string error_body(const SaidError& error) {
  json body{{"code", to_string(error.code)}, {"en", error.en}, {"de", error.de}};
  for (const auto& [name, value] : {std::pair{"id", &error.id},
                                    {"remedy_en", &error.remedy_en},
                                    {"remedy_de", &error.remedy_de},
                                    {"field", &error.field},
                                    {"place", &error.place},
                                    {"expected", &error.expected}})
    if (!value->empty()) body[name] = *value;
  return text({{"error", body}});
}

void reply_error(const Exchange& exchange, const SaidError& error) {
  exchange->reply(http_status(error.code), error_body(error));
}

void reply_error(const Exchange& exchange, const Error& error) {
  reply_error(exchange, SaidError(error));
}

Actor ControlContext::actor_of(const HttpExchange& exchange) const {
  const env::PeerIdentity& peer = exchange.peer;
  if (!peer.known()) return {};
  const Config& config = *router.setup().config;
  const auto named = [&](const std::vector<std::string>& names) {
    return std::ranges::find(names, peer.user) != names.end();
  };
  Actor actor;
  actor.uid = peer.uid;
  actor.user = peer.user;
  if (const auto mapped = config.identity.map.find(peer.user); mapped != config.identity.map.end())
    actor.user = mapped->second;
  actor.administrator = peer.uid == 0 || peer.uid == static_cast<std::int64_t>(::geteuid()) ||
                        named(config.control.admin_users);
  for (const std::string& group : config.control.admin_groups)
    actor.administrator = actor.administrator || in_group(peer.user, group);
  return actor;
}

struct ControlApi::Impl {
  Impl(net::IoContext& io, const RouterServices& services, Router& router, Daemon daemon)
      : context{io, services, router, std::move(daemon)}, events(context) {}
  ControlContext context;
  EventStreams events;
  std::unique_ptr<net::HttpServer> server;
};

ControlApi::ControlApi(net::IoContext& io, std::unique_ptr<net::Listener> listener,
                       const RouterServices& services, Router& router, Daemon daemon)
    : impl_(std::make_unique<Impl>(io, services, router, std::move(daemon))) {
  net::HttpServer::Handler handler;
  handler.error_body = error_body;
  handler.error_status = http_status;
  handler.on_header = [this](const Exchange& exchange) {
    if (exchange->method == "POST" && exchange->path == "/v1/jobs") take_job(impl_->context, exchange);
  };
  handler.on_request = [this](const Exchange& exchange) {
    if (exchange->method == "GET" && exchange->path == "/v1/events") return impl_->events.open(exchange);
    handle(impl_->context, exchange);
  };
  net::HttpServerOptions options;
  options.identity = services.identities;
  impl_->server =
      std::make_unique<net::HttpServer>(io, std::move(listener), std::move(options), std::move(handler));
}

ControlApi::~ControlApi() = default;

}  // namespace printrouter::control
