// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Tokens, passwords and what is kept encrypted (libsodium). [any thread]
#include <array>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace printrouter::server {

/// Makes libsodium ready; once, before anything else here. Errors: internal.
Status start_secrets();

/// 256 random bits in URL-safe base64 after `prefix` ("prd_": what it opens shows in a leak).
std::string make_token(std::string_view prefix);
/// What is stored of a token: BLAKE2b-256 in hex. Enough for 256 random bits; passwords get argon2id.
std::string hash_token(std::string_view token);

/// argon2id with libsodium's interactive limits: some 50 ms and 64 MiB, so never on the main thread.
Result<std::string> hash_password(std::string_view password);
bool check_password(std::string_view hash, std::string_view password);

/// The key that people's codes are encrypted with (XSalsa20-Poly1305), in a file beside the store: who has a
/// copy of the database alone reads none of them.
class SecretBox {
 public:
  /// Makes the file (0600) if there is none. Errors: io; not_permitted if others may read it; corrupt.
  static Result<SecretBox> open(const std::string& file);
  /// A key of this process alone, for tests.
  static SecretBox fresh();
  std::string seal(std::string_view text) const;  ///< URL-safe base64
  Result<std::string> open_text(std::string_view sealed) const;

 private:
  std::array<unsigned char, 32> key_ = {};
};

}  // namespace printrouter::server
