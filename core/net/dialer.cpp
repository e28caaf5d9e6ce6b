// SPDX-License-Identifier: Apache-2.0
#include "net/dialer.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <cerrno>
#include <cstring>
#include <deque>
#include <vector>

#include "net/socket_stream.hpp"

namespace printrouter::net {

namespace {
struct Address {
  sockaddr_storage storage = {};
  socklen_t size = 0;
};

bool numeric(const std::string& host, std::uint16_t port, Address& out) {
  auto& four = reinterpret_cast<sockaddr_in&>(out.storage);
  if (::inet_pton(AF_INET, host.c_str(), &four.sin_addr) == 1) {
    four.sin_family = AF_INET;
    four.sin_port = htons(port);
    out.size = sizeof four;
    return true;
  }
  auto& six = reinterpret_cast<sockaddr_in6&>(out.storage);
  if (::inet_pton(AF_INET6, host.c_str(), &six.sin6_addr) == 1) {
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(port);
    out.size = sizeof six;
    return true;
  }
  return false;
}
}  // namespace

struct Dialer::Impl : std::enable_shared_from_this<Dialer::Impl> {
  explicit Impl(IoContext& context) : io(context), resolver(context.impl().io), next(context) {}
  IoContext& io;
  asio::ip::tcp::resolver resolver;
  Timer next;
  Done done = {};
  std::deque<Address> addresses = {};
  std::vector<std::shared_ptr<Descriptor>> attempts = {};
  IoStatus last = {};
  std::uint64_t generation = 0;

  void clear() {
    ++generation;
    resolver.cancel();
    next.cancel();
    for (const auto& attempt : attempts) attempt->close();
    attempts.clear();
    addresses.clear();
  }
  void finish(const IoStatus& status, StreamPtr stream) {
    clear();
    const Done report = std::move(done);
    done = nullptr;
    if (report) report(status, std::move(stream));
  }
  void begin() {
    // Posted, so that the caller is never called back inside connect().
    io.post([self = shared_from_this(), mine = generation] {
      if (mine == self->generation) self->try_next();
    });
  }
  void try_next() {
    while (!addresses.empty()) {
      const Address address = addresses.front();
      addresses.pop_front();
      if (dial(address)) {
        if (!addresses.empty() && done)
          next.start(Milliseconds(250), [self = shared_from_this()] { self->try_next(); });
        return;
      }
    }
    if (attempts.empty() && done) finish(last, nullptr);
  }
  /// False: failed at once.
  bool dial(const Address& address) {
    const auto* to = reinterpret_cast<const sockaddr*>(&address.storage);
    const int fd = ::socket(to->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
      last = status_of_errno(errno, "socket");
      return false;
    }
    if (to->sa_family != AF_UNIX) set_no_delay(fd);
    const int result = ::connect(fd, to, address.size);
    if (result == 0) {
      connected(fd, address);
      return true;
    }
    if (errno != EINPROGRESS) {
      last = status_of_errno(errno, "connect");
      ::close(fd);
      return false;
    }
    const auto attempt = std::make_shared<Descriptor>(io, fd);
    attempts.push_back(attempt);
    attempt->wait(false, [self = shared_from_this(), attempt, address] { self->outcome(attempt, address); });
    return true;
  }
  void outcome(const std::shared_ptr<Descriptor>& attempt, const Address& address) {
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(attempt->fd(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
    std::erase(attempts, attempt);
    if (error == 0) {
      return finish({}, std::make_unique<SocketStream>(attempt, peer_address(address.storage)));
    }
    last = status_of_errno(error, "connect");
    attempt->close();
    try_next();
  }
  void connected(int fd, const Address& address) {
    finish({}, adopt_socket(io, fd, peer_address(address.storage)));
  }
};

Dialer::Dialer(IoContext& io) : impl_(std::make_shared<Impl>(io)) {}
Dialer::~Dialer() {
  cancel();
}

void Dialer::cancel() {
  impl_->done = nullptr;
  impl_->clear();
}

void Dialer::connect(const std::string& given, std::uint16_t port, Done done) {
  cancel();
  impl_->done = std::move(done);
  impl_->last = {IoFault::refused, "no address"};
  const bool brackets = given.size() > 2 && given.front() == '[' && given.back() == ']';
  const std::string host = brackets ? given.substr(1, given.size() - 2) : given;
  Address address;
  if (numeric(host, port, address)) {
    impl_->addresses.push_back(address);
    return impl_->begin();
  }
  impl_->resolver.async_resolve(
      host, std::to_string(port), asio::ip::resolver_base::numeric_service,
      [impl = impl_, host, mine = impl_->generation](const boost::system::error_code& error,
                                                     const asio::ip::tcp::resolver::results_type& found) {
        if (mine != impl->generation) return;
        if (error)
          return impl->finish({IoFault::refused, "name " + host + " not found: " + error.message()}, nullptr);
        for (const auto& entry : found) {
          Address one;
          one.size = static_cast<socklen_t>(entry.endpoint().size());
          std::memcpy(&one.storage, entry.endpoint().data(), one.size);
          impl->addresses.push_back(one);
        }
        impl->try_next();
      });
}

void Dialer::connect_unix(const std::string& path, Done done) {
  cancel();
  impl_->done = std::move(done);
  Address address;
  auto& to = reinterpret_cast<sockaddr_un&>(address.storage);
  if (path.size() >= sizeof to.sun_path) {
    impl_->last = {IoFault::refused, "path of the socket is too long: " + path};
  } else {
    to.sun_family = AF_UNIX;
    std::memcpy(to.sun_path, path.c_str(), path.size() + 1);
    address.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
    impl_->addresses.push_back(address);
  }
  impl_->begin();
}

}  // namespace printrouter::net
