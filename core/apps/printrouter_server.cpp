// SPDX-License-Identifier: Apache-2.0
#include "server/server_cli.hpp"

int main(int argc, char** argv) {
  return printrouter::server::run_command_line(argc, argv);
}
