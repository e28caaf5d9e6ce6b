// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "env/executor.hpp"

namespace printrouter::snmp {

enum class Version { v1, v2c, v3 };
enum class Authentication { none, md5, sha, sha256 };  ///< RFC 3414, RFC 7860
enum class Privacy { none, des, aes };                 ///< RFC 3414, RFC 3826

/// Whom to ask, and as whom.
struct Target {
  std::string host = {};
  std::uint16_t port = 161;
  Version version = Version::v2c;
  std::string community = "public";  ///< v1, v2c
  std::string user = {};             ///< v3
  Authentication authentication = Authentication::none;
  std::string authentication_key = {};  ///< passphrase, at least 8 characters (RFC 3414 section 11.2)
  Privacy privacy = Privacy::none;
  std::string privacy_key = {};
  /// Files whose first line is the key; read on the reader's thread, each time. Instead of the keys.
  std::string authentication_key_file = {}, privacy_key_file = {};
  Milliseconds timeout{500};  ///< for each try
  int retries = 1;
};

/// One value per name, in their order; absent: the agent has no such object, or it is no whole number.
using Values = std::vector<std::optional<std::int64_t>>;
using Done = std::function<void(const Result<Values>&)>;

/// Reads numbers from SNMP agents on one thread of its own: net-snmp keeps global state, and its requests
/// block. Requests are answered in order. [main thread]
class Reader {
 public:
  /// `post` brings answers to the main thread.
  explicit Reader(env::Post post);
  /// Waits for the request under way (timeout × tries at most); answers that are not posted yet are dropped.
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  /// Names are numeric, without a leading dot; or "LABELS VALUES LABEL": the columns of a table, and the
  /// label in whose row the value stands. Where the rows are is asked once of an agent, and again when one
  /// has gone. Errors: invalid (a name or key cannot be), unavailable (no answer in time), not_permitted (v3:
  /// unknown user, wrong key), io.
  void read(Target target, std::vector<std::string> names, Done done);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// prtMarkerLifeCount of the first marker (RFC 3805): all page sides the engine ever marked.
inline constexpr const char* printer_life_count = "1.3.6.1.2.1.43.10.2.1.4.1.1";

}  // namespace printrouter::snmp
