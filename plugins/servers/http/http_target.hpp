// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The administrator's "server" object, read and checked.
#include <printrouter/server.hpp>

#include <string>

namespace printrouter::http_server {

struct Target {
  std::string host;
  uint32_t port = 0;
  bool tls = false;
  pr_server_facts facts{};
};

/// Empty: `out` is complete. Else one sentence that names the field and what was expected.
std::string read_target(const sdk::Attributes& target, Target& out);

}  // namespace printrouter::http_server
