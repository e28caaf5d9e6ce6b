// SPDX-License-Identifier: Apache-2.0
// Blocking byte streams over POSIX sockets, plain or TLS. One thread a connection owns its stream; only
// shut() may be called from another thread.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

struct ssl_ctx_st;

namespace simulator {

// Owns one file descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept;
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { close(); }
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  int release();
  void close();

 private:
  int fd_ = -1;
};

class Stream {
 public:
  virtual ~Stream() = default;
  // > 0 bytes read, 0 the peer's orderly end, -1 reset, error or shut().
  virtual long read_some(char* data, size_t size) = 0;
  virtual bool write_all(std::string_view data) = 0;
  // Ends our sending side (FIN; TLS: close_notify and FIN).
  virtual void finish_writing() = 0;
  // Closes with a TCP reset.
  virtual void reset() = 0;
  virtual int fd() const = 0;
  // Wakes a blocked read or write with an error. Any thread.
  void shut() const;
  // The peer has reset, or has closed both ways; a peer's mere FIN is not "gone".
  bool peer_gone() const;
};

std::unique_ptr<Stream> plain_stream(Fd fd);
// Null if the handshake fails; the reason goes to `error`.
std::unique_ptr<Stream> tls_stream(Fd fd, ssl_ctx_st* context, std::string& error);

// The server's TLS context: from PEM files, or a fresh self-signed certificate for `address` and localhost,
// which is also written to `export_path` so that a client can pin it.
std::shared_ptr<ssl_ctx_st> server_tls_context(const std::string& certificate, const std::string& key,
                                               const std::string& address, const std::string& export_path,
                                               std::string& error);

// A listening socket whose port stays ours while it does not listen: a second, bound socket holds it.
class ListenSocket {
 public:
  // Binds `address`:`port` (0: any). False with `error` set when that fails.
  bool bind(const std::string& address, uint16_t port, std::string& error);
  bool listen(int backlog, std::string& error);
  void stop_listening() { listening_.close(); }
  int fd() const { return listening_.get(); }
  bool listening() const { return listening_.valid(); }
  uint16_t port() const { return port_; }
  const std::string& address() const { return address_; }

 private:
  Fd reserved_, listening_;
  std::string address_;
  uint16_t port_ = 0;
};

// A socket connected, or connecting, to address:port without waiting.
Fd start_connect(const std::string& address, uint16_t port);
// "127.0.0.1:1234" of the other end.
std::string peer_name(int fd);
std::string peer_address(int fd);

// Streams of running connections, so that a stop can wake them all.
class OpenStreams {
 public:
  void add(const Stream* stream);
  void remove(const Stream* stream);
  void shut_all();

 private:
  std::mutex mutex_;
  std::set<const Stream*> streams_;
  bool shut_ = false;
};

}  // namespace simulator
