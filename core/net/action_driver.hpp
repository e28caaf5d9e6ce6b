// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Carries out the actions of one plugin session (sdk abi/action.h): senders, receivers, servers alike.
///
/// The driver owns sockets, TLS, deadlines, framing and coding; it counts document bytes itself, and calls
/// step() only inside the plugin watch's guard. One driver serves one session, once. [main thread only]
///
///     net::ActionDriver driver(io, options, events);
///     driver.start({&table->session, session, protocol.instance, protocol.identity});
#include <printrouter/abi/action.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "model/outcome.hpp"
#include "net/payload.hpp"
#include "net/session_trace.hpp"
#include "net/stream.hpp"
#include "net/tls.hpp"
#include "plugin/plugin_watch.hpp"

namespace printrouter::net {

struct DriverOptions {
  /// Silence before the first document byte. For receivers: an idle connection, or a header that does not
  /// end.
  Milliseconds answer_timeout{1000};
  /// Silence after the first document byte. Waiting for a document that still arrives is no silence of the
  /// peer.
  Milliseconds progress_timeout{30000};
  TlsTrust trust = {};                                   ///< START_TLS as client
  std::shared_ptr<TlsIdentity> tls_identity = {};        ///< START_TLS on a receiver's connection 0
  std::uint64_t decoded_limit = std::uint64_t{4} << 30;  ///< largest document that a coding may expand to
  bool receiver = false;                                 ///< may REQUEST and RECEIVE_PAYLOAD, may not CONNECT
  bool watches = false;                                  ///< a server's WATCH: may REQUEST PR_OP_CHANGED
  SessionTrace* trace = nullptr;                         ///< optional, borrowed
  PluginWatch* watch = nullptr;                          ///< optional, borrowed
  const AttemptMark* mark = nullptr;                     ///< optional, borrowed
};

/// The session that a driver drives. The driver calls `table->close` when it is over.
struct DriverSession {
  const pr_session_table* table = nullptr;
  pr_session* session = nullptr;
  const PluginIdentity* identity = nullptr;  ///< nullptr: no watch
};

/// What the host answers to a receiver's REQUEST. Borrowed until the next call of on_request or on_done.
struct RequestAnswer {
  enum class Kind { reply, committed, refused } kind = Kind::reply;
  pr_attrs attributes = {nullptr, 0};
  std::uint64_t job_id = 0;   ///< committed
  std::uint32_t refusal = 0;  ///< PR_REFUSED_*
  std::string_view text = {};
};

/// How a session ended.
struct DriverResult {
  /// As the plugin said it; when it said nothing (a finding), `unknown` with reason = the finding's id. The
  /// host's counts are filled in; nothing is overruled here.
  Outcome outcome = {};
  std::uint32_t flags = 0;        ///< PR_DONE_*
  std::string_view finding = {};  ///< finding::*, empty: none
  std::string finding_text = {};
  bool cancelled = false;           ///< PR_EVENT_CANCEL was sent
  std::uint32_t last_io_error = 0;  ///< PR_IO_* of the last PR_EVENT_IO_ERROR
  struct Delegate {
    std::string protocol, target, queue;
    std::uint16_t port = 0;
    std::optional<std::uint32_t> tls = {};  ///< attribute "tls" of the action
  };
  std::optional<Delegate> delegate = {};
};

/// What the driver tells its owner. Never called inside start(), cancel() or answer(), except as noted;
/// inside on_request the owner may call answer() and cancel().
class DriverEvents {
 public:
  virtual ~DriverEvents() = default;
  /// Just before the first document byte is handed to the kernel. May be called inside any driver function.
  virtual void on_document_leaving() {}
  /// All of the document has left (SEND_PAYLOAD up to its end).
  virtual void on_document_left() {}
  /// Last call; the owner may destroy the driver in it.
  virtual void on_done(DriverResult result) = 0;
  /// Receivers and watches: answer later (or inside this call) with ActionDriver::answer. `attributes` are
  /// borrowed for the call.
  virtual void on_request(std::uint32_t /*op*/, pr_attrs /*attributes*/) {}
  /// Receivers: where RECEIVE_PAYLOAD goes; nullptr: no document was announced. Stays valid until the next
  /// REQUEST that opens a document, or the end.
  virtual PayloadSink* payload_sink() { return nullptr; }
};

class ActionDriver {
 public:
  ActionDriver(IoContext& io, DriverOptions options, DriverEvents& events);
  /// Ends the session without asking it; connections are reset if document bytes are on their way.
  ~ActionDriver();
  ActionDriver(const ActionDriver&) = delete;
  ActionDriver& operator=(const ActionDriver&) = delete;

  /// Sender's document; borrowed, must outlive the driver. nullptr: SEND_PAYLOAD of a document segment fails.
  void set_source(PayloadSource* source);
  /// Receivers: connection 0.
  void set_connection(StreamPtr connection);
  /// Steps with PR_EVENT_START (posted, not inside the call).
  void start(DriverSession session);
  /// PR_EVENT_CANCEL; on_done follows.
  void cancel();
  /// The answer to the open REQUEST; without one it is ignored.
  void answer(const RequestAnswer& answer);

  std::uint64_t document_bytes() const;  ///< document bytes handed to the kernel so far, before coding
  std::uint64_t received_bytes() const;  ///< on all connections

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace printrouter::net
