// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What administrators write: profiles, printers, printer groups, users, assignments, prices. All of it is
/// small enough to be kept in memory (20,000 users cost about 10 MB) and is durable in the store's
/// `resources`. [main thread]
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "config/config_load.hpp"
#include "devices/device_model.hpp"
#include "devices/directory.hpp"
#include "devices/vendor_rules.hpp"
#include "model/money.hpp"
#include "server/database.hpp"
#include "server/secrets.hpp"

namespace printrouter::server {

enum class Kind { profile, printer, group, user, assignment, prices };
std::string_view to_string(Kind kind);  ///< "profile", "printer", ...: as stored
std::optional<Kind> resource_kind(std::string_view name);

/// Which desktops get which profile, and what they may spend without the server.
struct Assignment {
  std::string profile = {};
  int order = 100;
  std::vector<std::string> hosts = {}, ranges = {}, user_groups = {};
  /// What each user may reserve on one of these desktops; absent: no limit beside the balance.
  std::optional<Money> allowance = {};
  std::optional<std::int64_t> allowance_pages = {};
};

/// What a request to write one resource became.
struct Checked {
  std::string body;         ///< canonical JSON, codes sealed
  ConfigFindings warnings;  ///< as `config check` of the desktop says them
};

class Catalog {
 public:
  using Bodies = std::map<std::string, std::string, std::less<>>;

  /// `rules` may be nullptr: profiles are then checked without the makers' rules.
  Catalog(ModelLibrary models, const VendorRules* rules, SecretBox box);

  const Bodies& of(Kind kind) const { return bodies_[static_cast<std::size_t>(kind)]; }
  const std::string* find(Kind kind, std::string_view id) const;

  /// Reads `text` as the resource `id`. `place` stands in errors ("users.csv:3"). Errors: invalid with field,
  /// place and what was expected; not_found: it names something that does not exist.
  Result<Checked> check(Kind kind, const std::string& id, std::string_view text,
                        const std::string& place) const;
  /// Who would lack it: why it cannot be removed. Empty: nobody.
  std::string needed_by(Kind kind, std::string_view id) const;

  /// Memory follows the store; call after the commit.
  void put(Kind kind, const std::string& id, std::string body);
  void remove(Kind kind, std::string_view id);
  void replace_all(const std::vector<Row>& rows);  ///< kind, id, body

  /// The assignment of a desktop: the one with the lowest order that fits. None: its profile is empty.
  Assignment assignment_of(std::string_view host_name, const std::string& address,
                           const std::set<std::string>& user_groups) const;
  std::set<std::string> groups_of(std::string_view user) const;
  /// An administrator said that this user sits there (`desktops` of the user).
  bool assigned(std::string_view user, std::string_view host_name) const;
  /// name -> code; empty where the user is not known. The only place where codes are decrypted.
  Result<std::map<std::string, std::string>> codes_of(std::string_view user) const;
  /// A user as people may see it: names of the codes, never the codes.
  std::string shown_user(std::string_view body) const;

  /// Printers and groups joined with their models; rebuilt when one of them changed.
  const Directory& directory() const;
  std::shared_ptr<const Directory> directory_now() const;
  const VendorRules* rules() const { return rules_; }
  /// Rises with every change.
  std::uint64_t changes() const { return changes_; }

 private:
  Config config_now() const;
  ConfigFindings check_profile(const Profile& profile) const;

  ModelLibrary models_;
  const VendorRules* rules_;
  SecretBox box_;
  Bodies bodies_[6];
  std::uint64_t changes_ = 1;
  mutable std::shared_ptr<const Directory> directory_;
};

/// In a transaction: writes or removes, rises the store's revision (which tells a running server that another
/// program wrote), and notes it in the audit trail. `id` of the audit row: a uuid.
struct ResourceWrite {
  Kind kind;
  std::string id;
  std::optional<std::string> body;  ///< none: remove
};
Result<std::int64_t> write_resources(Database& db, const std::vector<ResourceWrite>& writes,
                                     const std::string& actor, Timestamp now);
Result<std::vector<Row>> read_resources(Database& db);
Result<std::int64_t> read_revision(Database& db);
Result<std::int64_t> raise_revision(Database& db);
Status note_audit(Database& db, const std::string& actor, const std::string& action,
                  const std::string& target, const std::string& detail, Timestamp now);

}  // namespace printrouter::server
