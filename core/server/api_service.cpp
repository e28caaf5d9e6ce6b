// SPDX-License-Identifier: Apache-2.0
// For whoever keeps the server running: health and figures.
#include "server/api_detail.hpp"

namespace printrouter::server {
using nlohmann::json;

namespace {
void ready(ServerCore& core, const Call& call) {
  if (!core.ready) return answer_error(call.x, {ErrorCode::unavailable, "the server is starting"});
  if (const Status room = core.jobs.spool().check_room(0); !room)
    return answer_error(call.x, room.error(), 503);
  // Asked, not remembered: a database that went away is noticed here.
  core.store.ask<std::int64_t>([](Database& db) { return read_revision(db); },
                               [x = call.x](const Result<std::int64_t>& revision) {
                                 if (!revision) return answer_error(x, revision.error(), 503);
                                 answer(x, 200, {{"ready", true}});
                               });
}

void figures(ServerCore& core, const Call& call) {
  Metrics& m = core.metrics;
  std::int64_t known = 0, revoked = 0;
  for (const auto& [id, desktop] : core.desktops.all()) ++(desktop.revoked.set() ? revoked : known);
  m.gauge("printrouter_server_desktops", "state=\"enrolled\"", known);
  m.gauge("printrouter_server_desktops", "state=\"revoked\"", revoked);
  m.gauge("printrouter_server_event_streams", "", static_cast<std::int64_t>(core.snapshots.listeners()));
  m.gauge("printrouter_server_store_healthy", "", core.store.healthy() ? 1 : 0);
  const Store::Figures f = core.store.figures();
  m.gauge("printrouter_server_store_transactions", "", static_cast<std::int64_t>(f.transactions));
  m.gauge("printrouter_server_store_works", "", static_cast<std::int64_t>(f.works));
  m.gauge("printrouter_server_store_retries", "", static_cast<std::int64_t>(f.retries));
  m.gauge("printrouter_server_store_failures", "", static_cast<std::int64_t>(f.failures));
  const spool::SpoolUsage usage = core.jobs.spool().usage();
  m.gauge("printrouter_server_spool_bytes", "", static_cast<std::int64_t>(usage.bytes));
  m.gauge("printrouter_server_spool_documents", "", static_cast<std::int64_t>(usage.documents));
  net::HttpReply reply;
  reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
  reply.body = m.text();
  call.x->reply(std::move(reply));
}
}  // namespace

void add_service_routes(Routes& routes) {
  add_route(routes, "GET", "/health/live", Access::anybody, [](ServerCore&, const Call& call) {
    answer(call.x, 200, {{"live", true}});
  });
  add_route(routes, "GET", "/health/ready", Access::anybody, ready);
  // Figures only, no names: for scrapers that cannot log in.
  add_route(routes, "GET", "/metrics", Access::anybody, figures);
}

}  // namespace printrouter::server
