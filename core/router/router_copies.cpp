// SPDX-License-Identifier: Apache-2.0
// Copies that a server may hold: it keeps jobs until they are released, a delivery to it broke off, and the
// job ended elsewhere. When the server answers again, each copy is cancelled by the job's uuid, or its user
// is told.
#include <algorithm>

#include "router/router_core.hpp"

namespace printrouter {
namespace {
constexpr std::string_view gone_id = "delivery.server-copy-gone", left_id = "delivery.server-copy-left";

bool settled(const Job& job) {
  return std::ranges::any_of(job.reasons, [](const Reason& r) { return r.id == gone_id || r.id == left_id; });
}

SharedList<Reason> with(const Reasons& reasons, const Reason& more) {
  Reasons out = reasons;
  out.push_back(more);
  return out;
}

Reason gone(const std::string& server, bool was_there) {
  return {Severity::info, std::string(gone_id),
          was_there ? server + " had a copy of the job; it was cancelled there."
                    : server + " has no copy of the job.",
          was_there ? server + " hatte eine Kopie des Auftrags; sie wurde dort abgebrochen."
                    : server + " hat keine Kopie des Auftrags."};
}

Reason left(const std::string& server) {
  return {
      Severity::warning,
      std::string(left_id),
      server + " may have a copy of the job, and it cannot be cancelled from here.",
      server + " hat vielleicht eine Kopie des Auftrags, und von hier aus lässt sie sich nicht abbrechen.",
      "Do not release it there; delete it.",
      "Dort nicht freigeben, sondern löschen."};
}

}  // namespace

const Attempt* RouterCore::server_copy(const Job& job) const {
  const Attempt* found = nullptr;
  for (const Attempt& a : job.attempts) {
    if (a.target.kind != TargetKind::server || !a.outcome) continue;
    if (a.outcome->kind == OutcomeKind::delivered) return nullptr;  // under the same uuid, and wanted
    if (a.outcome->kind == OutcomeKind::unknown && a.target.holds_on_arrival) found = &a;
  }
  return settled(job) ? nullptr : found;
}

void RouterCore::void_server_copies() {
  if (voiding || server_copies.empty() || !config().server ||
      health->state(server_target) == HealthState::down)
    return;
  const JobId id = *server_copies.begin();
  Job job;
  if (const LiveJob* live = find(id)) {
    job = live->job;
  } else if (const auto stored = services.journal->find_job(id); stored && *stored) {
    job = **stored;
  }
  const Attempt* copy = server_copy(job);
  if (!copy) {
    server_copies.erase(id);
    return void_server_copies();
  }
  if (copy->target.name != config().server->name) {  // another server now: nobody to ask
    Outcome nobody;
    nobody.kind = OutcomeKind::rejected;
    return on_voided(id, nobody);
  }
  DeliveryInput in = delivery_to(copy->target, DeliveryOperation::void_job, job);
  in.send.remote_job_id = copy->outcome->remote_job_id;
  if (!in.server->plugin) return;
  voiding = true;
  run_aside(std::move(in), [this, id](const DeliveryReport& report) {
    voiding = false;
    on_voided(id, report.outcome);
  });
}

void RouterCore::on_voided(JobId id, const Outcome& outcome) {
  const bool absent = outcome.reason == "job-not-found";
  // No answer, or none now: the next time the server comes up.
  if (outcome.busy || (outcome.kind == OutcomeKind::not_sent && !absent)) return;
  const bool cancelled = outcome.kind == OutcomeKind::delivered;
  server_copies.erase(id);
  services.io->post([this, here = alive()] {
    if (!here.expired()) void_server_copies();
  });
  LiveJob* live = find(id);
  Job job;
  if (live) {
    job = live->job;
  } else if (const auto stored = services.journal->find_job(id); stored && *stored) {
    job = **stored;
  }
  const Attempt* copy = server_copy(job);
  if (!copy) return;
  const Reason reason = cancelled || absent ? gone(copy->target.name, cancelled) : left(copy->target.name);
  journal::Transaction transaction;
  ledger::VoidCopy entry;
  entry.job_uuid = job.uuid;
  entry.attempt = copy->number;
  entry.reason = cancelled ? "server-copy.cancelled" : absent ? "server-copy.absent" : "server-copy.left";
  entry.when = now();
  ledger::void_copy(transaction, entry);
  const auto say = [this, reason, job] { tell(Notification::Kind::info, job, reason); };
  if (live) {
    live->job.reasons = with(live->job.reasons, reason);
    return commit(*live, std::move(transaction), say);
  }
  job.reasons = with(job.reasons, reason);
  transaction.put_job(job);
  services.journal->commit(std::move(transaction), [here = alive(), say](const Result<journal::Receipt>&) {
    if (!here.expired()) say();  // if it was not written it is asked and told again after the next start
  });
}

bool RouterCore::ask_server_about(LiveJob& live) {
  if (live.job.attempts.empty()) return false;
  const Attempt& last = live.job.attempts.back();
  const LoadedProtocol* protocol = services.plugins->protocol(last.target.port.protocol);
  if (last.target.kind != TargetKind::server || &last != server_copy(live.job) || !protocol ||
      !protocol->table->can_query)
    return false;
  set_state(live, JobState::unknown, {perhaps_printed(last)});
  commit(live, {}, [this, id = live.job.id] { ask_what_became_of(id); });
  return true;
}

}  // namespace printrouter
