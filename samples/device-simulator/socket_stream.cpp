// SPDX-License-Identifier: Apache-2.0
#include "socket_stream.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace simulator {
namespace {

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

bool resolve(const std::string& address, uint16_t port, Address& out, std::string& error) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  int code = getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (code != 0) {
    error = address + ": " + gai_strerror(code);
    return false;
  }
  std::memcpy(&out.storage, found->ai_addr, found->ai_addrlen);
  out.size = found->ai_addrlen;
  freeaddrinfo(found);
  return true;
}

uint16_t bound_port(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return 0;
  if (storage.ss_family == AF_INET6) return ntohs(reinterpret_cast<sockaddr_in6*>(&storage)->sin6_port);
  return ntohs(reinterpret_cast<sockaddr_in*>(&storage)->sin_port);
}

Fd bound_socket(const std::string& address, uint16_t port, std::string& error) {
  Address where;
  if (!resolve(address, port, where, error)) return Fd();
  Fd fd(socket(where.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  int on = 1;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&where.storage), where.size) != 0) {
    error = "cannot bind " + address + " port " + std::to_string(port) + ": " + std::strerror(errno);
    return Fd();
  }
  return fd;
}

// A reset at once, the descriptor staying open so that nobody else's file gets its number meanwhile.
void send_reset(int fd) {
  linger now{1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  sockaddr nowhere{};
  nowhere.sa_family = AF_UNSPEC;
  ::connect(fd, &nowhere, sizeof nowhere);
}

class PlainStream final : public Stream {
 public:
  explicit PlainStream(Fd fd) : fd_(std::move(fd)) {
    int on = 1;
    setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  long read_some(char* data, size_t size) override {
    for (;;) {
      long got = ::recv(fd_.get(), data, size, 0);
      if (got < 0 && errno == EINTR) continue;
      return got;
    }
  }
  bool write_all(std::string_view data) override {
    while (!data.empty()) {
      long put = ::send(fd_.get(), data.data(), data.size(), MSG_NOSIGNAL);
      if (put < 0 && errno == EINTR) continue;
      if (put <= 0) return false;
      data.remove_prefix(static_cast<size_t>(put));
    }
    return true;
  }
  void finish_writing() override { ::shutdown(fd_.get(), SHUT_WR); }
  void reset() override { send_reset(fd_.get()); }
  int fd() const override { return fd_.get(); }

 private:
  Fd fd_;
};

class TlsStream final : public Stream {
 public:
  TlsStream(Fd fd, SSL* ssl) : fd_(std::move(fd)), ssl_(ssl) {}
  ~TlsStream() override { SSL_free(ssl_); }
  long read_some(char* data, size_t size) override {
    int got = SSL_read(ssl_, data, static_cast<int>(std::min<size_t>(size, 1 << 20)));
    if (got > 0) return got;
    return SSL_get_error(ssl_, got) == SSL_ERROR_ZERO_RETURN ? 0 : -1;
  }
  bool write_all(std::string_view data) override {
    while (!data.empty()) {
      int put = SSL_write(ssl_, data.data(), static_cast<int>(std::min<size_t>(data.size(), 1 << 20)));
      if (put <= 0) return false;
      data.remove_prefix(static_cast<size_t>(put));
    }
    return true;
  }
  void finish_writing() override {
    SSL_shutdown(ssl_);
    ::shutdown(fd_.get(), SHUT_WR);
  }
  void reset() override { send_reset(fd_.get()); }
  int fd() const override { return fd_.get(); }

 private:
  Fd fd_;
  SSL* ssl_;
};

}  // namespace

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = other.release();
  }
  return *this;
}

int Fd::release() {
  int fd = fd_;
  fd_ = -1;
  return fd;
}

void Fd::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

void Stream::shut() const {
  ::shutdown(fd(), SHUT_RDWR);
}

bool Stream::peer_gone() const {
  pollfd entry{fd(), 0, 0};
  return ::poll(&entry, 1, 0) > 0 && (entry.revents & (POLLERR | POLLHUP)) != 0;
}

std::unique_ptr<Stream> plain_stream(Fd fd) {
  return std::make_unique<PlainStream>(std::move(fd));
}

std::unique_ptr<Stream> tls_stream(Fd fd, ssl_ctx_st* context, std::string& error) {
  SSL* ssl = SSL_new(context);
  SSL_set_fd(ssl, fd.get());
  if (SSL_accept(ssl) != 1) {
    char text[256] = "peer left";
    if (unsigned long code = ERR_get_error()) ERR_error_string_n(code, text, sizeof text);
    error = text;
    SSL_free(ssl);
    return nullptr;
  }
  return std::make_unique<TlsStream>(std::move(fd), ssl);
}

bool ListenSocket::bind(const std::string& address, uint16_t port, std::string& error) {
  address_ = address;
  reserved_ = bound_socket(address, port, error);
  if (!reserved_.valid()) return false;
  port_ = bound_port(reserved_.get());
  return true;
}

bool ListenSocket::listen(int backlog, std::string& error) {
  Fd fd = bound_socket(address_, port_, error);
  if (!fd.valid()) return false;
  ::fcntl(fd.get(), F_SETFL, O_NONBLOCK);
  if (::listen(fd.get(), backlog) != 0) {
    error = std::strerror(errno);
    return false;
  }
  listening_ = std::move(fd);
  return true;
}

Fd start_connect(const std::string& address, uint16_t port) {
  Address where;
  std::string error;
  if (!resolve(address, port, where, error)) return Fd();
  Fd fd(socket(where.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&where.storage), where.size) != 0 &&
      errno != EINPROGRESS)
    return Fd();
  return fd;
}

std::string peer_address(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return "";
  char host[NI_MAXHOST] = "";
  getnameinfo(reinterpret_cast<sockaddr*>(&storage), size, host, sizeof host, nullptr, 0, NI_NUMERICHOST);
  return host;
}

std::string peer_name(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return "";
  char host[NI_MAXHOST] = "", service[NI_MAXSERV] = "";
  getnameinfo(reinterpret_cast<sockaddr*>(&storage), size, host, sizeof host, service, sizeof service,
              NI_NUMERICHOST | NI_NUMERICSERV);
  return std::string(host) + ":" + service;
}

void OpenStreams::add(const Stream* stream) {
  std::lock_guard lock(mutex_);
  if (shut_) stream->shut();
  streams_.insert(stream);
}

void OpenStreams::remove(const Stream* stream) {
  std::lock_guard lock(mutex_);
  streams_.erase(stream);
}

void OpenStreams::shut_all() {
  std::lock_guard lock(mutex_);
  shut_ = true;
  for (const Stream* stream : streams_) stream->shut();
}

}  // namespace simulator
