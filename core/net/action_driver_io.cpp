// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <memory>

#include "net/action_driver_detail.hpp"
#include "plugin/attribute_bridge.hpp"

namespace printrouter::net {

namespace {
constexpr std::size_t kReadBlock = 64 * 1024;
constexpr std::size_t kReceiveBlock = 256 * 1024;
constexpr std::uint64_t kReceiveATurn = 4 << 20;  // before others get their turn
constexpr Milliseconds kLongestDrainWait{20};

/// One for all sessions: RECEIVE_PAYLOAD hands bytes on before anybody else runs. On the heap: what is
/// thread_local itself costs every thread its memory, also those that never come here.
std::array<char, kReceiveBlock>& receive_block() {
  static thread_local const auto block = std::make_unique_for_overwrite<std::array<char, kReceiveBlock>>();
  return *block;
}

std::uint32_t pr_io(IoFault fault) {
  switch (fault) {
    case IoFault::refused:
    case IoFault::local:
      return PR_IO_REFUSED;
    case IoFault::timeout:
      return PR_IO_TIMEOUT;
    case IoFault::tls:
      return PR_IO_TLS;
    default:
      return PR_IO_RESET;
  }
}
}  // namespace

pr_event ActionDriver::Impl::event_of(std::uint32_t kind) const {
  pr_event event{};
  event.struct_size = sizeof event;
  event.kind = kind;
  event.connection = running ? action.connection : 0;
  return event;
}

pr_event ActionDriver::Impl::io_error(std::uint32_t error, std::string why) {
  pr_event event = event_of(PR_EVENT_IO_ERROR);
  text = std::move(why);
  event.error = error;
  event.text = abi_str(text);
  result.last_io_error = error;
  steps.io();
  return event;
}

pr_event ActionDriver::Impl::io_error(const IoStatus& status) {
  std::uint32_t error = pr_io(status.fault);
  if (status.fault == IoFault::local && action.kind != PR_ACTION_CONNECT) error = PR_IO_RESET;
  return io_error(error, status.text);
}

/// Does what can be done now. True: `event` came of it, and unless it is BYTES or EOF beside the action, the
/// action is over. False: what it waits for is armed.
bool ActionDriver::Impl::advance(pr_event& event) {
  if (!running) return false;
  if (advance_action(event)) {
    const bool beside = (event.kind == PR_EVENT_BYTES || event.kind == PR_EVENT_EOF) &&
                        action.kind != PR_ACTION_READ && action.kind != PR_ACTION_RECEIVE_PAYLOAD;
    if (beside) return true;
    running = false;
    if (connection().stream) connection().stream->cancel_waits();
    return true;
  }
  return timed_out && timed_out_event(event);
}

bool ActionDriver::Impl::timed_out_event(pr_event& event) {
  timed_out = false;
  suspend_deadline();
  if (action.kind == PR_ACTION_WAIT) {
    event = event_of(PR_EVENT_TIMER);
  } else {
    event = io_error(PR_IO_TIMEOUT, "no answer within " + std::to_string(time_limit().count()) + " ms");
    dialer.reset();
    handshake.reset();
    drain_poll.cancel();
    unwritten();
    if (action.kind == PR_ACTION_SEND_PAYLOAD || action.kind == PR_ACTION_RECEIVE_PAYLOAD) {
      const pr_event kept = event;
      abandon();
      event = kept;
    }
  }
  awaiting_reply = false;
  running = false;
  if (connection().stream) connection().stream->cancel_waits();
  return true;
}

bool ActionDriver::Impl::advance_action(pr_event& event) {
  switch (action.kind) {
    case PR_ACTION_CONNECT:
    case PR_ACTION_START_TLS:
      return advance_connect(event);
    case PR_ACTION_WRITE:
      return advance_write(event);
    case PR_ACTION_SEND_PAYLOAD:
      return advance_payload(event);
    case PR_ACTION_SHUTDOWN_WRITE:
      return advance_shutdown(event);
    case PR_ACTION_DRAIN:
      return advance_drain(event);
    case PR_ACTION_READ:
      return advance_read(event);
    case PR_ACTION_REQUEST:
      return advance_request(event);
    case PR_ACTION_RECEIVE_PAYLOAD:
      return advance_receive(event);
    case PR_ACTION_CLOSE:
      event = event_of(PR_EVENT_WRITTEN);
      return true;
    default:
      return connection().stream && peek(event);  // WAIT
  }
}

bool ActionDriver::Impl::advance_connect(pr_event& event) {
  if (!async_ready) return false;
  async_ready = false;
  const bool tls = action.kind == PR_ACTION_START_TLS;
  if (async_status.ok())
    event = event_of(tls ? PR_EVENT_TLS_STARTED : PR_EVENT_CONNECTED);
  else
    event = io_error(async_status);
  steps.io();
  return true;
}

// --- reading ---

/// The session gets to see the front of what was received.
bool ActionDriver::Impl::show(pr_event& event) {
  DriverConnection& c = connection();
  event = event_of(PR_EVENT_BYTES);
  c.shown = std::min<std::size_t>(c.received.size(), action.read_max);
  event.bytes = abi_bytes(c.received.view().substr(0, c.shown));
  return true;
}

/// READ: BYTES, EOF or what broke.
bool ActionDriver::Impl::advance_read(pr_event& event) {
  DriverConnection& c = connection();
  const bool new_to_see = std::min<std::size_t>(c.received.size(), action.read_max) > c.shown;
  // All that fits read_max was shown and nothing consumed: waiting could not help.
  const bool full = c.received.size() >= action.read_max;
  if (!c.received.empty() && (!answers_bytes || new_to_see || full)) return show(event);
  if (c.eof) {
    c.eof_told = true;
    event = event_of(PR_EVENT_EOF);
    c.shown = c.received.size();
    event.bytes = abi_bytes(c.received.view());
    return true;
  }
  const std::size_t want = std::min<std::size_t>(action.read_max - c.received.size(), kReadBlock);
  const Transfer t = c.stream->try_read(c.received.room(want));
  switch (t.kind) {
    case Transfer::Kind::some:
      c.received.filled(t.bytes);
      received_total += t.bytes;
      steps.io();
      return show(event);
    case Transfer::Kind::end:
      c.eof = true;
      return advance_read(event);
    case Transfer::Kind::failed:
      event = io_error(c.stream->last_error());
      return true;
    case Transfer::Kind::would_block:
      break;
  }
  c.stream->wait_readable([this] { wake(); });
  return false;
}

/// Beside another action: bytes that were not shown yet, or the peer's end, once.
bool ActionDriver::Impl::peek(pr_event& event) {
  DriverConnection& c = connection();
  if (action.read_max == 0) return false;
  if (std::min<std::size_t>(c.received.size(), action.read_max) > c.shown) return show(event);
  if (!c.eof && !c.read_failed && c.received.size() < action.read_max) {
    const std::size_t want = std::min<std::size_t>(action.read_max - c.received.size(), kReadBlock);
    const Transfer t = c.stream->try_read(c.received.room(want));
    switch (t.kind) {
      case Transfer::Kind::some:
        c.received.filled(t.bytes);
        received_total += t.bytes;
        steps.io();
        return show(event);
      case Transfer::Kind::end:
        // Once a write has reported the reset, recv() answers 0: that is no end in order.
        (pending_failure ? c.read_failed : c.eof) = true;
        break;
      case Transfer::Kind::failed:
        c.read_failed = true;
        // A request to the host goes on whatever becomes of the peer.
        if (action.kind == PR_ACTION_REQUEST || pending_failure) break;
        return failed_write(event, c.stream->last_error());
      case Transfer::Kind::would_block:
        c.stream->wait_readable([this] { wake(); });
        break;
    }
  }
  if (c.eof && !c.eof_told) {
    c.eof_told = true;
    event = event_of(PR_EVENT_EOF);
    c.shown = c.received.size();
    event.bytes = abi_bytes(c.received.view());
    return true;
  }
  return false;
}

/// A write failed. What the peer had said before (a refusal, mostly) is still in the kernel and comes first.
bool ActionDriver::Impl::broke(pr_event& event) {
  DriverConnection& c = connection();
  const IoStatus status = c.stream->last_error();
  pending_failure = true;
  if (!c.eof_told && peek(event)) return true;
  pending_failure = false;
  return failed_write(event, status);
}

/// The end of an action that was writing, or that read beside something else.
bool ActionDriver::Impl::failed_write(pr_event& event, const IoStatus& status) {
  const pr_event error = io_error(status);
  unwritten();
  if (action.kind == PR_ACTION_SEND_PAYLOAD) abandon();
  event = error;
  return true;
}

/// The action did not get its bytes out: if they were the document's end marker, the document is not
/// complete.
void ActionDriver::Impl::unwritten() {
  if (marker_open && (action.kind == PR_ACTION_WRITE || action.kind == PR_ACTION_SHUTDOWN_WRITE))
    result.outcome.document_complete = false;
}

// --- writing ---

bool ActionDriver::Impl::advance_write(pr_event& event) {
  DriverConnection& c = connection();
  const std::string_view data = bytes_view(action.bytes);
  for (;;) {
    const bool all = written == data.size();
    const std::array<std::string_view, 1> rest{data.substr(written)};
    const Transfer t = all ? c.stream->try_flush() : c.stream->try_write(rest);
    if (t.kind == Transfer::Kind::failed) return broke(event);
    if (t.kind == Transfer::Kind::would_block) break;
    if (all) {
      marker_open = false;
      event = event_of(PR_EVENT_WRITTEN);
      return true;
    }
    written += t.bytes;
    touch();
  }
  if (peek(event)) return true;
  c.stream->wait_writable([this] { wake(); });
  return false;
}

bool ActionDriver::Impl::advance_shutdown(pr_event& event) {
  DriverConnection& c = connection();
  const Transfer t = c.stream->try_shutdown_write();
  if (t.kind == Transfer::Kind::failed) return broke(event);
  if (t.kind == Transfer::Kind::some) {
    marker_open = false;
    event = event_of(PR_EVENT_WRITTEN);
    return true;
  }
  if (peek(event)) return true;
  c.stream->wait_writable([this] { wake(); });
  return false;
}

bool ActionDriver::Impl::advance_payload(pr_event& event) {
  DriverConnection& c = connection();
  const PayloadSender::State state = sender.advance(*c.stream);
  if (sender.moved()) touch();
  switch (state) {
    case PayloadSender::State::done: {
      c.payload_open = false;
      event = event_of(PR_EVENT_PAYLOAD_SENT);
      event.count = sender.document_bytes();
      const bool whole = source && sender.document_reach() == source->size();
      result.outcome.document_complete = whole;
      marker_open = whole;
      document_before += sender.document_bytes();
      sender.end();
      steps.io();
      if (whole) events.on_document_left();
      return true;
    }
    case PayloadSender::State::broken:
      return broke(event);
    case PayloadSender::State::bad_source: {
      // The end marker must not reach the peer, whatever the session does next.
      const std::string why = sender.trouble();
      event = io_error(PR_IO_PAYLOAD, why);
      const pr_event kept = event;
      abandon();
      event = kept;
      c.stream->abort();
      return true;
    }
    case PayloadSender::State::yield:
      wake_later();
      break;
    case PayloadSender::State::would_block:
      c.stream->wait_writable([this] { wake(); });
      break;
    case PayloadSender::State::wait_source:
      suspend_deadline();  // it is not the peer who is silent
      source->wait_for_more(sender.wait_offset(), [this] {
        if (over || !running || action.kind != PR_ACTION_SEND_PAYLOAD) return;
        touch();
        wake();
      });
      break;
  }
  return peek(event);
}

bool ActionDriver::Impl::advance_drain(pr_event& event) {
  DriverConnection& c = connection();
  if (c.stream->broken()) return broke(event);
  const Transfer flushed = c.stream->try_flush();
  if (flushed.kind == Transfer::Kind::failed) return broke(event);
  const std::optional<std::size_t> left = c.stream->unacknowledged();
  if (!left) {
    event = io_error(PR_IO_RESET, "the kernel does not say what the peer has acknowledged");
    return true;
  }
  if (*left == 0) {
    drain_poll.cancel();
    event = event_of(PR_EVENT_DRAINED);
    return true;
  }
  if (*left < drain_left) {
    if (drain_left != SIZE_MAX) touch();
    drain_left = *left;
    drain_wait = Milliseconds(1);
  }
  if (peek(event)) return true;
  if (!drain_poll.running()) {
    drain_poll.start(drain_wait, [this] { wake(); });
    drain_wait = std::min(drain_wait * 2, kLongestDrainWait);
  }
  return false;
}

// --- receivers ---

bool ActionDriver::Impl::advance_request(pr_event& event) {
  if (action.op == PR_OP_COMMIT && decoder && !decoder->at_end()) {
    decoder.reset();
    awaiting_reply = false;
    event = io_error(PR_IO_DECODE, "the compressed document ends too early");
    return true;
  }
  if (reply) {
    const RequestAnswer answer = *reply;
    reply.reset();
    // Not counted as I/O: a session that only talks to the host goes in circles.
    if (action.op == PR_OP_COMMIT) decoder.reset();
    switch (answer.kind) {
      case RequestAnswer::Kind::reply:
        event = event_of(PR_EVENT_REPLY);
        break;
      case RequestAnswer::Kind::committed:
        event = event_of(PR_EVENT_COMMITTED);
        break;
      case RequestAnswer::Kind::refused:
        event = event_of(PR_EVENT_REFUSED);
        break;
    }
    text = answer.text;
    event.text = abi_str(text);
    event.attributes = answer.attributes;
    event.count = answer.kind == RequestAnswer::Kind::committed ? answer.job_id : 0;
    event.error = answer.kind == RequestAnswer::Kind::refused ? answer.refusal : 0;
    return true;
  }
  return connection().stream && peek(event);
}

/// Decodes and stores a piece; `in_place`: it lies in the sink's own room. True: `event` says why that
/// failed.
bool ActionDriver::Impl::store(std::string_view data, bool in_place, pr_event& event) {
  PayloadSink& sink = *events.payload_sink();
  taken += data.size();
  Status status;
  bool stored = true;
  if (decoder)
    status = decoder->feed(data, [&](std::string_view plain) {
      Status s = sink.write(plain);
      stored = s.has_value();
      return s;
    });
  else
    status = in_place ? sink.filled(data.size()) : sink.write(data), stored = status.has_value();
  if (status) return false;
  const ErrorCode code = status.error().code;
  text = status.error().message();
  connection().payload_unread = true;
  if (code == ErrorCode::limit || (code == ErrorCode::disk_full && !stored)) {
    event = event_of(PR_EVENT_REFUSED);
    event.error = code == ErrorCode::limit ? PR_REFUSED_TOO_LARGE : PR_REFUSED_BUSY;
    event.text = abi_str(text);
  } else {
    event = io_error(stored ? PR_IO_DECODE : PR_IO_DISK, status.error().message());
  }
  return true;
}

bool ActionDriver::Impl::advance_receive(pr_event& event) {
  DriverConnection& c = connection();
  const std::uint64_t until = taken + kReceiveATurn;
  const auto complete = [&] {
    event = event_of(PR_EVENT_PAYLOAD_RECEIVED);
    event.count = taken;
    steps.io();
    return true;
  };
  while (taken < action.count) {
    PayloadSink* sink = events.payload_sink();
    if (!sink) {
      event = io_error(PR_IO_DISK, "the document was closed");
      return true;
    }
    if (!sink->ready([this, weak = weak_from_this()] {
          const auto self = weak.lock();
          if (!self || over || !running || action.kind != PR_ACTION_RECEIVE_PAYLOAD) return;
          touch();
          wake();
        })) {
      suspend_deadline();  // it is our disk that is slow
      return false;
    }
    const std::uint64_t left = action.count - taken;
    if (!c.received.empty()) {
      const std::size_t n = static_cast<std::size_t>(std::min<std::uint64_t>(c.received.size(), left));
      const bool failed = store(c.received.view().substr(0, n), false, event);
      c.received.consume(n);
      c.shown = 0;
      if (failed) return true;
      continue;
    }
    if (taken >= until) {
      wake_later();
      return false;
    }
    Transfer t{Transfer::Kind::end, 0};
    // A small document is better off in the block that is warm; of a large one each copy counts.
    const std::size_t want = static_cast<std::size_t>(std::min<std::uint64_t>(left, kReceiveBlock));
    std::span<char> room;
    if (!decoder && taken >= kReceiveBlock) room = sink->room(want);
    const bool in_place = !room.empty();
    if (!in_place) room = std::span(receive_block()).first(want);
    if (!c.eof) t = c.stream->try_read(room);
    switch (t.kind) {
      case Transfer::Kind::some:
        received_total += t.bytes;
        touch();
        if (store({room.data(), t.bytes}, in_place, event)) return true;
        break;
      case Transfer::Kind::end:
        c.eof = true;
        if (action.count == PR_LENGTH_TO_END) {
          c.eof_told = true;
          return complete();
        }
        c.eof_told = true;
        event = event_of(PR_EVENT_EOF);
        event.count = taken;
        return true;
      case Transfer::Kind::failed:
        event = io_error(c.stream->last_error());
        return true;
      case Transfer::Kind::would_block:
        c.stream->wait_readable([this] { wake(); });
        return false;
    }
  }
  return complete();
}

}  // namespace printrouter::net
