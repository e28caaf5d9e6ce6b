// SPDX-License-Identifier: Apache-2.0
#include "http_watch.hpp"

namespace printrouter::http_server {
namespace {

constexpr uint32_t read_size = 16 * 1024;
constexpr uint32_t opening_ms = 30'000;
constexpr uint32_t silence_ms = 50'000;  // three of the server's comment lines
constexpr size_t longest_line = 64 * 1024, longest_body = 64 * 1024;

}  // namespace

void EventReader::on_head() {
  const auto type = head().fields.get("Content-Type");
  stream_ = head().status == 200 && type && type->starts_with("text/event-stream");
}

/// An event is lines up to an empty one, at least one of them its data; lines that begin with ":" are none
/// (WHATWG HTML, section 9.2).
std::string EventReader::on_body(std::string_view data) {
  if (!stream_) {
    body_ += data;
    return body_.size() > longest_body ? "answer larger than " + std::to_string(longest_body) + " bytes" : "";
  }
  for (const char c : data) {
    if (c == '\r') continue;
    if (c != '\n') {
      if (line_++ == 0) comment_ = c == ':';
      if (line_ > longest_line) return "line longer than " + std::to_string(longest_line) + " bytes";
      continue;
    }
    if (line_ == 0) event_ = std::exchange(data_, false) || event_;
    if (line_ > 0 && !comment_) data_ = true;
    line_ = 0;
  }
  return {};
}

HttpWatch::HttpWatch(const sdk::Plugin* plugin, Target target, const Request& request)
    : Session(plugin), target_(std::move(target)), head_(http::serialize(request.head)) {}

void HttpWatch::step(const sdk::Event& event, sdk::Action& action) {
  switch (event.kind) {
    case PR_EVENT_START:
      action.connect(target_.host, target_.port);
      break;
    case PR_EVENT_CONNECTED:
      if (target_.tls) {
        action.start_tls(target_.host, "http/1.1");
        break;
      }
      [[fallthrough]];
    case PR_EVENT_TLS_STARTED:
      action.write(head_);
      break;
    case PR_EVENT_WRITTEN:
    case PR_EVENT_REPLY:
      listen(action);
      break;
    case PR_EVENT_BYTES:
    case PR_EVENT_EOF:
      bytes(event, action);
      action.used(event.bytes.size);
      break;
    case PR_EVENT_CANCEL:
      done({PR_OUTCOME_CANCELLED, false, "cancelled", "The watch was ended."}, action);
      break;
    case PR_EVENT_IO_ERROR:
      if (event.error == PR_IO_TLS)
        done({PR_OUTCOME_REJECTED, false, "tls-failed",
              "No trusted TLS connection: " + std::string(sdk::view(event.text))},
             action);
      else if (event.error == PR_IO_TIMEOUT && answer_.is_stream())
        done({PR_OUTCOME_NOT_SENT, false, "no-heartbeat",
              "The server said nothing for " + std::to_string(silence_ms / 1000) + " s."},
             action);
      else
        done({PR_OUTCOME_NOT_SENT, false, io_reason(event.error), std::string(sdk::view(event.text))},
             action);
      break;
    default:
      done({PR_OUTCOME_NOT_SENT, false, "unexpected-event", "The host sent an event that does not fit."},
           action);
  }
}

void HttpWatch::listen(sdk::Action& action) const {
  action.read(read_size).within(answer_.is_stream() ? silence_ms : opening_ms);
}

void HttpWatch::bytes(const sdk::Event& event, sdk::Action& action) {
  using Reading = EventReader::State;
  auto reading = answer_.feed(sdk::view(event.bytes));
  if (reading == Reading::failed || reading == Reading::switching || reading == Reading::go_ahead)
    return done({PR_OUTCOME_NOT_SENT, false, "protocol", "Damaged answer: " + answer_.why()}, action);
  const bool eof = event.kind == PR_EVENT_EOF;
  if (eof && reading == Reading::more) reading = answer_.eof();
  if (answer_.has_head() && !answer_.is_stream() && reading == Reading::done) {
    Verdict verdict = verdict_of(PR_SERVER_WATCH, answer_.head().status, answer_.body(), Sent::nothing);
    if (verdict.kind == PR_OUTCOME_DELIVERED)
      verdict = {PR_OUTCOME_NOT_SENT, false, "protocol", "The answer is no stream of events."};
    return done(std::move(verdict), action);
  }
  const bool event_came = answer_.take_event();
  if (eof || reading == Reading::done)
    return done({PR_OUTCOME_NOT_SENT, false, "connection-closed", "The server ended the stream of events."},
                action);
  if (answer_.is_stream() && (event_came || !told_)) {
    told_ = true;
    action.request(PR_OP_CHANGED, {});
    return;
  }
  listen(action);
}

void HttpWatch::done(Verdict verdict, sdk::Action& action) {
  verdict_ = std::move(verdict);
  action.done(verdict_.kind, verdict_.reason, verdict_.text, PR_DONE_ABORT);
}

}  // namespace printrouter::http_server
