// SPDX-License-Identifier: Apache-2.0
// What is in a document, asked of the worker where a decision, a price or a claim hangs on it.
#include <spdlog/spdlog.h>

#include "document/analysis_run.hpp"
#include "router/router_core.hpp"

namespace printrouter {
namespace {

/// Two at a time: a document that takes its whole deadline keeps the others waiting no longer than that.
constexpr std::size_t analysis_threads = 2;

/// The ticket as it reaches the paper: on a port that loses some of it, without that.
Attributes ticket_of(const Job& job, const Decision& decision) {
  const bool decided = decision.kind == DecisionKind::to_device && decision.port;
  return decided ? reaching_paper(job.ticket, *decision.port) : job.ticket;
}

}  // namespace

/// On the way to a device, or refused for what the pages may cost. Never on the way to the server.
bool RouterCore::wants_analysis(const LiveJob& live, const Decision& decision) const {
  if (!services.analysis || live.intake || live.job.document_file.empty()) return false;
  if (decision.kind == DecisionKind::to_device)
    return !live.job.analysis || live.analysed_for != ticket_of(live.job, decision);
  if (live.job.analysis) return false;
  return decision.kind == DecisionKind::ask ||
         (decision.kind == DecisionKind::refuse &&
          (profile().release_condition == ReleaseCondition::sufficient_balance || profile().outage_ceiling));
}

void RouterCore::analyse(LiveJob& live, const Decision& decision) {
  if (live.analysing) return;
  live.analysing = true;
  live.analysed_for = ticket_of(live.job, decision);
  if (!analysis_pool) analysis_pool = std::make_unique<env::ThreadPool>(analysis_threads);
  const std::string format = live.job.declared_format;
  analysis_pool->submit([this, here = alive(), io = services.io, id = live.job.id, format,
                         file = services.spool->path_of(live.job.document_file), ticket = live.analysed_for,
                         options = *services.analysis] {
    if (here.expired()) return;
    auto found = analyse_file(file, format, ticket, options);
    io->post([this, here, id, found = std::move(found)] {
      if (here.expired()) return;
      LiveJob* job = find(id);
      if (!job) return;
      job->analysing = false;
      if (found) {
        job->job.analysis = analysed_document(*found);
      } else {
        job->job.analysis.emplace().why = found.error().message();
        spdlog::warn("job {}: not analysed: {}", id, found.error().message());
      }
      on_analysed(*job);
    });
  });
}

}  // namespace printrouter
