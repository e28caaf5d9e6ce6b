// SPDX-License-Identifier: Apache-2.0
#include "net/action_driver.hpp"

#include <sys/ioctl.h>

#include <algorithm>

#include "net/action_driver_detail.hpp"
#include "net/plugin_guard.hpp"
#include "plugin/attribute_bridge.hpp"

namespace printrouter::net {

namespace {
constexpr int kStepsATurn = 128;  // then other sessions get theirs

Outcome outcome_of(const pr_outcome& from) {
  Outcome out;
  out.kind = static_cast<OutcomeKind>(from.kind);
  out.confirmed = from.kind == PR_OUTCOME_DELIVERED && from.confirmed;
  out.busy = from.busy;
  if (from.impressions >= 0) out.impressions = from.impressions;
  out.reason = text_view(from.reason);
  out.text = text_view(from.text);
  out.device_text = text_view(from.device_text);
  out.remote_job_id = text_view(from.remote_job_id);
  out.attributes = from_abi(from.attributes);
  return out;
}

bool unread_in_kernel(int descriptor) {
  int bytes = 0;
  return ::ioctl(descriptor, FIONREAD, &bytes) == 0 && bytes > 0;
}
}  // namespace

ActionDriver::ActionDriver(IoContext& io, DriverOptions options, DriverEvents& events)
    : impl_(std::make_shared<Impl>(io, std::move(options), events)) {}

ActionDriver::~ActionDriver() {
  impl_->owner_gone = true;
  impl_->over = true;
  impl_->finish();
}

void ActionDriver::set_source(PayloadSource* source) {
  impl_->source = source;
}

void ActionDriver::set_connection(StreamPtr connection) {
  impl_->connections[0].stream = std::move(connection);
}

void ActionDriver::start(DriverSession session) {
  impl_->session = session;
  impl_->io.post([weak = std::weak_ptr(impl_)] {
    const auto self = weak.lock();
    if (self && !self->over && !self->cancel_sent) self->run(self->event_of(PR_EVENT_START));
  });
}

void ActionDriver::cancel() {
  if (impl_->over || impl_->cancel_wanted) return;
  impl_->cancel_wanted = true;
  impl_->wake_later();
}

void ActionDriver::answer(const RequestAnswer& answer) {
  if (impl_->over || !impl_->awaiting_reply) return;
  impl_->awaiting_reply = false;
  impl_->reply = answer;
  if (!impl_->in_loop) impl_->wake_later();
}

std::uint64_t ActionDriver::document_bytes() const {
  return impl_->document_before + impl_->sender.document_bytes();
}
std::uint64_t ActionDriver::received_bytes() const {
  return impl_->received_total;
}

void ActionDriver::Impl::wake_later() {
  if (wake_posted) return;
  wake_posted = true;
  io.post([weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self) return;
    self->wake_posted = false;
    self->wake();
  });
}

/// Something that the running action waited for may have happened.
void ActionDriver::Impl::wake() {
  if (over || in_loop) return;
  const auto self = shared_from_this();
  pr_event event{};
  if (cancel_wanted && !cancel_sent) return run(event_of(PR_EVENT_CANCEL));
  if (running && advance(event)) run(event);
}

/// Steps with `event` and carries the answers out until one of them has to wait.
void ActionDriver::Impl::run(pr_event event) {
  const auto self = shared_from_this();  // on_done may end the driver
  in_loop = true;
  for (int turn = 0;; ++turn) {
    if (cancel_wanted && !cancel_sent) {
      abandon();
      cancel_sent = true;
      event = event_of(PR_EVENT_CANCEL);
    }
    pr_action next{};
    if (!step(event, next) || !accept(next, event)) break;
    if (turn >= kStepsATurn) {
      wake_later();
      break;
    }
    if (!advance(event) && !(cancel_wanted && !cancel_sent)) break;
  }
  in_loop = false;
  if (over) finish();
}

bool ActionDriver::Impl::step(const pr_event& event, pr_action& next) {
  if (!steps.action()) {
    fault(finding::step_loop, "more than " + std::to_string(StepLimit::limit) + " actions without I/O");
    return false;
  }
  next.struct_size = sizeof next;
  if (options.trace) options.trace->event(event);
  pr_status status = PR_ERROR;
  const auto escaped = call_plugin(options.watch, session.identity, options.mark, "step",
                                   [&] { status = session.table->step(session.session, &event, &next); });
  if (escaped) {
    fault(finding::exception_escaped, *escaped);
    return false;
  }
  ++step_count;
  if (status != PR_OK) {
    fault(finding::action_invalid, "step answered status " + std::to_string(status));
    return false;
  }
  if (options.trace) options.trace->action(next);
  const bool shown = event.kind == PR_EVENT_BYTES || (event.kind == PR_EVENT_EOF && event.bytes.size);
  if (next.struct_size < sizeof next)
    fault(finding::action_invalid,
          "struct_size " + std::to_string(next.struct_size) + ", expected " + std::to_string(sizeof next));
  else if (next.kind < PR_ACTION_CONNECT || next.kind > PR_ACTION_DONE)
    fault(finding::action_invalid, "no such action: " + std::to_string(next.kind));
  else if (next.connection >= kConnections)
    fault(finding::action_invalid, "no such connection: " + std::to_string(next.connection));
  else if (next.consumed > (shown ? event.bytes.size : 0))
    fault(finding::action_invalid, "consumed " + std::to_string(next.consumed) + " of " +
                                       std::to_string(shown ? event.bytes.size : 0) + " bytes");
  if (over) return false;
  if (next.consumed) {
    DriverConnection& c = connections[event.connection];
    c.received.consume(next.consumed);
    c.shown -= next.consumed;
  }
  return true;
}

/// Takes the session's answer on. False: the session is over.
bool ActionDriver::Impl::accept(const pr_action& next, const pr_event& event) {
  if (next.kind == PR_ACTION_DONE) {
    conclude(next);
    return false;
  }
  if (cancel_sent) {
    fault(finding::cancel_ignored, "answered PR_EVENT_CANCEL with action " + std::to_string(next.kind));
    return false;
  }
  if (next.kind == PR_ACTION_DELEGATE) {
    if (step_count != 1 || options.receiver) {
      fault(finding::action_invalid, "DELEGATE is the first action of a server session only");
      return false;
    }
    DriverResult::Delegate to;
    to.protocol = text_view(next.text);
    to.target = text_view(next.target);
    to.queue = text_view(next.queue);
    to.port = static_cast<std::uint16_t>(std::min(next.port, 65535u));
    for (std::size_t i = 0; i < next.attributes.count; ++i)
      if (text_view(next.attributes.items[i].name) == "tls")
        to.tls = static_cast<std::uint32_t>(next.attributes.items[i].integer);
    result.delegate = std::move(to);
    over = true;
    return false;
  }
  if (next.kind == PR_ACTION_CONTINUE) {
    const bool beside = event.kind == PR_EVENT_BYTES || event.kind == PR_EVENT_EOF;
    if (!running || !beside || action.kind == PR_ACTION_READ) {
      fault(finding::action_invalid, "CONTINUE, but no action is under way");
      return false;
    }
    return true;
  }
  abandon();
  return begin(next, event);
}

/// The running action ends where it is.
void ActionDriver::Impl::abandon() {
  if (!running) return;
  running = false;
  pending_failure = false;
  dialer.reset();
  handshake.reset();
  drain_poll.cancel();
  awaiting_reply = false;
  reply.reset();
  if (action.kind == PR_ACTION_SEND_PAYLOAD) {
    document_before += sender.document_bytes();
    if (source) source->cancel_wait();
    sender.end();
  }
  if (action.kind == PR_ACTION_RECEIVE_PAYLOAD) connection().payload_unread = true;
  if (connection().stream) connection().stream->cancel_waits();
}

bool ActionDriver::Impl::begin(const pr_action& next, const pr_event& event) {
  const bool keep_deadline = options.receiver && next.kind == PR_ACTION_READ &&
                             action.kind == PR_ACTION_READ && event.kind == PR_EVENT_BYTES && !next.consumed;
  action = next;
  running = true;
  answers_bytes = event.kind == PR_EVENT_BYTES;
  DriverConnection& c = connection();
  const bool connected = c.stream && c.stream->is_open();
  const auto invalid = [this](std::string why) {
    running = false;
    fault(finding::action_invalid, std::move(why));
    return false;
  };
  switch (next.kind) {
    case PR_ACTION_CONNECT:
      if (options.receiver) return invalid("a receiver may not CONNECT");
      if (connected) return invalid("CONNECT on a connection that is open");
      if (next.port == 0 || next.port > 65535) return invalid("CONNECT to port " + std::to_string(next.port));
      c = {};
      async_ready = false;
      dialer.emplace(io);
      dialer->connect(std::string(text_view(next.target)), static_cast<std::uint16_t>(next.port),
                      [this](const IoStatus& status, StreamPtr stream) {
                        async_ready = true;
                        async_status = status;
                        connection().stream = std::move(stream);
                        wake();
                      });
      break;
    case PR_ACTION_START_TLS: {
      if (!connected) return invalid("START_TLS without a connection");
      if (c.stream->is_tls()) return invalid("START_TLS twice");
      if (options.receiver && !options.tls_identity) return invalid("START_TLS without a certificate");
      async_ready = false;
      handshake.emplace(io);
      const auto done = [this](const IoStatus& status, StreamPtr stream, bool certificate_refused) {
        async_ready = true;
        async_status = status;
        connection().stream = std::move(stream);
        if (certificate_refused) result.outcome.answered = true;
        wake();
      };
      // What came before the handshake was not protected: nothing of it may count as said inside TLS.
      c.received = {};
      c.shown = 0;
      if (options.receiver)
        handshake->start_server(std::move(c.stream), options.tls_identity, done);
      else
        handshake->start_client(std::move(c.stream), std::string(text_view(next.target)),
                                std::string(text_view(next.text)), options.trust, done);
      break;
    }
    case PR_ACTION_WRITE:
      written = 0;
      [[fallthrough]];
    case PR_ACTION_SHUTDOWN_WRITE:
    case PR_ACTION_READ:
      if (!connected) return invalid("action " + std::to_string(next.kind) + " without a connection");
      if (next.kind == PR_ACTION_READ && next.read_max == 0) return invalid("READ with read_max 0");
      break;
    case PR_ACTION_DRAIN:
      if (!connected) return invalid("DRAIN without a connection");
      drain_left = SIZE_MAX;
      drain_wait = Milliseconds(1);
      break;
    case PR_ACTION_SEND_PAYLOAD:
      if (!connected) return invalid("SEND_PAYLOAD without a connection");
      if (next.framing > PR_FRAMING_HTTP_CHUNKED || next.coding > PR_CODING_DEFLATE)
        return invalid("SEND_PAYLOAD: no such framing or coding");
      c.payload_open = true;
      sender.begin({next.segments, next.segment_count}, next.count, next.framing, next.coding, source,
                   [this] {
                     if (!std::exchange(leaving, true)) events.on_document_leaving();
                   });
      break;
    case PR_ACTION_CLOSE:
      if (c.stream) c.payload_open ? c.stream->abort() : c.stream->close();
      c = {};
      break;
    case PR_ACTION_REQUEST:
      if (!options.receiver && !options.watches) return invalid("REQUEST by a sender");
      if (options.watches ? next.op != PR_OP_CHANGED
                          : next.op < PR_OP_CREATE_JOB || next.op > PR_OP_IDENTIFY_PRINTER)
        return invalid("no such request: " + std::to_string(next.op));
      awaiting_reply = true;
      reply.reset();
      if (next.op == PR_OP_COMMIT && decoder && !decoder->at_end()) break;  // advance_request refuses it
      if (next.op == PR_OP_CREATE_JOB || next.op == PR_OP_ADD_DOCUMENT) decoder.reset();
      events.on_request(next.op, next.attributes);
      break;
    case PR_ACTION_RECEIVE_PAYLOAD:
      if (!options.receiver || !connected) return invalid("RECEIVE_PAYLOAD without a connection");
      if (!events.payload_sink()) return invalid("RECEIVE_PAYLOAD without a document");
      if (next.coding > PR_CODING_DEFLATE) return invalid("RECEIVE_PAYLOAD: no such coding");
      if (next.coding != PR_CODING_NONE && !decoder) decoder.emplace(next.coding, options.decoded_limit);
      if ((decoder ? decoder->coding() : std::uint32_t{PR_CODING_NONE}) != next.coding)
        return invalid("RECEIVE_PAYLOAD: the coding changes inside a document");
      taken = 0;
      break;
    default:
      break;  // WAIT
  }
  start_deadline(keep_deadline);
  return true;
}

void ActionDriver::Impl::fault(std::string_view finding, std::string why) {
  over = true;
  result.finding = finding;
  result.finding_text = std::move(why);
  result.outcome.kind = OutcomeKind::unknown;
  result.outcome.reason = finding;
  result.outcome.text = "the plugin broke its contract: " + result.finding_text;
}

void ActionDriver::Impl::conclude(const pr_action& done) {
  over = true;
  const bool answered = result.outcome.answered;
  const bool complete = result.outcome.document_complete;
  if (!options.receiver) {
    if (done.outcome.kind < PR_OUTCOME_DELIVERED || done.outcome.kind > PR_OUTCOME_UNKNOWN)
      fault(finding::outcome_invalid, "DONE with outcome " + std::to_string(done.outcome.kind));
    else
      result.outcome = outcome_of(done.outcome);
  }
  result.outcome.answered = answered;
  result.outcome.document_complete = complete;
  result.flags = done.flags;
}

void ActionDriver::Impl::close_connections(bool abort) {
  for (DriverConnection& c : connections) {
    if (!c.stream || !c.stream->is_open()) continue;
    if (abort || c.payload_open) {
      c.stream->abort();
    } else if (!c.eof && (c.payload_unread || !c.received.empty() || c.stream->is_tls() ||
                          unread_in_kernel(c.stream->descriptor()))) {
      // A close over unread bytes is a reset, which may take our last answer away from the peer.
      close_gently(io, std::move(c.stream));
    } else {
      c.stream->close();
    }
    c.stream.reset();
  }
}

void ActionDriver::Impl::finish() {
  if (std::exchange(finished, true)) return;
  result.cancelled = cancel_sent;
  abandon();
  deadline.cancel();
  close_connections((result.flags & PR_DONE_ABORT) || !result.finding.empty());
  if (session.table) {
    const auto escaped = call_plugin(options.watch, session.identity, options.mark, "close",
                                     [&] { session.table->close(session.session); });
    if (escaped && result.finding.empty()) {
      result.finding = finding::exception_escaped;
      result.finding_text = *escaped;
    }
    session.table = nullptr;
  }
  result.outcome.document_bytes_sent = document_before;
  if (received_total) result.outcome.answered = true;
  if (!owner_gone) events.on_done(std::move(result));
}

// --- time ---

Milliseconds ActionDriver::Impl::time_limit() const {
  if (action.timeout_ms) return Milliseconds(action.timeout_ms);
  if (options.receiver)
    return action.kind == PR_ACTION_READ ? options.answer_timeout : options.progress_timeout;
  return leaving ? options.progress_timeout : options.answer_timeout;
}

void ActionDriver::Impl::start_deadline(bool keep_running) {
  timed_out = false;
  if (action.kind == PR_ACTION_REQUEST && action.timeout_ms == 0) return suspend_deadline();
  if (keep_running && deadline_at) return;
  deadline_at = std::chrono::steady_clock::now() + time_limit();
  arm();
}

/// The running action made progress of its own.
void ActionDriver::Impl::touch() {
  steps.io();
  timed_out = false;
  deadline_at = std::chrono::steady_clock::now() + time_limit();
  arm();
}

/// Keeps one alarm that is never later than the deadline; most actions end long before, so it is rarely
/// moved.
void ActionDriver::Impl::arm() {
  if (deadline.running() && armed_at <= *deadline_at) return;
  armed_at = *deadline_at;
  deadline.start_at(armed_at, [this] { on_deadline(); });
}

void ActionDriver::Impl::on_deadline() {
  if (over || !deadline_at) return;
  if (std::chrono::steady_clock::now() < *deadline_at) return arm();
  timed_out = true;
  wake();
}

}  // namespace printrouter::net
