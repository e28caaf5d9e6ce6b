// SPDX-License-Identifier: Apache-2.0
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "net/tls_detail.hpp"

namespace printrouter::net {

namespace {
constexpr std::size_t kRecord = 16 * 1024;
}

std::string tls_error_text(const char* otherwise) {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return otherwise;
  const char* reason = ERR_reason_error_string(code);
  return reason ? reason : otherwise;
}

std::string key_sha256(X509* certificate) {
  static constexpr std::string_view hex = "0123456789abcdef";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  std::string out;
  // Of the key with its algorithm (SubjectPublicKeyInfo), so that a pin outlives the certificate's renewal.
  unsigned char* der = nullptr;
  const int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  if (length <= 0) return out;
  const bool done =
      EVP_Digest(der, static_cast<std::size_t>(length), digest.data(), &size, EVP_sha256(), nullptr) == 1;
  OPENSSL_free(der);
  if (!done) return out;
  for (unsigned i = 0; i < size; ++i) {
    out += hex[digest[i] >> 4];
    out += hex[digest[i] & 15];
  }
  return out;
}

TlsStream::TlsStream(std::unique_ptr<SocketStream> socket, SslPtr ssl)
    : socket_(std::move(socket)), ssl_(std::move(ssl)) {
  SSL_set_fd(ssl_.get(), socket_->descriptor());
  SSL_set_mode(ssl_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                               SSL_MODE_RELEASE_BUFFERS);
}

TlsStream::~TlsStream() {
  *alive_ = false;
  close();
}

Transfer TlsStream::fail_with(IoFault fault, std::string text) {
  error_ = {fault, std::move(text)};
  return {Transfer::Kind::failed, 0};
}

Transfer TlsStream::result(int returned, const char* what) {
  const int saved = errno;
  if (returned > 0) return {Transfer::Kind::some, static_cast<std::size_t>(returned)};
  switch (SSL_get_error(ssl_.get(), returned)) {
    case SSL_ERROR_WANT_READ:
      wants_write_ = false;
      return {Transfer::Kind::would_block, 0};
    case SSL_ERROR_WANT_WRITE:
      wants_write_ = true;
      return {Transfer::Kind::would_block, 0};
    case SSL_ERROR_ZERO_RETURN:
      return {Transfer::Kind::end, 0};
    case SSL_ERROR_SYSCALL:
      ERR_clear_error();
      return fail_with(IoFault::reset,
                       std::string(what) + ": " + (saved ? errno_text(saved) : "connection broken"));
    default:
      break;
  }
  const bool cut = ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
  return fail_with(cut ? IoFault::reset : IoFault::tls,
                   std::string(what) + ": " + tls_error_text("TLS error"));
}

Transfer TlsStream::try_handshake() {
  ERR_clear_error();
  errno = 0;
  Transfer t = result(SSL_do_handshake(ssl_.get()), "TLS handshake");
  // Who hangs up in the middle has answered nothing: a proxy whose server is down does just that.
  if (t.kind == Transfer::Kind::end) return fail_with(IoFault::reset, "TLS handshake: the peer ended it");
  return t;
}

Transfer TlsStream::try_read(std::span<char> into) {
  if (into.empty()) return {};
  ERR_clear_error();
  errno = 0;
  const Transfer t =
      result(SSL_read(ssl_.get(), into.data(), static_cast<int>(std::min<std::size_t>(into.size(), 1 << 30))),
             "read");
  read_wants_write_ = t.kind == Transfer::Kind::would_block && wants_write_;
  return t;
}

Transfer TlsStream::try_flush() {
  while (!out_.empty()) {
    ERR_clear_error();
    errno = 0;
    const Transfer t = result(SSL_write(ssl_.get(), out_.data(), static_cast<int>(out_.size())), "write");
    write_wants_read_ = t.kind == Transfer::Kind::would_block && !wants_write_;
    if (t.kind == Transfer::Kind::end) return fail_with(IoFault::reset, "write: the peer has ended TLS");
    if (t.kind != Transfer::Kind::some) return t;
    out_.erase(0, t.bytes);
  }
  return {};
}

Transfer TlsStream::try_write(std::span<const std::string_view> parts) {
  if (const Transfer t = try_flush(); t.kind != Transfer::Kind::some) return t;
  for (const std::string_view part : parts) out_ += part.substr(0, kRecord - std::min(out_.size(), kRecord));
  const std::size_t accepted = out_.size();
  if (accepted == 0) return {};
  if (const Transfer t = try_flush(); t.kind == Transfer::Kind::failed) return t;
  return {Transfer::Kind::some, accepted};
}

Transfer TlsStream::try_send_file(int file, std::uint64_t offset, std::uint64_t length) {
  if (const Transfer t = try_flush(); t.kind != Transfer::Kind::some) return t;
  file_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(length, kRecord)));
  ssize_t n;
  do n = ::pread(file, file_.data(), file_.size(), static_cast<off_t>(offset));
  while (n < 0 && errno == EINTR);
  if (n < 0) return fail_with(IoFault::local, "document: " + errno_text(errno));
  if (n == 0) return {length ? Transfer::Kind::end : Transfer::Kind::some, 0};
  const std::array<std::string_view, 1> part{std::string_view(file_).substr(0, static_cast<std::size_t>(n))};
  return try_write(part);
}

Transfer TlsStream::try_shutdown_write() {
  if (const Transfer t = try_flush(); t.kind != Transfer::Kind::some) return t;
  if (!notified_) {
    ERR_clear_error();
    errno = 0;
    const int sent = SSL_shutdown(ssl_.get());
    if (sent < 0) {
      const Transfer t = result(sent, "shutdown");
      write_wants_read_ = t.kind == Transfer::Kind::would_block && !wants_write_;
      return t;
    }
    notified_ = true;
  }
  return socket_->try_shutdown_write();
}

bool TlsStream::broken() {
  if (!socket_->broken()) return false;
  error_ = socket_->last_error();
  return true;
}

// OpenSSL may have to write in order to read, and the other way round; so both waits may hang on one
// direction.
void TlsStream::wait_readable(Callback ready) {
  readable_ = std::move(ready);
  wait(read_wants_write_);
}

void TlsStream::wait_writable(Callback ready) {
  writable_ = std::move(ready);
  wait(!write_wants_read_);
}

void TlsStream::wait(bool write_direction) {
  const auto wake = [this, write_direction] { woken(write_direction); };
  write_direction ? socket_->wait_writable(wake) : socket_->wait_readable(wake);
}

void TlsStream::woken(bool write_direction) {
  const std::shared_ptr<bool> alive = alive_;
  Callback read, write;
  if (read_wants_write_ == write_direction) read = std::exchange(readable_, nullptr);
  if (write_wants_read_ != write_direction) write = std::exchange(writable_, nullptr);
  if (write) write();
  if (!*alive || !read) return;
  // The first callback may have ended the wish to read.
  if (is_open()) read();
}

void TlsStream::cancel_waits() {
  readable_ = nullptr;
  writable_ = nullptr;
  socket_->cancel_waits();
}

std::optional<std::size_t> TlsStream::unacknowledged() const {
  const auto below = socket_->unacknowledged();
  return below ? std::optional(*below + out_.size()) : below;
}

void TlsStream::close() {
  if (!socket_->is_open()) return;
  cancel_waits();
  if (!notified_ && error_.ok() && SSL_is_init_finished(ssl_.get())) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());  // best effort: a peer that does not read does not get it
    ERR_clear_error();
  }
  socket_->close();
}

void TlsStream::abort() {
  cancel_waits();
  socket_->abort();
}

}  // namespace printrouter::net
