// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace printrouter::server {

/// `printrouter-server …`: serves, or works on the store beside a running server. Exit codes: 0 done, 1
/// failed, 2 wrong arguments or configuration.
int run_command_line(int argc, char** argv);

}  // namespace printrouter::server
