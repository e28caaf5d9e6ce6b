// SPDX-License-Identifier: Apache-2.0
#include "env/peer_identity.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <string>

namespace printrouter::env {
namespace {

/// A descriptor that closes itself.
struct Socket {
  int fd = -1;
  explicit Socket(int descriptor) : fd(descriptor) {}
  Socket(const Socket&) = delete;
  ~Socket() { shut(); }
  void shut() {
    if (fd >= 0) ::close(fd);
    fd = -1;
  }
};

class Loopback : public ::testing::TestWithParam<int> {
 protected:
  bool listen() {
    int off = 0;
    if (GetParam() == AF_INET6) {
      ::setsockopt(listener_.fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
      sockaddr_in6 in{};
      in.sin6_family = AF_INET6;
      in.sin6_addr = in6addr_loopback;
      std::memcpy(&address_, &in, size_ = sizeof in);
    } else {
      sockaddr_in in{};
      in.sin_family = AF_INET;
      in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      std::memcpy(&address_, &in, size_ = sizeof in);
    }
    return ::bind(listener_.fd, reinterpret_cast<sockaddr*>(&address_), size_) == 0 &&
           ::listen(listener_.fd, 5) == 0 &&
           ::getsockname(listener_.fd, reinterpret_cast<sockaddr*>(&address_), &size_) == 0;
  }
  bool connect(const Socket& client) {
    return ::connect(client.fd, reinterpret_cast<sockaddr*>(&address_), size_) == 0;
  }
  int family() const { return GetParam(); }
  Socket listener_{::socket(GetParam(), SOCK_STREAM, 0)};
  sockaddr_storage address_{};
  socklen_t size_ = 0;
};

TEST_P(Loopback, knows_a_client_that_is_there) {
  if (!listen()) GTEST_SKIP() << "this machine has no such loopback";
  const Socket client(::socket(family(), SOCK_STREAM, 0));
  ASSERT_TRUE(connect(client));
  const Socket accepted(::accept(listener_.fd, nullptr, nullptr));
  const PeerIdentity who = system_peer_identity().of_tcp(accepted.fd);
  EXPECT_EQ(who.uid, ::getuid());
  EXPECT_EQ(who.user, ::getpwuid(::getuid())->pw_name);
}

TEST_P(Loopback, knows_a_client_that_has_sent_all_and_still_holds_its_socket) {
  if (!listen()) GTEST_SKIP() << "this machine has no such loopback";
  const Socket client(::socket(family(), SOCK_STREAM, 0));
  ASSERT_TRUE(connect(client));
  ASSERT_EQ(::send(client.fd, "job", 3, 0), 3);
  ::shutdown(client.fd, SHUT_WR);
  const Socket accepted(::accept(listener_.fd, nullptr, nullptr));
  EXPECT_EQ(system_peer_identity().of_tcp(accepted.fd).uid, ::getuid());
}

TEST_P(Loopback, a_client_that_has_gone_is_nobody_and_not_root) {
  if (!listen()) GTEST_SKIP() << "this machine has no such loopback";
  Socket client(::socket(family(), SOCK_STREAM, 0));
  ASSERT_TRUE(connect(client));
  ASSERT_EQ(::send(client.fd, "job", 3, 0), 3);
  client.shut();
  const Socket accepted(::accept(listener_.fd, nullptr, nullptr));
  const PeerIdentity who = system_peer_identity().of_tcp(accepted.fd);
  EXPECT_FALSE(who.known()) << who.uid << " " << who.user;
  EXPECT_EQ(who.user, "");
}

TEST_P(Loopback, knows_another_account) {
  if (::getuid() != 0) GTEST_SKIP() << "only root can become another account";
  if (!listen()) GTEST_SKIP() << "this machine has no such loopback";
  int ready[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const int fd = ::setuid(65534) == 0 ? ::socket(family(), SOCK_STREAM, 0) : -1;
    const bool ok = ::connect(fd, reinterpret_cast<sockaddr*>(&address_), size_) == 0;
    char byte = ok ? 'y' : 'n';
    if (::write(ready[1], &byte, 1) == 1) (void)!::read(ready[1], &byte, 1);  // holds the socket until told
    ::_exit(0);
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  ASSERT_EQ(byte, 'y');
  const Socket accepted(::accept(listener_.fd, nullptr, nullptr));
  EXPECT_EQ(system_peer_identity().of_tcp(accepted.fd).uid, 65534);
  EXPECT_EQ(::write(ready[0], "x", 1), 1);
  ::waitpid(child, nullptr, 0);
  ::close(ready[0]), ::close(ready[1]);
}

INSTANTIATE_TEST_SUITE_P(, Loopback, ::testing::Values(AF_INET, AF_INET6),
                         [](const auto& p) { return p.param == AF_INET ? "v4" : "v6"; });

TEST(PeerIdentity, an_ipv4_client_of_an_ipv6_listener) {
  const Socket listener(::socket(AF_INET6, SOCK_STREAM, 0));
  int off = 0;
  ::setsockopt(listener.fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  sockaddr_in6 any{};
  any.sin6_family = AF_INET6;
  socklen_t size = sizeof any;
  if (::bind(listener.fd, reinterpret_cast<sockaddr*>(&any), size) != 0) GTEST_SKIP() << "no IPv6";
  ASSERT_EQ(::listen(listener.fd, 1), 0);
  ASSERT_EQ(::getsockname(listener.fd, reinterpret_cast<sockaddr*>(&any), &size), 0);
  const Socket client(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = any.sin6_port;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::connect(client.fd, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
  const Socket accepted(::accept(listener.fd, nullptr, nullptr));
  EXPECT_EQ(system_peer_identity().of_tcp(accepted.fd).uid, ::getuid());
}

TEST(PeerIdentity, unix_sockets_and_what_is_no_socket) {
  int pair[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  const Socket a(pair[0]), b(pair[1]);
  EXPECT_EQ(system_peer_identity().of_unix(a.fd).uid, ::getuid());
  EXPECT_FALSE(system_peer_identity().of_tcp(a.fd).known());
  EXPECT_FALSE(system_peer_identity().of_tcp(-1).known());
  EXPECT_FALSE(system_peer_identity().of_unix(-1).known());
}

TEST(PeerIdentity, an_uid_without_an_account_has_a_number_for_a_name) {
  EXPECT_EQ(user_name(4'000'000'001), "#4000000001");
  EXPECT_EQ(user_name(0), "root");
}

}  // namespace
}  // namespace printrouter::env
