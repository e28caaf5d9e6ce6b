// SPDX-License-Identifier: Apache-2.0
#include "server/job_desk.hpp"

#include <spdlog/spdlog.h>

#include "env/random.hpp"
#include "server/book_store.hpp"
#include "server/catalog.hpp"
#include "server/local_users.hpp"

namespace printrouter::server {
namespace {
constexpr std::int64_t most_open = 100'000;
constexpr const char* columns =
    "uuid, desktop, username, evidence, title, format, attempt, ticket, state, size, document, device, "
    "outcome, reason, created, changed, claim, remote_job";

ServerJob job_of(const Row& r) {
  ServerJob j;
  j.uuid = r.text(0);
  j.desktop = r.text(1);
  j.user = r.text(2);
  j.evidence = r.text(3);
  j.title = r.text(4);
  j.format = r.text(5);
  j.attempt = r.integer(6);
  j.ticket = r.text(7);
  j.state = r.text(8);
  j.size = r.integer(9);
  j.document = r.text(10);
  j.device = r.text(11);
  j.outcome = r.text(12);
  j.reason = r.text(13);
  j.created = {r.integer(14)};
  j.changed = {r.integer(15)};
  j.claim = r.text(16);
  j.remote_job = r.text(17);
  return j;
}

Status insert_job(Database& db, const ServerJob& j) {
  const auto done = db.execute(
      std::string("INSERT INTO jobs (") + columns +
          ") VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18)",
      {j.uuid, j.desktop, j.user, j.evidence, j.title, j.format, j.attempt, j.ticket, j.state, j.size,
       j.document, j.device, j.outcome, j.reason, j.created.ms, j.changed.ms, j.claim, j.remote_job});
  return done ? Status() : fail(done.error());
}

/// What becomes of a delivery that the last process was in.
Status settle_sending(Database& db, ServerJob job, bool may_have_left, const accounting::Rules& rules,
                      Timestamp now) {
  const std::string claim = may_have_left ? job.claim : std::exchange(job.claim, {});
  job.state = may_have_left ? "unknown" : "pending";
  job.outcome = may_have_left ? to_string(OutcomeKind::unknown) : "";
  job.reason = may_have_left ? "server-restarted" : "";
  if (const auto moved = move_job(db, job, "sending", now); !moved) return fail(moved.error());
  if (!may_have_left || claim.empty()) return {};
  const auto claimed = ledger::decode_claim(claim);
  if (!claimed) return fail(claimed.error());
  const auto booked = book(db, rules, {accounting::Event(*claimed)}, now);
  return booked ? Status() : fail(booked.error());
}

/// One document on its way in.
struct Arrival {
  std::shared_ptr<spool::SpoolWriter> writer = {};
  ServerJob job = {};
  bool here_already = false;
  std::uint64_t drained = 0;
};
}  // namespace

Result<std::optional<ServerJob>> find_job(Database& db, const std::string& uuid) {
  const auto rows = db.query(std::string("SELECT ") + columns + " FROM jobs WHERE uuid = $1", {uuid});
  if (!rows) return fail(rows.error());
  if (rows->empty()) return std::optional<ServerJob>();
  return std::optional(job_of(rows->front()));
}

Result<std::vector<ServerJob>> list_jobs(Database& db, const std::string& state, const std::string& user,
                                         std::int64_t limit) {
  const auto rows =
      db.query(std::string("SELECT ") + columns +
                   " FROM jobs WHERE ($1 = '' OR state = $1) AND ($2 = '' OR username = $2) ORDER BY created "
                   "DESC LIMIT $3",
               {state, user, limit});
  if (!rows) return fail(rows.error());
  std::vector<ServerJob> out;
  for (const Row& row : *rows) out.push_back(job_of(row));
  return out;
}

Result<bool> move_job(Database& db, const ServerJob& j, std::string_view from, Timestamp now) {
  if (j.document.empty())
    if (const auto noted = db.execute("INSERT INTO removed_documents (document) SELECT document FROM jobs "
                                      "WHERE uuid = $1 AND state = $2 "
                                      "AND document <> '' ON CONFLICT (document) DO NOTHING",
                                      {j.uuid, std::string(from)});
        !noted)
      return fail(noted.error());
  const auto done = db.execute(
      "UPDATE jobs SET state = $1, device = $2, outcome = $3, reason = $4, document = $5, claim = $6, "
      "remote_job = $7, attempt = $8, changed = $9 WHERE uuid = $10 AND state = $11",
      {j.state, j.device, j.outcome, j.reason, j.document, j.claim, j.remote_job, j.attempt, now.ms, j.uuid,
       std::string(from)});
  if (!done) return fail(done.error());
  return *done == 1;
}

AttemptKey attempt_key(const ServerJob& job) {
  const Uuid uuid = Uuid::parse(job.uuid).value_or(Uuid{});
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < sizeof number; ++i) number = number << 8 | uuid.bytes[i];
  return {static_cast<JobId>(number >> 1), static_cast<int>(job.attempt)};
}

JobDesk::JobDesk(Store& store, spool::Spool& spool) : store_(store), spool_(spool) {}

void JobDesk::take(const net::Exchange& exchange, Offer offer, std::function<Timestamp()> now,
                   Answer answer) {
  const auto arrival = std::make_shared<Arrival>();
  arrival->job = std::move(offer.job);
  auto writer = spool_.create(env::system_random().uuid(), offer.expected_size);
  if (!writer) return answer(fail(writer.error()));
  arrival->writer = std::move(*writer);
  // A uuid that is here already: its bytes are taken off the wire, not kept. Answering in the middle would
  // cost the client its answer where it looks only after the last byte.
  store_.ask<std::optional<ServerJob>>(
      [uuid = arrival->job.uuid](Database& db) { return find_job(db, uuid); },
      [arrival](const Result<std::optional<ServerJob>>& found) {
        if (found && *found && arrival->writer) {
          arrival->here_already = true;
          // Ours no longer before it is abandoned: that wakes who waits for room, and the next bytes with it.
          const auto dropped = std::move(arrival->writer);
          arrival->writer.reset();
          arrival->drained = dropped->size();
          dropped->abandon();
        }
      });
  auto sink = std::make_unique<net::HttpExchange::BodySink>();
  sink->data = [arrival](std::string_view bytes) -> Status {
    if (arrival->writer) return arrival->writer->append(bytes);
    arrival->drained += bytes.size();
    return {};
  };
  sink->ready = [arrival](net::Callback room) {
    if (!arrival->writer || arrival->writer->writable()) return true;
    arrival->writer->when_writable(std::move(room));
    return false;
  };
  sink->broken = [arrival] {
    if (const auto dropped = std::exchange(arrival->writer, nullptr)) dropped->abandon();
  };
  const auto insert = [this, arrival, now, answer](const spool::StoredDocument& stored) {
    ServerJob& job = arrival->job;
    job.size = static_cast<std::int64_t>(stored.size);
    job.document = stored.file;
    job.state = job.device.empty() ? "held" : "pending";
    job.created = job.changed = now();
    const auto existing = std::make_shared<std::optional<ServerJob>>();
    const auto new_local_user = std::make_shared<bool>(false);
    store_.run(
        [job, existing, new_local_user](Database& db) -> Status {
          auto found = find_job(db, job.uuid);
          if (!found) return fail(found.error());
          *existing = std::move(*found);
          if (*existing) return {};
          if (const Status made = insert_job(db, job); !made) return made;
          if (!names_local_user(job.evidence)) return {};
          const auto noted = note_local_user(db, job.desktop, job.user, "job " + job.uuid, job.created);
          if (!noted) return fail(noted.error());
          *new_local_user = *noted;
          return {};
        },
        [this, arrival, existing, new_local_user, answer](const Status& status) {
          if (!status || *existing) spool_.remove(arrival->job.document);
          if (!status) return answer(fail(status.error()));
          if (*existing) {
            if ((*existing)->state == "voided")
              return answer(fail(ErrorCode::conflict, "this job was taken back; it is not taken again"));
            if ((*existing)->desktop != arrival->job.desktop || (*existing)->size != arrival->job.size)
              return answer(fail(ErrorCode::conflict, "there is another job with this uuid"));
            return answer(Taken{**existing});
          }
          spdlog::info("job {} taken: {} bytes, user {}, {}", arrival->job.uuid, arrival->job.size,
                       arrival->job.user, arrival->job.state);
          answer(Taken{arrival->job, true, *new_local_user});
          if (arrival->job.state == "pending" && deliverer_) deliverer_->deliver(arrival->job);
        });
  };
  sink->end = [this, arrival, insert, answer] {
    if (arrival->here_already) {
      // As insert() with what came: the row decides.
      arrival->job.size = static_cast<std::int64_t>(arrival->drained);
      return store_.ask<std::optional<ServerJob>>(
          [uuid = arrival->job.uuid](Database& db) { return find_job(db, uuid); },
          [arrival, answer](Result<std::optional<ServerJob>> found) {
            if (!found) return answer(fail(found.error()));
            if (!*found)
              return answer(fail(ErrorCode::unavailable, "the job has gone meanwhile; send it again"));
            ServerJob& there = **found;
            if (there.state == "voided")
              return answer(fail(ErrorCode::conflict, "this job was taken back; it is not taken again"));
            if (there.desktop != arrival->job.desktop || there.size != arrival->job.size)
              return answer(fail(ErrorCode::conflict, "there is another job with this uuid"));
            answer(Taken{there});
          });
    }
    if (!arrival->writer) return answer(fail(ErrorCode::io, "the document could not be kept"));
    // From here on the answer hangs on the file: the look-up may no longer take it away.
    const auto ending = std::exchange(arrival->writer, nullptr);
    ending->finish([ending, insert, answer](const Result<spool::StoredDocument>& stored) {
      if (!stored) return answer(fail(stored.error()));
      insert(*stored);
    });
  };
  exchange->sink = std::move(sink);
}

void JobDesk::take_back(const std::string& uuid, const std::string& desktop, Timestamp now,
                        std::function<void(Result<ServerJob>)> done) {
  const auto document = std::make_shared<std::string>();
  store_.ask<ServerJob>(
      [=](Database& db) -> Result<ServerJob> {
        auto found = find_job(db, uuid);
        if (!found) return fail(found.error());
        if (!*found) {
          ServerJob job;
          job.uuid = uuid;
          job.desktop = desktop;
          job.state = "voided";
          job.reason = "voided-before-arrival";
          job.created = job.changed = now;
          if (const Status made = insert_job(db, job); !made) return fail(made.error());
          return job;
        }
        ServerJob job = **found;
        if (job.desktop != desktop) return fail(ErrorCode::conflict, "this job came from another desktop");
        if (job.state == "voided") return job;
        if (job.state != "held" && job.state != "pending")
          return fail(ErrorCode::conflict, "the job is " + job.state + " and cannot be taken back");
        const std::string before = job.state;
        *document = std::exchange(job.document, {});
        job.state = "voided";
        job.reason = "voided";
        const auto moved = move_job(db, job, before, now);
        if (!moved) return fail(moved.error());
        return job;
      },
      [this, document, done = std::move(done)](Result<ServerJob> job) {
        if (job && !document->empty()) spool_.remove(*document);
        done(std::move(job));
      });
}

void JobDesk::release(const std::string& uuid, const std::string& device, const std::string& actor,
                      Timestamp now, std::function<void(Result<ServerJob>)> done) {
  store_.ask<ServerJob>(
      [=](Database& db) -> Result<ServerJob> {
        auto found = find_job(db, uuid);
        if (!found) return fail(found.error());
        if (!*found) return fail(ErrorCode::not_found, "there is no such job");
        ServerJob job = **found;
        if (job.state != "held") return fail(ErrorCode::conflict, "the job is " + job.state + ", not held");
        job.state = "pending";
        job.device = device;
        if (const auto moved = move_job(db, job, "held", now); !moved) return fail(moved.error());
        if (const Status noted = note_audit(db, actor, "release job", uuid, device, now); !noted)
          return fail(noted.error());
        return job;
      },
      [this, done = std::move(done)](Result<ServerJob> job) {
        if (job && deliverer_) deliverer_->deliver(*job);
        done(std::move(job));
      });
}

void JobDesk::cancel(const std::string& uuid, const std::string& actor, Timestamp now,
                     std::function<void(Result<ServerJob>)> done) {
  const auto document = std::make_shared<std::string>();
  store_.ask<ServerJob>(
      [=](Database& db) -> Result<ServerJob> {
        auto found = find_job(db, uuid);
        if (!found) return fail(found.error());
        if (!*found) return fail(ErrorCode::not_found, "there is no such job");
        ServerJob job = **found;
        if (job.state != "held" && job.state != "pending")
          return fail(ErrorCode::conflict, "the job is " + job.state + " and cannot be cancelled");
        const std::string before = job.state;
        *document = std::exchange(job.document, {});
        job.state = "canceled";
        job.reason = "cancelled-by-administrator";
        if (const auto moved = move_job(db, job, before, now); !moved) return fail(moved.error());
        if (const Status noted = note_audit(db, actor, "cancel job", uuid, {}, now); !noted)
          return fail(noted.error());
        return job;
      },
      [this, document, done = std::move(done)](Result<ServerJob> job) {
        if (job && !document->empty()) spool_.remove(*document);
        done(std::move(job));
      });
}

void JobDesk::settle(const std::string& uuid, bool printed, const std::string& actor,
                     const accounting::Rules& rules, Timestamp now,
                     std::function<void(Result<ServerJob>, const std::set<std::string>&)> done) {
  struct Settled {
    ServerJob job = {};
    std::string document = {};
    std::set<std::string> users = {};
  };
  store_.ask<Settled>(
      [=](Database& db) -> Result<Settled> {
        auto found = find_job(db, uuid);
        if (!found) return fail(found.error());
        if (!*found) return fail(ErrorCode::not_found, "there is no such job");
        Settled out{**found};
        if (out.job.state != "unknown")
          return fail(ErrorCode::conflict,
                      "the job is " + out.job.state + "; only one with unknown outcome can be settled");
        out.document = std::exchange(out.job.document, {});
        out.job.claim.clear();
        out.job.state = printed ? "completed" : "aborted";
        out.job.reason = printed ? "settled.printed" : "settled.not-printed";
        if (const auto moved = move_job(db, out.job, "unknown", now); !moved) return fail(moved.error());
        ledger::Amendment word;
        word.job_uuid = Uuid::parse(uuid).value_or(Uuid{});
        word.attempt = static_cast<int>(out.job.attempt);
        word.reason = out.job.reason;
        word.by = actor;
        word.when = now;
        auto booked = book(db, rules,
                           {accounting::LedgerAmendment{printed ? ledger::Kind::settle : ledger::Kind::refund,
                                                        std::move(word)}},
                           now);
        if (!booked) return fail(booked.error());
        out.users = std::move(booked->users);
        if (const Status noted = note_audit(db, actor, "settle job", uuid, out.job.reason, now); !noted)
          return fail(noted.error());
        return out;
      },
      [this, done = std::move(done)](Result<Settled> settled) {
        if (!settled) return done(fail(settled.error()), {});
        if (!settled->document.empty()) spool_.remove(settled->document);
        done(std::move(settled->job), settled->users);
      });
}

Result<JobDesk::Recovery> JobDesk::recover(const InFlight& in_flight, const accounting::Rules& rules,
                                           Timestamp now) {
  Recovery out;
  std::vector<spool::KnownDocument> known;
  std::set<std::string> removed;
  std::vector<ServerJob> jobs;
  const Status read = store_.run_now([&](Database& db) -> Status {
    known.clear();
    jobs.clear();
    removed.clear();
    out = {};
    const auto sending = list_jobs(db, "sending", {}, most_open);
    if (!sending) return fail(sending.error());
    for (const ServerJob& job : *sending) {
      const bool may_have_left = in_flight.may_have_left(attempt_key(job));
      if (const Status settled = settle_sending(db, job, may_have_left, rules, now); !settled) return settled;
      ++(may_have_left ? out.unknown : out.again);
    }
    const auto rows = db.query(std::string("SELECT ") + columns + " FROM jobs WHERE document <> ''");
    if (!rows) return fail(rows.error());
    for (const Row& row : *rows) {
      jobs.push_back(job_of(row));
      known.push_back({jobs.back().document, static_cast<std::uint64_t>(jobs.back().size)});
    }
    const auto gone = db.query("SELECT document FROM removed_documents");
    if (!gone) return fail(gone.error());
    for (const Row& row : *gone) removed.insert(row.text(0));
    return {};
  });
  if (!read) return fail(read.error());
  // A document has a uuid of its own: without a row it was never acknowledged, or it was to be removed.
  const auto report = spool_.recover(
      known, [&](const Uuid& document) { return removed.contains(spool::document_file_name(document)); });
  if (!report) return fail(report.error());
  out.jobs = jobs.size();
  for (const auto* lost : {&report->missing, &report->damaged}) out.missing += lost->size();
  const Status marked = store_.run_now([&](Database& db) -> Status {
    for (const auto* lost : {&report->missing, &report->damaged})
      for (const std::string& file : *lost) {
        const auto done = db.execute(
            "UPDATE jobs SET state = 'aborted', reason = 'document-lost', document = '', changed = $1 WHERE "
            "document = $2",
            {now.ms, file});
        if (!done) return fail(done.error());
      }
    return {};
  });
  if (!marked) return fail(marked.error());
  return out;
}

void JobDesk::resume() {
  if (!deliverer_) return;
  for (const char* state : {"pending", "confirming", "unknown"})
    store_.ask<std::vector<ServerJob>>([state](Database& db) { return list_jobs(db, state, {}, most_open); },
                                       [this](const Result<std::vector<ServerJob>>& jobs) {
                                         if (!jobs)
                                           return spdlog::error("open jobs: {}", jobs.error().message());
                                         for (const ServerJob& job : *jobs)
                                           job.state == "pending" ? deliverer_->deliver(job)
                                                                  : deliverer_->confirm(job);
                                       });
}

}  // namespace printrouter::server
