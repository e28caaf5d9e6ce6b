// SPDX-License-Identifier: Apache-2.0
#include "server/job_confirmation.hpp"

#include <spdlog/spdlog.h>

#include <utility>

#include "delivery/confirm_stage.hpp"
#include "server/book_store.hpp"
#include "server/ledger_store.hpp"

namespace printrouter::server {
namespace {
constexpr int most_questions = 200;
}  // namespace

struct JobConfirmation::Waiting {
  explicit Waiting(net::IoContext& io) : timer(io) {}
  ServerJob row;
  Job job;  ///< with the attempt that the device accepted
  net::Timer timer;
  std::unique_ptr<DeliveryRun> run;
  int round = 0;
};

JobConfirmation::JobConfirmation(const DeliveryParts& parts) : parts_(parts) {}
JobConfirmation::~JobConfirmation() = default;

void JobConfirmation::ask(const ServerJob& row, const std::optional<Outcome>& ended) {
  const auto waiting = waiting_[row.uuid] = std::make_shared<Waiting>(parts_.io);
  waiting->row = row;
  const auto claim = ledger::decode_claim(row.claim);
  const auto directory = parts_.catalog.directory_now();
  const Device* device = directory->find(row.device);
  const LoadedProtocol* protocol = claim ? parts_.link.plugins.protocol(claim->port.protocol) : nullptr;
  if (!device || !protocol || !protocol->table->can_query) return leave(waiting);
  Job& job = waiting->job;
  job.uuid = claim->job_uuid;
  job.owner.user = row.user;
  job.title = row.title;
  job.document.size = static_cast<std::uint64_t>(row.size);
  Attempt attempt;
  attempt.number = claim->attempt;
  attempt.target = {TargetKind::device, device->id, device->name, device->address, claim->port};
  attempt.target.truncated_discards = discards_truncated(*device);
  attempt.outcome = ended.value_or(Outcome{});
  if (row.state == "confirming") attempt.outcome->kind = OutcomeKind::delivered;
  attempt.outcome->remote_job_id = row.remote_job;
  job.attempts.push_back(std::move(attempt));
  ask_later(waiting);
}

/// It will not be known: an accepted job is done, an unknown one waits for a person.
void JobConfirmation::leave(const WaitingPtr& waiting) {
  if (waiting->row.state == "confirming") return end(waiting, "completed", std::nullopt);
  parts_.io.post([this, waiting] {
    const auto it = waiting_.find(waiting->row.uuid);
    if (it != waiting_.end() && it->second == waiting) waiting_.erase(it);
  });
}

void JobConfirmation::ask_later(const WaitingPtr& waiting) {
  waiting->timer.start(confirm_pause(waiting->round), [this, weak = std::weak_ptr(waiting)] {
    if (const auto self = weak.lock()) ask_now(self);
  });
}

void JobConfirmation::ask_now(const WaitingPtr& waiting) {
  const Attempt& attempt = waiting->job.attempts.back();
  const auto directory = parts_.catalog.directory_now();
  DeliveryInput in = device_input(parts_.link, DeliveryOperation::query, waiting->job, attempt.target,
                                  directory->find(attempt.target.id));
  if (!in.protocol) return leave(waiting);
  in.send.remote_job_id = waiting->row.remote_job;
  waiting->run = std::make_unique<DeliveryRun>(parts_.io);
  waiting->run->start(std::move(in), [this, weak = std::weak_ptr(waiting)](const DeliveryReport& report) {
    if (const auto self = weak.lock()) answered(self, report.outcome);
  });
}

void JobConfirmation::answered(const WaitingPtr& waiting, const Outcome& answer) {
  parts_.io.post(
      [run = std::shared_ptr<DeliveryRun>(std::move(waiting->run))] {});  // ends after its own call
  waiting->row.state == "confirming" ? confirmed(waiting, answer) : found(waiting, answer);
}

void JobConfirmation::confirmed(const WaitingPtr& waiting, const Outcome& answer) {
  Confirmation said =
      confirmed_by(answer, waiting->job.uuid, waiting->job.attempts.back(), waiting->round++, parts_.now());
  switch (said.verdict) {
    case Confirmation::Verdict::printed:
      return end(waiting, "completed", accounting::LedgerAmendment{said.kind, std::move(said.evidence)});
    case Confirmation::Verdict::cancelled:
      waiting->row.reason = said.evidence.reason;
      return end(waiting, "canceled", accounting::LedgerAmendment{said.kind, std::move(said.evidence)});
    case Confirmation::Verdict::no_more:
      return leave(waiting);
    case Confirmation::Verdict::ask_again:
      return ask_later(waiting);
  }
}

/// The outcome was unknown: what does the device's list say?
void JobConfirmation::found(const WaitingPtr& waiting, const Outcome& answer) {
  ServerJob& row = waiting->row;
  const JobListed there = job_listed(waiting->job, waiting->job.attempts.back(), answer);
  switch (there.verdict) {
    case JobListed::Verdict::whole:
      row.reason = "found-in-job-list";
      [[fallthrough]];
    case JobListed::Verdict::cancelled:
      if (row.remote_job.empty()) row.remote_job = answer.remote_job_id;
      return confirmed(waiting, answer);
    case JobListed::Verdict::absent:
    case JobListed::Verdict::given_up: {
      ledger::Amendment nothing;
      nothing.job_uuid = waiting->job.uuid;
      nothing.attempt = static_cast<int>(row.attempt);
      nothing.when = parts_.now();
      nothing.reason =
          there.verdict == JobListed::Verdict::absent ? "absent-from-job-list" : "aborted-in-job-list";
      row.outcome = to_string(OutcomeKind::not_sent);
      row.reason = nothing.reason;
      ++row.attempt;  // whatever is sent next is another print
      return end(waiting, "held", accounting::LedgerAmendment{ledger::Kind::refund, std::move(nothing)});
    }
    case JobListed::Verdict::in_part:
      return leave(waiting);
    case JobListed::Verdict::arrives:
    case JobListed::Verdict::open:
      return there.ask_again && ++waiting->round < most_questions ? ask_later(waiting) : leave(waiting);
  }
}

void JobConfirmation::end(const WaitingPtr& waiting, const std::string& state,
                          std::optional<accounting::Event> evidence) {
  ServerJob& row = waiting->row;
  const std::string from = std::exchange(row.state, state);
  const std::string document = state == "held" ? std::string() : std::exchange(row.document, {});
  row.claim.clear();
  spdlog::info("job {} at {}: {} {}", row.uuid, row.device, row.state, row.reason);
  parts_.store.ask<std::set<std::string>>(
      [row, from, evidence = std::move(evidence), rules = parts_.rules(),
       now = parts_.now()](Database& db) -> Result<std::set<std::string>> {
        const auto moved = move_job(db, row, from, now);
        if (!moved) return fail(moved.error());
        if (!*moved || !evidence) return std::set<std::string>();
        auto booked = book(db, rules, {*evidence}, now);
        if (!booked) return fail(booked.error());
        if (from == "unknown" && row.state == "completed") {
          if (const Status noted = note_uses(db, {{row.user, row.device, now}}); !noted)
            return fail(noted.error());
          booked->users.insert(row.user);
        }
        return std::move(booked->users);
      },
      [this, uuid = row.uuid, document](const Result<std::set<std::string>>& users) {
        if (!users) {  // asked again after the next start
          spdlog::error("job {}: what came of it could not be stored: {}", uuid, users.error().message());
        } else {
          if (!document.empty()) parts_.spool.remove(document);
          if (!users->empty()) parts_.users_changed(*users);
        }
        waiting_.erase(uuid);
      });
}

}  // namespace printrouter::server
