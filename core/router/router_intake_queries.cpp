// SPDX-License-Identifier: Apache-2.0
// What print clients ask about queues and jobs (docs/receiver-attributes.md).
#include <algorithm>

#include "router/router_core.hpp"
#include "routing/explain.hpp"

namespace printrouter {
namespace {

std::vector<std::string> ipp_reasons(const Job& job) {
  switch (job.state) {
    case JobState::incoming:
      return {"job-incoming"};
    case JobState::pending:
      return {"none"};
    case JobState::sending:
      return {"job-outgoing"};
    case JobState::confirming:
      return {"job-printing"};
    case JobState::held:
      return {"job-stopped", "resources-are-not-ready"};
    case JobState::unknown:
      return {"job-stopped", "destination-uri-failed"};
    case JobState::completed:
      return {"job-completed-successfully"};
    case JobState::canceled:
      return {"job-canceled-by-user"};
    case JobState::aborted:
      return {"aborted-by-system"};
  }
  return {"none"};
}

void put_job(Attributes& out, const Job& job, std::uint32_t group, std::string_view language) {
  const auto put = [&](Attribute a) {
    a.group = group;
    out.push_back(std::move(a));
  };
  put(Attribute::number("job-id", job.id));
  put(Attribute::word("job-uuid", job.uuid.to_string(), AttributeKind::text));
  put(Attribute::number("job-state", ipp_job_state(job.state), AttributeKind::enumeration));
  for (const std::string& reason : ipp_reasons(job)) put(Attribute::word("job-state-reasons", reason));
  if (!job.reasons.empty())
    put(Attribute::word("job-state-message", summary(job.reasons, language), AttributeKind::text));
  put(Attribute::word("job-name", job.title, AttributeKind::text));
  put(Attribute::word("job-originating-user-name", job.owner.user.empty() ? "anonymous" : job.owner.user,
                      AttributeKind::text));
  put(Attribute::number("date-time-at-creation", job.created.ms / 1000, AttributeKind::datetime));
  if (!job.attempts.empty())
    put(Attribute::number("date-time-at-processing", job.attempts.front().started.ms / 1000,
                          AttributeKind::datetime));
  if (job.completed.set())
    put(Attribute::number("date-time-at-completed", job.completed.ms / 1000, AttributeKind::datetime));
  put(Attribute::number("job-k-octets", static_cast<std::int64_t>((job.document.size + 1023) / 1024)));
  put(Attribute::number("number-of-documents", job.document_file.empty() && !is_final(job.state) ? 0 : 1));
  if (job.document.pages) put(Attribute::number("job-impressions", *job.document.pages));
  std::int64_t completed = 0;
  for (const Attempt& a : job.attempts)
    if (a.outcome && a.outcome->kind == OutcomeKind::delivered)
      completed = a.outcome->impressions.value_or(job.document.pages.value_or(0));
  put(Attribute::number("job-impressions-completed", completed));
  if (!job.attempts.empty())
    put(Attribute::word("output-device-assigned", job.attempts.back().target.name, AttributeKind::text));
  for (const Attribute& a : job.ticket) put(a);
}

}  // namespace

void RouterCore::get_job(const IntakeClient& client, JobId id, const Attributes&, IntakeAnswer answer) {
  const Actor actor = actor_of(client);
  Attributes out;
  if (const LiveJob* live = find(id)) {
    const bool own_connection = live->intake && live->intake->connection == client.connection;
    if (!own_connection && !may_see(actor, live->job))
      return answer(IntakeReply::refuse(Refusal::not_found, "there is no job " + std::to_string(id)));
    put_job(out, live->job, 0, config().language);
    // Who asks this has sent its document, as it believes. CUPS' ipp backend takes a connection that broke
    // during Send-Document for success, and every plain answer here for the job's end; "busy" with the job
    // makes it print the job anew (RETRY_CURRENT).
    if (left_by_restart.contains(id))
      return answer(IntakeReply::refuse(
          Refusal::busy, "the print router was restarted before the document came; print it again",
          std::move(out)));
    return answer(IntakeReply::ok(std::move(out)));
  }
  const auto stored = services.journal->find_job(id);
  if (!stored || !*stored || !may_see(actor, **stored))
    return answer(IntakeReply::refuse(Refusal::not_found, "there is no job " + std::to_string(id)));
  put_job(out, **stored, 0, config().language);
  answer(IntakeReply::ok(std::move(out)));
}

void RouterCore::get_jobs(const IntakeClient& client, const Attributes& attributes, IntakeAnswer answer) {
  const Actor actor = actor_of(client);
  const std::string_view which = text_of(attributes, "which-jobs");
  const bool finished = which == "completed", all = which == "all";
  const auto limit = static_cast<std::size_t>(
      std::clamp<std::int64_t>(integer_of(attributes, "limit").value_or(1000), 1, 10000));
  const JobId first = static_cast<JobId>(integer_of(attributes, "first-job-id").value_or(0));
  const std::string asking = server_user(std::string(text_of(attributes, "requesting-user-name")));
  const bool mine = flag_of(attributes, "my-jobs").value_or(false);
  std::vector<JobId> wanted;
  for (const Attribute& a : attributes)
    if (a.name == "job-ids") wanted.push_back(static_cast<JobId>(a.integer));

  std::vector<Job> found;
  const auto take = [&](const Job& job) {
    if (found.size() >= limit || job.id < first || !may_see(actor, job)) return;
    if (mine && job.owner.user != (actor.user.empty() ? asking : actor.user)) return;
    if (!wanted.empty() && std::ranges::find(wanted, job.id) == wanted.end()) return;
    found.push_back(job);
  };
  if (!finished) {
    std::vector<const Job*> live;
    for (const auto& [id, job] : jobs) live.push_back(&job->job);
    std::ranges::sort(live, {}, &Job::id);
    for (const Job* job : live) take(*job);
  }
  if (finished || all)
    if (const auto stored = services.journal->finished_jobs(std::min<std::size_t>(limit * 4, 10000)))
      for (const Job& job : *stored) take(job);
  Attributes out;
  for (std::uint32_t group = 0; group < found.size(); ++group)
    put_job(out, found[group], group, config().language);
  answer(IntakeReply::ok(std::move(out)));
}

void RouterCore::cancel_job(const IntakeClient& client, JobId id, const Attributes&, IntakeAnswer answer) {
  const auto live = find_for(actor_of(client), id);
  if (!live)
    return answer(IntakeReply::refuse(
        live.error().code == ErrorCode::conflict ? Refusal::not_possible : Refusal::not_found,
        live.error().text));
  cancel_live(**live, client.identity.user, [answer] { answer(IntakeReply::ok()); });
}

void RouterCore::cancel_my_jobs(const IntakeClient& client, const Attributes& attributes,
                                IntakeAnswer answer) {
  const Actor actor = actor_of(client);
  const std::string asking = server_user(std::string(text_of(attributes, "requesting-user-name")));
  std::vector<JobId> wanted;
  for (const Attribute& a : attributes)
    if (a.name == "job-ids") wanted.push_back(static_cast<JobId>(a.integer));
  for (const JobId id : wanted)
    if (const auto live = find_for(actor, id); !live)
      return answer(IntakeReply::refuse(
          live.error().code == ErrorCode::conflict ? Refusal::not_possible : Refusal::not_found,
          live.error().text));
  if (wanted.empty())
    for (const auto& [id, live] : jobs)
      if (may_see(actor, live->job) &&
          (actor.user.empty() ? live->job.owner.user == asking : live->job.owner.user == actor.user))
        wanted.push_back(id);
  auto left = std::make_shared<std::size_t>(wanted.size() + 1);
  const auto one_done = [left, answer] {
    if (--*left == 0) answer(IntakeReply::ok());
  };
  for (const JobId id : wanted)
    if (LiveJob* live = find(id))
      cancel_live(*live, client.identity.user, one_done);
    else
      one_done();
  one_done();
}

void RouterCore::printer_attributes(const IntakeClient& client, const Attributes& attributes,
                                    IntakeAnswer answer) {
  const ListenerConfig* listener = listener_of(client, attributes);
  if (!listener) return answer(IntakeReply::refuse(Refusal::not_found, "there is no such print queue here"));
  const std::string key = listener->protocol + ":" + listener->queue + ":" + listener->path;
  auto& facts = printer_facts[key];
  if (!facts) {  // what only a reload changes
    Attributes fixed;
    fixed.push_back(Attribute::word("printer-name", listener->queue, AttributeKind::text));
    fixed.push_back(Attribute::word(
        "printer-info", listener->info.empty() ? "printrouter " + listener->queue : listener->info,
        AttributeKind::text));
    fixed.push_back(Attribute::word("printer-location", listener->location, AttributeKind::text));
    fixed.push_back(Attribute::word("printer-make-and-model", "printrouter", AttributeKind::text));
    // The same queue keeps its uuid over restarts: made from the state folder's ledger id and its name.
    Uuid uuid = services.journal->ledger_id();
    for (std::size_t i = 0; i < key.size(); ++i)
      uuid.bytes[10 + i % 6] =
          static_cast<std::uint8_t>(uuid.bytes[10 + i % 6] * 31 + static_cast<unsigned char>(key[i]));
    fixed.push_back(Attribute::word("printer-uuid", uuid.to_string(), AttributeKind::text));
    for (const std::string& format : formats_of(*listener))
      fixed.push_back(Attribute::word("document-format-supported", format, AttributeKind::mime));
    for (const char* media : {"iso_a4_210x297mm", "na_letter_8.5x11in", "iso_a3_297x420mm",
                              "iso_a5_148x210mm", "na_legal_8.5x14in"})
      fixed.push_back(Attribute::word("media-supported", media));
    fixed.push_back(Attribute::word("media-default", "iso_a4_210x297mm"));
    for (const char* sides : {"one-sided", "two-sided-long-edge", "two-sided-short-edge"})
      fixed.push_back(Attribute::word("sides-supported", sides));
    fixed.push_back(Attribute::word("sides-default", "one-sided"));
    fixed.push_back(Attribute::flag("color-supported", true));
    fixed.push_back(Attribute::number("multiple-operation-time-out", 300));
    facts = std::make_shared<const Attributes>(std::move(fixed));
  }
  Attributes out = *facts;
  // Not by looking at every job: this is asked before each one.
  std::size_t working = 0;
  for (const auto& [target, taken] : slots_taken) working += taken;
  out.push_back(Attribute::number("printer-state", working ? 4 : 3, AttributeKind::enumeration));
  out.push_back(Attribute::word("printer-state-reasons", "none"));
  out.push_back(Attribute::flag("printer-is-accepting-jobs", true));
  out.push_back(Attribute::number("queued-job-count", static_cast<std::int64_t>(jobs.size())));
  answer(IntakeReply::ok(std::move(out)));
}

void RouterCore::identify_printer(const IntakeClient& client, const Attributes& attributes,
                                  IntakeAnswer answer) {
  if (!listener_of(client, attributes))
    return answer(IntakeReply::refuse(Refusal::not_found, "there is no such print queue here"));
  Job about;
  about.owner.user = actor_of(client).user;
  about.title = client.queue;
  const std::string message(text_of(attributes, "message"));
  tell(Notification::Kind::info, about,
       {Severity::info, "intake.identify",
        "This is the print queue that was asked for." + (message.empty() ? "" : " " + message),
        "Das ist die gesuchte Druckwarteschlange." + (message.empty() ? "" : " " + message)});
  answer(IntakeReply::ok());
}

}  // namespace printrouter
