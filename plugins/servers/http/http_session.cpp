// SPDX-License-Identifier: Apache-2.0
#include "http_session.hpp"

namespace printrouter::http_server {
namespace {

constexpr uint32_t read_size = 64 * 1024;
constexpr uint32_t working_ms = 30'000;
constexpr size_t snapshot_limit = 64 << 20, other_limit = 4 << 20;

}  // namespace

const char* io_reason(uint32_t error) {
  switch (error) {
    case PR_IO_REFUSED:
      return "connect-refused";
    case PR_IO_TIMEOUT:
      return "no-answer";
    case PR_IO_RESET:
      return "connection-broken";
    case PR_IO_PAYLOAD:
      return "document-unreadable";
    default:
      return "io-error";
  }
}

HttpSession::HttpSession(const sdk::Plugin* plugin, Target target, Request request)
    : Session(plugin),
      target_(std::move(target)),
      request_(std::move(request)),
      answer_(request_.operation == PR_SERVER_SNAPSHOT ? snapshot_limit : other_limit) {}

void HttpSession::step(const sdk::Event& event, sdk::Action& action) {
  switch (event.kind) {
    case PR_EVENT_START:
      action.connect(target_.host, target_.port);
      break;
    case PR_EVENT_CONNECTED:
      if (target_.tls)
        action.start_tls(target_.host, "http/1.1");
      else
        send_head(action);
      break;
    case PR_EVENT_TLS_STARTED:
      send_head(action);
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
      if (answer_.state() == Answer::State::done)
        answered(action);  // it came before the last byte had gone out
      else
        listen(action);
      break;
    case PR_EVENT_CANCEL:
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

void HttpSession::send_head(sdk::Action& action) {
  state_ = State::head;
  out_ = http::serialize(request_.head) + request_.body;
  action.write(out_);
}

void HttpSession::written(sdk::Action& action) {
  if (state_ != State::head)
    return broken("unexpected-event", "The host reported a write that was not asked for.", action);
  state_ = request_.document ? State::waiting_go_ahead : State::answering;
  // What only asks is answered at once by a server that lives; a batch or a snapshot may take its time.
  const uint32_t operation = request_.operation;
  if (operation == PR_SERVER_REPORT || operation == PR_SERVER_SNAPSHOT || operation == PR_SERVER_ENROL)
    listen(action);
  else
    action.read(read_size);
}

void HttpSession::listen(sdk::Action& action) {
  action.read(read_size).within(working_ms);
}

void HttpSession::send_document(sdk::Action& action) {
  state_ = State::sending;
  sent_ = Sent::some;
  const bool chunked = request_.document_size == PR_LENGTH_TO_END;
  segments_ = {sdk::document(0, request_.document_size)};
  action.send_payload(segments_, request_.document_size, chunked ? PR_FRAMING_HTTP_CHUNKED : PR_FRAMING_NONE)
      .reading(read_size);
}

void HttpSession::bytes(const sdk::Event& event, sdk::Action& action, bool eof) {
  using Reading = Answer::State;
  auto result = answer_.feed(sdk::view(event.bytes));
  if (result == Reading::go_ahead && state_ == State::waiting_go_ahead) return send_document(action);
  while (result == Reading::go_ahead) result = answer_.feed({});
  if (eof && result == Reading::more) result = answer_.eof();
  if (result == Reading::done) return answered(action);
  if (result == Reading::failed) return broken("protocol", "Damaged answer: " + answer_.why(), action);
  if (result == Reading::switching) return broken("protocol", "101 Switching Protocols unasked for.", action);
  if (eof) return broken("connection-closed", "The server closed the connection without an answer.", action);
  if (state_ == State::sending)
    action.go_on();
  else
    listen(action);
}

void HttpSession::answered(sdk::Action& action) {
  Verdict verdict = verdict_of(request_.operation, answer_.head().status, answer_.body(), sent_);
  if (verdict.kind == PR_OUTCOME_DELIVERED) {
    if (verdict.job_state)
      learned_.push_back(sdk::attr_integer("job-state", verdict.job_state, PR_ATTR_ENUM));
    if (const auto tag = answer_.head().fields.get("ETag")) {
      etag_ = *tag;
      learned_.push_back(sdk::attr_text("etag", etag_, PR_ATTR_TEXT));
    }
    const bool wanted = request_.operation == PR_SERVER_SNAPSHOT || request_.operation == PR_SERVER_REPORT ||
                        request_.operation == PR_SERVER_ENROL;
    if (wanted && !answer_.body().empty())
      learned_.push_back(sdk::attr_text("body", answer_.body(), PR_ATTR_BYTES));
  }
  // An answer in the middle of the document is the last word: the rest of it must not follow.
  done(std::move(verdict), action, sent_ == Sent::some ? uint32_t{PR_DONE_ABORT} : 0);
}

void HttpSession::io_error(const sdk::Event& event, sdk::Action& action) {
  if (event.error == PR_IO_TLS)
    return done({PR_OUTCOME_REJECTED, false, "tls-failed",
                 "No trusted TLS connection: " + std::string(sdk::view(event.text))},
                action, PR_DONE_ABORT);
  broken(io_reason(event.error), std::string(sdk::view(event.text)), action);
}

/// The conversation ended before there was an answer.
void HttpSession::broken(std::string reason, std::string text, sdk::Action& action) {
  done({sent_ == Sent::all ? uint32_t{PR_OUTCOME_UNKNOWN} : uint32_t{PR_OUTCOME_NOT_SENT}, false,
        std::move(reason), std::move(text)},
       action, PR_DONE_ABORT);
}

void HttpSession::done(Verdict verdict, sdk::Action& action, uint32_t flags) {
  verdict_ = std::move(verdict);
  action.done(verdict_.kind, verdict_.reason, verdict_.text, flags);
  action.outcome.busy = verdict_.busy;
  action.outcome.attributes = {learned_.data(), learned_.size()};
}

}  // namespace printrouter::http_server
