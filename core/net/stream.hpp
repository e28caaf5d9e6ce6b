// SPDX-License-Identifier: Apache-2.0
#pragma once
/// A connected byte stream: TCP, Unix socket, or TLS over one of them. [main thread only]
///
/// The try_* functions never wait and never call back: they do what the kernel can do now. Who gets
/// `would_block` waits with wait_readable or wait_writable and tries again. For code that wants it simpler
/// there are read_some and write_all. After close(), abort() or the destructor no callback runs any more.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "net/io_context.hpp"

namespace printrouter::net {

/// Why an operation failed.
enum class IoFault {
  none,
  refused,  ///< connection refused, host or network unreachable, name not found
  timeout,
  reset,  ///< reset or broken; also a TLS stream that ended without close_notify
  tls,    ///< handshake or certificate
  local   ///< this machine: out of descriptors, a file that cannot be read
};
std::string_view to_string(IoFault fault);

struct IoStatus {
  IoFault fault = IoFault::none;
  std::string text = {};  ///< for the log, English
  bool ok() const { return fault == IoFault::none; }
};

/// What a try_* function did.
struct Transfer {
  enum class Kind { some, would_block, end, failed };
  Kind kind = Kind::some;
  std::size_t bytes = 0;  ///< some: at least 1 unless nothing was asked for
};

struct PeerAddress {
  std::string address = {};  ///< "127.0.0.1", "::1"; empty for a Unix socket
  std::uint16_t port = 0;
  /// "127.0.0.1:4711", "[::1]:4711", "unix".
  std::string label() const;
};

class Stream {
 public:
  virtual ~Stream() = default;  ///< as close()
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  /// `end`: the peer shut its write side in order.
  virtual Transfer try_read(std::span<char> into) = 0;
  /// Gathers up to 16 parts; may take less than all.
  virtual Transfer try_write(std::span<const std::string_view> parts) = 0;
  /// File content without a copy where the kernel can (plain TCP, Unix); else through a buffer. A file that
  /// ends early is `end`. `descriptor` is borrowed and its position not touched.
  virtual Transfer try_send_file(int descriptor, std::uint64_t offset, std::uint64_t length) = 0;
  /// No more writing: FIN, after TLS' close_notify. `would_block`: wait_writable and call again.
  virtual Transfer try_shutdown_write() = 0;
  /// Hands over what try_write accepted and still holds (TLS records). `some`: nothing is held.
  virtual Transfer try_flush() { return {}; }
  /// Has the connection broken down, as far as the kernel knows without reading? Sets last_error().
  virtual bool broken() = 0;
  /// What failed last.
  virtual const IoStatus& last_error() const = 0;

  /// Once. A second wait in the same direction replaces the first. `ready` never runs inside the call.
  virtual void wait_readable(Callback ready) = 0;
  virtual void wait_writable(Callback ready) = 0;
  virtual void cancel_waits() = 0;

  /// Bytes that left this process and that the peer's TCP has not acknowledged (SIOCOUTQ); nullopt: cannot be
  /// known.
  virtual std::optional<std::size_t> unacknowledged() const = 0;
  /// Closes in order: what was written still goes out. Data of the peer that nobody read would turn this into
  /// a reset; see close_gently().
  virtual void close() = 0;
  /// Closes with a reset: the peer sees no orderly end.
  virtual void abort() = 0;
  virtual bool is_open() const = 0;
  virtual bool is_tls() const = 0;
  virtual const PeerAddress& peer() const = 0;
  virtual int descriptor() const = 0;

  /// Reads at least one byte, or 0 at the end of the stream.
  void read_some(std::span<char> into, std::function<void(const IoStatus&, std::size_t)> done);
  /// Writes everything; `data` must stay until `done`.
  void write_all(std::string_view data, std::function<void(const IoStatus&)> done);

 protected:
  Stream() = default;

 private:
  void read_step(std::span<char> into, const std::function<void(const IoStatus&, std::size_t)>& done);
  void write_step(std::string_view data, const std::function<void(const IoStatus&)>& done);
};

using StreamPtr = std::unique_ptr<Stream>;

/// Takes over a connected, non-blocking socket (TCP or Unix stream).
StreamPtr adopt_socket(IoContext& io, int descriptor, PeerAddress peer);

/// Shuts the write side, reads and discards what still comes until the peer ends or `limit` has passed, then
/// closes: a last answer reaches a peer that is still sending.
void close_gently(IoContext& io, StreamPtr stream, Milliseconds limit = std::chrono::seconds(2));

}  // namespace printrouter::net
