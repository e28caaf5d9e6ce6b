// SPDX-License-Identifier: Apache-2.0
#include "net/listener.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "net/socket_stream.hpp"

namespace printrouter::net {

namespace {
constexpr int kBacklog = 1024;
constexpr int kAcceptsATurn = 32;
constexpr Milliseconds kRetry{100};

Error bind_error(int error, const std::string& place) {
  ErrorCode code = ErrorCode::io;
  if (error == EADDRINUSE) code = ErrorCode::conflict;
  if (error == EACCES || error == EPERM) code = ErrorCode::not_permitted;
  Error out{code, "cannot listen: " + errno_text(error), {}, place, {}};
  if (error == EADDRINUSE) out.expected = "an address and port that nobody else listens on";
  if (error == EADDRNOTAVAIL) out.expected = "an address of this machine";
  return out;
}
}  // namespace

struct Listener::Impl : std::enable_shared_from_this<Listener::Impl> {
  Impl(IoContext& context, int fd)
      : io(context), descriptor(std::make_shared<Descriptor>(context, fd)), retry(context) {}
  IoContext& io;
  std::shared_ptr<Descriptor> descriptor;
  Timer retry;
  Accepted accepted = {};
  PeerAddress local = {};
  std::string path = {};
  bool starved = false;

  std::string place() const { return path.empty() ? local.label() : path; }
  void arm() {
    descriptor->wait(true, [self = shared_from_this()] { self->accept(); });
  }
  void accept() {
    const auto self = shared_from_this();  // `accepted` may end the listener
    for (int turn = 0; turn < kAcceptsATurn && accepted && descriptor->is_open(); ++turn) {
      sockaddr_storage from{};
      socklen_t size = sizeof from;
      const int fd = ::accept4(descriptor->fd(), reinterpret_cast<sockaddr*>(&from), &size,
                               SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) {
        if (errno == EAGAIN || errno == EWOULDBLOCK) return arm();
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) return starve(errno);
        continue;  // that one connection failed (ECONNABORTED ...)
      }
      if (starved) spdlog::info("{}: accepting again", place());
      starved = false;
      PeerAddress peer;
      if (path.empty()) {
        set_no_delay(fd);
        peer = peer_address(from);
      }
      const Accepted call = accepted;
      call(adopt_socket(io, fd, std::move(peer)));
    }
    if (accepted && descriptor->is_open()) arm();
  }
  void starve(int error) {
    if (!starved)
      spdlog::error(
          "{}: cannot accept connections: {}; clients wait. Raise the limit of open files (LimitNOFILE)",
          place(), errno_text(error));
    starved = true;
    retry.start(kRetry, [self = shared_from_this()] { self->accept(); });
  }
};

Listener::Listener(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

Listener::~Listener() {
  pause();
  impl_->descriptor->close();
  if (!impl_->path.empty()) ::unlink(impl_->path.c_str());
}

Result<std::unique_ptr<Listener>> Listener::tcp(IoContext& io, const std::string& given, std::uint16_t port) {
  const std::string address = given == "localhost" ? "127.0.0.1" : given;
  sockaddr_storage storage{};
  socklen_t size = 0;
  auto& four = reinterpret_cast<sockaddr_in&>(storage);
  auto& six = reinterpret_cast<sockaddr_in6&>(storage);
  if (::inet_pton(AF_INET, address.c_str(), &four.sin_addr) == 1) {
    four.sin_family = AF_INET;
    four.sin_port = htons(port);
    size = sizeof four;
  } else if (::inet_pton(AF_INET6, address.c_str(), &six.sin6_addr) == 1) {
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(port);
    size = sizeof six;
  } else {
    return fail({ErrorCode::invalid, "not an address to listen on", "address", given,
                 "a numeric IPv4 or IPv6 address, or localhost"});
  }
  const std::string place = PeerAddress{address, port}.label();
  const int fd = ::socket(storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return fail(bind_error(errno, place));
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (storage.ss_family == AF_INET6) ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&storage), size) != 0 || ::listen(fd, kBacklog) != 0) {
    const Error error = bind_error(errno, place);
    ::close(fd);
    return fail(error);
  }
  return adopt(io, fd);
}

Result<std::unique_ptr<Listener>> Listener::adopt(IoContext& io, int fd) {
  int listening = 0;
  socklen_t size = sizeof listening;
  if (::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0 || !listening)
    return fail({ErrorCode::invalid, "not a listening socket", {}, "descriptor " + std::to_string(fd), {}});
  if (!set_nonblocking_cloexec(fd)) return fail(bind_error(errno, "descriptor " + std::to_string(fd)));
  auto impl = std::make_shared<Impl>(io, fd);
  impl->local = local_of(fd);
  return std::make_unique<Listener>(std::move(impl));
}

Result<std::unique_ptr<Listener>> Listener::unix_socket(IoContext& io, const std::string& path,
                                                        unsigned mode) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path)
    return fail({ErrorCode::invalid, "not a path for a socket", "socket", path,
                 "a path of 1 to " + std::to_string(sizeof address.sun_path - 1) + " bytes"});
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const auto* to = reinterpret_cast<const sockaddr*>(&address);

  struct stat info {};
  if (::lstat(path.c_str(), &info) == 0) {
    if (!S_ISSOCK(info.st_mode))
      return fail({ErrorCode::conflict, "the path is taken by something that is no socket", "socket", path,
                   "a path that is free"});
    const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const bool live = probe >= 0 && (::connect(probe, to, sizeof address) == 0 || errno == EAGAIN);
    if (probe >= 0) ::close(probe);
    if (live)
      return fail(
          {ErrorCode::conflict, "another process serves this socket", "socket", path, "a path that is free"});
    ::unlink(path.c_str());
  }
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return fail(bind_error(errno, path));
  // Nobody may connect between bind and chmod with rights that the mode would refuse.
  const mode_t before = ::umask(0777 & ~static_cast<mode_t>(mode));
  const bool bound = ::bind(fd, to, sizeof address) == 0;
  const int bind_errno = errno;
  ::umask(before);
  if (!bound || ::listen(fd, kBacklog) != 0) {
    const Error error = bind_error(bound ? errno : bind_errno, path);
    ::close(fd);
    return fail(error);
  }
  auto impl = std::make_shared<Impl>(io, fd);
  impl->path = path;
  return std::make_unique<Listener>(std::move(impl));
}

void Listener::start(Accepted accepted) {
  impl_->accepted = std::move(accepted);
  impl_->arm();
}

void Listener::pause() {
  impl_->accepted = nullptr;
  impl_->retry.cancel();
  impl_->descriptor->cancel_waits();
}

const PeerAddress& Listener::local() const {
  return impl_->local;
}
const std::string& Listener::path() const {
  return impl_->path;
}

}  // namespace printrouter::net
