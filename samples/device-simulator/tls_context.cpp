// SPDX-License-Identifier: Apache-2.0
// The certificate of an IPPS port: given as files, or made on the spot.
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cstdio>

#include "socket_stream.hpp"

namespace simulator {
namespace {

bool add_self_signed(SSL_CTX* context, const std::string& address, const std::string& export_path) {
  std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  std::unique_ptr<X509, void (*)(X509*)> certificate(X509_new(), X509_free);
  if (!key || !certificate) return false;
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 30L * 24 * 3600);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("printrouter-device"), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  std::string names = "DNS:localhost,IP:127.0.0.1,IP:::1";
  if (address.find_first_not_of("0123456789.") == std::string::npos && address != "127.0.0.1")
    names += ",IP:" + address;
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str());
  if (extension != nullptr) {
    X509_add_ext(certificate.get(), extension, -1);
    X509_EXTENSION_free(extension);
  }
  if (X509_sign(certificate.get(), key.get(), EVP_sha256()) == 0) return false;
  if (!export_path.empty()) {
    FILE* file = std::fopen(export_path.c_str(), "w");
    if (file == nullptr) return false;
    PEM_write_X509(file, certificate.get());
    std::fclose(file);
  }
  return SSL_CTX_use_certificate(context, certificate.get()) == 1 &&
         SSL_CTX_use_PrivateKey(context, key.get()) == 1;
}

}  // namespace

std::shared_ptr<ssl_ctx_st> server_tls_context(const std::string& certificate, const std::string& key,
                                               const std::string& address, const std::string& export_path,
                                               std::string& error) {
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  bool ok = certificate.empty()
                ? add_self_signed(context.get(), address, export_path)
                : SSL_CTX_use_certificate_chain_file(context.get(), certificate.c_str()) == 1 &&
                      SSL_CTX_use_PrivateKey_file(context.get(), key.c_str(), SSL_FILETYPE_PEM) == 1;
  if (!ok) {
    char text[256] = "cannot write the certificate";
    if (unsigned long code = ERR_get_error()) ERR_error_string_n(code, text, sizeof text);
    error = text;
    return nullptr;
  }
  return context;
}

}  // namespace simulator
