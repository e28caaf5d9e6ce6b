// SPDX-License-Identifier: Apache-2.0
#include "cli/cli_app.hpp"

int main(int argc, char** argv) {
  return printrouter::cli::run(argc, argv);
}
