// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The administrator's "server" object, read and checked.
#include <printrouter/server.hpp>

#include <string>

namespace printrouter::queue {

/// One way into the server.
struct QueueAddress {
  std::string protocol;  ///< "raw", "lpr" or "ipp": the name of a protocol plugin
  std::string host;
  uint32_t port = 0;
  std::string queue;  ///< LPR queue, IPP path
  uint32_t tls = 0;   ///< as pr_send_request.tls
};

struct QueueTarget {
  QueueAddress jobs;
  QueueAddress probe;  ///< where health is asked; the jobs' own address unless stated
  pr_server_facts facts{};
};

/// Empty: `out` is complete. Else one sentence that names the field and what was expected. Fields that are
/// absent have the careful default: a server prints on arrival, and prints what it got of a job that broke
/// off.
std::string read_target(const sdk::Attributes& target, QueueTarget& out);

}  // namespace printrouter::queue
