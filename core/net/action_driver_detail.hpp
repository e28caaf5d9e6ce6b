// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The driver's inside; for action_driver*.cpp alone.
#include <printrouter/abi/receiver.h>
#include <printrouter/abi/server.h>

#include <array>
#include <optional>

#include "base/byte_buffer.hpp"
#include "net/action_driver.hpp"
#include "net/dialer.hpp"
#include "net/payload_coder.hpp"
#include "net/payload_sender.hpp"

namespace printrouter::net {

inline constexpr std::uint32_t kConnections = 4;

struct DriverConnection {
  StreamPtr stream = {};
  ByteBuffer received = {};
  std::size_t shown = 0;  ///< of `received`, from its front: what the session saw and did not consume
  bool eof = false;       ///< the peer ended in order
  bool eof_told = false;
  bool read_failed = false;
  bool payload_open = false;    ///< SEND_PAYLOAD began and did not end: an orderly close would be a lie
  bool payload_unread = false;  ///< RECEIVE_PAYLOAD ended early: the peer may still be sending
};

struct ActionDriver::Impl : std::enable_shared_from_this<ActionDriver::Impl> {
  Impl(IoContext& context, DriverOptions opts, DriverEvents& owner)
      : io(context), options(std::move(opts)), events(owner), deadline(context), drain_poll(context) {}

  // action_driver.cpp: the loop
  void run(pr_event event);
  bool step(const pr_event& event, pr_action& next);
  bool accept(const pr_action& next, const pr_event& event);
  bool begin(const pr_action& next, const pr_event& event);
  void abandon();
  void wake();
  void wake_later();
  void fault(std::string_view finding, std::string text);
  void conclude(const pr_action& action);
  void finish();
  void close_connections(bool abort);

  // action_driver_io.cpp: what the running action can do now. True: `event` is what came of it.
  bool advance(pr_event& event);
  bool advance_action(pr_event& event);
  bool advance_connect(pr_event& event);
  bool advance_write(pr_event& event);
  bool advance_payload(pr_event& event);
  bool advance_shutdown(pr_event& event);
  bool advance_drain(pr_event& event);
  bool advance_read(pr_event& event);
  bool advance_request(pr_event& event);
  bool advance_receive(pr_event& event);
  bool store(std::string_view data, bool in_place, pr_event& event);
  bool peek(pr_event& event);
  bool show(pr_event& event);
  bool broke(pr_event& event);
  bool failed_write(pr_event& event, const IoStatus& status);
  void unwritten();
  bool timed_out_event(pr_event& event);
  pr_event event_of(std::uint32_t kind) const;
  pr_event io_error(std::uint32_t error, std::string text);
  pr_event io_error(const IoStatus& status);
  DriverConnection& connection() { return connections[action.connection]; }

  // Time.
  Milliseconds time_limit() const;
  void start_deadline(bool keep_running);
  void touch();
  void suspend_deadline() { deadline_at.reset(); }
  void arm();
  void on_deadline();

  IoContext& io;
  DriverOptions options;
  DriverEvents& events;
  DriverSession session = {};
  PayloadSource* source = nullptr;
  std::array<DriverConnection, kConnections> connections = {};

  pr_action action = {};
  bool running = false;          ///< `action` is under way
  bool answers_bytes = false;    ///< it answered BYTES
  bool pending_failure = false;  ///< its write broke; shown to the session after what the peer had said
  pr_event failure = {};
  std::uint64_t written = 0;  ///< WRITE: bytes of it that left
  std::optional<Dialer> dialer = {};
  std::optional<TlsHandshake> handshake = {};
  bool async_ready = false;  ///< dialer or handshake has ended
  IoStatus async_status = {};
  PayloadSender sender = {};
  std::optional<PayloadDecoder> decoder = {};
  std::uint64_t taken = 0;  ///< RECEIVE_PAYLOAD: bytes of it
  std::optional<RequestAnswer> reply = {};
  bool awaiting_reply = false;
  std::size_t drain_left = 0;
  Milliseconds drain_wait{1};
  std::string text = {};  ///< of the event

  Timer deadline, drain_poll;
  std::optional<SteadyTime> deadline_at = {};
  SteadyTime armed_at = {};
  bool timed_out = false;

  StepLimit steps = {};
  std::uint64_t step_count = 0;
  std::uint64_t document_before = 0;  ///< document bytes of earlier actions
  std::uint64_t received_total = 0;
  bool leaving = false;
  bool marker_open = false;  ///< the document left whole; the next write may be its end marker
  bool in_loop = false, over = false, finished = false, owner_gone = false;
  bool wake_posted = false;
  bool cancel_wanted = false, cancel_sent = false;
  DriverResult result = {};
};

}  // namespace printrouter::net
