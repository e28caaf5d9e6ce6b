// SPDX-License-Identifier: Apache-2.0
// Why a job is where it is. What is in its document is part of that, and on the way to a healthy server
// nobody has looked: so it is looked into for whoever asks, and the job's way does not change by it.
#include "router/router_core.hpp"

namespace printrouter {

Result<Explanation> Router::explain(const Actor& actor, JobId id) const {
  auto found = job(actor, id);
  if (!found) return fail(found.error());
  Explanation out;
  out.job = std::move(*found);
  const LiveJob* live = core_->find(id);
  out.analysing = live && live->analysing;
  RoutingInput input = core_->routing_input(out.job, live ? live->answer : std::nullopt);
  input.every_device = true;
  out.decision = decide(input);
  // A job that goes to the server is explained with the devices it could fall back to.
  if (out.decision.candidates.empty())
    out.decision.candidates = judge_devices(core_->routing_input(out.job, std::nullopt));
  return out;
}

void Router::have_analysed(const Actor& actor, JobId id, Milliseconds most, std::function<void()> then) {
  if (!job(actor, id)) return then();
  core_->have_analysed(id, most, std::move(then));
}

void RouterCore::have_analysed(JobId id, Milliseconds most, std::function<void()> then) {
  LiveJob* live = find(id);
  if (!live || !services.analysis || !profile().enabled || live->intake || is_final(live->job.state) ||
      live->job.document_file.empty() || live->job.analysis)
    return then();
  analyse(*live, decide(routing_input(*live)));
  const auto waiting =
      explaining.emplace(id, Explaining{std::make_unique<net::Timer>(*services.io), std::move(then)});
  waiting->second.patience->start(most, [this, waiting] {
    const auto call = std::move(waiting->second.then);
    explaining.erase(waiting);
    call();
  });
}

void RouterCore::on_analysed(LiveJob& live) {
  const JobId id = live.job.id;
  const bool waits = live.job.state == JobState::pending || live.job.state == JobState::held;
  if (std::exchange(live.route_when_analysed, false) && waits) route(live);
  const auto [from, to] = explaining.equal_range(id);
  std::vector<std::function<void()>> calls;
  for (auto it = from; it != to; ++it) calls.push_back(std::move(it->second.then));
  explaining.erase(from, to);
  for (const auto& call : calls) call();
}

}  // namespace printrouter
