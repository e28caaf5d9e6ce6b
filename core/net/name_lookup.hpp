// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Host names to addresses, for Dialer.
#include <sys/socket.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "net/io_context.hpp"

namespace printrouter::net {

/// Of any family; its port is 0 where a name was looked up.
struct SocketAddress {
  sockaddr_storage storage = {};
  socklen_t size = 0;
  bool operator==(const SocketAddress& other) const;
};

/// Asks the system (getaddrinfo: the hosts file, DNS, mDNS) beside the main thread. Names do not wait for one
/// another, 16 at a time: where the name service is out, each lookup takes as long as the system's resolver
/// has patience, some 10 s. The last answer to each name is remembered for a day. [main thread only]
class NameLookup {
 public:
  struct Answer {
    std::vector<SocketAddress> addresses = {};  ///< without doubles; empty: not found
    std::string text = {};                      ///< why not
    bool no_answer = false;                     ///< nobody said that there is no such name
  };
  using Done = std::function<void(const Answer&)>;
  using System = std::function<Answer(const std::string& host)>;  ///< [any thread] may block

  /// One for each context; `system` replaces the machine's for a test.
  static NameLookup& of(IoContext& io);
  static void replace(IoContext& io, System system);

  NameLookup(IoContext& io, System system);
  /// Waits for nobody: a thread that still asks ends by itself.
  ~NameLookup();
  NameLookup(const NameLookup&) = delete;
  NameLookup& operator=(const NameLookup&) = delete;

  /// `done` is called later, once; not any more after the context's end.
  void find(const std::string& host, Done done);
  /// What the name meant when it was last answered; empty: unknown, or a day ago.
  std::vector<SocketAddress> remembered(const std::string& host) const;
  /// The first of them as text ("192.0.2.7"), for a library that would ask for the name and wait; `host` as
  /// it is where nothing is remembered.
  std::string last_known(const std::string& host) const;
  /// Logged once until the name is answered again.
  void remembered_was_used(const std::string& host);

 private:
  struct Memory {
    std::vector<SocketAddress> addresses = {};
    SteadyTime when = {};
    bool told = false;
  };
  struct Shared;
  void answered(const std::string& host, const Answer& answer);
  std::shared_ptr<Shared> shared_;
  std::map<std::string, std::vector<Done>> waiting_;
  std::map<std::string, Memory> memory_;
};

}  // namespace printrouter::net
