// SPDX-License-Identifier: Apache-2.0
#include "net/socket_stream.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace printrouter::net {

std::string errno_text(int error) {
  return std::generic_category().message(error);
}

IoStatus status_of_errno(int error, const char* what) {
  IoFault fault = IoFault::reset;
  switch (error) {
    case ECONNREFUSED:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EHOSTDOWN:
    case ENETDOWN:
    case ENOENT:
      fault = IoFault::refused;
      break;
    case ETIMEDOUT:
      fault = IoFault::timeout;
      break;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOBUFS:
    case EACCES:
    case EPERM:
    case EADDRNOTAVAIL:
    case EIO:
      fault = IoFault::local;
      break;
    default:
      break;
  }
  return {fault, std::string(what) + ": " + errno_text(error)};
}

bool set_nonblocking_cloexec(int fd) {
  const int flags = ::fcntl(fd, F_GETFL);
  return flags >= 0 && ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 && ::fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

void set_no_delay(int fd) {
  // Fails on Unix sockets, which have no such delay.
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

PeerAddress peer_address(const sockaddr_storage& from) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (from.ss_family == AF_INET) {
    const auto& in = reinterpret_cast<const sockaddr_in&>(from);
    ::inet_ntop(AF_INET, &in.sin_addr, text.data(), text.size());
    return {text.data(), ntohs(in.sin_port)};
  }
  if (from.ss_family == AF_INET6) {
    const auto& in = reinterpret_cast<const sockaddr_in6&>(from);
    ::inet_ntop(AF_INET6, &in.sin6_addr, text.data(), text.size());
    return {text.data(), ntohs(in.sin6_port)};
  }
  return {};
}

PeerAddress local_of(int fd) {
  sockaddr_storage from{};
  socklen_t size = sizeof from;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&from), &size) != 0) return {};
  return peer_address(from);
}

void Descriptor::wait(bool read, Callback ready) {
  Direction& d = read ? readable_ : writable_;
  d.ready = std::move(ready);
  if (d.armed || !asio_.is_open()) return;
  d.armed = true;
  asio_.async_wait(
      read ? asio::posix::stream_descriptor::wait_read : asio::posix::stream_descriptor::wait_write,
      [self = shared_from_this(), read](const boost::system::error_code&) {
        Direction& woken = read ? self->readable_ : self->writable_;
        woken.armed = false;
        if (!woken.ready) return;
        const Callback run = std::move(woken.ready);
        woken.ready = nullptr;
        run();
      });
}

void Descriptor::close() {
  cancel_waits();
  boost::system::error_code ignored;  // the descriptor is gone whatever close says
  asio_.close(ignored);
}

StreamPtr adopt_socket(IoContext& io, int descriptor, PeerAddress peer) {
  return std::make_unique<SocketStream>(io, descriptor, std::move(peer));
}

SocketStream::SocketStream(IoContext& io, int fd, PeerAddress peer)
    : descriptor_(std::make_shared<Descriptor>(io, fd)), peer_(std::move(peer)) {}

SocketStream::SocketStream(std::shared_ptr<Descriptor> descriptor, PeerAddress peer)
    : descriptor_(std::move(descriptor)), peer_(std::move(peer)) {}

SocketStream::~SocketStream() {
  close();
}

Transfer SocketStream::failed(int error, const char* what) {
  error_ = status_of_errno(error, what);
  if (error_.fault == IoFault::refused) error_.fault = IoFault::reset;  // it was connected already
  reset_ = true;
  return {Transfer::Kind::failed, 0};
}

Transfer SocketStream::try_read(std::span<char> into) {
  for (;;) {
    const ssize_t n = ::recv(descriptor_->fd(), into.data(), into.size(), 0);
    if (n > 0) return {Transfer::Kind::some, static_cast<std::size_t>(n)};
    // The kernel tells a reset once; after a write or broken() has heard of it, the end it shows is none in
    // order.
    if (n == 0 && reset_) return {Transfer::Kind::failed, 0};
    if (n == 0) return {into.empty() ? Transfer::Kind::some : Transfer::Kind::end, 0};
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return {Transfer::Kind::would_block, 0};
    return failed(errno, "read");
  }
}

Transfer SocketStream::try_write(std::span<const std::string_view> parts) {
  std::array<iovec, 16> vectors;
  std::size_t count = 0;
  for (const std::string_view part : parts.first(std::min(parts.size(), vectors.size())))
    if (!part.empty()) vectors[count++] = {const_cast<char*>(part.data()), part.size()};
  if (count == 0) return {};
  msghdr message{};
  message.msg_iov = vectors.data();
  message.msg_iovlen = count;
  for (;;) {
    const ssize_t n = ::sendmsg(descriptor_->fd(), &message, MSG_NOSIGNAL);
    if (n >= 0) return {Transfer::Kind::some, static_cast<std::size_t>(n)};
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return {Transfer::Kind::would_block, 0};
    return failed(errno, "write");
  }
}

Transfer SocketStream::try_send_file(int file, std::uint64_t offset, std::uint64_t length) {
  auto position = static_cast<off_t>(offset);
  for (;;) {
    const ssize_t n = ::sendfile(descriptor_->fd(), file, &position, static_cast<std::size_t>(length));
    if (n > 0) return {Transfer::Kind::some, static_cast<std::size_t>(n)};
    if (n == 0) return {length ? Transfer::Kind::end : Transfer::Kind::some, 0};
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return {Transfer::Kind::would_block, 0};
    return failed(errno, "sendfile");
  }
}

Transfer SocketStream::try_shutdown_write() {
  if (::shutdown(descriptor_->fd(), SHUT_WR) == 0) return {};
  return failed(errno, "shutdown");
}

bool SocketStream::broken() {
  if (reset_) return true;
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(descriptor_->fd(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  if (error == 0) return false;
  failed(error, "connection");
  return true;
}

std::optional<std::size_t> SocketStream::unacknowledged() const {
  int bytes = 0;
  if (::ioctl(descriptor_->fd(), SIOCOUTQ, &bytes) != 0) return std::nullopt;
  return static_cast<std::size_t>(bytes);
}

void SocketStream::close() {
  if (descriptor_->is_open()) descriptor_->close();
}

void SocketStream::abort() {
  if (!descriptor_->is_open()) return;
  const linger now{1, 0};
  ::setsockopt(descriptor_->fd(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
  descriptor_->close();
}

}  // namespace printrouter::net
