// SPDX-License-Identifier: Apache-2.0
#include "server/job_delivery.hpp"

#include <spdlog/spdlog.h>

#include <array>

#include "config/field_reader.hpp"
#include "delivery/confirm_stage.hpp"
#include "document/facts.hpp"
#include "routing/judge.hpp"
#include "server/book_store.hpp"
#include "server/ledger_store.hpp"

namespace printrouter::server {
namespace {
constexpr std::size_t head_size = 64 << 10;

Attributes ticket_of(const std::string& text) {
  Attributes out;
  JsonNode root;
  ConfigFindings findings;
  if (!parse_json(text, "ticket", root, findings)) return out;
  for (const auto& [name, value] : root.members)
    to_attributes(value, name, out);  // a fraction is no IPP value
  return out;
}

UserEvidence evidence_of(std::string_view text) {
  for (const UserEvidence e : {UserEvidence::owner, UserEvidence::asserted, UserEvidence::mapped})
    if (to_string(e) == text) return e;
  return UserEvidence::none;
}
}  // namespace

struct JobDelivery::Run {
  explicit Run(net::IoContext& io) : run(io) {}
  ServerJob row;
  std::string slot;  ///< the device it was started for
  Job job;
  Profile profile;
  Attributes identity = {};  ///< the user's codes
  std::shared_ptr<const Directory> directory;
  const Device* device = nullptr;
  std::optional<PortChoice> choice;
  Preparation preparation;
  std::shared_ptr<spool::SpoolReader> document;
  std::string head;
  DeliveryRun run;
};

JobDelivery::JobDelivery(const DeliveryParts& parts)
    : parts_(parts), confirmation_(parts_), waker_(parts_.io) {}
JobDelivery::~JobDelivery() = default;

void JobDelivery::deliver(const ServerJob& job) {
  waiting_.push_back(job);
  take_slots();
}

void JobDelivery::take_slots() {
  for (auto it = waiting_.begin(); it != waiting_.end() && runs_.size() < parts_.config.limits.parallel;) {
    if (runs_.contains(it->device)) {
      ++it;
      continue;
    }
    const ServerJob job = std::move(*it);
    waiting_.erase(it);
    start(job);
    it = waiting_.begin();
  }
}

void JobDelivery::over(const std::string& device) {
  // Not at once: the run may be the caller.
  parts_.io.post([this, device] {
    runs_.erase(device);
    take_slots();
  });
}

void JobDelivery::start(const ServerJob& row) {
  const auto run = runs_[row.device] = std::make_shared<Run>(parts_.io);
  run->row = row;
  run->slot = row.device;
  run->directory = parts_.catalog.directory_now();
  run->device = run->directory->find(row.device);
  Job& job = run->job;
  job.uuid = Uuid::parse(row.uuid).value_or(Uuid{});
  job.owner.user = row.user;
  job.owner.evidence = evidence_of(row.evidence);
  job.title = row.title;
  job.declared_format = row.format;
  job.ticket = ticket_of(row.ticket);
  job.created = row.created;
  // Whoever chose this device chose it: what remains is the maker's rules and what the document needs.
  run->profile.enabled = true;
  run->profile.printer = row.device;
  run->profile.untested = Profile::Untested::allow;
  run->profile.ticket_exact = false;
  if (!run->device) return refuse(run, "device-gone", "the printer is no longer known here");
  auto document = parts_.spool.open_document(row.document);
  if (!document) return refuse(run, "document-unreadable", document.error().message());
  run->document = std::move(*document);
  read_head(run);
}

void JobDelivery::read_head(const RunPtr& run) {
  while (run->head.size() < head_size) {
    std::array<char, 16384> part{};
    const spool::Read got = run->document->read(run->head.size(), part);
    if (got.state == spool::ReadState::wait)
      return run->document->when_ready(run->head.size(), [this, run] { read_head(run); });
    if (got.state == spool::ReadState::broken) return refuse(run, "document-unreadable", got.error.message());
    if (got.state == spool::ReadState::end) break;
    run->head.append(part.data(), got.bytes);
  }
  run->job.document =
      document_facts(run->head, static_cast<std::uint64_t>(run->row.size), run->row.format, run->job.ticket);
  judge(run);
}

RoutingInput JobDelivery::routing_input(const RunPtr& run) const {
  RoutingInput input{run->job, run->profile, *run->directory, *parts_.catalog.rules()};
  input.identity = run->identity;
  input.now = parts_.now();
  return input;
}

void JobDelivery::judge(const RunPtr& run) {
  const auto codes = parts_.catalog.codes_of(run->row.user);
  if (!codes) return refuse(run, "codes-unreadable", codes.error().message());
  for (const auto& [name, code] : *codes)
    run->identity.push_back(Attribute::word(name, code, AttributeKind::text));
  const auto candidates = judge_devices(routing_input(run));
  if (candidates.empty() || !candidates.front().permitted || candidates.front().ports.empty()) {
    const Reason* why = candidates.empty() ? nullptr : routing::main_refusal(candidates.front());
    return refuse(run, why ? why->id : "not-permitted",
                  why ? why->en : "no port of the printer takes this job");
  }
  run->choice = candidates.front().ports.front();
  run->job.ticket = reaching_paper(run->job.ticket, *run->choice);
  analyse(run);
}

/// What is in the document goes into its claim, and so on somebody's account.
void JobDelivery::analyse(const RunPtr& run) {
  analysts_.submit([this, here = std::weak_ptr(life_), io = &parts_.io, weak = std::weak_ptr(run),
                    file = parts_.spool.path_of(run->row.document), format = run->row.format,
                    ticket = run->job.ticket, options = parts_.analysis] {
    if (here.expired()) return;
    auto found = analyse_file(file, format, ticket, options);
    io->post([this, here, weak, found = std::move(found)] {
      const RunPtr self = weak.lock();
      if (here.expired() || !self) return;
      if (found)
        self->job.analysis = analysed_document(*found);
      else
        spdlog::warn("job {}: not analysed: {}", self->row.uuid, found.error().message());
      begin_attempt(self);
    });
  });
}

void JobDelivery::begin_attempt(const RunPtr& run) {
  const PortChoice& choice = *run->choice;
  auto prepared = prepare_delivery(routing_input(run), *run->device, choice);
  if (!prepared) return refuse(run, "vendor-rule-failed", prepared.error().message());
  run->preparation = std::move(*prepared);
  Attempt attempt;
  attempt.number = static_cast<int>(run->row.attempt);
  attempt.started = parts_.now();
  attempt.counted_by = choice.counted_by;
  attempt.may_count_twice = choice.may_count_twice;
  attempt.release_at_device = choice.release_at_device;
  attempt.target = {TargetKind::device, run->device->id, run->device->name, run->device->address,
                    choice.port};
  attempt.target.truncated_discards = discards_truncated(*run->device);
  run->job.attempts.push_back(attempt);
  run->row.state = "sending";
  // Should this process end here: perhaps printed, and claimed as such.
  attempt.outcome.emplace().reason = "server-restarted";
  run->row.claim = ledger::encode(ledger::claim_of(run->job, attempt));
  // Durable first: a page that comes out belongs to a job that says so.
  parts_.store.ask<bool>(
      [row = run->row, now = parts_.now()](Database& db) { return move_job(db, row, "pending", now); },
      [this, run](const Result<bool>& moved) {
        if (!moved) {
          spdlog::error("job {} cannot be sent: {}", run->row.uuid, moved.error().message());
          return over(run->slot);  // still pending: the next start takes it up
        }
        if (!*moved) return over(run->slot);  // voided or cancelled meanwhile
        const auto awake = [this, run] { send(run); };
        if (!run->choice->needs_wake ||
            waker_.wake(run->device->id, run->device->address, *run->choice, parts_.now(), awake))
          awake();
      });
}

void JobDelivery::send(const RunPtr& run) {
  const PortChoice& choice = *run->choice;
  DeliveryInput in = device_input(parts_.link, DeliveryOperation::print, run->job,
                                  run->job.attempts.back().target, run->device);
  if (!in.protocol) {
    DeliveryReport report;
    report.outcome.kind = OutcomeKind::not_sent;
    report.outcome.reason = "plugin-missing";
    report.outcome.text = "no plugin speaks " + choice.port.protocol;
    return ended(run, std::move(report));
  }
  in.attempt = attempt_key(run->row);
  in.send.ticket = carried_by_protocol(effective_ticket(run->job.ticket, run->job.document), choice);
  in.document = run->document;
  in.preparation = run->preparation;
  in.edits_required = false;
  run->run.start(std::move(in), [this, run](DeliveryReport report) { ended(run, std::move(report)); });
}

void JobDelivery::refuse(const RunPtr& run, const std::string& reason, const std::string& text) {
  spdlog::warn("job {} not sent to {}: {} {}", run->row.uuid, run->row.device, reason, text);
  // Nothing has left: it waits for whoever looks at it, with the reason.
  run->row.state = "held";
  run->row.reason = reason;
  run->row.device.clear();
  settle(run, "pending");
}

void JobDelivery::ended(const RunPtr& run, DeliveryReport report) {
  Attempt& attempt = run->job.attempts.back();
  attempt.ended = parts_.now();
  const Interpretation words =
      parts_.catalog.rules()->interpret(*run->device, attempt.target.port.protocol, report.outcome);
  if (report.outcome.kind != OutcomeKind::unknown) report.outcome.kind = words.outcome;
  attempt.outcome = report.outcome;
  const Outcome& outcome = *attempt.outcome;
  run->row.outcome = to_string(outcome.kind);
  run->row.reason = outcome.reason;
  spdlog::info("job {} at {}: {} {} {}", run->row.uuid, run->row.device, to_string(outcome.kind),
               outcome.reason, outcome.text);
  switch (outcome.kind) {
    case OutcomeKind::delivered:
      run->row.remote_job = outcome.remote_job_id;
      run->row.state = can_confirm(attempt, parts_.link.plugins.protocol(attempt.target.port.protocol))
                           ? "confirming"
                           : "completed";
      break;
    case OutcomeKind::unknown:
      run->row.state = "unknown";
      break;
    case OutcomeKind::cancelled:
      run->row.state = "canceled";
      break;
    case OutcomeKind::not_sent:
    case OutcomeKind::rejected:
    case OutcomeKind::auth_required:
    case OutcomeKind::hold:
    case OutcomeKind::stop_target:
      run->row.state = "held";  // released again when the printer is well
      break;
  }
  settle(run, "sending");
}

void JobDelivery::settle(const RunPtr& run, std::string_view from) {
  ServerJob& row = run->row;
  const std::string document = row.document;
  const bool delivered = row.state == "completed" || row.state == "confirming";
  const bool done = delivered || row.state == "canceled";
  if (done) row.document.clear();
  std::optional<ledger::Claim> claim;
  if (done || row.state == "unknown") claim = ledger::claim_of(run->job, run->job.attempts.back());
  const bool asks = row.state == "confirming" || row.state == "unknown";
  row.claim = asks ? ledger::encode(*claim) : std::string();
  const Timestamp now = parts_.now();
  parts_.store.ask<std::set<std::string>>(
      [row, from = std::string(from), claim, delivered, now,
       rules = parts_.rules()](Database& db) -> Result<std::set<std::string>> {
        if (const auto moved = move_job(db, row, from, now); !moved) return fail(moved.error());
        std::set<std::string> users;
        if (!claim) return users;
        auto booked = book(db, rules, {accounting::Event(*claim)}, now);
        if (!booked) return fail(booked.error());
        users = std::move(booked->users);
        if (delivered) {
          if (const Status noted = note_uses(db, {{row.user, row.device, now}}); !noted)
            return fail(noted.error());
          users.insert(row.user);
        }
        return users;
      },
      [this, run, document, done, asks](const Result<std::set<std::string>>& users) {
        if (!users) {
          spdlog::error("job {}: its end could not be stored: {}", run->row.uuid, users.error().message());
        } else {
          if (done) parts_.spool.remove(document);
          if (!users->empty()) parts_.users_changed(*users);
          if (asks) confirmation_.ask(run->row, run->job.attempts.back().outcome);
        }
        over(run->slot);
      });
}

}  // namespace printrouter::server
