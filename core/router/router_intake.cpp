// SPDX-License-Identifier: Apache-2.0
// How a job comes in: created, filled, made durable, acknowledged.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>

#include "document/facts.hpp"
#include "router/router_core.hpp"
#include "routing/config_check.hpp"

namespace printrouter {
namespace {
constexpr std::size_t head_bytes = 16 * 1024;
/// A job this small is delivered after its acknowledgement quicker than a connection ahead of it could be set
/// up.
constexpr std::uint64_t cut_through_from = 256 * 1024;
/// Between Create-Job and Send-Document; what multiple-operation-time-out promises.
constexpr Milliseconds submitter_patience = std::chrono::minutes(5);
/// After our own restart nobody is connected any more: who means to come back does so within the time that
/// CUPS' libcups, the most patient client we know, tries to connect again (30 s).
constexpr Milliseconds reconnect_patience = std::chrono::seconds(30);

/// Attributes that speak of the request, not of the paper.
constexpr std::array<std::string_view, 22> not_ticket = {"requesting-user-name",
                                                         "printer-path",
                                                         "queue",
                                                         "job-name",
                                                         "document-name",
                                                         "document-format",
                                                         "compression",
                                                         "last-document",
                                                         "ipp-attribute-fidelity",
                                                         "job-k-octets",
                                                         "job-impressions",
                                                         "job-media-sheets",
                                                         "job-uuid",
                                                         "job-password",
                                                         "job-password-encryption",
                                                         "job-account-id",
                                                         "job-accounting-user-id",
                                                         "data-file-size",
                                                         "job-id",
                                                         "message",
                                                         "document-number",
                                                         "lpr-host"};

Attributes ticket_of(const Attributes& attributes) {
  Attributes out;
  for (const Attribute& a : attributes)
    if (std::ranges::find(not_ticket, a.name) == not_ticket.end()) out.push_back(a);
  return out;
}

IntakeReply refuse_for(const Error& error) {
  switch (error.code) {
    case ErrorCode::not_permitted:
      return IntakeReply::refuse(Refusal::not_authorized, error.message());
    case ErrorCode::limit:
      return IntakeReply::refuse(Refusal::too_large, error.message());
    case ErrorCode::disk_full:
      return IntakeReply::refuse(Refusal::busy, error.message());
    default:
      return IntakeReply::refuse(Refusal::internal, error.message());
  }
}

Attributes created_reply(const Job& job) {
  return {Attribute::number("job-id", job.id),
          Attribute::word("job-uuid", job.uuid.to_string(), AttributeKind::text),
          Attribute::number("job-state", ipp_job_state(job.state), AttributeKind::enumeration),
          Attribute::word("job-state-reasons", job.state == JobState::incoming ? "job-incoming" : "none")};
}

/// Writes into the spool and remembers the first bytes.
class SpoolSink : public DocumentSink {
 public:
  SpoolSink(RouterCore& core, JobId id) : core_(core), id_(id) {}
  Status write(std::string_view data) override {
    return take(data, [data](spool::SpoolWriter& writer) { return writer.append(data); });
  }
  std::span<char> room(std::size_t wanted) override {
    Intake* intake = arriving();
    return intake ? room_ = intake->writer->room(wanted) : std::span<char>();
  }
  Status filled(std::size_t bytes) override {
    return take({room_.data(), bytes}, [bytes](spool::SpoolWriter& writer) { return writer.filled(bytes); });
  }
  bool ready(net::Callback resume) override {
    Intake* intake = arriving();
    if (!intake || intake->writer->writable()) return true;
    intake->writer->when_writable(std::move(resume));
    return false;
  }

 private:
  Intake* arriving() {
    LiveJob* live = core_.find(id_);
    return live && live->intake && live->intake->writer ? live->intake.get() : nullptr;
  }
  template <typename Store>
  Status take(std::string_view data, Store store) {
    Intake* intake = arriving();
    if (!intake) return fail(ErrorCode::conflict, "the job has been cancelled");
    if (intake->head.size() < head_bytes)
      intake->head.append(data.substr(0, head_bytes - intake->head.size()));
    const Status taken = store(*intake->writer);
    if (taken && !intake->cut_through && intake->writer->size() >= cut_through_from)
      core_.maybe_cut_through(id_);
    return taken;
  }

  std::span<char> room_ = {};
  RouterCore& core_;
  JobId id_;
};

}  // namespace

const ListenerConfig* RouterCore::listener_of(const IntakeClient& client,
                                              const Attributes& attributes) const {
  const std::string_view path = text_of(attributes, "printer-path"), queue = text_of(attributes, "queue");
  for (const ListenerConfig& listener : config().listeners) {
    if (listener.protocol != client.protocol || listener.queue != client.queue) continue;
    if (!path.empty() && path != listener.path) continue;
    if (!queue.empty() && queue != listener.queue) continue;
    return &listener;
  }
  return nullptr;
}

const std::vector<std::string>& RouterCore::formats_of(const ListenerConfig& listener) const {
  auto& known = offered_formats[listener.protocol + ":" + listener.queue + ":" + listener.path];
  if (known.empty()) known = advertised_formats(config(), *setup.directory, listener);
  return known;
}

std::optional<IntakeReply> RouterCore::refuse_creation(const IntakeClient& client,
                                                       const Attributes& attributes) const {
  const ListenerConfig* listener = listener_of(client, attributes);
  if (!listener) return IntakeReply::refuse(Refusal::not_found, "there is no such print queue here");
  if (jobs.size() >= config().limits.jobs)
    return IntakeReply::refuse(
        Refusal::busy,
        "too many jobs are waiting (limit " + std::to_string(config().limits.jobs) + "); try again later");
  const std::uint64_t announced = static_cast<std::uint64_t>(
      std::max<std::int64_t>(integer_of(attributes, "data-file-size").value_or(0),
                             integer_of(attributes, "job-k-octets").value_or(0) * 1000));
  if (const Status room = services.spool->check_room(announced); !room) return refuse_for(room.error());
  const std::string_view format = text_of(attributes, "document-format");
  if (client.protocol == "ipp" && !format.empty() && format != "application/octet-stream" &&
      std::ranges::find(formats_of(*listener), format) == formats_of(*listener).end())
    return IntakeReply::refuse(
        Refusal::format, "no permitted printer takes " + std::string(format),
        {Attribute::word("document-format", std::string(format), AttributeKind::mime)});
  if (const auto owner = owner_of(client, attributes); !owner) return refuse_for(owner.error());
  return std::nullopt;
}

void RouterCore::create_job(const IntakeClient& client, const Attributes& attributes, IntakeAnswer answer) {
  if (auto refused = refuse_creation(client, attributes)) return answer(std::move(*refused));
  const auto id = services.journal->new_job_id();
  if (!id) return answer(refuse_for(id.error()));
  const ListenerConfig* listener = listener_of(client, attributes);

  Job job;
  job.id = *id;
  job.uuid = services.random->uuid();
  job.owner = *owner_of(client, attributes);
  job.title = std::string(text_of(attributes, "job-name"));
  if (job.title.empty()) job.title = std::string(text_of(attributes, "document-name"));
  job.queue = listener->queue;
  job.intake = client.protocol + ":" + (client.protocol == "ipp" ? listener->path : listener->queue);
  job.declared_format = std::string(text_of(attributes, "document-format"));
  job.ticket = ticket_of(attributes);
  job.private_job = listener->private_jobs || printrouter::find(attributes, "job-password") != nullptr;
  job.created = job.updated = now();

  LiveJob& live = add(std::move(job));
  live.intake = std::make_unique<Intake>();
  live.intake->connection = client.connection;
  live.intake->attributes = attributes;
  live.intake->last_document = flag_of(attributes, "last-document").value_or(true);
  IntakeReply reply = IntakeReply::ok(created_reply(live.job));
  reply.job = live.job.id;
  if (live.intake->last_document) return answer(std::move(reply));
  // Create-Job: the client holds our word from this reply on.
  end_begun_anew(live.job);
  patience_with_submitter(live);
  commit(live, {},
         [answer = std::move(answer), reply = std::move(reply)]() mutable { answer(std::move(reply)); });
}

void RouterCore::end_begun_anew(const Job& fresh) {
  for (auto it = left_by_restart.begin(); it != left_by_restart.end();) {
    LiveJob* left = find(*it);
    const bool same = left && left->job.owner.uid == fresh.owner.uid &&
                      left->job.owner.asserted_user == fresh.owner.asserted_user &&
                      left->job.intake == fresh.intake && left->job.title == fresh.title;
    if (left && !same) {
      ++it;
      continue;
    }
    it = left_by_restart.erase(it);
    if (!left) continue;
    const std::string number = std::to_string(fresh.id);
    finish(*left, JobState::aborted,
           {{Severity::info, "intake.begun-anew",
             "The print router was restarted before the document came; its program began anew as job " +
                 number + ".",
             "Der Druckdienst wurde neu gestartet, bevor das Dokument kam; das Programm hat neu begonnen: "
             "Auftrag " +
                 number + "."}},
           {});
  }
}

void RouterCore::patience_with_submitter(LiveJob& live) {
  const bool restarted = left_by_restart.contains(live.job.id);
  live.timer = std::make_unique<net::Timer>(*services.io);
  live.timer->start(restarted ? reconnect_patience : submitter_patience, [this, restarted, id = live.job.id] {
    LiveJob* waiting = find(id);
    left_by_restart.erase(id);
    if (!waiting || waiting->job.state != JobState::incoming || (waiting->intake && waiting->intake->writer))
      return;
    Reason reason{Severity::refusal,
                  "intake.no-document",
                  "The program that created this job never sent its document.",
                  "Das Programm, das diesen Auftrag angelegt hat, hat das Dokument nie geschickt.",
                  "Print it again.",
                  "Noch einmal drucken."};
    if (restarted) {  // CUPS, if its write failed in the break, keeps the job and stops its queue
      reason.en =
          "The print router was restarted before the document of this job came, and nobody has brought it "
          "since.";
      reason.de =
          "Der Druckdienst wurde neu gestartet, bevor das Dokument dieses Auftrags kam, und niemand hat es "
          "seither "
          "gebracht.";
      reason.remedy_en = "Print it again; or, if CUPS has stopped its queue over it: cupsenable QUEUE.";
      reason.remedy_de =
          "Noch einmal drucken; oder, wenn CUPS seine Warteschlange deshalb angehalten hat: cupsenable "
          "WARTESCHLANGE.";
    }
    finish(*waiting, JobState::aborted, {reason}, {},
           [this, job = waiting->job, reason] { tell(Notification::Kind::refused, job, reason); });
  });
}

void RouterCore::add_document(const IntakeClient& client, JobId id, const Attributes& attributes,
                              IntakeAnswer answer) {
  const auto live = find_for(actor_of(client), id);
  LiveJob* job = live ? *live : nullptr;
  if (LiveJob* own = find(id); !job && own && own->intake && own->intake->connection == client.connection)
    job = own;
  // A job that has ended is no unknown one: CUPS begins anew after "not possible", and stops its queue after
  // "not found".
  if (!job && live.error().code == ErrorCode::conflict)
    return answer(IntakeReply::refuse(Refusal::not_possible, live.error().text));
  if (!job) return answer(IntakeReply::refuse(Refusal::not_found, "there is no job " + std::to_string(id)));
  if (job->job.state != JobState::incoming || (job->intake && job->intake->writer) ||
      !job->job.document_file.empty())
    return answer(IntakeReply::refuse(Refusal::not_possible, "the job has its document already"));
  left_by_restart.erase(id);
  if (!job->intake) job->intake = std::make_unique<Intake>();
  job->intake->connection = client.connection;
  job->intake->last_document = true;
  if (const auto format = text_of(attributes, "document-format"); !format.empty())
    job->job.declared_format = std::string(format);
  if (job->job.title.empty()) job->job.title = std::string(text_of(attributes, "document-name"));
  auto writer = services.spool->create(
      job->job.uuid, static_cast<std::uint64_t>(integer_of(attributes, "data-file-size").value_or(0)));
  if (!writer) return answer(refuse_for(writer.error()));
  job->intake->writer = std::move(*writer);
  IntakeReply reply;
  reply.job = id;
  reply.sink = std::make_shared<SpoolSink>(*this, id);
  answer(std::move(reply));
}

void RouterCore::commit(const IntakeClient& client, JobId id, const Attributes& attributes,
                        IntakeAnswer answer) {
  LiveJob* live = find(id);
  if (!live || !live->intake || live->intake->connection != client.connection)
    return answer(IntakeReply::refuse(Refusal::not_found, "there is no job " + std::to_string(id)));
  Intake& intake = *live->intake;
  for (const Attribute& late : attributes) set(intake.attributes, late);
  for (const Attribute& late : ticket_of(attributes)) set(live->job.ticket, late);
  if (const auto title = text_of(intake.attributes, "job-name"); !title.empty())
    live->job.title = std::string(title);
  auto owner = owner_of(client, intake.attributes);
  if (!owner) {
    abandoned(client, id, false, owner.error().text);
    return answer(refuse_for(owner.error()));
  }
  live->job.owner = std::move(*owner);
  if (!intake.writer) {
    auto empty = services.spool->create(live->job.uuid, 0);
    if (!empty) return answer(refuse_for(empty.error()));
    intake.writer = std::move(*empty);
  }
  const auto writer = intake.writer;
  writer->finish([this, id, answer = std::move(answer)](const Result<spool::StoredDocument>& stored) {
    LiveJob* job = find(id);
    if (!job || !job->intake)
      return answer(IntakeReply::refuse(Refusal::not_possible, "the job has been cancelled"));
    if (!stored) {
      spdlog::error("job {}: document not stored: {}", id, stored.error().message());
      if (job->durable)
        finish(*job, JobState::aborted,
               {{Severity::refusal, "intake.not-stored",
                 "The document could not be stored: " + stored.error().message(),
                 "Das Dokument konnte nicht gespeichert werden: " + stored.error().message(),
                 "Print it again.", "Noch einmal drucken."}},
               {});
      else
        jobs.erase(id);
      return answer(refuse_for(stored.error()));
    }
    const auto intake_state = std::move(job->intake);
    job->timer.reset();
    job->job.document_file = stored->file;
    const bool cut_through = intake_state->cut_through && !job->job.attempts.empty();
    job->job.document =
        document_facts(intake_state->head, stored->size, job->job.declared_format, intake_state->attributes);
    job->job.document.size = stored->size;
    if (job->job.title.empty()) job->job.title = job->job.document.title;
    if (job->job.title.empty()) job->job.title = "untitled";
    if (job->job.document.hold) job->job.private_job = true;
    const auto acknowledge = [this, id, answer] {
      IntakeReply reply;
      reply.job = id;
      if (const LiveJob* done = find(id)) reply.attributes = created_reply(done->job);
      answer(std::move(reply));
    };
    const auto ended = [](const LiveJob& l) {
      return l.job.attempts.empty() || !l.job.attempts.back().outcome ? OutcomeKind::not_sent
                                                                      : l.job.attempts.back().outcome->kind;
    };
    if (cut_through && (job->run || job->in_slot || ended(*job) == OutcomeKind::delivered ||
                        ended(*job) == OutcomeKind::unknown)) {
      // Its delivery began while it arrived: about to start, under way still, or over already.
      return commit(*job, {}, [this, id, acknowledge, ended] {
        acknowledge();
        LiveJob* l = find(id);
        if (!l || l->run || is_final(l->job.state)) return;
        if (ended(*l) == OutcomeKind::delivered)
          on_delivered(*l, {});
        else if (ended(*l) == OutcomeKind::unknown)
          on_unknown(*l, {});
      });
    }
    set_state(*job, JobState::pending);
    route(*job, {}, acknowledge);
  });
}

void RouterCore::maybe_cut_through(JobId id) {
  LiveJob* live = find(id);
  Intake& intake = *live->intake;
  intake.cut_through = true;  // decided once for this document
  const auto& server = config().server;
  // Only where a job that breaks off does no harm, and where nothing about it can change any more (design:
  // cut-through).
  if (!server || server->truncated != ServerConfig::Truncated::discards ||
      live->job.state != JobState::incoming || live->job.owner.user.empty() || live->job.private_job ||
      health->state(server_target) != HealthState::up) {
    return;
  }
  const bool lpr_without_control_file =
      live->job.intake.starts_with("lpr:") && text_of(intake.attributes, "requesting-user-name").empty();
  const LoadedProtocol* protocol = services.plugins->protocol(server->protocol);
  if (lpr_without_control_file || !protocol || !protocol->table->unknown_length ||
      slots_taken[server_target] >= config().limits.parallel || !health->admit(server_target))
    return;
  live->job.document = document_facts(intake.head, 0, live->job.declared_format, intake.attributes);
  if (live->job.title.empty()) live->job.title = live->job.document.title;
  begin_attempt(*live,
                {TargetKind::server,
                 server->name,
                 server->name,
                 server->host,
                 {server->protocol, server->port, server->queue, server->tls, PortClass::unstated},
                 server->holds_on_arrival,
                 true},
                std::nullopt, {}, {});
}

void RouterCore::close_job(const IntakeClient& client, JobId id, const Attributes&, IntakeAnswer answer) {
  const auto live = find_for(actor_of(client), id);
  if (!live)
    return answer(IntakeReply::refuse(
        live.error().code == ErrorCode::conflict ? Refusal::not_possible : Refusal::not_found,
        live.error().text));
  LiveJob& job = **live;
  if (job.job.state == JobState::incoming && !(job.intake && job.intake->writer)) {
    finish(job, JobState::aborted,
           {{Severity::refusal, "intake.no-document", "The job was closed without a document.",
             "Der Auftrag wurde ohne Dokument geschlossen."}},
           {}, [answer, reply = created_reply(job.job)] { answer(IntakeReply::ok(reply)); });
    return;
  }
  answer(IntakeReply::ok(created_reply(job.job)));
}

void RouterCore::validate(const IntakeClient& client, const Attributes& attributes, IntakeAnswer answer) {
  if (auto refused = refuse_creation(client, attributes)) return answer(std::move(*refused));
  answer(IntakeReply::ok());
}

void RouterCore::abandoned(const IntakeClient& client, JobId id, bool keep_incomplete,
                           const std::string& why) {
  LiveJob* live = find(id);
  if (!live || !live->intake || live->intake->connection != client.connection) return;
  if (live->intake->writer) {
    if (keep_incomplete)
      live->intake->writer->keep_incomplete();
    else
      live->intake->writer->abandon();
  }
  spdlog::info("job {}: its submitter broke off: {}", id, why);
  live->intake.reset();
  if (live->run) {
    // Cut-through: the delivery sees its source break off and resets its connection; its outcome ends the
    // job.
    live->cancel_wanted = true;
    return;
  }
  if (live->durable)
    finish(
        *live, JobState::aborted,
        {{Severity::refusal, "intake.broken-off", "The document did not arrive whole: " + why + ".",
          "Das Dokument kam nicht vollständig an: " + why + ".", "Print it again.", "Noch einmal drucken."}},
        {});
  else
    jobs.erase(id);
}

}  // namespace printrouter
