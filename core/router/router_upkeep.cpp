// SPDX-License-Identifier: Apache-2.0
// What time does to jobs: recovery after a restart, expiry, removal of documents, the daily check.
#include <spdlog/spdlog.h>
#include <nlohmann/json.hpp>

#include <algorithm>

#include "delivery/confirm_stage.hpp"
#include "env/machine.hpp"
#include "router/router_core.hpp"

namespace printrouter {
namespace {
constexpr Milliseconds upkeep_interval = std::chrono::seconds(5);
}

Status settle_in_flight(net::IoContext& io, journal::Journal& journal, const InFlight& in_flight,
                        Timestamp now) {
  auto unfinished = journal.load_unfinished();
  if (!unfinished) return fail(unfinished.error());
  std::size_t open = 0;
  Status result;
  for (Job& job : *unfinished) {
    if (job.state != JobState::sending || job.attempts.empty()) continue;
    Attempt& attempt = job.attempts.back();
    const bool may_have_left = in_flight.may_have_left({job.id, attempt.number});
    Outcome outcome;
    outcome.kind = may_have_left ? OutcomeKind::unknown : OutcomeKind::not_sent;
    outcome.reason = may_have_left ? "restarted-in-attempt" : "restarted-before-first-byte";
    attempt.outcome = outcome;
    attempt.ended = job.updated = now;
    journal::Transaction transaction;
    if (attempt.target.kind == TargetKind::device) ledger::claim(transaction, ledger::claim_of(job, attempt));
    if (job.document_file.empty()) {  // its delivery began while it arrived; it was never acknowledged
      job.state = JobState::aborted;
      job.reasons = {broken_off()};
      job.completed = now;
    } else {
      job.state = may_have_left ? JobState::unknown : JobState::pending;
      job.reasons = may_have_left ? Reasons{perhaps_printed(attempt)} : Reasons{};
    }
    transaction.put_job(job);
    ++open;
    journal.commit(std::move(transaction), [&open, &result](const Result<journal::Receipt>& done) {
      --open;
      if (!done) result = fail(done.error());
    });
  }
  if (!io.run_until([&] { return open == 0; }, std::chrono::minutes(1)))
    return fail(ErrorCode::io, "the journal does not answer");
  return result;
}

Result<RecoverySummary> RouterCore::recover() {
  RecoverySummary summary;
  auto unfinished = services.journal->load_unfinished();
  if (!unfinished) return fail(unfinished.error());
  const auto stored_history = services.journal->history({});
  if (!stored_history) return fail(stored_history.error());
  if (const Status done = recover_spending(); !done) return fail(done.error());
  for (const journal::HistoryRow& row : *stored_history) history[row.user][row.device] = row.last_used;
  const auto stored_owners = services.journal->owners();
  if (!stored_owners) return fail(stored_owners.error());
  for (const journal::OwnerRow& row : *stored_owners) owners[row.user] = row.last_used;
  if (const auto check = services.journal->setting("last_check"); check && *check) {
    const auto j = nlohmann::json::parse(**check, nullptr, false);
    if (j.is_object()) {
      last_check = {j.value("at", std::int64_t{0})};
      const auto devices = j.value("devices", nlohmann::json::object());  // outlives the loop over its items
      for (const auto& [device, result] : devices.items())
        checks[device] = {static_cast<Verdict>(result.value("verdict", 0)),
                          {result.value("when", std::int64_t{0})},
                          result.value("text", "")};
    }
  }

  std::vector<spool::KnownDocument> known;
  for (const Job& job : *unfinished)
    if (!job.document_file.empty()) known.push_back({job.document_file, job.document.size});
  const auto finished = services.journal->finished_jobs(100000);
  for (const Job& job : finished ? *finished : std::vector<Job>{}) {
    if (server_copy(job)) server_copies.insert(job.id);
    if (!job.document_file.empty() && job.completed + config().retention.documents > now()) {
      known.push_back({job.document_file, job.document.size});
      removals.push_back({job.completed + config().retention.documents, job.id, job.document_file});
    }
  }
  std::ranges::sort(removals, {}, &Removal::due);
  const auto report = services.spool->recover(known, [this](const Uuid& uuid) {
    const auto job = services.journal->find_job(uuid);
    return job && *job;
  });
  if (!report) return fail(report.error());
  for (const std::string& name : report->unknown)
    spdlog::warn("spool: {} has no row, so it was never acknowledged; set aside", name);
  for (const std::string& name : report->damaged) spdlog::error("spool: {} is damaged; set aside", name);
  summary.set_aside = report->unknown.size() + report->damaged.size() + report->incomplete.size();

  for (Job& row : *unfinished) {
    ++summary.jobs;
    LiveJob& live = add(std::move(row));
    live.durable = true;
    const JobId id = live.job.id;
    const bool lost = !live.job.document_file.empty() &&
                      (std::ranges::find(report->missing, live.job.document_file) != report->missing.end() ||
                       std::ranges::find(report->damaged, live.job.document_file) != report->damaged.end());
    if (lost) {
      ++summary.missing_documents;
      finish(live, JobState::aborted,
             {{Severity::refusal, "spool.document-lost", "The stored document is missing or damaged.",
               "Das gespeicherte Dokument fehlt oder ist beschädigt.", "Print it again.",
               "Noch einmal drucken."}},
             {}, [this, job = live.job] {
               tell(Notification::Kind::refused, job, job.reasons.empty() ? Reason{} : job.reasons.front());
             });
      continue;
    }
    live.job.question.clear();  // asked anew, with what is true now
    switch (live.job.state) {
      case JobState::incoming:
        if (live.job.document_file.empty()) {
          left_by_restart.insert(id);
          patience_with_submitter(live);
          break;
        }
        [[fallthrough]];
      case JobState::pending:
      case JobState::held:
        ++summary.resumed;
        services.io->post([this, here = alive(), id] {
          if (here.expired()) return;
          if (LiveJob* l = find(id)) route(*l);
        });
        break;
      case JobState::confirming:
        if (live.job.document_file.empty()) {  // accepted in cut-through, never acknowledged to its submitter
          finish(live, JobState::completed, {}, {});
          break;
        }
        ask_second_opinion(live);
        live.asked_out =
            !can_confirm(live.job.attempts.back(),
                         services.plugins->protocol(live.job.attempts.back().target.port.protocol));
        if (live.asked_out)
          conclude(live, live.job.reasons, {});
        else
          confirm_later(live);
        break;
      case JobState::unknown:
        ++summary.unknown;
        ask_second_opinion(live);
        services.io->post([this, here = alive(), id] {
          if (!here.expired()) ask_what_became_of(id);
        });
        break;
      case JobState::sending:  // settle_in_flight has left none
      case JobState::completed:
      case JobState::canceled:
      case JobState::aborted:
        break;
    }
  }
  upkeep();
  return summary;
}

void RouterCore::upkeep() {
  upkeep_timer->start(upkeep_interval, [this] { upkeep(); });
  env::give_back_memory();  // what passed through left holes between the jobs that wait
  while (!removals.empty() && removals.front().due <= now()) {
    const Removal removal = removals.front();
    removals.pop_front();
    services.spool->remove(removal.file);
    if (const auto job = services.journal->find_job(removal.job); job && *job) {
      Job without = **job;
      without.document_file.clear();
      journal::Transaction transaction;
      transaction.put_job(std::move(without));
      services.journal->commit(std::move(transaction), [](const Result<journal::Receipt>&) {});
    }
  }
  if (const auto old =
          services.journal->finished_before(Timestamp{now().ms - config().retention.jobs.count()}, 500);
      old && !old->empty()) {
    journal::Transaction transaction;
    for (const JobId id : *old) transaction.delete_job(id);
    services.journal->commit(std::move(transaction), [](const Result<journal::Receipt>&) {});
  }
  std::vector<JobId> expired;
  for (const auto& [id, live] : jobs) {
    const Milliseconds age = now() - live->job.created;
    if (live->job.state == JobState::held && !live->in_slot &&
        age > std::min(profile().held_max_age, config().limits.max_age))
      expired.push_back(id);
    if (live->job.state == JobState::unknown && !live->run &&
        age > std::chrono::hours(24) * profile().unknown_after_days)
      expired.push_back(id);
  }
  for (const JobId id : expired) {
    LiveJob& live = *find(id);
    journal::Transaction transaction;
    if (live.job.state == JobState::unknown && !live.job.attempts.empty() &&
        live.job.attempts.back().target.kind == TargetKind::device) {
      ledger::Amendment amendment;
      amendment.job_uuid = live.job.uuid;
      amendment.attempt = live.job.attempts.back().number;
      amendment.reason = profile().unknown_charge_estimate ? "unknown-after.estimate" : "unknown-after.none";
      if (const JobVolume volume = job_volume(live.job); profile().unknown_charge_estimate && volume.pages)
        amendment.pages.total = *volume.pages * volume.copies;
      amendment.when = now();
      amend(transaction, ledger::Kind::settle, amendment, live.job);
    }
    finish(live, JobState::aborted,
           {{Severity::refusal, "router.expired",
             "The job waited longer than its profile allows and has expired.",
             "Der Auftrag wartete länger, als sein Profil erlaubt, und ist verfallen.",
             "Print it again. Contact: " + profile().contact,
             "Noch einmal drucken. Ansprechpartner: " + profile().contact}},
           std::move(transaction), [this, job = live.job] {
             tell(
                 Notification::Kind::refused, job,
                 {Severity::refusal, "router.expired", "The job has expired.", "Der Auftrag ist verfallen."});
           });
  }
  for (const auto& [id, live] : jobs)
    if (live->job.state == JobState::held && !live->job.reasons.empty() &&
        live->job.reasons.front().id == "routing.no-network")
      services.io->post([this, here = alive(), waiting = id] {
        if (here.expired()) return;
        if (LiveJob* l = find(waiting); l && l->job.state == JobState::held) route(*l);
      });
  if (profile().enabled &&
      (!last_check.set() ||
       now() - last_check > services.random->jitter(config().health.check_interval, 0.1))) {
    last_check = now();
    check_fallback({}, true, [this](const FallbackCheck& check) {
      for (RouterObserver* o : observers) o->on_check(check);
    });
  }
}

void RouterCore::check_fallback(const std::string& user, bool probe,
                                std::function<void(FallbackCheck)> done) {
  struct Round {
    std::string user;
    std::map<std::string, std::map<std::string, PortObservation>> seen;
    std::size_t open = 1;
    std::function<void(FallbackCheck)> done;
  };
  auto round = std::make_shared<Round>();
  round->user = user;
  round->done = std::move(done);
  const auto one_less = [this, round] {
    if (--round->open > 0) return;
    Job job;
    job.owner.user = round->user;
    const RoutingInput input = routing_input(job, std::nullopt);
    FallbackCheck check = ::printrouter::check_fallback(input, round->seen);
    check.when = now();
    if (!round->seen.empty()) {
      last_check = now();
      nlohmann::json stored{{"at", last_check.ms}, {"devices", nlohmann::json::object()}};
      for (const DeviceCheck& device : check.devices) {
        checks[device.device_id] = {device.verdict, now(), {}};
        stored["devices"][device.device_id] = {{"verdict", static_cast<int>(device.verdict)},
                                               {"when", now().ms}};
      }
      journal::Transaction transaction;
      transaction.put_setting("last_check", stored.dump());
      services.journal->commit(std::move(transaction), [](const Result<journal::Receipt>&) {});
    }
    round->done(std::move(check));
  };
  if (probe) {
    for (const Device* device : setup.directory->targets(profile())) {
      for (const Port& port : device->ports) {
        DeliveryInput in = delivery_to({TargetKind::device, device->id, device->name, device->address, port},
                                       DeliveryOperation::probe, Job{});
        if (!in.protocol) continue;
        ++round->open;
        run_aside(std::move(in), [this, round, one_less, device_id = device->id,
                                  label = port.label()](const DeliveryReport& report) {
          PortObservation seen;
          seen.reachable = report.outcome.kind == OutcomeKind::delivered || report.outcome.answered;
          seen.text = report.outcome.text;
          round->seen[device_id][label] = seen;
          health->outcome(device_id, report.outcome);
          one_less();
        });
      }
    }
  }
  one_less();
}

}  // namespace printrouter
