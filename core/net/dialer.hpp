// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "net/stream.hpp"

namespace printrouter::net {

/// One connection attempt. Numeric addresses are dialled at once; names are looked up beside the main thread,
/// and their addresses tried one after the other, the next one as soon as one fails or after 250 ms of
/// silence. Where nobody answers for a name (an error of the name service, or 300 ms of silence) its last
/// known addresses are tried. Its end cancels it. TCP_NODELAY is on. [main thread only]
class Dialer {
 public:
  /// On failure `stream` is null and the status says why. Never called inside connect().
  using Done = std::function<void(const IoStatus&, StreamPtr)>;
  explicit Dialer(IoContext& io);
  ~Dialer();
  Dialer(const Dialer&) = delete;
  Dialer& operator=(const Dialer&) = delete;
  /// The caller keeps the time limit. `host` may be "[::1]", "::1" or a name.
  void connect(const std::string& host, std::uint16_t port, Done done);
  void connect_unix(const std::string& path, Done done);
  void cancel();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace printrouter::net
