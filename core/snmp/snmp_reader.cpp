// SPDX-License-Identifier: Apache-2.0
#include "snmp/snmp_reader.hpp"

// net-snmp's configuration comes before its other headers.
#include <net-snmp/net-snmp-config.h>
// clang-format off
#include <net-snmp/net-snmp-includes.h>
// clang-format on

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <limits>
#include <map>
#include <ranges>

#include "env/thread_pool.hpp"

namespace printrouter::snmp {
namespace {

/// Once a process, on the reader's thread: no MIB files, nothing read from or left in this machine's folders.
void prepare_library() {
  static const bool once = [] {
    snmp_disable_log();
    netsnmp_register_loghandler(NETSNMP_LOGHANDLER_NONE, LOG_DEBUG);
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DISABLE_PERSISTENT_LOAD, 1);
    netsnmp_ds_set_string(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_MIBDIRS, "");
    init_snmp("printrouter");
    return true;
  }();
  static_cast<void>(once);
}

using Name = std::vector<oid>;

std::optional<Name> parse_name(std::string_view text) {
  Name out;
  while (!text.empty()) {
    oid part = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), part);
    if (error != std::errc() || out.size() == MAX_OID_LEN) return std::nullopt;
    out.push_back(part);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.empty()) break;
    if (text.front() != '.' || text.size() == 1) return std::nullopt;
    text.remove_prefix(1);
  }
  if (out.size() < 2) return std::nullopt;
  return out;
}

std::optional<std::int64_t> number_of(const netsnmp_variable_list& variable) {
  switch (variable.type) {
    case ASN_INTEGER:
      return *variable.val.integer;
    case ASN_COUNTER:  // the same as ASN_GAUGE's neighbours: 32 bits without sign
    case ASN_GAUGE:
    case ASN_TIMETICKS:
      return static_cast<std::int64_t>(static_cast<std::uint32_t>(*variable.val.integer));
    case ASN_COUNTER64: {
      const auto value = (static_cast<std::uint64_t>(variable.val.counter64->high) << 32) |
                         (static_cast<std::uint64_t>(variable.val.counter64->low) & 0xFFFFFFFFu);
      if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return std::nullopt;
      return static_cast<std::int64_t>(value);
    }
    default:
      return std::nullopt;
  }
}

/// A value that is found by its label.
struct Labelled {
  std::string labels = {}, values = {}, label = {};
};
std::optional<Labelled> parse_labelled(std::string_view text) {
  const auto first = text.find(' ');
  const auto second = first == text.npos ? text.npos : text.find(' ', first + 1);
  if (second == text.npos || second + 1 == text.size()) return std::nullopt;
  return Labelled{std::string(text.substr(0, first)), std::string(text.substr(first + 1, second - first - 1)),
                  std::string(text.substr(second + 1))};
}

/// The rows of a table by their labels: what stands in a value's name after its column.
using Rows = std::map<std::string, Name>;
/// By agent and column.
using Tables = std::map<std::string, Rows>;
/// More than any device has counters; an agent that never ends is cut off.
constexpr std::size_t most_rows = 1000;

/// A key out of a passphrase (RFC 3414 appendix A.2).
bool make_key(const oid* hash, std::size_t hash_length, const std::string& passphrase, unsigned char* key,
              std::size_t& length) {
  length = USM_AUTH_KU_LEN;
  return generate_Ku(hash, static_cast<u_int>(hash_length),
                     reinterpret_cast<const u_char*>(passphrase.data()), passphrase.size(), key,
                     &length) == SNMPERR_SUCCESS;
}

Error wrong(const char* field, std::string text, std::string expected) {
  return {ErrorCode::invalid, std::move(text), field, "snmp", std::move(expected)};
}

Status secure(netsnmp_session& session, Target& target) {
  session.version = SNMP_VERSION_3;
  session.securityName = target.user.data();
  session.securityNameLen = target.user.size();
  session.securityLevel = SNMP_SEC_LEVEL_NOAUTH;
  if (target.user.empty()) return fail(wrong("user", "is missing", "the user of SNMP v3"));
  if (target.authentication == Authentication::none) {
    if (target.privacy == Privacy::none) return {};
    return fail(wrong("privacy", "needs authentication", "authentication md5, sha or sha256"));
  }
  struct Hash {
    const oid* name;
    std::size_t length;
  };
  static const oid sha256[] = {1, 3, 6, 1, 6, 3, 10, 1, 1, NETSNMP_USMAUTH_HMAC192SHA256};
  const Hash hash =
      target.authentication == Authentication::md5   ? Hash{usmHMACMD5AuthProtocol, USM_AUTH_PROTO_MD5_LEN}
      : target.authentication == Authentication::sha ? Hash{usmHMACSHA1AuthProtocol, USM_AUTH_PROTO_SHA_LEN}
                                                     : Hash{sha256, OID_LENGTH(sha256)};
  session.securityLevel = SNMP_SEC_LEVEL_AUTHNOPRIV;
  session.securityAuthProto = const_cast<oid*>(hash.name);
  session.securityAuthProtoLen = hash.length;
  if (!make_key(hash.name, hash.length, target.authentication_key, session.securityAuthKey,
                session.securityAuthKeyLen))
    return fail(wrong("authentication_key", "cannot be used", "a passphrase of at least 8 characters"));
  if (target.privacy == Privacy::none) return {};
  session.securityLevel = SNMP_SEC_LEVEL_AUTHPRIV;
  const bool aes = target.privacy == Privacy::aes;
  session.securityPrivProto = const_cast<oid*>(aes ? usmAESPrivProtocol : usmDESPrivProtocol);
  session.securityPrivProtoLen = aes ? USM_PRIV_PROTO_AES_LEN : USM_PRIV_PROTO_DES_LEN;
  if (!make_key(hash.name, hash.length, target.privacy_key, session.securityPrivKey,
                session.securityPrivKeyLen))
    return fail(wrong("privacy_key", "cannot be used", "a passphrase of at least 8 characters"));
  return {};
}

/// What the library says of a session that failed.
Error failure(void* handle, const Target& target) {
  int library = 0, system = 0;
  char* text = nullptr;
  snmp_sess_error(handle, &library, &system, &text);
  Error out{ErrorCode::io, text ? text : "failed", {}, target.host + ":" + std::to_string(target.port), {}};
  std::free(text);
  if (system == SNMPERR_TIMEOUT) out.code = ErrorCode::unavailable;
  if (system == SNMPERR_UNKNOWN_USER_NAME || system == SNMPERR_AUTHENTICATION_FAILURE ||
      system == SNMPERR_UNSUPPORTED_SEC_LEVEL || system == SNMPERR_DECRYPTION_ERR)
    out.code = ErrorCode::not_permitted;
  return out;
}

class Session {
 public:
  Session(void* handle, const Target& target) : handle_(handle), target_(target) {}
  ~Session() { snmp_sess_close(handle_); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  Status get(const std::vector<Name>& names, std::size_t from, std::size_t to, Values& out) {
    netsnmp_pdu* request = snmp_pdu_create(SNMP_MSG_GET);
    for (std::size_t i = from; i < to; ++i) snmp_add_null_var(request, names[i].data(), names[i].size());
    netsnmp_pdu* answer = nullptr;
    // It takes the request over, also where it fails.
    const int status = snmp_sess_synch_response(handle_, request, &answer);
    const std::unique_ptr<netsnmp_pdu, decltype(&snmp_free_pdu)> kept(answer, snmp_free_pdu);
    if (status != STAT_SUCCESS || !answer) {
      Error error = failure(handle_, target_);
      if (status == STAT_TIMEOUT) error.code = ErrorCode::unavailable;
      return fail(std::move(error));
    }
    // v1 has no other way to say that an object is not there (RFC 3416 puts it with the value).
    if (answer->errstat == SNMP_ERR_NOSUCHNAME) return {};
    if (answer->errstat != SNMP_ERR_NOERROR)
      return fail(
          Error{ErrorCode::io, snmp_errstring(static_cast<int>(answer->errstat)), {}, target_.host, {}});
    std::size_t i = from;
    for (const netsnmp_variable_list* v = answer->variables; v && i < to; v = v->next_variable, ++i)
      out[i] = number_of(*v);
    return {};
  }

  /// The labels of a column. Of equal ones the first counts: tables repeat their totals.
  Status walk(const Name& column, Rows& out) {
    Name at = column;
    for (std::size_t rows = 0; rows < most_rows; ++rows) {
      netsnmp_pdu* request = snmp_pdu_create(SNMP_MSG_GETNEXT);
      snmp_add_null_var(request, at.data(), at.size());
      netsnmp_pdu* answer = nullptr;
      const int status = snmp_sess_synch_response(handle_, request, &answer);
      const std::unique_ptr<netsnmp_pdu, decltype(&snmp_free_pdu)> kept(answer, snmp_free_pdu);
      if (status != STAT_SUCCESS || !answer) {
        Error error = failure(handle_, target_);
        if (status == STAT_TIMEOUT) error.code = ErrorCode::unavailable;
        return fail(std::move(error));
      }
      const netsnmp_variable_list* v = answer->variables;
      if (answer->errstat != SNMP_ERR_NOERROR || !v || v->type != ASN_OCTET_STR) return {};
      const Name next(v->name, v->name + v->name_length);
      // The end of the column, or an agent that goes in circles.
      if (!std::ranges::equal(column, next | std::views::take(column.size())) || !(at < next)) return {};
      out.try_emplace(std::string(reinterpret_cast<const char*>(v->val.string), v->val_len),
                      next.begin() + static_cast<std::ptrdiff_t>(column.size()), next.end());
      at = next;
    }
    return {};
  }

 private:
  void* handle_;
  const Target& target_;
};

/// The library keeps each user's first keys for the life of the process, and would use them in place of new
/// ones.
void forget_users() {
  while (usmUser* user = usm_get_userList()) {
    usm_remove_user(user);
    usm_free_user(user);
  }
}

Status take_key(const std::string& file, std::string& key) {
  if (file.empty()) return {};
  std::ifstream in(file);
  if (!std::getline(in, key)) return fail(ErrorCode::not_found, "the key cannot be read", file);
  return {};
}

/// What was asked for. Of a labelled value the name is known once the table was read; empty: no such row.
struct Wanted {
  Name name = {};
  std::optional<Labelled> labelled = {};
  Name labels = {}, values = {};
};

Status take_name(const std::string& text, Name& out) {
  auto name = parse_name(text);
  if (!name) return fail(wrong("name", text + " is no object identifier", "numbers with dots between"));
  out = std::move(*name);
  return {};
}

Result<std::vector<Wanted>> parse_wanted(const std::vector<std::string>& texts) {
  std::vector<Wanted> out;
  for (const std::string& text : texts) {
    Wanted wanted;
    wanted.labelled = parse_labelled(text);
    Status good =
        wanted.labelled ? take_name(wanted.labelled->labels, wanted.labels) : take_name(text, wanted.name);
    if (good && wanted.labelled) good = take_name(wanted.labelled->values, wanted.values);
    if (!good) return fail(good.error());
    out.push_back(std::move(wanted));
  }
  return out;
}

Result<Values> read_from(Session& open, const Target& target, std::vector<Wanted> wanted, Tables& tables) {
  const std::string agent = target.host + " " + std::to_string(target.port) + " ";
  for (Wanted& w : wanted) {
    if (!w.labelled) continue;
    const auto [table, is_new] = tables.try_emplace(agent + w.labelled->labels);
    if (is_new)
      if (const Status walked = open.walk(w.labels, table->second); !walked) {
        tables.erase(table);
        return fail(walked.error());
      }
    if (const auto row = table->second.find(w.labelled->label); row != table->second.end()) {
      w.name = w.values;
      w.name.insert(w.name.end(), row->second.begin(), row->second.end());
    }
  }
  std::vector<Name> names;
  for (const Wanted& w : wanted)
    if (!w.name.empty()) names.push_back(w.name);
  Values found(names.size());
  // In v1 one missing object spoils the whole answer, so each is asked by itself.
  const std::size_t at_once = target.version == Version::v1 ? 1 : 16;
  for (std::size_t i = 0; i < names.size(); i += at_once)
    if (const Status done = open.get(names, i, std::min(names.size(), i + at_once), found); !done)
      return fail(done.error());
  Values out;
  std::size_t next = 0;
  for (const Wanted& w : wanted) {
    out.push_back(w.name.empty() ? std::nullopt : found[next++]);
    // A row that has gone may have moved: the labels are read anew the next time.
    if (w.labelled && !out.back()) tables.erase(agent + w.labelled->labels);
  }
  return out;
}

Result<Values> read_now(Target& target, const std::vector<std::string>& texts, Tables& tables) {
  prepare_library();
  auto wanted = parse_wanted(texts);
  if (!wanted) return fail(wanted.error());
  netsnmp_session session;
  snmp_sess_init(&session);
  std::string peer = "udp:" + target.host + ":" + std::to_string(target.port);
  if (target.host.find(':') != std::string::npos)
    peer = "udp6:[" + target.host + "]:" + std::to_string(target.port);
  session.peername = peer.data();
  session.timeout = std::chrono::microseconds(target.timeout).count();
  session.retries = target.retries;
  if (target.version == Version::v3) {
    forget_users();
    for (const Status& taken : {take_key(target.authentication_key_file, target.authentication_key),
                                take_key(target.privacy_key_file, target.privacy_key)})
      if (!taken) return fail(taken.error());
    if (const Status good = secure(session, target); !good) return fail(good.error());
  } else {
    session.version = target.version == Version::v1 ? SNMP_VERSION_1 : SNMP_VERSION_2c;
    session.community = reinterpret_cast<u_char*>(target.community.data());
    session.community_len = target.community.size();
  }
  void* handle = snmp_sess_open(&session);
  if (!handle) {
    char* text = nullptr;
    snmp_error(&session, nullptr, nullptr, &text);
    Error error{ErrorCode::unavailable, text ? text : "cannot be asked", {}, peer, {}};
    std::free(text);
    if (session.s_snmp_errno == SNMPERR_UNKNOWN_USER_NAME ||
        session.s_snmp_errno == SNMPERR_AUTHENTICATION_FAILURE)
      error.code = ErrorCode::not_permitted;
    return fail(std::move(error));
  }
  Session open(handle, target);
  return read_from(open, target, std::move(*wanted), tables);
}

}  // namespace

struct Reader::Impl {
  explicit Impl(env::Post to_main) : post(std::move(to_main)) {}
  env::Post post;
  std::shared_ptr<const bool> life = std::make_shared<const bool>(true);
  Tables tables = {};         ///< [reader's thread]
  env::ThreadPool thread{1};  ///< ends before what it uses
};

Reader::Reader(env::Post post) : impl_(std::make_unique<Impl>(std::move(post))) {}

Reader::~Reader() = default;

void Reader::read(Target target, std::vector<std::string> names, Done done) {
  impl_->thread.submit([post = impl_->post, &tables = impl_->tables,
                        alive = std::weak_ptr<const bool>(impl_->life), target = std::move(target),
                        names = std::move(names), done = std::move(done)]() mutable {
    if (alive.expired()) return;
    post([alive, result = read_now(target, names, tables), done = std::move(done)] {
      if (!alive.expired()) done(result);
    });
  });
}

}  // namespace printrouter::snmp
