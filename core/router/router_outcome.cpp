// SPDX-License-Identifier: Apache-2.0
// What an attempt came to, and what may be done about it: the one switch over outcomes.
#include <spdlog/spdlog.h>

#include <algorithm>

#include "delivery/confirm_stage.hpp"
#include "router/router_core.hpp"
#include "routing/explain.hpp"
#include "routing/rules.hpp"

namespace printrouter {
namespace {

std::string slot_of(const Attempt& attempt) {
  return attempt.target.kind == TargetKind::server ? server_target : attempt.target.id;
}

Reason printed_on(const Attempt& attempt) {
  const std::string& name = attempt.target.name;
  if (attempt.release_at_device)
    return {
        Severity::info,
        "delivery.waits-at-device",
        "The print server is down. The job waits at " + name + " until you log in there.",
        "Der Druckserver antwortet nicht. Der Auftrag wartet an " + name + ", bis Sie sich dort anmelden.",
        "Go to " + name + " and log in.",
        "Gehen Sie zu " + name + " und melden Sie sich an."};
  return {Severity::info, "delivery.printed-on-fallback",
          "The print server is down. Printed on " + name + " instead.",
          "Der Druckserver antwortet nicht. Stattdessen gedruckt auf " + name + "."};
}

/// What the target says of the size, for people; empty: it says nothing.
std::string kib(std::optional<std::int64_t> value) {
  return value ? std::to_string(*value) + " KiB" : std::string();
}

Reason perhaps_in_part(const Job& job, const Attempt& attempt, std::optional<std::int64_t> there) {
  const std::string& name = attempt.target.name;
  const std::string sent = kib(octets_sent(job, *attempt.outcome));
  Reason reason = perhaps_printed(attempt);
  reason.id = "delivery.perhaps-in-part";
  reason.en = name + " lists the job as completed, but " +
              (there ? "only " + kib(there) : std::string("does not say how much")) + " of " + sent +
              " arrived: perhaps only a part of it was printed.";
  reason.de = name + " führt den Auftrag als fertig, " +
              (there ? "aber nur " + kib(there) + " von " + sent + " kamen an"
                     : "sagt aber nicht, wie viel von " + sent + " ankam") +
              ": Vielleicht wurde nur ein Teil gedruckt.";
  return reason;
}

}  // namespace

Reason perhaps_printed(const Attempt& attempt) {
  return {Severity::refusal,
          "delivery.unknown",
          "The connection to " + attempt.target.name + " broke off; the job may have been printed.",
          "Die Verbindung zu " + attempt.target.name + " brach ab; der Auftrag wurde vielleicht gedruckt.",
          "Look at the printer, then: printrouter settle ID --printed | --not-printed | --reprint",
          "Am Drucker nachsehen, dann: printrouter settle NR --printed | --not-printed | --reprint"};
}

Reason broken_off() {
  return {Severity::refusal,
          "intake.broken-off",
          "The document did not arrive whole.",
          "Das Dokument kam nicht vollständig an.",
          "Print it again.",
          "Noch einmal drucken."};
}

void RouterCore::remember_use(journal::Transaction& transaction, const Job& job, const std::string& device) {
  if (job.owner.user.empty()) return;
  history[job.owner.user][device] = now();
  transaction.put_history({job.owner.user, device, now(), "delivered"});
}

void RouterCore::finish(LiveJob& live, JobState state, SharedList<Reason> reasons,
                        journal::Transaction transaction, std::function<void()> then) {
  close_question(live, Question::State::withdrawn, {}, transaction);
  if (live.timer) live.timer->cancel();
  set_state(live, state, std::move(reasons));
  commit(live, std::move(transaction), std::move(then));
}

void RouterCore::on_outcome(JobId id, DeliveryReport report) {
  LiveJob* live = find(id);
  if (!live || live->job.attempts.empty()) return;
  if (live->run)
    services.io->post(
        [run = std::shared_ptr<DeliveryRun>(std::move(live->run))] {});  // ends after its own call
  if (live->timer) live->timer->cancel();
  Attempt& attempt = live->job.attempts.back();
  attempt.ended = now();
  if (attempt.target.kind == TargetKind::device) {
    if (const Device* device = setup.directory->find(attempt.target.id)) {
      const Interpretation words =
          setup.vendors->interpret(*device, attempt.target.port.protocol, report.outcome);
      if (report.outcome.kind != OutcomeKind::unknown) report.outcome.kind = words.outcome;
      if (!words.reasons.empty()) live->job.reasons = words.reasons;
    }
  }
  attempt.outcome = report.outcome;
  const Outcome& outcome = *attempt.outcome;
  spdlog::info("job {} attempt {} {} {}: {} {}", id, attempt.number, attempt.target.name,
               attempt.target.port.label(), to_string(outcome.kind), outcome.reason);

  journal::Transaction transaction;
  // In the outcome's own transaction: no print without its claim.
  if (attempt.target.kind == TargetKind::device) claim(transaction, live->job, attempt);
  health->outcome(slot_of(attempt), outcome);
  if (attempt.target.kind != TargetKind::device || !count_after(*live)) free_slot(slot_of(attempt), *live);

  // A job that was acknowledged has its whole document here, and one that still arrives will have it:
  // whatever failed on the way out, it was not the submitter.
  const bool submitter_left = live->job.document_file.empty() && !live->intake;
  if (submitter_left && (report.source_broke_off || (live->cancel_wanted && !live->durable))) {
    return finish(*live, JobState::aborted, {broken_off()}, std::move(transaction));
  }
  if (live->intake && outcome.kind != OutcomeKind::delivered) {
    // Cut-through failed while the rest still arrives: the spool keeps every byte, so the whole job goes on
    // from its end.
    if (outcome.kind == OutcomeKind::unknown) return on_unknown(*live, std::move(transaction));
    set_state(*live, JobState::incoming);
    return commit(*live, std::move(transaction));
  }
  switch (outcome.kind) {
    case OutcomeKind::delivered:
      return on_delivered(*live, std::move(transaction));
    case OutcomeKind::cancelled:
      return finish(*live, JobState::canceled,
                    {{Severity::info, "delivery.cancelled", "Cancelled.", "Abgebrochen."}},
                    std::move(transaction));
    case OutcomeKind::unknown:
      return on_unknown(*live, std::move(transaction));
    case OutcomeKind::not_sent:
    case OutcomeKind::rejected:
    case OutcomeKind::auth_required:
    case OutcomeKind::hold:
    case OutcomeKind::stop_target:
      if (live->cancel_wanted)
        return finish(*live, JobState::canceled,
                      {{Severity::info, "delivery.cancelled", "Cancelled.", "Abgebrochen."}},
                      std::move(transaction));
      set_state(*live, JobState::pending, live->job.reasons);
      if (attempt.target.kind == TargetKind::device && live->answer &&
          live->answer->kind == Answer::Kind::device) {
        // What was chosen has been tried: the answer is used up, and the rest is a new question.
        live->answer.reset();
        live->job.prefer_device = false;
      }
      if (attempt.target.kind == TargetKind::server &&
          (outcome.kind == OutcomeKind::not_sent || outcome.busy) &&
          health->state(server_target) != HealthState::down) {
        // One job without an answer is no verdict: a probe is on its way, and its end routes this job again.
        live->awaits_verdict = true;
        commit(*live, std::move(transaction));
        health->probe_now(server_target);
        return;
      }
      return route(*live, std::move(transaction));
  }
}

void RouterCore::on_delivered(LiveJob& live, journal::Transaction transaction) {
  const Attempt& attempt = live.job.attempts.back();
  const Outcome& outcome = *attempt.outcome;
  if (attempt.target.kind == TargetKind::server) {
    if (live.intake) {  // cut-through: the server has it before our own disk says so
      set_state(live, JobState::confirming);
      return commit(live, std::move(transaction));
    }
    return finish(live, JobState::completed,
                  {{Severity::info, "delivery.at-server", "Accepted by " + attempt.target.name + ".",
                    "Von " + attempt.target.name + " angenommen."}},
                  std::move(transaction));
  }
  remember_use(transaction, live.job, attempt.target.id);
  const bool can_ask = can_confirm(attempt, services.plugins->protocol(attempt.target.port.protocol));
  const Reason reason = printed_on(attempt);
  Reasons reasons{reason};
  // What the printer ignored although it took the job: a person should know before reading the paper.
  for (const Attribute& a : outcome.attributes) {
    if (a.name != "ticket-unsupported" || !printrouter::find(live.job.ticket, a.text)) continue;
    Reason ignored = make_reason(Rule::ticket_lost_minor, profile(), {a.text});
    if (std::ranges::find(reasons, ignored.id, &Reason::id) == reasons.end())
      reasons.push_back(std::move(ignored));
  }
  if (const Attempt* copy = server_copy(live.job))
    reasons.push_back(make_reason(Rule::server_copy_possible, profile(), {copy->target.name}));
  const auto say = [this, job = live.job, reason] { tell(Notification::Kind::printed, job, reason); };
  live.asked_out = !can_ask;
  if (!can_ask) return conclude(live, std::move(reasons), std::move(transaction), say);
  set_state(live, JobState::confirming, std::move(reasons));
  live.confirm_round = 0;
  commit(live, std::move(transaction), [this, id = live.job.id, say] {
    say();
    if (LiveJob* waiting = find(id)) confirm_later(*waiting);
  });
}

void RouterCore::conclude(LiveJob& live, SharedList<Reason> reasons, journal::Transaction transaction,
                          std::function<void()> then) {
  if (!live.analysing)
    return finish(live, JobState::completed, std::move(reasons), std::move(transaction), std::move(then));
  set_state(live, JobState::confirming, std::move(reasons));
  commit(live, std::move(transaction), std::move(then));
}

void RouterCore::confirm_later(LiveJob& live) {
  if (live.job.state != JobState::confirming) return;
  if (!live.timer) live.timer = std::make_unique<net::Timer>(*services.io);
  const Milliseconds pause = confirm_pause(live.confirm_round++);
  live.timer->start(pause, [this, id = live.job.id] {
    LiveJob* job = find(id);
    if (!job || job->job.state != JobState::confirming || job->run) return;
    const Attempt& attempt = job->job.attempts.back();
    DeliveryInput in = delivery_to(attempt.target, DeliveryOperation::query, job->job);
    in.send.remote_job_id = attempt.outcome->remote_job_id;
    job->run = std::make_unique<DeliveryRun>(*services.io);
    job->run->start(std::move(in),
                    [this, id](DeliveryReport report) { on_confirmation(id, report.outcome); });
  });
}

void RouterCore::on_confirmation(JobId id, const Outcome& outcome) {
  LiveJob* live = find(id);
  if (!live) return;
  if (live->run) services.io->post([run = std::shared_ptr<DeliveryRun>(std::move(live->run))] {});
  if (live->job.state != JobState::confirming) return;
  Attempt& attempt = live->job.attempts.back();
  Confirmation said = confirmed_by(outcome, live->job.uuid, attempt, live->confirm_round - 1, now());
  journal::Transaction transaction;
  switch (said.verdict) {
    case Confirmation::Verdict::printed:
      amend(transaction, said.kind, std::move(said.evidence), live->job);
      [[fallthrough]];
    case Confirmation::Verdict::no_more:
      live->asked_out = true;
      return conclude(*live, live->job.reasons, std::move(transaction));
    case Confirmation::Verdict::cancelled: {
      amend(transaction, said.kind, std::move(said.evidence), live->job);
      const Reason reason{Severity::warning, "delivery.cancelled-at-device",
                          "The job was cancelled at " + attempt.target.name + ".",
                          "Der Auftrag wurde an " + attempt.target.name + " abgebrochen."};
      return finish(*live, JobState::canceled, {reason}, std::move(transaction),
                    [this, job = live->job, reason] { tell(Notification::Kind::info, job, reason); });
    }
    case Confirmation::Verdict::ask_again:
      return confirm_later(*live);
  }
}

void RouterCore::on_unknown(LiveJob& live, journal::Transaction transaction) {
  Attempt& attempt = live.job.attempts.back();
  const LoadedProtocol* protocol = services.plugins->protocol(attempt.target.port.protocol);
  const bool still_arrives = live.intake != nullptr;
  if (protocol && protocol->table->can_query && !still_arrives) {
    set_state(live, JobState::unknown, {perhaps_printed(attempt)});
    return commit(live, std::move(transaction), [this, id = live.job.id] { ask_what_became_of(id); });
  }
  if (attempt.target.kind == TargetKind::server && attempt.target.holds_on_arrival && !still_arrives) {
    // Nothing prints there until somebody releases it: fall back at once, and say that a copy may be waiting.
    set_state(live, JobState::pending);
    return route(live, std::move(transaction));
  }
  set_state(live, still_arrives ? JobState::incoming : JobState::unknown, {perhaps_printed(attempt)});
  if (still_arrives) return commit(live, std::move(transaction));
  commit(live, std::move(transaction),
         [this, job = live.job] { tell(Notification::Kind::unknown, job, job.reasons.front()); });
}

void RouterCore::ask_what_became_of(JobId id) {
  LiveJob* live = find(id);
  if (!live || live->run || live->job.state != JobState::unknown) return;
  const Attempt& attempt = live->job.attempts.back();
  DeliveryInput in = delivery_to(attempt.target, DeliveryOperation::query, live->job);
  in.send.remote_job_id = attempt.outcome ? attempt.outcome->remote_job_id : std::string();
  live->run = std::make_unique<DeliveryRun>(*services.io);
  live->run->start(std::move(in), [this, id](DeliveryReport report) { on_query_answer(id, report.outcome); });
}

void RouterCore::on_query_answer(JobId id, const Outcome& outcome) {
  LiveJob* live = find(id);
  if (!live) return;
  if (live->run) services.io->post([run = std::shared_ptr<DeliveryRun>(std::move(live->run))] {});
  if (live->job.state != JobState::unknown) return;
  Attempt& attempt = live->job.attempts.back();
  journal::Transaction transaction;
  using Said = JobListed::Verdict;
  const JobListed there = job_listed(live->job, attempt, outcome);
  const bool still_incoming = there.verdict == Said::arrives;
  if (there.verdict == Said::cancelled) {
    const Reason reason{Severity::warning, "delivery.cancelled-at-device",
                        "The job was cancelled at " + attempt.target.name + ".",
                        "Der Auftrag wurde an " + attempt.target.name + " abgebrochen."};
    return finish(*live, JobState::canceled, {reason}, std::move(transaction),
                  [this, job = live->job, reason] { tell(Notification::Kind::info, job, reason); });
  }
  if (there.verdict == Said::whole) {
    attempt.outcome->kind = OutcomeKind::delivered;
    attempt.outcome->reason = "found-in-job-list";
    if (attempt.outcome->remote_job_id.empty()) attempt.outcome->remote_job_id = outcome.remote_job_id;
    return on_delivered(*live, std::move(transaction));
  }
  if (there.verdict == Said::absent || there.verdict == Said::given_up) {
    const bool by_us = attempt.outcome->reason.starts_with(our_restart);
    const std::string said = there.verdict == Said::given_up ? "aborted-in-job-list" : "absent-from-job-list";
    attempt.outcome->kind = OutcomeKind::not_sent;
    attempt.outcome->reason = (by_us ? std::string(our_restart) : std::string()) + said;
    ledger::Amendment amendment;
    amendment.job_uuid = live->job.uuid;
    amendment.attempt = attempt.number;
    amendment.reason = said;
    amendment.when = now();
    if (attempt.target.kind == TargetKind::device)
      amend(transaction, ledger::Kind::refund, amendment, live->job);
    set_state(*live, JobState::pending);
    return route(*live, std::move(transaction));
  }
  if (attempt.target.kind == TargetKind::server && attempt.target.holds_on_arrival &&
      !(still_incoming && live->confirm_round < 6)) {
    set_state(*live, JobState::pending);
    return route(*live, std::move(transaction));
  }
  if (there.verdict == Said::in_part) {
    // It will never say more: a person must look at the paper.
    live->job.reasons = {perhaps_in_part(live->job, attempt, there.octets)};
    return commit(*live, std::move(transaction),
                  [this, job = live->job] { tell(Notification::Kind::unknown, job, job.reasons.front()); });
  }
  if (live->confirm_round == 0 && !still_incoming)
    tell(Notification::Kind::unknown, live->job, live->job.reasons.front());
  // Silence now does not mean silence for ever: the list is asked again, slower and slower.
  if (!there.ask_again || ++live->confirm_round > 200) return;
  if (!live->timer) live->timer = std::make_unique<net::Timer>(*services.io);
  const Milliseconds pause = std::chrono::milliseconds(still_incoming ? 100 : 500) * live->confirm_round;
  live->timer->start(std::min<Milliseconds>(pause, std::chrono::seconds(30)),
                     [this, id] { ask_what_became_of(id); });
}

}  // namespace printrouter
