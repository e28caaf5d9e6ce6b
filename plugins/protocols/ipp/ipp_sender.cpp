// SPDX-License-Identifier: Apache-2.0
// The conversation: connection, TLS, requests, document, breaks. What answers mean is in
// ipp_sender_answers.cpp.
#include "ipp_sender.hpp"

#include "ipp_codes.hpp"
#include "ipp_encoder.hpp"

namespace printrouter::ipp {

namespace {

constexpr uint32_t read_size = 64 * 1024;

const char* io_reason(uint32_t error) {
  switch (error) {
    case PR_IO_REFUSED:
      return "connect-refused";
    case PR_IO_TIMEOUT:
      return "no-answer";
    case PR_IO_RESET:
      return "connection-broken";
    case PR_IO_TLS:
      return "tls-failed";
    case PR_IO_PAYLOAD:
      return "document-unreadable";
    default:
      return "io-error";
  }
}

}  // namespace

Sender::Sender(const sdk::Plugin& plugin, const pr_send_request& request) : Session(&plugin), job_(request) {
  expect_ = !job_.no_expect();
}

void Sender::step(const sdk::Event& event, sdk::Action& action) {
  switch (event.kind) {
    case PR_EVENT_START:
      connect(action);
      break;
    case PR_EVENT_CONNECTED:
      fresh_ = true;
      secure_ = false;
      reader_ = ResponseReader();
      if (job_.tls == 1) {
        state_ = State::securing;
        action.start_tls(job_.host, "http/1.1");
      } else if (job_.tls == 2) {
        upgrade(action);
      } else {
        send_request(action);
      }
      break;
    case PR_EVENT_TLS_STARTED:
      secure_ = true;
      if (state_ == State::upgrading) {
        // RFC 2817 3.3: the answer to the request that asked for TLS comes through it.
        reader_ = ResponseReader();
        action.read(read_size);
      } else {
        send_request(action);
      }
      break;
    case PR_EVENT_WRITTEN:
      written(action);
      break;
    case PR_EVENT_BYTES:
      bytes(event, action, false);
      break;
    case PR_EVENT_EOF:
      bytes(event, action, true);
      break;
    case PR_EVENT_PAYLOAD_SENT:
      sent_ = Sent::all;
      state_ = State::answering;
      if (reader_.state() == ResponseReader::State::done)
        answered(action);  // it came before the last byte had gone out
      else
        action.read(read_size);
      break;
    case PR_EVENT_CANCEL:
      // After the last byte the printer has the job, whatever we do now.
      done(sent_ == Sent::all
               ? Verdict{PR_OUTCOME_UNKNOWN, false, "cancelled-late", "Cancelled after the job was sent."}
               : Verdict{PR_OUTCOME_CANCELLED, false, "cancelled", "Cancelled while it was being sent."},
           action, PR_DONE_ABORT);
      break;
    case PR_EVENT_IO_ERROR:
      io_error(event, action);
      break;
    default:
      broken("unexpected-event", "The host sent an event that does not fit.", action);
  }
  if (event.kind == PR_EVENT_BYTES || event.kind == PR_EVENT_EOF) action.used(event.bytes.size);
}

void Sender::connect(sdk::Action& action) {
  state_ = State::connecting;
  action.connect(job_.host, job_.port);
  if (request_id_ == 0) {
    switch (job_.operation) {
      case PR_SEND_QUERY:
        task_ = job_.remote_job_id.empty() ? Task::active_jobs : Task::job_attributes;
        break;
      case PR_SEND_CANCEL:  // without an id the job is looked for by its uuid
        task_ = job_.remote_job_id.empty() ? Task::active_jobs : Task::cancel_job;
        break;
      default:
        task_ = Task::printer_attributes;
    }
  }
}

void Sender::upgrade(sdk::Action& action) {
  state_ = State::upgrading;
  http::RequestHead head{"OPTIONS", "*", 1, {}};
  head.fields.list = {{"Host", job_.authority()}, {"Upgrade", "TLS/1.2"}, {"Connection", "Upgrade"}};
  head_ = http::serialize(head);
  action.write(head_);
}

void Sender::start(Task task, sdk::Action& action) {
  task_ = task;
  if (!fresh_ && reader_.has_head() && !reader_.keep_alive()) {
    state_ = State::closing;
    action.close_connection();
    return;
  }
  send_request(action);
}

Message Sender::request() {
  static constexpr std::pair<Task, Operation> operations[] = {
      {Task::printer_attributes, op_get_printer_attributes},
      {Task::validate, op_validate_job},
      {Task::print_job, op_print_job},
      {Task::create_job, op_create_job},
      {Task::send_document, op_send_document},
      {Task::cancel_job, op_cancel_job},
      {Task::job_attributes, op_get_job_attributes},
      {Task::active_jobs, op_get_jobs},
      {Task::completed_jobs, op_get_jobs}};
  uint16_t operation = 0;
  for (const auto& [task, id] : operations)
    if (task == task_) operation = id;
  Message m = make_request(job_, operation, major_, minor_, ++request_id_);
  Group& g = m.groups.front();
  switch (task_) {
    case Task::printer_attributes:
      if (!job_.format.empty()) g.add("document-format", Tag::mime, job_.format);
      g.add("requested-attributes", wanted_printer_attributes);
      break;
    case Task::validate:
    case Task::print_job:
      add_job(m, job_, plan_, true);
      break;
    case Task::create_job:
      add_job(m, job_, plan_, false);
      break;
    case Task::send_document:
      g.add("document-name", Tag::name, job_.title.empty() ? "Untitled" : job_.title);
      if (!plan_.format.empty()) g.add("document-format", Tag::mime, plan_.format);
      if (plan_.coding) g.add("compression", Tag::keyword, "gzip");
      g.add_boolean("last-document", true);
      break;
    case Task::active_jobs:
    case Task::completed_jobs:
      g.add_integer("limit", 500);
      g.add("requested-attributes", Tag::keyword,
            {"job-id", "job-uuid", "job-name", "job-state", "job-state-reasons", "job-state-message",
             "job-impressions-completed", "job-media-sheets-completed", "job-k-octets",
             "job-k-octets-processed", "job-originating-user-name"});
      g.add("which-jobs", Tag::keyword, task_ == Task::active_jobs ? "not-completed" : "completed");
      break;
    default:
      break;
  }
  return m;
}

void Sender::send_request(sdk::Action& action) {
  message_ = encode(request());
  reader_.reset();
  http::RequestHead head{"POST", job_.path, 1, {}};
  head.fields.list = {
      {"Host", job_.authority()}, {"Content-Type", "application/ipp"}, {"User-Agent", "printrouter"}};
  if (has_document(task_)) {
    const bool chunked = plan_.coding != PR_CODING_NONE || job_.size == PR_LENGTH_TO_END;
    if (chunked)
      head.fields.list.emplace_back("Transfer-Encoding", "chunked");
    else
      head.fields.list.emplace_back("Content-Length", std::to_string(message_.size() + job_.size));
    if (expect_) head.fields.list.emplace_back("Expect", "100-continue");
    if (chunked) message_ = http::chunk(message_);
  } else {
    head.fields.list.emplace_back("Content-Length", std::to_string(message_.size()));
  }
  // The attributes go with the head and only the document waits: printers read them before they say
  // "continue", as all clients on libcups do it.
  head_ = http::serialize(head) + message_;
  state_ = State::head;
  log(PR_LOG_DEBUG, "request " + std::to_string(request_id_) + " to " + job_.printer_uri());
  action.write(head_);
}

void Sender::written(sdk::Action& action) {
  switch (state_) {
    case State::closing:
      return connect(action);
    case State::upgrading:
      action.read(read_size);
      return;
    case State::head:
      if (!has_document(task_)) {
        state_ = State::answering;
        action.read(read_size);
      } else if (expect_) {
        state_ = State::waiting_go_ahead;
        action.read(read_size);
      } else {
        send_document(action);
      }
      return;
    default:
      return broken("unexpected-event", "The host reported a write that was not asked for.", action);
  }
}

void Sender::send_document(sdk::Action& action) {
  state_ = State::sending;
  sent_ = Sent::some;
  const bool chunked = plan_.coding != PR_CODING_NONE || job_.size == PR_LENGTH_TO_END;
  segments_ = {sdk::document(0, job_.size)};
  action.send_payload(segments_, job_.size, chunked ? PR_FRAMING_HTTP_CHUNKED : PR_FRAMING_NONE, plan_.coding)
      .reading(read_size);
}

void Sender::bytes(const sdk::Event& event, sdk::Action& action, bool eof) {
  auto result = reader_.feed(sdk::view(event.bytes));
  using Reading = ResponseReader::State;
  if (result == Reading::go_ahead && state_ == State::waiting_go_ahead) return send_document(action);
  while (result == Reading::go_ahead) result = reader_.feed({});  // one we did not wait for
  if (result == Reading::switching) {
    if (state_ != State::upgrading || secure_)
      return broken("protocol", "101 Switching Protocols unasked for.", action);
    action.start_tls(job_.host, "http/1.1");
    return;
  }
  if (eof && result == Reading::more) result = reader_.eof();
  if (result == Reading::done) {
    if (state_ == State::upgrading) {
      if (!secure_)
        return done({PR_OUTCOME_STOP_TARGET, false, "tls-upgrade-refused",
                     "The printer does not upgrade connections to TLS; use tls from the start."},
                    action);
      return send_request(action);
    }
    return answered(action);
  }
  if (result == Reading::failed) return broken("protocol", "Damaged answer: " + reader_.why(), action);
  if (eof) {
    const bool early =
        state_ == State::head || state_ == State::waiting_go_ahead || state_ == State::answering;
    if (early && !fresh_ && !reconnected_ && sent_ == Sent::nothing && reader_.nothing_received()) {
      // The printer closed a connection it had kept open; that says nothing about this request.
      reconnected_ = true;
      state_ = State::closing;
      action.close_connection();
      return;
    }
    return broken("connection-closed", "The printer closed the connection without an answer.", action);
  }
  if (state_ == State::sending)
    action.go_on();
  else
    action.read(read_size);
}

void Sender::io_error(const sdk::Event& event, sdk::Action& action) {
  if (event.error == PR_IO_TLS)
    return done({PR_OUTCOME_REJECTED, false, "tls-failed",
                 "No trusted TLS connection: " + std::string(sdk::view(event.text))},
                action, PR_DONE_ABORT);
  if (event.error == PR_IO_RESET && !fresh_ && !reconnected_ && sent_ == Sent::nothing &&
      reader_.nothing_received() && state_ != State::connecting) {
    reconnected_ = true;
    state_ = State::closing;
    action.close_connection();
    return;
  }
  broken(io_reason(event.error), std::string(sdk::view(event.text)), action);
}

/// The conversation ended before there was an answer.
void Sender::broken(std::string reason, std::string text, sdk::Action& action) {
  if (after_cancel_) return done(std::move(*after_cancel_), action, PR_DONE_ABORT);
  Verdict verdict{PR_OUTCOME_NOT_SENT, false, std::move(reason), std::move(text)};
  if (sent_ == Sent::all || (sent_ == Sent::some && !job_.truncated_discards))
    verdict.kind = PR_OUTCOME_UNKNOWN;
  log(PR_LOG_WARNING,
      job_.printer_uri() + ": " + verdict.reason + (verdict.text.empty() ? "" : ": " + verdict.text));
  done(std::move(verdict), action, PR_DONE_ABORT);
}

}  // namespace printrouter::ipp
