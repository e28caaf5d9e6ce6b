// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What the paths of the API share; for the .cpp files of server/ only. docs/openapi/server.yaml describes
/// it.
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "accounting/books.hpp"
#include "env/clock.hpp"
#include "env/thread_pool.hpp"
#include "net/http_server.hpp"
#include "server/catalog.hpp"
#include "server/desktops.hpp"
#include "server/job_desk.hpp"
#include "server/json_detail.hpp"
#include "server/metrics.hpp"
#include "server/server_config.hpp"
#include "server/snapshot.hpp"
#include "server/store.hpp"

namespace printrouter::server {

struct ServerCore {
  net::IoContext& io;
  const ServerConfig& config;
  env::Clock& clock;
  Store& store;
  env::ThreadPool& pool;
  Catalog& catalog;
  Desktops& desktops;
  Administrators& administrators;
  Snapshots& snapshots;
  JobDesk& jobs;
  Metrics& metrics;
  std::function<accounting::Rules()> rules;
  std::int64_t revision = 0;  ///< of the store, as far as memory follows it
  bool ready = false;
  int passwords_under_check = 0;

  Timestamp now() const { return clock.now(); }
  /// This user is not entered here, and that is a reason to refuse.
  bool refuses_user(std::string_view user) const {
    return !config.unknown_users_allowed && !user.empty() && !catalog.find(Kind::user, user);
  }
};

enum class Access { anybody, desktop, auditor, operator_, admin };

/// One request on its way.
struct Call {
  net::Exchange x;
  std::vector<std::string> parts = {};  ///< what the {…} of the path stand for
  Desktop* desktop = nullptr;           ///< Access::desktop. Only until the handler returns: keep its id
  Administrator administrator = {};
  std::string actor() const;  ///< for the audit trail
  const std::string& part(std::size_t at = 0) const { return parts.at(at); }
  std::string query(const char* name) const;
};

void answer(const net::Exchange& x, unsigned status, const nlohmann::json& body);
void answer_error(const net::Exchange& x, const Error& error, unsigned status = 0);
/// The body as a JSON object; answers 400 itself where it is none.
std::optional<nlohmann::json> object_of(const net::Exchange& x);
/// A text member; invalid with the field where it is missing (and required) or of another type.
Result<std::string> text_member(const nlohmann::json& body, const char* name, bool required,
                                std::size_t longest = 4096);
/// Refuses members that nobody knows.
Status known_members(const nlohmann::json& body, const std::vector<std::string_view>& names);
/// "limit" (1..1000, default 100) of a list.
std::int64_t limit_of(const Call& call);

using Handler = std::function<void(ServerCore&, const Call&)>;
struct Route {
  std::string method;
  std::vector<std::string> pattern;
  Access access;
  Handler handler;
  bool streams = false;  ///< asked as soon as the header is there: the body goes to a sink
};
using Routes = std::vector<Route>;

void add_route(Routes& routes, std::string method, std::string_view path, Access access, Handler handler,
               bool streams = false);
void add_desktop_routes(Routes& routes);
void add_resource_routes(Routes& routes);
void add_admin_routes(Routes& routes);
void add_job_routes(Routes& routes);
void add_service_routes(Routes& routes);
void add_accounting_routes(Routes& routes);

/// Finds the route, judges the caller, asks the handler.
void serve(ServerCore& core, const Routes& routes, const net::Exchange& x, bool header_only);

/// Runs `work` in the store, answers its error, or goes on with `done` on the main thread.
template <class T>
void in_store(ServerCore& core, const net::Exchange& x, std::function<Result<T>(Database&)> work,
              std::function<void(T)> done) {
  core.store.ask<T>(std::move(work), [x, done = std::move(done)](Result<T> result) {
    if (!result) return answer_error(x, result.error());
    done(std::move(*result));
  });
}

std::string time_text(std::int64_t ms);

}  // namespace printrouter::server
