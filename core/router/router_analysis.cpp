// SPDX-License-Identifier: Apache-2.0
// What is in a document, asked of the worker where a decision, a price or a claim hangs on it.
#include <spdlog/spdlog.h>

#include <algorithm>

#include "document/analysis_run.hpp"
#include "router/router_core.hpp"

namespace printrouter {
namespace {

/// Two at a time: a document that takes its whole deadline keeps the others waiting no longer than that.
constexpr std::size_t analysis_threads = 2;
/// Second opinions have a thread of their own: no job waits for that of another.
constexpr std::size_t opinion_threads = 1;

/// The ticket as it reaches the paper: on a port that loses some of it, without that.
Attributes ticket_of(const Job& job, const Decision& decision) {
  const bool decided = decision.kind == DecisionKind::to_device && decision.port;
  return decided ? reaching_paper(job.ticket, *decision.port) : job.ticket;
}

}  // namespace

/// A balance, a quota or a ceiling hangs on what the pages cost.
bool RouterCore::pages_decide() const {
  const auto asks_balance = [](const FallbackOverride& o) {
    return o.release_condition == ReleaseCondition::sufficient_balance;
  };
  return profile().release_condition == ReleaseCondition::sufficient_balance || profile().outage_ceiling ||
         std::ranges::any_of(profile().overrides, asks_balance);
}

/// On the way to a device, or refused for what the pages may cost. Never on the way to the server.
bool RouterCore::wants_analysis(const LiveJob& live, const Decision& decision) const {
  if (!services.analysis || live.intake || live.job.document_file.empty()) return false;
  const bool looked = live.job.analysis && !(live.job.analysis->provisional && pages_decide());
  switch (decision.kind) {
    case DecisionKind::to_device:
      return !looked || live.analysed_for != ticket_of(live.job, decision);
    case DecisionKind::ask:
      return !looked;
    case DecisionKind::refuse:
      return !looked && pages_decide();
    case DecisionKind::to_server:
    case DecisionKind::hold:
      return false;
  }
  return false;
}

void RouterCore::analyse(LiveJob& live, const Decision& decision) {
  if (live.analysing) return;
  live.analysed_for = ticket_of(live.job, decision);
  // Paper does not wait for Ghostscript where its word would change nothing about where it comes out.
  const bool first_opinion = decision.kind == DecisionKind::to_device && !pages_decide();
  start_analysis(live, first_opinion, &RouterCore::first_opinion_came);
}

void RouterCore::ask_second_opinion(LiveJob& live) {
  if (live.analysing || !services.analysis || !live.job.analysis || !live.job.analysis->provisional) return;
  start_analysis(live, false, &RouterCore::second_opinion_came);
}

void RouterCore::start_analysis(LiveJob& live, bool first_opinion, AnalysisEnd then) {
  live.analysing = true;
  const bool beside = then == &RouterCore::second_opinion_came;
  auto& pool = beside ? opinion_pool : analysis_pool;
  if (!pool) pool = std::make_unique<env::ThreadPool>(beside ? opinion_threads : analysis_threads);
  AnalysisOptions options = *services.analysis;
  options.first_opinion = first_opinion;
  pool->submit([this, here = alive(), io = services.io, id = live.job.id, then,
                format = live.job.declared_format, file = services.spool->path_of(live.job.document_file),
                ticket = live.analysed_for, options = std::move(options)] {
    if (here.expired()) return;
    auto found = analyse_file(file, format, ticket, options);
    io->post([this, here, id, then, found = std::move(found)] {
      if (here.expired()) return;
      LiveJob* job = find(id);
      if (!job) return;
      job->analysing = false;
      AnalysedDocument news;
      if (found) {
        news = analysed_document(*found);
      } else {
        news.why = found.error().message();
        spdlog::warn("job {}: not analysed: {}", id, found.error().message());
      }
      (this->*then)(*job, std::move(news));
    });
  });
}

void RouterCore::first_opinion_came(LiveJob& live, AnalysedDocument news) {
  live.job.analysis = std::move(news);
  on_analysed(live);
}

void RouterCore::second_opinion_came(LiveJob& live, AnalysedDocument news) {
  AnalysedDocument& known = *live.job.analysis;
  known.provisional = false;
  if (news.pages) {  // else the first stays what is known
    // What of the ticket reaches the paper was settled with the first; only the pages are news.
    if (news.copies != known.copies || news.sides != known.sides) news.sheets.reset();
    news.copies = known.copies, news.sides = known.sides, news.media = known.media;
    known = std::move(news);
  }
  if (const auto it = countings.find(live.job.id); it != countings.end())
    if (const auto counting = it->second.lock()) expect_pages(*counting, live.job);
  const bool waits = live.job.state == JobState::pending || live.job.state == JobState::held;
  on_analysed(live);
  if (waits || is_final(live.job.state) || live.job.attempts.empty()) return;
  journal::Transaction transaction;
  const Attempt& attempt = live.job.attempts.back();
  const bool claimed =
      attempt.target.kind == TargetKind::device && attempt.outcome &&
      (attempt.outcome->kind == OutcomeKind::delivered || attempt.outcome->kind == OutcomeKind::unknown);
  const ledger::Claim said = ledger::claim_of(live.job, attempt);
  if (claimed && said.evidence == ledger::Evidence::document) {
    ledger::Amendment amendment;
    amendment.job_uuid = live.job.uuid;
    amendment.attempt = attempt.number;
    amendment.when = now();
    amendment.pages = said.pages;
    amendment.evidence = said.evidence;
    amendment.confidence = said.confidence;
    amendment.reason = "document.second-opinion";
    amend(transaction, ledger::Kind::evidence, std::move(amendment), live.job);
  }
  if (live.job.state == JobState::confirming && live.asked_out)
    return finish(live, JobState::completed, live.job.reasons, std::move(transaction));
  commit(live, std::move(transaction));
}

}  // namespace printrouter
