// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <array>

#include "net/tls_detail.hpp"

namespace printrouter::net {

namespace {
using BioPtr = std::unique_ptr<BIO, OpensslFree<&BIO_free_all>>;

SslContextPtr server_context() {
  SslContextPtr context(SSL_CTX_new(TLS_server_method()));
  if (context) SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  return context;
}

Error tls_failure(const char* what, const std::string& file, const char* expected) {
  return {ErrorCode::invalid, std::string(what) + ": " + tls_error_text("not readable"), {}, file, expected};
}

bool add_extension(X509* certificate, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  if (!extension) return false;
  const bool added = X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return added;
}

std::string alternative_names(const std::vector<std::string>& names) {
  std::string out;
  std::array<unsigned char, 16> address;
  for (const std::string& name : names) {
    const bool ip = ::inet_pton(AF_INET, name.c_str(), address.data()) == 1 ||
                    ::inet_pton(AF_INET6, name.c_str(), address.data()) == 1;
    out += (out.empty() ? "" : ",") + std::string(ip ? "IP:" : "DNS:") + name;
  }
  return out;
}

CertificatePtr make_certificate(EVP_PKEY* key, const std::vector<std::string>& names) {
  CertificatePtr certificate(X509_new());
  X509* x = certificate.get();
  std::array<unsigned char, 8> serial{};
  if (!x || RAND_bytes(serial.data(), serial.size()) != 1) return nullptr;
  X509_set_version(x, X509_VERSION_3);
  std::uint64_t number = 0;
  for (const unsigned char byte : serial) number = (number << 8) | byte;
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), number >> 1);
  X509_gmtime_adj(X509_getm_notBefore(x), -3600);
  X509_gmtime_adj(X509_getm_notAfter(x), 10L * 365 * 24 * 3600);
  X509_set_pubkey(x, key);
  X509_NAME* name = X509_get_subject_name(x);
  const std::string common = names.empty() ? "printrouter" : names.front();
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(common.data()),
                             static_cast<int>(common.size()), -1, 0);
  X509_set_issuer_name(x, name);
  if (!add_extension(x, NID_basic_constraints, "critical,CA:TRUE")) return nullptr;
  if (!names.empty() && !add_extension(x, NID_subject_alt_name, alternative_names(names))) return nullptr;
  return X509_sign(x, key, EVP_sha256()) ? std::move(certificate) : nullptr;
}

/// The file is private from its first byte on.
Status write_private(const std::string& path, BIO* content) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(content, &data);
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return fail(ErrorCode::io, "cannot write: " + errno_text(errno), path);
  const bool ok = ::write(fd, data, static_cast<std::size_t>(size)) == size && ::fsync(fd) == 0;
  const int error = errno;
  ::close(fd);
  if (!ok) return fail(ErrorCode::io, "cannot write: " + errno_text(error), path);
  return {};
}
}  // namespace

TlsIdentity::TlsIdentity(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TlsIdentity::~TlsIdentity() = default;

std::string TlsIdentity::sha256() const {
  return key_sha256(SSL_CTX_get0_certificate(impl_->context.get()));
}

Result<std::shared_ptr<TlsIdentity>> TlsIdentity::load(const std::string& certificate_file,
                                                       const std::string& key_file) {
  auto impl = std::make_unique<Impl>();
  impl->context = server_context();
  SSL_CTX* context = impl->context.get();
  if (!context) return fail(ErrorCode::internal, "no TLS");
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(context, certificate_file.c_str()) != 1)
    return fail(tls_failure("certificate", certificate_file, "a file with PEM certificates"));
  if (SSL_CTX_use_PrivateKey_file(context, key_file.c_str(), SSL_FILETYPE_PEM) != 1)
    return fail(tls_failure("key", key_file, "a file with the PEM key of the certificate"));
  return std::make_shared<TlsIdentity>(std::move(impl));
}

Result<std::shared_ptr<TlsIdentity>> TlsIdentity::self_signed(const std::vector<std::string>& names,
                                                              const std::string& certificate_file,
                                                              const std::string& key_file) {
  ERR_clear_error();
  const KeyPtr key(EVP_EC_gen("P-256"));
  const CertificatePtr certificate = key ? make_certificate(key.get(), names) : nullptr;
  if (!certificate) return fail(tls_failure("certificate", {}, "names or addresses"));
  auto impl = std::make_unique<Impl>();
  impl->context = server_context();
  if (!impl->context || SSL_CTX_use_certificate(impl->context.get(), certificate.get()) != 1 ||
      SSL_CTX_use_PrivateKey(impl->context.get(), key.get()) != 1)
    return fail(tls_failure("certificate", {}, "a usable certificate"));
  if (!key_file.empty()) {
    const BioPtr out(BIO_new(BIO_s_mem()));
    PEM_write_bio_PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    if (Status s = write_private(key_file, out.get()); !s) return fail(s.error());
  }
  if (!certificate_file.empty()) {
    const BioPtr out(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(out.get(), certificate.get());
    if (Status s = write_private(certificate_file, out.get()); !s) return fail(s.error());
  }
  return std::make_shared<TlsIdentity>(std::move(impl));
}

}  // namespace printrouter::net
