// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "env/spooler_process.hpp"
#include "router/router_core.hpp"

namespace printrouter {
namespace {
constexpr std::size_t most_owners = 200;                     // far more than a server takes of one desktop
constexpr Milliseconds owner_news = std::chrono::hours(24);  // so that a job costs no row of its own
}  // namespace

bool RouterCore::is_spooler(const env::PeerIdentity& peer) const {
  const auto& names = config().identity.trusted_spoolers;
  return peer.known() && std::ranges::find(names, peer.user) != names.end();
}

Actor RouterCore::actor_of(const IntakeClient& client) const {
  // A print protocol never makes an administrator; a spooler stands for the jobs it brought (their uid is its
  // own).
  if (!client.identity.known()) return {};
  if (is_spooler(client.identity)) return {{}, client.identity.uid, false};
  return {server_user(client.identity.user), client.identity.uid, false};
}

Result<Owner> RouterCore::owner_of(const IntakeClient& client, const Attributes& attributes) const {
  Owner owner;
  owner.peer = client.peer;
  owner.asserted_user = std::string(text_of(attributes, "requesting-user-name"));
  if (!client.identity.known()) return owner;  // nobody: only an administrator may act on the job
  owner.uid = client.identity.uid;

  std::string local = client.identity.user;
  owner.evidence = UserEvidence::owner;
  if (!client.direct && is_spooler(client.identity)) {
    owner.evidence = UserEvidence::asserted;
    local = owner.asserted_user;
    if (local.empty() && client.protocol == "raw") {
      // A socket queue of CUPS hands over bare bytes; but the account's own backend process says for whom.
      // Other protocols name the user themselves, LPR in its control file, and reading all processes is dear.
      const ListenerConfig* listener = listener_of(client, attributes);
      if (const auto job = listener ? env::spooler_job_of(client.identity.uid, client.listener_port,
                                                          client.identity.socket_inode)
                                    : std::nullopt)
        local = owner.asserted_user = job->user;
    }
    if (local.empty()) {
      owner.evidence = UserEvidence::none;
      return owner;
    }
  } else if (!owner.asserted_user.empty() && owner.asserted_user != local &&
             owner.asserted_user != server_user(local)) {
    return fail(ErrorCode::not_permitted,
                "you are " + local + " and may not print as " + owner.asserted_user);
  }
  owner.user = server_user(local);
  // A table changes the name, not who vouches for it: what a spooler asserted stays asserted.
  if (owner.user != local && owner.evidence == UserEvidence::owner) owner.evidence = UserEvidence::mapped;
  return owner;
}

void RouterCore::remember_owner(journal::Transaction& transaction, const Owner& owner) {
  if (owner.user.empty()) return;
  const auto known = owners.find(owner.user);
  if (known != owners.end() && now() - known->second < owner_news) return;
  owners[owner.user] = now();
  transaction.put_owner({owner.user, now()});
  if (owners.size() <= most_owners) return;
  const auto oldest = std::ranges::min_element(owners, {}, [](const auto& o) { return o.second; });
  transaction.delete_owner(oldest->first);
  owners.erase(oldest);
}

}  // namespace printrouter
