// SPDX-License-Identifier: Apache-2.0
#include "plugin/smoke_session.hpp"

#include <printrouter/abi/receiver.h>

#include <algorithm>

#include "plugin/plugin_instance.hpp"

namespace printrouter {
namespace {

constexpr int longest_conversation = 3000;  ///< steps with I/O, then it is cancelled

bool complain(PluginFinding* out, std::string_view id, std::string text) {
  out->id = id;
  out->text = std::move(text);
  return false;
}

/// Reads every byte that an action points to: what is not readable shows here, not in the daemon.
unsigned touch(const void* data, std::size_t size) {
  unsigned sum = 0;
  const auto* bytes = static_cast<const volatile unsigned char*>(data);
  for (std::size_t i = 0; i < size; ++i) sum += bytes[i];
  return sum;
}
unsigned touch(pr_str text) {
  return touch(text.data, text.size);
}
unsigned touch(const pr_attrs& attributes) {
  unsigned sum = 0;
  for (std::size_t i = 0; i < attributes.count; ++i)
    sum += touch(attributes.items[i].name) + touch(attributes.items[i].text);
  return sum;
}

pr_attr number(std::string_view name, std::int64_t value) {
  return {{name.data(), name.size()}, PR_ATTR_INTEGER, 0, value, 0, {nullptr, 0}};
}
pr_attr word(std::string_view name, std::string_view value, std::uint32_t kind) {
  return {{name.data(), name.size()}, kind, 0, 0, 0, {value.data(), value.size()}};
}

/// One list that answers every request well enough.
pr_attrs reply_attributes() {
  static const std::array<pr_attr, 11> items{
      number("job-id", 7),
      word("job-uuid", "6b1c0c2e-0f0a-4b7e-9a59-000000000007", PR_ATTR_TEXT),
      pr_attr{{"job-state", 9}, PR_ATTR_ENUM, 0, 3, 0, {nullptr, 0}},
      word("job-state-reasons", "none", PR_ATTR_KEYWORD),
      word("printer-name", "smoke", PR_ATTR_TEXT),
      word("printer-uuid", "6b1c0c2e-0f0a-4b7e-9a59-000000000001", PR_ATTR_TEXT),
      pr_attr{{"printer-state", 13}, PR_ATTR_ENUM, 0, 3, 0, {nullptr, 0}},
      word("printer-state-reasons", "none", PR_ATTR_KEYWORD),
      pr_attr{{"printer-is-accepting-jobs", 25}, PR_ATTR_BOOLEAN, 0, 1, 0, {nullptr, 0}},
      number("queued-job-count", 0),
      word("document-format-supported", "application/octet-stream", PR_ATTR_MIME)};
  return {items.data(), items.size()};
}

bool starts_io(std::uint32_t kind) {
  return kind != PR_ACTION_DONE && kind != PR_ACTION_CLOSE && kind != PR_ACTION_CONTINUE &&
         kind != PR_ACTION_DELEGATE;
}

}  // namespace

SmokeSession::~SmokeSession() {
  PluginFinding ignored;  // run() has its finding by now; a session that throws in close is the smaller fault
  if (session_) without_exception(&ignored, "close", [this] { table_.close(session_); });
}

bool SmokeSession::run(PluginFinding* out) {
  StepLimit limit;
  pr_event next = event(PR_EVENT_START);
  int with_io = 0;
  for (int n = 0;; ++n) {
    const bool cancel = n == peer_.cancel_at || with_io == longest_conversation;
    if (cancel) next = event(PR_EVENT_CANCEL);
    if (!step(next, out)) return false;
    if (action_.kind == PR_ACTION_DELEGATE) return true;
    if (action_.kind == PR_ACTION_DONE) return check_done(out);
    if (cancel && action_.kind != PR_ACTION_CLOSE)
      return complain(
          out, finding::cancel_ignored,
          "answers PR_EVENT_CANCEL with action " + std::to_string(action_.kind) + " instead of DONE");
    if (!limit.action())
      return complain(out, finding::step_loop,
                      "more than " + std::to_string(StepLimit::limit) + " actions without I/O");
    moved_ = false;
    next = answer();
    if (moved_) {
      limit.io();
      ++with_io;
    }
  }
}

bool SmokeSession::step(const pr_event& event, PluginFinding* out) {
  action_ = {};
  action_.outcome.impressions = -1;
  pr_status status = PR_ERROR;
  if (!without_exception(out, "step", [&] { status = table_.step(session_, &event, &action_); }))
    return false;
  if (status != PR_OK) {  // permitted: the host ends the session by its own rules
    action_ = {};
    action_.struct_size = sizeof(pr_action);
    action_.kind = PR_ACTION_DONE;
    action_.outcome.struct_size = sizeof(pr_outcome);
    action_.outcome.kind = PR_OUTCOME_UNKNOWN;
    return true;
  }
  return check(event, out);
}

bool SmokeSession::check(const pr_event& event, PluginFinding* out) {
  const auto& a = action_;
  const auto no = [out](std::string text) { return complain(out, finding::action_invalid, std::move(text)); };
  if (a.struct_size < sizeof(pr_action)) return complain(out, finding::struct_size, "pr_action is too small");
  if (a.kind < PR_ACTION_CONNECT || a.kind > PR_ACTION_DONE)
    return no("unknown action " + std::to_string(a.kind));
  if (a.connection >= unread_.size())
    return no("connection " + std::to_string(a.connection) + ", expected 0 to 3");
  const bool shown = event.kind == PR_EVENT_BYTES || event.kind == PR_EVENT_EOF;
  if (a.consumed > (shown ? event.bytes.size : 0)) return no("consumed more than was shown");
  if (shown) unread_[event.connection].erase(0, static_cast<std::size_t>(a.consumed));
  if (a.kind == PR_ACTION_READ && a.read_max == 0) return no("READ with read_max 0");
  // The peer of these scripts speaks only when asked, so nothing can be under way that could go on.
  if (a.kind == PR_ACTION_CONTINUE) return no("CONTINUE although no action is under way");
  const bool receiver_only = a.kind == PR_ACTION_REQUEST || a.kind == PR_ACTION_RECEIVE_PAYLOAD;
  const bool sender_only = a.kind == PR_ACTION_SEND_PAYLOAD || a.kind == PR_ACTION_DELEGATE;
  if (side_ == SmokeSide::sender ? receiver_only : sender_only)
    return no("action " + std::to_string(a.kind) + " belongs to the other side");
  if (a.kind == PR_ACTION_SEND_PAYLOAD) {
    if (!a.segments || a.segment_count == 0) return no("SEND_PAYLOAD without segments");
    for (std::size_t i = 0; i < a.segment_count; ++i) {
      const auto& part = a.segments[i];
      if (part.kind != PR_SEGMENT_LITERAL && part.kind != PR_SEGMENT_DOCUMENT)
        return no("unknown segment " + std::to_string(part.kind));
      if (part.kind == PR_SEGMENT_LITERAL) touch(part.literal.data, part.literal.size);
    }
  }
  touch(a.bytes.data, a.bytes.size);
  touch(a.target), touch(a.text), touch(a.queue), touch(a.attributes);
  if (a.kind == PR_ACTION_CONNECT) {
    const std::string_view host(a.target.data, a.target.size);
    if (a.port < 1 || a.port > 65535) return no("CONNECT to port " + std::to_string(a.port));
    if (!expected_host.empty() && host != expected_host)
      return no("CONNECT to \"" + log_text(host, 60) +
                "\" instead of the request's host: it must be copied in open");
  }
  return true;
}

bool SmokeSession::check_done(PluginFinding* out) {
  const auto outcome = action_.outcome;
  touch(outcome.reason), touch(outcome.text), touch(outcome.device_text), touch(outcome.remote_job_id);
  touch(outcome.attributes);
  if (side_ == SmokeSide::sender) {
    if (outcome.kind < PR_OUTCOME_DELIVERED || outcome.kind > PR_OUTCOME_UNKNOWN)
      return complain(out, finding::outcome_invalid, "DONE with outcome " + std::to_string(outcome.kind));
    const bool broke = peer_.payload_error != 0 || peer_.error_after_payload != 0;
    if (outcome.kind == PR_OUTCOME_NOT_SENT && sent_ > 0 && broke)
      return complain(
          out, finding::lied_not_sent,
          "says not-sent although " + std::to_string(sent_) + " document bytes left and nobody answered");
  }
  // A cancellation may already be on its way when a session ends: it may not bring the session back to life.
  const auto ended = action_;
  if (!step(event(PR_EVENT_CANCEL), out)) return false;
  if (starts_io(action_.kind))
    return complain(out, finding::action_after_done,
                    "goes on with action " + std::to_string(action_.kind) + " after DONE");
  action_ = ended;
  return true;
}

pr_event SmokeSession::event(std::uint32_t kind) const {
  pr_event e{};
  e.struct_size = sizeof e;
  e.kind = kind;
  e.connection = action_.connection;
  return e;
}

pr_event SmokeSession::error(std::uint32_t number) const {
  auto e = event(PR_EVENT_IO_ERROR);
  e.error = number;
  e.text = {"scripted", 8};
  return e;
}

pr_event SmokeSession::answer() {
  const auto kind = action_.kind;
  const bool local = kind == PR_ACTION_WAIT || kind == PR_ACTION_CLOSE || kind == PR_ACTION_REQUEST;
  if (payload_over_ && peer_.error_after_payload != 0 && !local) {
    moved_ = true;
    return error(peer_.error_after_payload);
  }
  switch (kind) {
    case PR_ACTION_CONNECT:
    case PR_ACTION_START_TLS:
      moved_ = true;
      if (peer_.connect_error != 0) return error(peer_.connect_error);
      return event(kind == PR_ACTION_CONNECT ? PR_EVENT_CONNECTED : PR_EVENT_TLS_STARTED);
    case PR_ACTION_WRITE:
      moved_ = action_.bytes.size > 0;
      return event(PR_EVENT_WRITTEN);
    case PR_ACTION_SHUTDOWN_WRITE:
    case PR_ACTION_CLOSE:
      return event(PR_EVENT_WRITTEN);
    case PR_ACTION_SEND_PAYLOAD: {
      std::uint64_t size = 0;
      for (std::size_t i = 0; i < action_.segment_count; ++i) {
        const auto& part = action_.segments[i];
        if (part.kind == PR_SEGMENT_DOCUMENT && part.offset < document_size)
          size += std::min(part.length, document_size - part.offset);
      }
      return payload(PR_EVENT_PAYLOAD_SENT, size);
    }
    case PR_ACTION_RECEIVE_PAYLOAD:
      return payload(PR_EVENT_PAYLOAD_RECEIVED, action_.count == PR_LENGTH_TO_END ? 1000 : action_.count);
    case PR_ACTION_DRAIN:
      return peer_.read_error != 0 ? error(peer_.read_error) : event(PR_EVENT_DRAINED);
    case PR_ACTION_WAIT:
      moved_ = action_.timeout_ms > 0;
      return event(PR_EVENT_TIMER);
    case PR_ACTION_REQUEST:
      return answer_request();
    default:
      return read();
  }
}

pr_event SmokeSession::payload(std::uint32_t kind, std::uint64_t size) {
  moved_ = size > 0;
  payload_over_ = true;
  if (kind == PR_EVENT_PAYLOAD_SENT) sent_ += peer_.payload_error != 0 ? size / 2 : size;
  if (kind == PR_EVENT_PAYLOAD_RECEIVED) {
    auto& unread = unread_[action_.connection];
    unread.erase(0, static_cast<std::size_t>(std::min<std::uint64_t>(unread.size(), size)));
  }
  auto e = peer_.payload_error != 0 ? error(peer_.payload_error) : event(kind);
  e.count = peer_.payload_error != 0 ? size / 2 : size;
  return e;
}

pr_event SmokeSession::read() {
  moved_ = true;
  if (peer_.read_error != 0) return error(peer_.read_error);
  auto& unread = unread_[action_.connection];
  const bool talks = reads_++ < peer_.answers && !peer_.answer.empty();
  if (talks) unread += peer_.answer;
  shown_ = unread;
  auto e = event(talks ? PR_EVENT_BYTES : PR_EVENT_EOF);
  moved_ = talks || reads_ <= peer_.answers + 1;
  e.bytes = {reinterpret_cast<const std::uint8_t*>(shown_.data()), shown_.size()};
  return e;
}

pr_event SmokeSession::answer_request() {
  if (peer_.refuse != 0) {
    auto e = event(PR_EVENT_REFUSED);
    e.error = peer_.refuse;
    e.text = {"scripted", 8};
    return e;
  }
  auto e = event(action_.op == PR_OP_COMMIT ? PR_EVENT_COMMITTED : PR_EVENT_REPLY);
  e.count = 7;
  e.attributes = reply_attributes();
  return e;
}

}  // namespace printrouter
