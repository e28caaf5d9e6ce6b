// SPDX-License-Identifier: Apache-2.0
#include "net/dialer.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <iterator>
#include <vector>

#include "net/name_lookup.hpp"
#include "net/socket_stream.hpp"

namespace printrouter::net {

namespace {
/// A name service that is there answers within this time; a connection may take a second in all.
constexpr Milliseconds patience{300};

bool numeric(const std::string& host, std::uint16_t port, SocketAddress& out) {
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

SocketAddress with_port(SocketAddress address, std::uint16_t port) {
  if (address.storage.ss_family == AF_INET6)
    reinterpret_cast<sockaddr_in6&>(address.storage).sin6_port = htons(port);
  else
    reinterpret_cast<sockaddr_in&>(address.storage).sin_port = htons(port);
  return address;
}
}  // namespace

struct Dialer::Impl : std::enable_shared_from_this<Dialer::Impl> {
  explicit Impl(IoContext& context) : io(context), next(context), silence(context) {}
  IoContext& io;
  Timer next, silence;
  Done done = {};
  bool looking_up = false;
  std::deque<SocketAddress> addresses = {};
  struct Attempt {
    std::shared_ptr<Descriptor> descriptor;
    SocketAddress to;
  };
  std::vector<Attempt> attempts = {};
  std::vector<SocketAddress> dialled = {};
  IoStatus last = {};
  std::uint64_t generation = 0;

  void clear() {
    ++generation;
    looking_up = false;
    next.cancel();
    silence.cancel();
    for (const Attempt& attempt : attempts) attempt.descriptor->close();
    attempts.clear();
    addresses.clear();
    dialled.clear();
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
  void look_up(const std::string& host, std::uint16_t port) {
    looking_up = true;
    silence.start(patience, [self = shared_from_this(), host, port] { self->use_remembered(host, port); });
    NameLookup::of(io).find(
        host, [self = shared_from_this(), host, port, mine = generation](const NameLookup::Answer& answer) {
          if (mine != self->generation) return;
          self->looking_up = false;
          self->silence.cancel();
          if (answer.addresses.empty() && self->dialled.empty())
            self->last = {IoFault::refused, "name " + host + " not found: " + answer.text};
          if (answer.no_answer)
            self->use_remembered(host, port);
          else
            self->use(answer.addresses, port);
        });
  }
  void use_remembered(const std::string& host, std::uint16_t port) {
    NameLookup& names = NameLookup::of(io);
    const std::vector<SocketAddress> known = names.remembered(host);
    if (!known.empty()) names.remembered_was_used(host);
    use(known, port);
  }
  /// These are the host's addresses, and no others.
  void use(const std::vector<SocketAddress>& found, std::uint16_t port) {
    std::vector<SocketAddress> all;
    for (const SocketAddress& one : found) all.push_back(with_port(one, port));
    std::erase_if(attempts, [&](const Attempt& attempt) {
      if (std::ranges::find(all, attempt.to) != all.end()) return false;
      attempt.descriptor->close();
      return true;
    });
    addresses.clear();
    std::ranges::copy_if(all, std::back_inserter(addresses), [&](const SocketAddress& one) {
      return std::ranges::find(dialled, one) == dialled.end();
    });
    try_next();
  }
  void try_next() {
    while (!addresses.empty()) {
      const SocketAddress address = addresses.front();
      addresses.pop_front();
      if (dial(address)) {
        if (!addresses.empty() && done)
          next.start(Milliseconds(250), [self = shared_from_this()] { self->try_next(); });
        return;
      }
    }
    if (attempts.empty() && done && !looking_up) finish(last, nullptr);
  }
  /// False: failed at once.
  bool dial(const SocketAddress& address) {
    dialled.push_back(address);
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
    attempts.push_back({attempt, address});
    attempt->wait(false, [self = shared_from_this(), attempt, address] { self->outcome(attempt, address); });
    return true;
  }
  void outcome(const std::shared_ptr<Descriptor>& attempt, const SocketAddress& address) {
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(attempt->fd(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
    std::erase_if(attempts, [&](const Attempt& one) { return one.descriptor == attempt; });
    if (error == 0) {
      return finish({}, std::make_unique<SocketStream>(attempt, peer_address(address.storage)));
    }
    last = status_of_errno(error, "connect");
    attempt->close();
    try_next();
  }
  void connected(int fd, const SocketAddress& address) {
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
  SocketAddress address;
  if (numeric(host, port, address)) {
    impl_->addresses.push_back(address);
    return impl_->begin();
  }
  impl_->look_up(host, port);
}

void Dialer::connect_unix(const std::string& path, Done done) {
  cancel();
  impl_->done = std::move(done);
  SocketAddress address;
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
