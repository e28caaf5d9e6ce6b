// SPDX-License-Identifier: Apache-2.0
#pragma once
/// A small HTTP/1.1 server over any Stream: Unix socket, TCP, TLS (RFC 9112; Beast parses). [main thread
/// only]
///
/// One request a connection at a time; keep-alive. A body is collected (up to 16 MiB) unless the handler
/// takes it in pieces. Serves the daemon's control socket and the management server.
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "env/peer_identity.hpp"
#include "net/io_context.hpp"
#include "net/listener.hpp"
#include "net/tls.hpp"

namespace printrouter::net {

struct HttpReply {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::string body = {};  ///< empty with 204 and 304
  std::vector<std::pair<std::string, std::string>> headers = {};
};

/// One request and its answer. Held by whoever will answer; answering after the client has gone does nothing.
class HttpExchange : public std::enable_shared_from_this<HttpExchange> {
 public:
  virtual ~HttpExchange() = default;

  std::string method;                        ///< "GET"
  std::string path;                          ///< decoded, without query
  std::map<std::string, std::string> query;  ///< decoded
  std::string content_type, last_event_id;
  std::string body;
  std::uint64_t content_length = 0;  ///< 0: none or not known
  env::PeerIdentity peer;            ///< of a Unix socket
  PeerAddress address;               ///< of TCP

  /// A header field of the request; empty if absent. Until the answer is given.
  virtual std::string header(std::string_view name) const = 0;
  /// The answer, once.
  virtual void reply(HttpReply answer) = 0;
  /// The same in JSON; a line end is added.
  void reply(unsigned status, std::string json);
  /// Answers 200 text/event-stream; then send_event as long as open().
  virtual void start_events() = 0;
  virtual void send_event(std::string_view id, std::string_view type, std::string_view json) = 0;
  virtual bool open() const = 0;
  /// Ends the connection, without an answer if there was none.
  virtual void close() = 0;

  /// To be set in the handler's on_header call: takes the body as it arrives. `broken` is called instead of
  /// `end` if the client leaves. An error answered by `data` ends the request with 413.
  struct BodySink {
    std::function<Status(std::string_view)> data;
    std::function<bool(Callback)> ready;  ///< false: called back when there is room
    std::function<void()> end;
    std::function<void()> broken;
  };
  std::unique_ptr<BodySink> sink;
  std::function<void()> on_closed;
};
using Exchange = std::shared_ptr<HttpExchange>;

struct HttpServerOptions {
  env::PeerIdentitySource* identity = nullptr;  ///< who is at the other end of a Unix socket
  std::shared_ptr<TlsIdentity> tls = {};        ///< TLS from the first byte
  Milliseconds idle_limit{0};                   ///< of a client that sends nothing, or takes nothing; 0: none
  Milliseconds event_comment{0};                ///< a comment line on event streams this often; 0: none
  std::size_t connections = 0;                  ///< more wait in the kernel's queue; 0: no limit
};

class HttpServer {
 public:
  struct Handler {
    /// The header is there: may set `sink`, or answer at once.
    std::function<void(const Exchange&)> on_header;
    /// The whole request is there (not called for requests whose body went to a sink).
    std::function<void(const Exchange&)> on_request;
    /// How the API says an error as JSON; for what goes wrong before a handler is asked.
    std::function<std::string(const Error&)> error_body;
    std::function<unsigned(ErrorCode)> error_status;
  };
  HttpServer(IoContext& io, std::unique_ptr<Listener> listener, HttpServerOptions options, Handler handler);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  std::size_t connections() const;

  struct Shared;

 private:
  std::shared_ptr<Shared> shared_;
};

}  // namespace printrouter::net
