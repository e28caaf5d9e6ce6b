// SPDX-License-Identifier: Apache-2.0
#include "raw_sender.hpp"

#include <algorithm>

namespace printrouter::raw {
namespace {

constexpr std::string_view uel = "\x1b%-12345X";
constexpr uint32_t read_size = 4096;
constexpr uint32_t default_close_timeout_ms = 30'000;
// The device is asked for a sign of life this often, so that one that is out of paper can be told from one
// that is gone. Less than the host's progress_timeout (30 s), more than a device's smallest interval (5 s).
constexpr int status_interval_s = 10;
constexpr int64_t max_patience_ms = 3'600'000;
// After its answer to the ECHO a device may still say how the job went (cancelled for a wrong account, say).
constexpr int64_t job_report_wait_ms = 1000;
constexpr size_t max_device_text = 2048;

std::string mark(const pr_send_request& request, std::string_view which) {
  return "printrouter " + std::string(sdk::view(request.job_uuid)) + ' ' + std::string(which);
}

}  // namespace

RawSender::RawSender(const sdk::Plugin& plugin, const pr_send_request& request)
    : Session(&plugin),
      operation_(request.operation),
      host_(sdk::view(request.host)),
      port_(request.port),
      tls_(request.tls != 0),
      back_channel_(request.back_channel != 0),
      truncated_discards_(request.truncated_discards != 0),
      close_timeout_ms_(request.close_timeout_ms ? request.close_timeout_ms : default_close_timeout_ms),
      document_size_(request.document_size) {
  if (!back_channel_) return;
  begin_mark_ = mark(request, "begin");
  end_mark_ = mark(request, "end");
  header_ =
      std::string(uel) +
      "@PJL\r\n@PJL USTATUSOFF\r\n@PJL USTATUS DEVICE=ON\r\n@PJL USTATUS JOB=ON\r\n@PJL USTATUS TIMED=" +
      std::to_string(status_interval_s) + "\r\n@PJL ECHO " + begin_mark_ + "\r\n" + std::string(uel);
  trailer_ = std::string(uel) + "@PJL\r\n@PJL ECHO " + end_mark_ + "\r\n" + std::string(uel);
}

void RawSender::step(const sdk::Event& event, sdk::Action& action) {
  switch (event.kind) {
    case PR_EVENT_START:
      if (operation_ != PR_SEND_PRINT && operation_ != PR_SEND_PROBE) {
        const std::string_view reason = operation_ == PR_SEND_QUERY    ? "query-unsupported"
                                        : operation_ == PR_SEND_CANCEL ? "cancel-unsupported"
                                                                       : "validate-unsupported";
        return finish(action, PR_OUTCOME_REJECTED, reason, "A RAW port cannot be asked about jobs.");
      }
      state_ = State::connecting;
      action.connect(host_, port_);
      return;
    case PR_EVENT_CONNECTED:
      if (tls_) {
        state_ = State::handshake;
        action.start_tls(host_);
        return;
      }
      return connected(action);
    case PR_EVENT_TLS_STARTED:
      return connected(action);
    case PR_EVENT_BYTES:
    case PR_EVENT_EOF:
      return heard(event, action);
    case PR_EVENT_PAYLOAD_SENT:
      state_ = State::shutting;
      action.shutdown_write().reading(read_size);
      return;
    case PR_EVENT_WRITTEN:
      if (state_ == State::probe_writing) {
        state_ = State::probe_reading;
        action.read(read_size);
        return;
      }
      state_ = State::draining;
      action.drain().reading(read_size);
      return;
    case PR_EVENT_DRAINED:
      return wait_for_receipt(action);
    case PR_EVENT_CANCEL:
      return finish(action, PR_OUTCOME_CANCELLED, "cancelled", "Cancelled while it was being sent.",
                    PR_DONE_ABORT);
    default:
      return failed(event, action);
  }
}

void RawSender::connected(sdk::Action& action) {
  if (operation_ == PR_SEND_PRINT) return send_document(action);
  if (!back_channel_) return probe_answered(nullptr, action);
  state_ = State::probe_writing;
  header_ = std::string(uel) + "@PJL INFO STATUS\r\n" + std::string(uel);
  action.write(header_);
}

void RawSender::send_document(sdk::Action& action) {
  state_ = State::sending;
  if (back_channel_) {
    segments_ = {sdk::literal(header_), sdk::document(), sdk::literal(trailer_)};
    const uint64_t length = document_size_ == PR_LENGTH_TO_END
                                ? PR_LENGTH_TO_END
                                : header_.size() + document_size_ + trailer_.size();
    action.send_payload(segments_, length).reading(read_size);
  } else {
    segments_[0] = sdk::document();
    action.send_payload(std::span(segments_).first(1), document_size_).reading(read_size);
  }
}

void RawSender::wait_for_receipt(sdk::Action& action, uint64_t used) {
  const int64_t now = plugin().monotonic_ms();
  if (state_ != State::waiting) {
    state_ = State::waiting;
    deadline_ms_ = now + close_timeout_ms_;
    patience_ms_ = now + max_patience_ms;
  }
  int64_t until = deadline_ms_;
  if (receipt_is_there()) {
    if (ended_ || job_ended_) until = now;
    if (!job_started_) {
      if (!echo_ms_) echo_ms_ = now;
      until = std::min(until, echo_ms_ + job_report_wait_ms);
    }
  } else if (ended_) {
    finish(action, PR_OUTCOME_UNKNOWN, "closed-early",
           "The printer ended the connection while the document was still being sent.");
    action.used(used);
    return;
  } else if (paused_) {
    until = std::min(patience_ms_, now + close_timeout_ms_);
  }
  if (until > now) {
    action.read(read_size).within(static_cast<uint32_t>(until - now)).used(used);
    return;
  }
  if (receipt_is_there())
    delivered(action);
  else
    finish(action, PR_OUTCOME_UNKNOWN, "no-receipt",
           "The printer neither closed the connection nor answered after the document.");
  action.used(used);
}

void RawSender::heard(const sdk::Event& event, sdk::Action& action) {
  if (event.kind == PR_EVENT_EOF) {
    ended_ = true;
    if (state_ == State::sending) ended_early_ = true;
  }
  if (understand(event, action)) {
    action.used(event.bytes.size);
    return;
  }
  switch (state_) {
    case State::waiting:
      return wait_for_receipt(action, event.bytes.size);
    case State::probe_reading:
      if (ended_) return probe_answered(nullptr, action);
      action.read(read_size).used(event.bytes.size);
      return;
    default:
      action.go_on().used(event.bytes.size);
      // Nothing more can come after the end; the host shows it once only if it is not asked to read on.
      action.reading(ended_ ? 0 : read_size);
      return;
  }
}

bool RawSender::understand(const sdk::Event& event, sdk::Action& action) {
  std::string_view bytes = sdk::view(event.bytes);
  if (!back_channel_) {
    remember(bytes);
    return false;
  }
  while (!bytes.empty()) {
    size_t used = 0;
    const auto message = reader_.feed(bytes, &used);
    bytes.remove_prefix(used);
    if (message && understand(*message, action)) return true;
  }
  return false;
}

bool RawSender::understand(const PjlMessage& message, sdk::Action& action) {
  using Kind = PjlMessage::Kind;
  if (message.kind != Kind::echo && message.kind != Kind::timed) remember(message.text + '\f');
  switch (message.kind) {
    case Kind::echo:
      if (message.echo == begin_mark_) begun_ = true;
      if (message.echo == end_mark_) echo_seen_ = true;
      break;
    case Kind::job:
      job_event(message);
      break;
    case Kind::info_status:
      if (state_ == State::probe_reading) return probe_answered(&message, action), true;
      note_status(message);
      break;
    case Kind::device:
    case Kind::timed:
      note_status(message);
      break;
    default:
      break;
  }
  if (!cancelled_) return false;
  // The rest of the document is of no use to a device that has thrown the job away.
  finish(action, PR_OUTCOME_CANCELLED, "cancelled-at-device", "The job was cancelled at the device.",
         PR_DONE_ABORT);
  return true;
}

void RawSender::job_event(const PjlMessage& message) {
  using Event = PjlMessage::JobEvent;
  // Before it has read our first mark a device may still report the job of somebody else.
  if (!begun_) return;
  if (message.job_event == Event::cancelled) cancelled_ = true;
  if (message.job_event == Event::start) job_started_ = true;
  if (message.job_event == Event::end) {
    job_ended_ = true;
    pages_ = message.pages;
    plugin().log(PR_LOG_DEBUG, "raw: job ended at the device after " + std::to_string(pages_) + " pages");
  }
}

void RawSender::note_status(const PjlMessage& message) {
  const bool was_paused = paused_;
  // A timed status may come without a code: then it says no more than that the device is alive.
  if (message.code || message.offline) paused_ = message.waits_for_person();
  if (paused_ && !was_paused)
    plugin().log(PR_LOG_WARNING, "raw: the device waits for a person: " + std::to_string(message.code) + ' ' +
                                     message.display);
  if (!paused_ && was_paused) {
    plugin().log(PR_LOG_INFO,
                 "raw: the device goes on: " + std::to_string(message.code) + ' ' + message.display);
    if (deadline_ms_) deadline_ms_ = plugin().monotonic_ms() + close_timeout_ms_;
  }
}

void RawSender::failed(const sdk::Event& event, sdk::Action& action) {
  switch (state_) {
    case State::connecting:
      return finish(action, PR_OUTCOME_NOT_SENT,
                    event.error == PR_IO_REFUSED   ? "connect-refused"
                    : event.error == PR_IO_TIMEOUT ? "connect-timeout"
                                                   : "connect-failed",
                    "No connection to " + host_ + ": " + std::string(sdk::view(event.text)), PR_DONE_ABORT);
    case State::handshake:
      return finish(action, PR_OUTCOME_NOT_SENT, "tls-failed",
                    "No protected connection to " + host_ + ": " + std::string(sdk::view(event.text)),
                    PR_DONE_ABORT);
    case State::probe_writing:
    case State::probe_reading:
      // It answers on TCP. That it says nothing may be a busy device or a language it does not know.
      if (event.error == PR_IO_TIMEOUT) return probe_answered(nullptr, action);
      return finish(action, PR_OUTCOME_NOT_SENT, "connection-lost",
                    "The printer broke off the connection: " + std::string(sdk::view(event.text)),
                    PR_DONE_ABORT);
    case State::sending:
      return broke(action, false, event);
    default:
      if (receipt_is_there()) return delivered(action);
      return broke(action, true, event);
  }
}

void RawSender::broke(sdk::Action& action, bool everything_left, const sdk::Event& event) {
  const std::string words(sdk::view(event.text));
  if (everything_left) {
    if (event.error == PR_IO_TIMEOUT)
      return finish(action, PR_OUTCOME_UNKNOWN, "no-receipt",
                    "The printer neither closed the connection nor answered after the document.",
                    PR_DONE_ABORT);
    return finish(action, PR_OUTCOME_UNKNOWN, "broke-off",
                  "The connection broke before the printer confirmed the document: " + words, PR_DONE_ABORT);
  }
  const std::string_view reason = event.error == PR_IO_PAYLOAD   ? "document-broke-off"
                                  : event.error == PR_IO_TIMEOUT ? "no-progress"
                                                                 : "broke-off";
  finish(action, truncated_discards_ ? PR_OUTCOME_NOT_SENT : PR_OUTCOME_UNKNOWN, reason,
         "The connection broke in the middle of the document: " + words, PR_DONE_ABORT);
}

void RawSender::delivered(sdk::Action& action) {
  finish(action, PR_OUTCOME_DELIVERED,
         pages_ >= 0  ? "job-ended"
         : echo_seen_ ? "echo-answered"
                      : "closed-by-peer",
         "The printer took the whole document.");
  if (pages_ < 0) return;
  action.outcome.confirmed = 1;
  action.outcome.impressions = pages_;
}

/// Keeps what came last.
void RawSender::remember(std::string_view device_words) {
  device_text_ += device_words.substr(0, max_device_text);
  if (device_text_.size() > max_device_text) device_text_.erase(0, device_text_.size() - max_device_text);
}

void RawSender::probe_answered(const PjlMessage* message, sdk::Action& action) {
  if (!message) return finish(action, PR_OUTCOME_DELIVERED, "connected", "The port takes connections.");
  panel_ = message->display;
  const bool stopped = message->waits_for_person() || message->broken();
  const bool processing = message->code == 10023 || message->code == 10024;
  finish(action, PR_OUTCOME_DELIVERED, "answered", "The device answers on its back channel.");
  attributes_ = {sdk::attr_integer("printer-state",
                                   stopped      ? 5
                                   : processing ? 4
                                                : 3,
                                   PR_ATTR_ENUM),
                 sdk::attr_text("printer-state-message", panel_, PR_ATTR_TEXT),
                 sdk::attr_integer("pjl-status-code", message->code)};
  action.outcome.attributes = {attributes_.data(), attributes_.size()};
}

void RawSender::finish(sdk::Action& action, uint32_t outcome, std::string_view reason, std::string words,
                       uint32_t flags) {
  text_ = std::move(words);
  action.done(outcome, reason, text_, flags);
  action.outcome.device_text = sdk::str(device_text_);
  plugin().log(PR_LOG_DEBUG, "raw: " + host_ + ": " + std::string(reason) + ": " + text_);
}

}  // namespace printrouter::raw
