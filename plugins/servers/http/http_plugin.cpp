// SPDX-License-Identifier: Apache-2.0
/// The connection to printrouter-server (docs/openapi/server.yaml).
#include "http_session.hpp"
#include "http_watch.hpp"

namespace printrouter::http_server {
namespace {

constexpr pr_server table = sdk::server_table("http");

class HttpPlugin : public sdk::Server {
 public:
  using Server::Server;
  const void* extension(std::string_view id) override { return id == PR_SERVER_ID ? &table : nullptr; }

  std::string check(const sdk::Attributes& target, pr_server_facts& facts) override {
    Target read;
    std::string error = read_target(target, read);
    if (error.empty()) facts = read.facts;
    return error;
  }

  std::unique_ptr<sdk::Session> open(const pr_server_request& request) override {
    Target target;
    if (const std::string error = read_target(sdk::Attributes(request.target), target); !error.empty()) {
      log(PR_LOG_ERROR, "http: " + error);
      return nullptr;
    }
    auto made = make_request(request, target, secret("server-key"));
    if (!made) return nullptr;
    if (request.operation == PR_SERVER_WATCH)
      return std::make_unique<HttpWatch>(this, std::move(target), *made);
    return std::make_unique<HttpSession>(this, std::move(target), std::move(*made));
  }
};

}  // namespace
}  // namespace printrouter::http_server

PRINTROUTER_PLUGIN(printrouter::http_server::HttpPlugin, "http", "0.1.0")
