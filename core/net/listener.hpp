// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "net/stream.hpp"

namespace printrouter::net {

/// A listening socket. [main thread only] Its end closes it (and removes a Unix socket's file).
class Listener {
 public:
  using Accepted = std::function<void(StreamPtr)>;
  /// `address`: a numeric one ("127.0.0.1", "::1") or "localhost" (127.0.0.1). `port` 0: the kernel chooses.
  static Result<std::unique_ptr<Listener>> tcp(IoContext& io, const std::string& address, std::uint16_t port);
  /// Replaces a stale socket file; a live one is an error. `mode`: of the file, 0666 or 0600 for example.
  static Result<std::unique_ptr<Listener>> unix_socket(IoContext& io, const std::string& path, unsigned mode);
  /// A listening descriptor handed over by systemd.
  static Result<std::unique_ptr<Listener>> adopt(IoContext& io, int descriptor);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// Calls `accepted` for each connection from now on. Failures of accept (out of descriptors) are logged
  /// once, and tried again after a moment; the queue in the kernel keeps who came meanwhile.
  void start(Accepted accepted);
  /// No more accepting until start(): back pressure by the kernel's queue.
  void pause();
  const PeerAddress& local() const;  ///< with the actual port
  const std::string& path() const;   ///< Unix socket

  struct Impl;
  explicit Listener(std::shared_ptr<Impl> impl);

 private:
  std::shared_ptr<Impl> impl_;
};

}  // namespace printrouter::net
