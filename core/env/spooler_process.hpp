// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>

namespace printrouter::env {

/// What a CUPS backend is printing just now (backend(7): argv is device-uri job-id user title copies options
/// [file]).
struct SpoolerJob {
  std::string user = {};
  std::string title = {};
  int copies = 1;
};

/// Looks among the processes of account `uid` for backends whose device URI points at TCP port `port` of this
/// machine. Needed for raw socket queues, whose bytes name nobody. The command line of another account's
/// process cannot be forged by a user, as it belongs to the trusted spooler. Where several print there for
/// different users at once, the one that holds the socket `socket_inode` (0: not known) is it; root may look
/// that up, another account may not. nullopt: there is none, or nobody can tell which. Linux: /proc. Blocks
/// for as long as reading a few hundred small files takes (about a millisecond).
std::optional<SpoolerJob> spooler_job_of(std::int64_t uid, std::uint16_t port,
                                         std::uint64_t socket_inode = 0);

}  // namespace printrouter::env
