// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Enrolled desktops and those who administer, by the hash of what they show. All of them are kept in memory,
/// so that a request is judged before its body is taken. [main thread]; the functions over a Database run on
/// the store's thread.
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "server/database.hpp"

namespace printrouter::server {

struct Desktop {
  std::string id, host_name, address, ledger, version, token;
  Timestamp enrolled = {}, revoked = {}, last_seen = {};
  std::set<std::string> users = {};
  std::string readiness = {};  ///< JSON as it reported; empty: never
  Timestamp readiness_at = {};
};

class Desktops {
 public:
  const Desktop* by_key(const std::string& key_hash) const;  ///< nullptr: unknown or revoked
  Desktop* find(std::string_view id);
  const std::map<std::string, Desktop, std::less<>>& all() const { return desktops_; }
  const std::set<std::string>& desktops_of(std::string_view user) const;

  void put(Desktop desktop, std::string key_hash);
  void set_users(const std::string& desktop, const std::set<std::string>& users);
  void revoke(std::string_view id, Timestamp now);
  void replace_all(const std::vector<Row>& desktops, const std::vector<Row>& users);

  static Result<std::vector<Row>> read(Database& db);        ///< rows for replace_all
  static Result<std::vector<Row>> read_users(Database& db);  ///< desktop, user

 private:
  std::map<std::string, Desktop, std::less<>> desktops_;
  std::unordered_map<std::string, std::string> by_key_;  ///< hash -> id
  std::map<std::string, std::set<std::string>, std::less<>> by_user_;
};

/// All users that a desktop may have once it asks for these, of whom the first counts most: at most `most` in
/// 30 days, lest one that was taken over goes through a whole house. Those of earlier make room. Who is new
/// stands in the audit trail; that there was no room, among the alarms.
Result<std::set<std::string>> admit_users(Database& db, const std::string& desktop,
                                          const std::vector<std::string>& asked, std::size_t most,
                                          Timestamp now);

struct EnrolRequest {
  std::string token, host_name, ledger, version, address;
};
struct EnrolAnswer {
  Desktop desktop;
  std::string key, key_hash;
};
/// Errors: not_permitted (no such token, used up, expired, revoked, address out of its range): one text for
/// all that a stranger must not tell apart.
Result<EnrolAnswer> enrol(Database& db, const EnrolRequest& request, Timestamp now);

struct EnrolmentToken {
  bool fleet = false;  ///< else good for one desktop
  std::string label, created_by;
  Timestamp expires = {};
  std::vector<std::string> ranges = {};  ///< empty: from anywhere
};
struct MadeToken {
  std::string id, token;  ///< the token is shown this once
};
/// Errors: invalid.
Result<MadeToken> make_enrolment_token(Database& db, const EnrolmentToken& token, Timestamp now);

enum class Role { none, auditor, operator_, admin };  ///< each may what those before may
std::string_view to_string(Role role);
std::optional<Role> role(std::string_view text);

struct Administrator {
  std::string name;
  Role role = Role::none;
  Timestamp expires = {};  ///< of the token; not set: never
};

class Administrators {
 public:
  const Administrator* by_token(const std::string& hash, Timestamp now) const;
  void put(const std::string& hash, Administrator administrator);
  void replace_all(const std::vector<Row>& tokens);
  static Result<std::vector<Row>> read(Database& db);

 private:
  std::unordered_map<std::string, Administrator> by_token_;
};

/// A token that opens the administrators' API; only its hash is stored.
Result<MadeToken> make_administrator_token(Database& db, const Administrator& administrator,
                                           const std::string& label, Timestamp now);

}  // namespace printrouter::server
