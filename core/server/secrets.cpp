// SPDX-License-Identifier: Apache-2.0
#include "server/secrets.hpp"

#include <sodium.h>
#include <sys/stat.h>

#include <vector>

#include "env/state_file.hpp"

namespace printrouter::server {
namespace {
constexpr int base64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

std::string to_base64(const unsigned char* bytes, std::size_t size) {
  std::string out(sodium_base64_encoded_len(size, base64), '\0');
  sodium_bin2base64(out.data(), out.size(), bytes, size, base64);
  out.pop_back();  // the terminating zero
  return out;
}

std::vector<unsigned char> from_base64(std::string_view text) {
  std::vector<unsigned char> out(text.size());
  std::size_t size = 0;
  const char* end = nullptr;
  if (sodium_base642bin(out.data(), out.size(), text.data(), text.size(), nullptr, &size, &end, base64) !=
          0 ||
      end != text.data() + text.size())
    return {};
  out.resize(size);
  return out;
}
}  // namespace

Status start_secrets() {
  if (sodium_init() < 0) return fail(ErrorCode::internal, "libsodium does not start");
  return {};
}

std::string make_token(std::string_view prefix) {
  std::array<unsigned char, 32> bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  return std::string(prefix) + to_base64(bytes.data(), bytes.size());
}

std::string hash_token(std::string_view token) {
  std::array<unsigned char, 32> digest{};
  crypto_generichash(digest.data(), digest.size(), reinterpret_cast<const unsigned char*>(token.data()),
                     token.size(), nullptr, 0);
  std::array<char, 65> hex{};
  sodium_bin2hex(hex.data(), hex.size(), digest.data(), digest.size());
  return hex.data();
}

Result<std::string> hash_password(std::string_view password) {
  std::array<char, crypto_pwhash_STRBYTES> out{};
  if (crypto_pwhash_str_alg(out.data(), password.data(), password.size(), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                            crypto_pwhash_MEMLIMIT_INTERACTIVE, crypto_pwhash_ALG_ARGON2ID13) != 0)
    return fail(ErrorCode::unavailable, "no memory to hash a password");
  return std::string(out.data());
}

bool check_password(std::string_view hash, std::string_view password) {
  return crypto_pwhash_str_verify(std::string(hash).c_str(), password.data(), password.size()) == 0;
}

Result<SecretBox> SecretBox::open(const std::string& file) {
  const auto there = env::read_small_file(file, 4096);
  if (!there) return fail(there.error());
  SecretBox box;
  if (!*there) {
    box = fresh();
    if (const Status written = env::replace_file(file, to_base64(box.key_.data(), box.key_.size()) + "\n");
        !written)
      return fail(written.error());
    return box;
  }
  struct stat info {};
  if (::stat(file.c_str(), &info) == 0 && (info.st_mode & 0077) != 0)
    return fail({ErrorCode::not_permitted, "may be read by others", "key_file", file, "mode 0600"});
  std::string text = **there;
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  const auto key = from_base64(text);
  if (key.size() != box.key_.size())
    return fail({ErrorCode::corrupt, "holds no key", "key_file", file, "32 bytes in URL-safe base64"});
  std::copy(key.begin(), key.end(), box.key_.begin());
  return box;
}

SecretBox SecretBox::fresh() {
  SecretBox box;
  randombytes_buf(box.key_.data(), box.key_.size());
  return box;
}

std::string SecretBox::seal(std::string_view text) const {
  std::vector<unsigned char> out(crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + text.size());
  randombytes_buf(out.data(), crypto_secretbox_NONCEBYTES);
  crypto_secretbox_easy(out.data() + crypto_secretbox_NONCEBYTES,
                        reinterpret_cast<const unsigned char*>(text.data()), text.size(), out.data(),
                        key_.data());
  return to_base64(out.data(), out.size());
}

Result<std::string> SecretBox::open_text(std::string_view sealed) const {
  const auto bytes = from_base64(sealed);
  constexpr std::size_t extra = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
  std::string out;
  if (bytes.size() >= extra) {
    out.resize(bytes.size() - extra);
    if (crypto_secretbox_open_easy(
            reinterpret_cast<unsigned char*>(out.data()), bytes.data() + crypto_secretbox_NONCEBYTES,
            bytes.size() - crypto_secretbox_NONCEBYTES, bytes.data(), key_.data()) == 0)
      return out;
  }
  return fail({ErrorCode::corrupt,
               "cannot be decrypted",
               "key_file",
               {},
               "the key file this database was made with"});
}

}  // namespace printrouter::server
