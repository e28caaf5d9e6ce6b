// SPDX-License-Identifier: Apache-2.0
#include "lpr_sender.hpp"

#include <printrouter/text.hpp>

#include <algorithm>

#include "lpr_plugin.hpp"

namespace printrouter::lpr {
namespace {

constexpr uint32_t read_size = 4096;
constexpr uint32_t refusal_wait_ms = 500;  // servers that add words to their octet send them at once
constexpr uint32_t default_close_timeout_ms = 30'000;
constexpr size_t max_device_text = 1024;
constexpr size_t max_listing = 256 * 1024;
constexpr std::string_view zero_octet("\0", 1);

bool sayable(std::string_view queue) {
  return std::none_of(queue.begin(), queue.end(),
                      [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; });
}

}  // namespace

LprSender::LprSender(const sdk::Plugin& plugin, const pr_send_request& request)
    : Session(&plugin),
      operation_(request.operation),
      host_(sdk::view(request.host)),
      port_(request.port),
      tls_(request.tls != 0),
      truncated_discards_(request.truncated_discards != 0),
      close_timeout_ms_(request.close_timeout_ms ? request.close_timeout_ms : default_close_timeout_ms),
      document_size_(request.document_size),
      uuid_(sdk::view(request.job_uuid)),
      queue_(sdk::view(request.queue)) {
  if (queue_.empty()) queue_ = "lp";
  if (operation_ == PR_SEND_PRINT) job_ = build_job(request, next_job_number(plugin));
}

void LprSender::step(const sdk::Event& event, sdk::Action& action) {
  switch (event.kind) {
    case PR_EVENT_START:
      if (operation_ == PR_SEND_CANCEL || operation_ == PR_SEND_VALIDATE)
        // A job's number at the server is the server's own affair (CUPS gives new ones): to remove "ours" by
        // number could remove somebody else's.
        return finish(action, PR_OUTCOME_REJECTED,
                      operation_ == PR_SEND_CANCEL ? "cancel-unsupported" : "validate-unsupported",
                      "LPR cannot do this safely.");
      if (!sayable(queue_))
        return finish(action, PR_OUTCOME_REJECTED, "bad-queue-name", "An LPR queue name has no blanks.");
      stage_ = Stage::connect;
      action.connect(host_, port_);
      return;
    case PR_EVENT_CONNECTED:
      if (!tls_) return say_queue(action);
      stage_ = Stage::handshake;
      action.start_tls(host_);
      return;
    case PR_EVENT_TLS_STARTED:
      return say_queue(action);
    case PR_EVENT_WRITTEN:
      action.read(read_size);
      if (document_left_) action.within(close_timeout_ms_);
      return;
    case PR_EVENT_PAYLOAD_SENT:
      sending_ = false;
      document_left_ = true;
      if (unknown_length()) {
        action.shutdown_write();
        return;
      }
      if (early_ack_) return accepted(action);
      action.read(read_size).within(close_timeout_ms_);
      return;
    case PR_EVENT_BYTES:
    case PR_EVENT_EOF:
      return heard(event, action);
    case PR_EVENT_CANCEL:
      return finish(action, PR_OUTCOME_CANCELLED, "cancelled", "Cancelled while it was being sent.",
                    PR_DONE_ABORT);
    default:
      return failed(event, action);
  }
}

void LprSender::say(sdk::Action& action, Stage stage, std::string line) {
  stage_ = stage;
  line_ = std::move(line);
  action.write(line_);
}

void LprSender::say_queue(sdk::Action& action) {
  if (operation_ == PR_SEND_QUERY) return say(action, Stage::listing, "\4" + queue_ + "\n");
  say(action, Stage::queue, "\2" + queue_ + "\n");
}

void LprSender::say_control_header(sdk::Action& action) {
  say(action, Stage::control_header,
      "\2" + std::to_string(job_.control_file.size()) + ' ' + job_.control_name + '\n');
}

void LprSender::say_control_body(sdk::Action& action) {
  say(action, Stage::control_body, job_.control_file + std::string(zero_octet));
}

void LprSender::say_data_header(sdk::Action& action) {
  say(action, Stage::data_header,
      "\3" + std::to_string(unknown_length() ? 0 : document_size_) + ' ' + job_.data_name + '\n');
}

void LprSender::say_data_body(sdk::Action& action) {
  stage_ = Stage::data_body;
  sending_ = document_begun_ = true;
  segments_ = {sdk::document(), sdk::literal(zero_octet)};
  if (unknown_length())
    action.send_payload(std::span(segments_).first(1), PR_LENGTH_TO_END).reading(read_size);
  else
    action.send_payload(segments_, document_size_ + zero_octet.size()).reading(read_size);
}

void LprSender::accepted(sdk::Action& action) {
  switch (stage_) {
    case Stage::queue:
      if (operation_ == PR_SEND_PROBE)
        return finish(action, PR_OUTCOME_DELIVERED, "queue-accepts", "The queue takes jobs.");
      return unknown_length() ? say_control_header(action) : say_data_header(action);
    case Stage::control_header:
      return say_control_body(action);
    case Stage::data_header:
      return say_data_body(action);
    case Stage::control_body:
      if (unknown_length()) return say_data_header(action);
      break;
    case Stage::data_body:
      if (!unknown_length()) return say_control_header(action);
      break;
    default:
      break;
  }
  finish(action, PR_OUTCOME_DELIVERED, "acknowledged", "The server acknowledged data file and control file.");
}

void LprSender::heard(const sdk::Event& event, sdk::Action& action) {
  const std::string_view bytes = sdk::view(event.bytes);
  if (stage_ == Stage::listing) return listed(event, action);
  if (refusing_) return read_refusal(event, action);
  if (sending_) return heard_while_sending(event, action);
  if (bytes.empty()) {
    return broke(action, "closed-by-server", "The server closed the connection without an answer.");
  }
  // More than one octet is more than was asked for. It must not pass for the answer to what is said next.
  if (bytes.front() == '\0') {
    if (bytes.size() > 1)
      plugin().log(PR_LOG_WARNING, "lpr: " + host_ + " said more than its answer; ignored " +
                                       std::to_string(bytes.size() - 1) + " bytes");
    accepted(action);
    action.used(bytes.size());
    return;
  }
  read_refusal(event, action);
}

void LprSender::heard_while_sending(const sdk::Event& event, sdk::Action& action) {
  const std::string_view bytes = sdk::view(event.bytes);
  if (!bytes.empty() && bytes.front() != '\0') return read_refusal(event, action);
  if (event.kind == PR_EVENT_EOF && bytes.empty())
    return broke(action, "closed-by-server",
                 "The server closed the connection in the middle of the document.");
  // With the control file still to come, its answer decides; a server may acknowledge the data before the
  // octet that ends it. With an unknown length nothing can be complete before our FIN.
  if (!bytes.empty() && !unknown_length()) early_ack_ = true;
  action.go_on().used(bytes.size()).reading(event.kind == PR_EVENT_EOF ? 0 : read_size);
}

void LprSender::read_refusal(const sdk::Event& event, sdk::Action& action) {
  std::string_view bytes = sdk::view(event.bytes);
  if (!refusing_) {
    refusing_ = true;
    answer_ = static_cast<unsigned char>(bytes.front());
    if (answer_ < 0x20) bytes.remove_prefix(1);  // else the words begin with it, as BSD's do
  }
  device_text_ += bytes.substr(0, max_device_text - std::min(device_text_.size(), max_device_text));
  if (event.kind == PR_EVENT_EOF || device_text_.size() >= max_device_text)
    refused(action);
  else
    action.read(read_size).within(refusal_wait_ms);
  action.used(event.bytes.size);
}

void LprSender::refused(sdk::Action& action) {
  const std::string_view reason = stage_ == Stage::queue ? "queue-refused"
                                  : stage_ == Stage::data_header || stage_ == Stage::data_body
                                      ? "data-file-refused"
                                      : "control-file-refused";
  const std::string octet = answer_ < 0x20 ? " (octet " + std::to_string(answer_) + ")" : "";
  device_text_ = sdk::one_line(device_text_, max_device_text);
  finish(action, PR_OUTCOME_REJECTED, reason, "The server refused the job for queue " + queue_ + octet + ".",
         document_begun_ ? PR_DONE_ABORT : 0);
}

void LprSender::listed(const sdk::Event& event, sdk::Action& action) {
  device_text_ += sdk::view(event.bytes);
  if (event.kind != PR_EVENT_EOF && device_text_.size() < max_listing) {
    action.read(read_size).used(event.bytes.size);
    return;
  }
  const bool found = !uuid_.empty() && device_text_.find(uuid_) != std::string::npos;
  device_text_.clear();
  // Not listed proves nothing: the list holds waiting jobs only, and cuts their names.
  if (!found)
    finish(action, PR_OUTCOME_REJECTED, "query-unsupported", "The queue's list does not name the job.");
  else
    finish(action, PR_OUTCOME_DELIVERED, "listed", "The job waits in the server's queue.");
  action.used(event.bytes.size);
  if (!found) return;
  attributes_ = {sdk::attr_integer("job-state", 3, PR_ATTR_ENUM)};
  action.outcome.attributes = {attributes_.data(), attributes_.size()};
}

void LprSender::failed(const sdk::Event& event, sdk::Action& action) {
  const std::string words(sdk::view(event.text));
  if (refusing_) return refused(action);  // the octet has said it; more words do not come
  if (stage_ == Stage::listing)
    return finish(action, PR_OUTCOME_REJECTED, "query-unsupported",
                  "The queue's list could not be read: " + words, PR_DONE_ABORT);
  if (stage_ == Stage::connect)
    return broke(action,
                 event.error == PR_IO_REFUSED   ? "connect-refused"
                 : event.error == PR_IO_TIMEOUT ? "connect-timeout"
                                                : "connect-failed",
                 "No connection to " + host_ + ": " + words);
  if (stage_ == Stage::handshake)
    return broke(action, "tls-failed", "No protected connection to " + host_ + ": " + words);
  broke(action,
        event.error == PR_IO_PAYLOAD   ? "document-broke-off"
        : event.error == PR_IO_TIMEOUT ? (document_begun_ ? "no-receipt" : "no-answer")
                                       : "broke-off",
        "The conversation with " + host_ + " broke: " + words);
}

void LprSender::broke(sdk::Action& action, std::string_view reason, std::string words) {
  const bool nothing_comes_of_it = !document_begun_ || (truncated_discards_ && !document_left_);
  finish(action, nothing_comes_of_it ? PR_OUTCOME_NOT_SENT : PR_OUTCOME_UNKNOWN, reason, std::move(words),
         PR_DONE_ABORT);
}

void LprSender::finish(sdk::Action& action, uint32_t outcome, std::string_view reason, std::string words,
                       uint32_t flags) {
  text_ = std::move(words);
  action.done(outcome, reason, text_, flags);
  action.outcome.device_text = sdk::str(device_text_);
  plugin().log(PR_LOG_DEBUG, "lpr: " + host_ + ": " + std::string(reason) + ": " + text_);
}

}  // namespace printrouter::lpr
