// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>

namespace printrouter::env {

/// The local account at the other end of a connection. Nobody if it cannot be known for certain.
struct PeerIdentity {
  std::int64_t uid = -1;  ///< -1: nobody
  std::string user = {};  ///< of the account database; "#1234" if it has no name for the uid; empty: nobody
  std::uint64_t socket_inode = 0;  ///< of the peer's own socket, where the kernel says; tells its process apart
  bool known() const { return uid >= 0; }
  bool operator==(const PeerIdentity&) const = default;
};

/// [any thread] Who is there? Ask at once after accept: later the client may have left.
class PeerIdentitySource {
 public:
  virtual ~PeerIdentitySource() = default;
  /// `descriptor`: an accepted TCP socket, IPv4 or IPv6. Nobody if the peer is not on this machine's
  /// loopback, or has already closed its socket: the kernel then reports uid 0 without an inode, which is
  /// nobody and never root.
  virtual PeerIdentity of_tcp(int descriptor) = 0;
  /// `descriptor`: an accepted Unix stream socket (SO_PEERCRED: the account that connected).
  virtual PeerIdentity of_unix(int descriptor) = 0;
};

/// Linux: netlink sock_diag. Lives as long as the process.
PeerIdentitySource& system_peer_identity();

/// The account database's name for a uid, cached for a minute; "#1234" if there is none.
std::string user_name(std::int64_t uid);

}  // namespace printrouter::env
