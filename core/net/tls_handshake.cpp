// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "net/tls_detail.hpp"

namespace printrouter::net {

namespace {
struct KnownContext {
  TlsTrust trust;
  std::filesystem::file_time_type
      file_time;  ///< of the CA file: another one counts from the next connection on
  SslContextPtr context;
};

/// Reading the system's store takes milliseconds: one context for each kind of trust.
SSL_CTX* client_context(const TlsTrust& trust, std::string& trouble) {
  static std::vector<KnownContext> contexts;  // main thread only
  std::error_code ec;
  const auto file_time = trust.authority_file.empty()
                             ? std::filesystem::file_time_type{}
                             : std::filesystem::last_write_time(trust.authority_file, ec);
  for (const KnownContext& known : contexts)
    if (!ec && known.trust == trust && known.file_time == file_time) return known.context.get();
  SslContextPtr context(SSL_CTX_new(TLS_client_method()));
  if (!context) {
    trouble = "no TLS";
    return nullptr;
  }
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  ERR_clear_error();
  if (trust.system_authorities) SSL_CTX_set_default_verify_paths(context.get());
  if (!trust.authority_file.empty() &&
      SSL_CTX_load_verify_locations(context.get(), trust.authority_file.c_str(), nullptr) != 1) {
    trouble = "CA file " + trust.authority_file + ": " + tls_error_text("not readable");
    return nullptr;
  }
  ERR_clear_error();
  if (contexts.size() > 64) contexts.erase(contexts.begin());
  std::erase_if(contexts, [&](const KnownContext& known) { return known.trust == trust; });
  contexts.push_back({trust, file_time, std::move(context)});
  return contexts.back().context.get();
}

/// Empty: believed. Else why not.
std::string judge(SSL* ssl, const TlsTrust& trust) {
  if (trust.accept_anything) return {};
  const CertificatePtr certificate(SSL_get1_peer_certificate(ssl));
  if (!certificate) return "the server showed no certificate";
  const std::string digest = key_sha256(certificate.get());
  for (std::string pin : trust.pins_sha256) {
    std::erase(pin, ':');
    std::transform(pin.begin(), pin.end(), pin.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (pin == digest) return {};
  }
  const bool authorities = trust.system_authorities || !trust.authority_file.empty();
  if (!authorities) return "its certificate has another key than the pinned one (SHA-256 " + digest + ")";
  const long result = SSL_get_verify_result(ssl);
  if (result == X509_V_OK) return {};
  return std::string("its certificate is not trusted: ") + X509_verify_cert_error_string(result) +
         " (key SHA-256 " + digest + ")";
}

bool is_address(const std::string& name) {
  std::array<unsigned char, 16> out;
  return ::inet_pton(AF_INET, name.c_str(), out.data()) == 1 ||
         ::inet_pton(AF_INET6, name.c_str(), out.data()) == 1;
}
}  // namespace

struct TlsHandshake::Impl : std::enable_shared_from_this<TlsHandshake::Impl> {
  explicit Impl(IoContext& context) : io(context), timer(context) {}
  IoContext& io;
  Timer timer;
  std::unique_ptr<TlsStream> stream = {};
  TlsTrust trust = {};
  bool client = false;
  Done done = {};
  std::uint64_t generation = 0;

  void end(const IoStatus& status, StreamPtr result, bool certificate_refused = false) {
    ++generation;
    timer.cancel();
    stream.reset();
    const Done call = std::move(done);
    done = nullptr;
    if (call) call(status, std::move(result), certificate_refused);
  }
  void later(IoStatus status) {
    io.post([self = shared_from_this(), mine = generation, status = std::move(status)] {
      if (mine == self->generation) self->end(status, nullptr);
    });
  }
  bool take(StreamPtr plain, SSL_CTX* context) {
    auto* socket = dynamic_cast<SocketStream*>(plain.get());
    if (!socket) {
      later({IoFault::tls, "TLS over TLS"});
      return false;
    }
    socket->cancel_waits();
    plain.release();
    stream = std::make_unique<TlsStream>(std::unique_ptr<SocketStream>(socket), SslPtr(SSL_new(context)));
    return true;
  }
  void begin() {
    io.post([self = shared_from_this(), mine = generation] {
      if (mine == self->generation) self->go_on();
    });
  }
  void go_on() {
    if (!stream) return;
    const Transfer t = stream->try_handshake();
    if (t.kind == Transfer::Kind::would_block) {
      const auto ready = [self = shared_from_this(), mine = generation] {
        if (mine == self->generation) self->go_on();
      };
      return stream->wait_handshake(ready);
    }
    if (t.kind == Transfer::Kind::failed) {
      const IoStatus status = stream->last_error();
      return end(status, nullptr);
    }
    if (client) {
      const std::string why = judge(stream->ssl(), trust);
      if (!why.empty()) {
        stream->close();
        return end({IoFault::tls, why}, nullptr, true);
      }
    }
    StreamPtr secured = std::move(stream);
    end({}, std::move(secured));
  }
};

TlsHandshake::TlsHandshake(IoContext& io) : impl_(std::make_shared<Impl>(io)) {}

TlsHandshake::~TlsHandshake() {
  impl_->done = nullptr;
  impl_->end({}, nullptr);
}

void TlsHandshake::start_client(StreamPtr plain, const std::string& server_name, const std::string& alpn,
                                const TlsTrust& trust, Done done) {
  impl_->done = std::move(done);
  impl_->trust = trust;
  impl_->client = true;
  std::string trouble;
  SSL_CTX* context = client_context(trust, trouble);
  if (!context) return impl_->later({IoFault::tls, trouble});
  if (!impl_->take(std::move(plain), context)) return;
  SSL* ssl = impl_->stream->ssl();
  SSL_set_connect_state(ssl);
  // The result of verification is looked at afterwards, for a pin may overrule it.
  SSL_set_verify(ssl, SSL_VERIFY_NONE, nullptr);
  if (!server_name.empty()) {
    if (is_address(server_name)) {
      X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), server_name.c_str());
    } else {
      SSL_set_tlsext_host_name(ssl, server_name.c_str());
      SSL_set1_host(ssl, server_name.c_str());
    }
  }
  if (!alpn.empty() && alpn.size() < 256) {
    const std::string list = static_cast<char>(alpn.size()) + alpn;
    SSL_set_alpn_protos(ssl, reinterpret_cast<const unsigned char*>(list.data()),
                        static_cast<unsigned>(list.size()));
  }
  impl_->begin();
}

void TlsHandshake::start_server(StreamPtr plain, std::shared_ptr<TlsIdentity> identity, Done done,
                                Milliseconds limit) {
  impl_->done = std::move(done);
  impl_->client = false;
  if (!impl_->take(std::move(plain), identity->impl().context.get())) return;
  SSL_set_accept_state(impl_->stream->ssl());
  if (limit.count() > 0)
    impl_->timer.start(limit, [impl = impl_, mine = impl_->generation] {
      if (mine == impl->generation) impl->end({IoFault::timeout, "TLS handshake: no end in time"}, nullptr);
    });
  impl_->begin();
}

}  // namespace printrouter::net
