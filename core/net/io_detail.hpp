// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Asio behind IoContext; for the .cpp files of net/ alone.
#include <sys/socket.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <unordered_set>
#include <vector>

#include "net/io_context.hpp"
#include "net/name_lookup.hpp"
#include "net/stream.hpp"

namespace printrouter::net {

namespace asio = boost::asio;

struct IoContext::Impl {
  asio::io_context io{1};  // one thread serves it; post() from others is still safe
  asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};
  std::vector<std::unique_ptr<asio::signal_set>> signals = {};
  /// Connections that are closing and that nobody else holds any more (close_gently).
  std::unordered_set<std::shared_ptr<void>> closing = {};
  std::unique_ptr<NameLookup> names = {};  ///< NameLookup::of
};

/// A descriptor in the event loop: one waiter a direction, woken when the kernel says ready. Shared, because
/// Asio's handlers may outlive the owner's interest; `close` makes sure that no callback runs any more.
class Descriptor : public std::enable_shared_from_this<Descriptor> {
 public:
  Descriptor(IoContext& io, int fd) : io_(io), asio_(io.impl().io, fd) {}
  void wait(bool read, Callback ready);
  void cancel_waits() { readable_.ready = nullptr, writable_.ready = nullptr; }
  void close();
  bool is_open() const { return asio_.is_open(); }
  int fd() { return asio_.native_handle(); }
  IoContext& io() const { return io_; }

 private:
  struct Direction {
    Callback ready = {};
    bool armed = false;
  };
  IoContext& io_;
  asio::posix::stream_descriptor asio_;
  Direction readable_ = {}, writable_ = {};
};

/// strerror, thread-safe.
std::string errno_text(int error);
IoStatus status_of_errno(int error, const char* what);
bool set_nonblocking_cloexec(int fd);
void set_no_delay(int fd);
PeerAddress peer_address(const sockaddr_storage& from);
PeerAddress local_of(int fd);

}  // namespace printrouter::net
