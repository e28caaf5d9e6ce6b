// SPDX-License-Identifier: Apache-2.0
#pragma once
/// OpenSSL behind tls.hpp; for the tls_*.cpp files alone.
#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "net/socket_stream.hpp"
#include "net/tls.hpp"

namespace printrouter::net {

template <auto Free>
struct OpensslFree {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using SslPtr = std::unique_ptr<SSL, OpensslFree<&SSL_free>>;
using SslContextPtr = std::unique_ptr<SSL_CTX, OpensslFree<&SSL_CTX_free>>;
using CertificatePtr = std::unique_ptr<X509, OpensslFree<&X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, OpensslFree<&EVP_PKEY_free>>;

struct TlsIdentity::Impl {
  SslContextPtr context;
};

/// What OpenSSL says went wrong last; empties its queue.
std::string tls_error_text(const char* otherwise);
/// Lower-case hex of SHA-256 over the DER form.
std::string key_sha256(X509* certificate);

/// A TLS connection over a socket; OpenSSL reads and writes the socket itself.
class TlsStream final : public Stream {
 public:
  TlsStream(std::unique_ptr<SocketStream> socket, SslPtr ssl);
  ~TlsStream() override;

  /// some: done. would_block: wait_handshake.
  Transfer try_handshake();
  void wait_handshake(Callback ready) {
    wants_write_ ? socket_->wait_writable(std::move(ready)) : socket_->wait_readable(std::move(ready));
  }
  SSL* ssl() const { return ssl_.get(); }

  Transfer try_read(std::span<char> into) override;
  Transfer try_write(std::span<const std::string_view> parts) override;
  Transfer try_send_file(int file, std::uint64_t offset, std::uint64_t length) override;
  Transfer try_shutdown_write() override;
  Transfer try_flush() override;
  bool broken() override;
  const IoStatus& last_error() const override { return error_; }
  void wait_readable(Callback ready) override;
  void wait_writable(Callback ready) override;
  void cancel_waits() override;
  std::optional<std::size_t> unacknowledged() const override;
  void close() override;
  void abort() override;
  bool is_open() const override { return socket_->is_open(); }
  bool is_tls() const override { return true; }
  const PeerAddress& peer() const override { return socket_->peer(); }
  int descriptor() const override { return socket_->descriptor(); }

 private:
  Transfer result(int returned, const char* what);
  Transfer fail_with(IoFault fault, std::string text);
  void wait(bool write_direction);
  void woken(bool write_direction);

  std::unique_ptr<SocketStream> socket_;
  SslPtr ssl_;
  IoStatus error_ = {};
  std::string out_ = {};  ///< one record's worth that was accepted and did not fit the kernel yet
  std::string file_ = {};
  bool wants_write_ = false;  ///< the last call that blocked waits to write
  bool read_wants_write_ = false, write_wants_read_ = false;
  bool notified_ = false;  ///< close_notify was sent
  Callback readable_ = {}, writable_ = {};
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace printrouter::net
