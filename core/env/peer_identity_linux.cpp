// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <map>
#include <mutex>
#include <vector>

#include "env/peer_identity.hpp"

namespace printrouter::env {
namespace {

/// One end of a connection as inet_diag wants it: network byte order.
struct End {
  int family = AF_UNSPEC;
  std::array<std::uint32_t, 4> address{};
  std::uint16_t port = 0;
  bool loopback = false;
};

End end_of(const sockaddr_storage& from) {
  End out;
  if (from.ss_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &from, sizeof in);
    out.family = AF_INET;
    out.address[0] = in.sin_addr.s_addr;
    out.port = in.sin_port;
    out.loopback = (ntohl(in.sin_addr.s_addr) >> 24) == 127;
  } else if (from.ss_family == AF_INET6) {
    sockaddr_in6 in{};
    std::memcpy(&in, &from, sizeof in);
    out.port = in.sin6_port;
    if (IN6_IS_ADDR_V4MAPPED(&in.sin6_addr)) {
      // A client that spoke IPv4 to a listener on "::" has an IPv4 socket itself.
      out.family = AF_INET;
      std::memcpy(out.address.data(), in.sin6_addr.s6_addr + 12, 4);
      out.loopback = in.sin6_addr.s6_addr[12] == 127;
    } else {
      out.family = AF_INET6;
      std::memcpy(out.address.data(), in.sin6_addr.s6_addr, 16);
      out.loopback = IN6_IS_ADDR_LOOPBACK(&in.sin6_addr);
    }
  }
  return out;
}

struct Request {
  nlmsghdr header;
  inet_diag_req_v2 body;
};

class SockDiag {
 public:
  ~SockDiag() { close(); }

  struct Owner {
    std::int64_t uid = -1;  ///< -1: none that is certain
    std::uint64_t inode = 0;
  };

  /// Who owns the socket with these ends.
  Owner owner(const End& local, const End& remote) {
    const std::lock_guard lock(mutex_);
    if (!open()) return {};
    Request request{};
    request.header.nlmsg_len = sizeof request;
    request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    request.header.nlmsg_flags = NLM_F_REQUEST;
    request.header.nlmsg_seq = ++sequence_;
    request.body.sdiag_family = static_cast<std::uint8_t>(local.family);
    request.body.sdiag_protocol = IPPROTO_TCP;
    request.body.idiag_states = ~0u;
    request.body.id.idiag_sport = local.port;
    request.body.id.idiag_dport = remote.port;
    std::memcpy(request.body.id.idiag_src, local.address.data(), 16);
    std::memcpy(request.body.id.idiag_dst, remote.address.data(), 16);
    request.body.id.idiag_cookie[0] = request.body.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
    sockaddr_nl kernel{};
    kernel.nl_family = AF_NETLINK;
    if (::sendto(descriptor_, &request, sizeof request, 0, reinterpret_cast<const sockaddr*>(&kernel),
                 sizeof kernel) != static_cast<ssize_t>(sizeof request)) {
      close();
      return {};
    }
    return answer(local, remote);
  }

 private:
  bool open() {
    if (descriptor_ >= 0) return true;
    descriptor_ = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    return descriptor_ >= 0;
  }
  void close() {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
  }

  Owner answer(const End& local, const End& remote) {
    alignas(nlmsghdr) std::array<char, 4096> buffer{};
    while (true) {
      // The kernel answers within sendto, so this never waits; and if it did not answer, not waiting is
      // right.
      const ssize_t received = ::recv(descriptor_, buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (received < 0 && errno == EINTR) continue;
      if (received <= 0) {
        close();
        return {};
      }
      auto left = static_cast<unsigned>(received);
      for (const auto* header = reinterpret_cast<const nlmsghdr*>(buffer.data()); NLMSG_OK(header, left);
           header = NLMSG_NEXT(header, left)) {
        if (header->nlmsg_seq != sequence_) continue;  // a late answer to an earlier question
        if (header->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
            header->nlmsg_len < NLMSG_LENGTH(sizeof(inet_diag_msg)))
          return {};
        inet_diag_msg row{};
        std::memcpy(&row, NLMSG_DATA(header), sizeof row);
        return trusted(row, local, remote);
      }
    }
  }

  /// A row counts only if a process still holds the socket (it has an inode): uid is then the socket's owner.
  /// A client that has sent all and shut its write side down (FIN-WAIT) but still holds the socket is as
  /// certain as an established one; netcat is there before we are. One that has gone shows inode 0 and uid 0:
  /// nobody.
  static Owner trusted(const inet_diag_msg& row, const End& local, const End& remote) {
    constexpr std::uint8_t established = 1, fin_wait_1 = 4, fin_wait_2 = 5;  // the kernel's TCP_* states
    const bool open =
        row.idiag_state == established || row.idiag_state == fin_wait_1 || row.idiag_state == fin_wait_2;
    const bool same = row.id.idiag_sport == local.port && row.id.idiag_dport == remote.port;
    if (!open || !same || row.idiag_inode == 0) return {};
    return {row.idiag_uid, row.idiag_inode};
  }

  std::mutex mutex_;
  int descriptor_ = -1;
  std::uint32_t sequence_ = 0;
};

class LinuxPeerIdentity final : public PeerIdentitySource {
 public:
  PeerIdentity of_tcp(int descriptor) override {
    sockaddr_storage peer{}, own{};
    socklen_t peer_size = sizeof peer, own_size = sizeof own;
    if (::getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &peer_size) != 0 ||
        ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&own), &own_size) != 0)
      return {};
    const End theirs = end_of(peer), ours = end_of(own);
    if (!theirs.loopback || !ours.loopback || theirs.family != ours.family) return {};
    const SockDiag::Owner owner = sockets_.owner(theirs, ours);
    PeerIdentity peer_identity = named(owner.uid);
    peer_identity.socket_inode = owner.inode;
    return peer_identity;
  }

  PeerIdentity of_unix(int descriptor) override {
    ucred credentials{};
    socklen_t size = sizeof credentials;
    if (::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0 ||
        size != sizeof credentials || credentials.uid == static_cast<uid_t>(-1))
      return {};
    return named(credentials.uid);
  }

 private:
  static PeerIdentity named(std::int64_t uid) {
    if (uid < 0) return {};
    return {uid, user_name(uid)};
  }
  SockDiag sockets_;
};

std::string look_up_name(std::int64_t uid) {
  std::vector<char> buffer(4096);
  passwd entry{};
  passwd* found = nullptr;
  int error = 0;
  while ((error = ::getpwuid_r(static_cast<uid_t>(uid), &entry, buffer.data(), buffer.size(), &found)) ==
             ERANGE &&
         buffer.size() < (1u << 20))
    buffer.resize(buffer.size() * 2);
  if (error == 0 && found != nullptr) return found->pw_name;
  return "#" + std::to_string(uid);
}

}  // namespace

PeerIdentitySource& system_peer_identity() {
  static LinuxPeerIdentity identity;
  return identity;
}

std::string user_name(std::int64_t uid) {
  // The account database may be a directory server; one question a minute and account is enough.
  using Time = std::chrono::steady_clock::time_point;
  static std::mutex mutex;
  static std::map<std::int64_t, std::pair<std::string, Time>> known;
  const auto now = std::chrono::steady_clock::now();
  {
    const std::lock_guard lock(mutex);
    const auto it = known.find(uid);
    if (it != known.end() && now - it->second.second < std::chrono::minutes(1)) return it->second.first;
  }
  std::string name = look_up_name(uid);
  const std::lock_guard lock(mutex);
  if (known.size() > 4096) known.clear();
  known[uid] = {name, now};
  return name;
}

}  // namespace printrouter::env
