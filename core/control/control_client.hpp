// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The client of the control API: how the command line and the desktop agent talk to the daemon.
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"

namespace printrouter::control {

struct Reply {
  unsigned status = 0;  ///< HTTP status
  std::string body;     ///< JSON text
};

/// One server-sent event.
struct ServerEvent {
  std::string id = {};    ///< for Last-Event-ID
  std::string type = {};  ///< "job", "question", "server", "notification"
  std::string data = {};  ///< JSON text
};

/// Blocking; one connection a request. Not shared between threads.
class Client {
 public:
  explicit Client(std::string socket_path) : socket_path_(std::move(socket_path)) {}

  /// Any HTTP status is a Reply. ErrorCode::unavailable: the daemon does not answer on this socket.
  Result<Reply> request(std::string_view method, std::string_view path, std::string_view body = {},
                        std::string_view content_type = "application/json") const;

  /// Sends `size` bytes of an open file as the body of a POST, in pieces.
  Result<Reply> send_file(std::string_view path, int file_descriptor, std::uint64_t size,
                          std::string_view content_type) const;

  /// Calls `on_event` for each event until it returns false (ok) or the daemon hangs up (unavailable).
  /// With `idle` > 0 also calls `on_idle` whenever nothing came for so long; false ends too.
  Status events(std::string_view path, std::string_view last_event_id,
                const std::function<bool(const ServerEvent&)>& on_event, Milliseconds idle = Milliseconds{0},
                const std::function<bool()>& on_idle = {}) const;

  /// Waits until the daemon answers, at most `limit`.
  Status wait_ready(Milliseconds limit) const;

  const std::string& socket_path() const { return socket_path_; }

 private:
  std::string socket_path_;
};

/// Where the daemon's socket is when nothing was said: $PRINTROUTER_SOCKET, else
/// /run/printrouter/control.sock as root or $XDG_RUNTIME_DIR/printrouter/control.sock.
std::string default_socket_path();
/// "a b/c" -> "a%20b%2Fc" (RFC 3986 section 2.1).
std::string percent_encode(std::string_view text);

}  // namespace printrouter::control
