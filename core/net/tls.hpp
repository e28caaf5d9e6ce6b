// SPDX-License-Identifier: Apache-2.0
#pragma once
/// TLS 1.2 and 1.3 by OpenSSL. Trust is the host's business, never a plugin's.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "net/stream.hpp"

namespace printrouter::net {

/// Whom a client believes.
struct TlsTrust {
  bool system_authorities = true;   ///< the system's CA store, with the name checked
  std::string authority_file = {};  ///< further CA certificates (PEM)
  /// Hex digests of accepted public keys (SubjectPublicKeyInfo, DER); a match is enough.
  std::vector<std::string> pins_sha256 = {};
  /// The administrator's named exception: this target's certificate is not checked at all.
  bool accept_anything = false;
  bool operator==(const TlsTrust&) const = default;
};

/// A server's certificate and key; shared by its connections.
class TlsIdentity {
 public:
  /// PEM files. Errors name the file.
  static Result<std::shared_ptr<TlsIdentity>> load(const std::string& certificate_file,
                                                   const std::string& key_file);
  /// A self-signed certificate for these names ("localhost", "127.0.0.1"), made now and written to the two
  /// files (0600) unless they are empty. Valid for ten years.
  static Result<std::shared_ptr<TlsIdentity>> self_signed(const std::vector<std::string>& names,
                                                          const std::string& certificate_file = {},
                                                          const std::string& key_file = {});
  ~TlsIdentity();
  /// SHA-256 of the public key (SubjectPublicKeyInfo, DER), lower-case hex: what a pin says.
  std::string sha256() const;

  struct Impl;
  explicit TlsIdentity(std::unique_ptr<Impl> impl);
  Impl& impl() const { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

/// A handshake over a connected stream, also in mid-connection. Its end cancels it (and closes the stream).
class TlsHandshake {
 public:
  /// `certificate_refused`: the server answered, and it is we who do not believe it.
  using Done = std::function<void(const IoStatus&, StreamPtr, bool certificate_refused)>;
  explicit TlsHandshake(IoContext& io);
  ~TlsHandshake();
  TlsHandshake(const TlsHandshake&) = delete;
  TlsHandshake& operator=(const TlsHandshake&) = delete;
  /// `plain` must be a stream of adopt_socket or Dialer. `alpn`: one protocol name, or empty.
  void start_client(StreamPtr plain, const std::string& server_name, const std::string& alpn,
                    const TlsTrust& trust, Done done);
  /// `limit`: longest handshake; 0: the caller keeps the time.
  void start_server(StreamPtr plain, std::shared_ptr<TlsIdentity> identity, Done done,
                    Milliseconds limit = Milliseconds(0));

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace printrouter::net
