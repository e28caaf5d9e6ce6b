// SPDX-License-Identifier: Apache-2.0
// What a printer's answers mean for the job, and what comes next.
#include "ipp_codes.hpp"
#include "ipp_sender.hpp"

namespace printrouter::ipp {

namespace {

constexpr int32_t job_canceled = 7;
constexpr int32_t job_aborted = 8;
constexpr int32_t job_completed = 9;

int64_t number(const Group& group, std::string_view name, int64_t otherwise) {
  const Value* v = group.value(name);
  return v && (v->tag == Tag::integer || v->tag == Tag::enumeration) ? v->integer : otherwise;
}

/// -1 unless the printer counted: a completed job of 0 impressions is one that nobody counted.
int64_t impressions_of(const Group& job) {
  const int64_t n = number(job, "job-impressions-completed", -1);
  return n > 0 ? n : -1;
}

}  // namespace

void Sender::answered(sdk::Action& action) {
  fresh_ = false;
  const uint32_t http_status = reader_.head().status;
  const Sent sent = sent_;
  const uint32_t abort = state_ == State::sending ? PR_DONE_ABORT : 0;
  if (http_status == 417 && expect_ && sent == Sent::nothing) {
    expect_ = false;
    return start(task_, action);
  }
  if (http_status != 200 || !reader_.has_message()) {
    log(PR_LOG_WARNING, job_.printer_uri() + ": HTTP " + std::to_string(http_status));
    device_text_ = reader_.head().reason;
    return done(verdict_of_http(http_status, sent), action, abort);
  }
  const Message& message = reader_.message();
  if (message.request_id != request_id_)
    return broken("protocol", "The answer has the request-id of another request (RFC 8011 section 4.1.1).",
                  action);
  if (after_cancel_) return done(std::move(*after_cancel_), action);
  device_text_ = message.operation().text("status-message");
  if (!is_success(message.code)) {
    if (retry(message.code, action)) return;
    log(PR_LOG_INFO, job_.printer_uri() + ": " + status_name(message.code));
    const bool gone = message.code == client_error_not_found || message.code == client_error_gone;
    if (task_ == Task::job_attributes && gone) {
      // The printer has forgotten the id; it may still know the job by its uuid or name.
      return start(Task::active_jobs, action);
    }
    if ((task_ == Task::active_jobs || task_ == Task::completed_jobs) && message.code >= 0x0400)
      return done({PR_OUTCOME_REJECTED, false, "query-unsupported", "The printer does not list its jobs."},
                  action);
    if (task_ == Task::cancel_job && gone)
      return done({PR_OUTCOME_NOT_SENT, false, "job-not-found", "The printer does not know this job."},
                  action);
    // The attributes that the printer names as the reason.
    std::string lost = ticket_lost(message);
    Verdict verdict = verdict_of_ipp(message.code, sent);
    if (!lost.empty() && message.code == client_error_attributes_or_values_not_supported)
      verdict.reason = std::move(lost);
    if (task_ == Task::send_document && !abort && verdict.kind != PR_OUTCOME_UNKNOWN) {
      // The job that Create-Job made would wait there for a document that does not come.
      after_cancel_ = std::move(verdict);
      return start(Task::cancel_job, action);
    }
    return done(std::move(verdict), action, abort);
  }
  if (has_document(task_) && sent_ == Sent::nothing)
    return broken("protocol", "The printer accepted a document that it has not got.", action);
  if (state_ == State::sending) {
    // Success before the document has gone out whole: nothing to stop for. The rest is still owed.
    action.go_on();
    return;
  }
  switch (task_) {
    case Task::printer_attributes:
      return printer_known(message.group(Tag::printer_group), action);
    case Task::validate: {
      std::string lost = ticket_lost(message);
      if (!lost.empty()) return refused_ticket(std::move(lost), action);
      if (job_.operation == PR_SEND_PRINT) return print(action);
      return done({PR_OUTCOME_DELIVERED, false, "successful-ok", ""}, action);
    }
    case Task::cancel_job:
      return done({PR_OUTCOME_DELIVERED, false, "cancelled", ""}, action);
    case Task::create_job: {
      const Group* job = message.group(Tag::job_group);
      const int64_t id = job ? number(*job, "job-id", 0) : 0;
      if (id <= 0)
        return broken("protocol", "Create-Job without a job-id (RFC 8011 section 4.2.4.2).", action);
      job_.remote_job_id = remote_id_ = std::to_string(id);
      return start(Task::send_document, action);
    }
    case Task::print_job:
    case Task::send_document:
      return job_accepted(message, action);
    case Task::job_attributes: {
      const Group* job = message.group(Tag::job_group);
      if (!job) return broken("protocol", "Get-Job-Attributes without a job.", action);
      return report_job(*job, action);
    }
    case Task::active_jobs:
    case Task::completed_jobs:
      return job_list(message, action);
  }
}

/// Refusals that have a second way. True: it has been taken.
bool Sender::retry(uint16_t status, sdk::Action& action) {
  if (sent_ != Sent::nothing) return false;
  if ((status == server_error_version_not_supported ||
       (status == client_error_bad_request && task_ == Task::printer_attributes)) &&
      major_ == 2) {
    log(PR_LOG_INFO, job_.printer_uri() + ": no IPP/2.0, going on with IPP/1.1");
    major_ = 1;
    minor_ = 1;
    start(task_, action);
    return true;
  }
  if (task_ == Task::validate && job_.operation == PR_SEND_PRINT &&
      status == server_error_operation_not_supported) {
    print(action);
    return true;
  }
  if (task_ == Task::create_job && status == server_error_operation_not_supported) {
    plan_.create_job = false;
    start(Task::print_job, action);
    return true;
  }
  return false;
}

void Sender::printer_known(const Group* printer, sdk::Action& action) {
  static const Group nothing{Tag::printer_group, {}};
  if (!printer) printer = &nothing;
  const Value* accepting = printer->value("printer-is-accepting-jobs");
  const bool refuses = accepting && accepting->tag == Tag::boolean && !accepting->integer;
  if (job_.operation == PR_SEND_PROBE)
    for (const Attribute& a : printer->attributes) learned_.add_all(a);
  device_text_ = printer->text("printer-state-message");
  if (refuses)
    return done({PR_OUTCOME_NOT_SENT, true, "not-accepting-jobs", "The printer does not accept jobs."},
                action);
  if (job_.operation == PR_SEND_PROBE)
    return done({PR_OUTCOME_DELIVERED, false, "accepting-jobs", ""}, action);
  plan_ = make_plan(job_, *printer);
  for (const std::string& name : plan_.unsupported) {
    learned_.add_text("ticket-unsupported", name, PR_ATTR_KEYWORD);
    log(PR_LOG_WARNING, job_.printer_uri() + ": the printer does not offer what the job asks for: " + name);
  }
  if (plan_.refusal.starts_with("ticket-lost:")) return refused_ticket(plan_.refusal, action);
  if (!plan_.refusal.empty())
    return done(
        {PR_OUTCOME_REJECTED, false, plan_.refusal, "The printer says that it cannot print this job."},
        action);
  if (plan_.validate || job_.operation == PR_SEND_VALIDATE) return start(Task::validate, action);
  print(action);
}

std::string Sender::ticket_lost(const Message& message) {
  std::string lost;
  const Group* unsupported = message.group(Tag::unsupported_group);
  if (!unsupported) return lost;
  for (const Attribute& a : unsupported->attributes) {
    log(PR_LOG_WARNING, job_.printer_uri() + ": the printer does not take " + a.name);
    learned_.add_text("ticket-unsupported", a.name, PR_ATTR_KEYWORD);
    const std::string_view name = a.name == "media-col" ? "media" : std::string_view(a.name);
    if (lost.empty() && job_.exact_ticket() && job_.must_reach_paper(name))
      lost = "ticket-lost:" + std::string(name);
  }
  return lost;
}

void Sender::refused_ticket(std::string reason, sdk::Action& action) {
  const std::string wish = reason.substr(reason.find(':') + 1);
  done({PR_OUTCOME_REJECTED, false, std::move(reason),
        "The printer does not do what the job asks for: " + wish},
       action);
}

void Sender::job_accepted(const Message& message, sdk::Action& action) {
  const Group* job = message.group(Tag::job_group);
  int64_t state = 0;
  if (job) {
    if (const int64_t id = number(*job, "job-id", 0); id > 0) remote_id_ = std::to_string(id);
    state = number(*job, "job-state", 0);
    for (const Attribute& a : job->attributes) learned_.add_all(a);
  }
  ticket_lost(message);
  if (state == job_canceled)
    return done({PR_OUTCOME_CANCELLED, false, "job-canceled", "The job was cancelled at the printer."},
                action);
  if (state == job_aborted)
    return done({PR_OUTCOME_REJECTED, false, "job-aborted", "The printer gave up the job."}, action);
  confirmed_ = state == job_completed;
  if (confirmed_ && job) impressions_ = impressions_of(*job);
  done({PR_OUTCOME_DELIVERED, false, status_name(message.code), ""}, action);
}

void Sender::job_list(const Message& message, sdk::Action& action) {
  const std::string uri = uuid_uri(job_.uuid);
  const Group* found = nullptr;  // of several attempts the last
  for (const Group& group : message.groups) {
    if (group.tag != Tag::job_group || group.attributes.empty()) continue;
    if (task_ == Task::completed_jobs) history_seen_ = true;
    const bool by_uuid = !job_.uuid.empty() && http::equal_no_case(group.text("job-uuid"), uri);
    const bool by_name =
        !job_.uuid.empty() && group.text("job-name").find(job_.uuid) != std::string_view::npos;
    if (!by_uuid && !by_name) continue;
    if (!found || number(group, "job-id", 0) > number(*found, "job-id", 0)) found = &group;
  }
  if (found) {
    if (job_.operation != PR_SEND_CANCEL) return report_job(*found, action);
    if (task_ == Task::completed_jobs)
      return done({PR_OUTCOME_REJECTED, false, "client-error-not-possible", "The job is over."}, action);
    job_.remote_job_id = remote_id_ = std::to_string(number(*found, "job-id", 0));
    return start(Task::cancel_job, action);
  }
  if (task_ == Task::active_jobs) return start(Task::completed_jobs, action);
  // An empty history proves nothing: many printers keep none. There is nothing to cancel all the same.
  if (job_.operation != PR_SEND_CANCEL && (!history_seen_ || !job_.remote_job_id.empty()))
    return done(
        {PR_OUTCOME_REJECTED, false, "query-unsupported", "The printer keeps no list that could tell."},
        action);
  done({PR_OUTCOME_NOT_SENT, false, "job-not-found", "The job is in none of the printer's lists."}, action);
}

void Sender::report_job(const Group& job, sdk::Action& action) {
  for (const Attribute& a : job.attributes) learned_.add_all(a);
  if (const int64_t id = number(job, "job-id", 0); id > 0) remote_id_ = std::to_string(id);
  confirmed_ = number(job, "job-state", 0) == job_completed;
  impressions_ = impressions_of(job);
  device_text_ = job.text("job-state-message");
  done({PR_OUTCOME_DELIVERED, false, "job-found", ""}, action);
}

void Sender::done(Verdict verdict, sdk::Action& action, uint32_t flags) {
  verdict_ = std::move(verdict);
  action.done(verdict_.kind, verdict_.reason, verdict_.text, flags);
  action.outcome.busy = verdict_.busy;
  action.outcome.confirmed = confirmed_;
  action.outcome.impressions = impressions_;
  action.outcome.device_text = sdk::str(device_text_);
  action.outcome.remote_job_id = sdk::str(remote_id_);
  action.outcome.attributes = learned_.view();
}

}  // namespace printrouter::ipp
