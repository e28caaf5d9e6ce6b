// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What each desktop needs to decide without the server, and who is told that it changed. [main thread]
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "net/http_server.hpp"
#include "server/accounts.hpp"
#include "server/catalog.hpp"
#include "server/desktops.hpp"
#include "server/server_config.hpp"

namespace printrouter::server {

/// Of one user, read in the store.
struct UserState {
  std::string user;
  std::vector<std::pair<std::string, std::int64_t>> history = {};  ///< device, last used (ms)
  std::optional<Account> account = {};
  Timestamp renews_at = {};  ///< when its next period begins; not set: never
  bool local = false;        ///< known to sit at this desktop
};
Result<std::vector<UserState>> read_users(Database& db, const std::string& desktop,
                                          const std::vector<std::string>& users, Timestamp now);

struct BuiltSnapshot {
  std::string json;
  std::string etag;  ///< of the content: the same content, the same tag, also after a restart
};

class Snapshots {
 public:
  Snapshots(const Catalog& catalog, Desktops& desktops, CodesFor codes_for);

  /// `desktop` with the users it asks for. Errors: corrupt (codes that do not decrypt).
  Result<BuiltSnapshot> build(const Desktop& desktop, const std::vector<UserState>& users, Timestamp now);
  /// A number that rises with each change, and from one start of the server to the next.
  std::int64_t version() const { return version_; }

  /// Holds the exchange as an event stream. A desktop has a few at most: the oldest of more is one that broke
  /// without a word.
  void listen(const std::string& desktop, const net::Exchange& exchange);
  /// Something that all desktops have changed.
  void changed(Timestamp now);
  /// Something of these users.
  void users_changed(const std::set<std::string>& users, Timestamp now);
  std::size_t listeners() const { return listeners_.size(); }
  /// Ends the event streams of a desktop whose key is no longer good.
  void cut(const std::string& desktop);

 private:
  struct Shared {
    std::string json;  ///< "profile", "groups", "devices", "prices" as members, without braces
    std::uint64_t made_of = 0;
  };
  const Shared& shared_part(const std::string& profile);
  void tell(const net::Exchange& exchange) const;

  const Catalog& catalog_;
  Desktops& desktops_;
  const CodesFor codes_for_;
  std::map<std::string, Shared> shared_;
  std::multimap<std::string, net::Exchange, std::less<>> listeners_;
  std::int64_t version_ = 0;
};

}  // namespace printrouter::server
