// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace printrouter::cli {

/// The whole of the program `printrouter`. Answers its exit code (printrouter(1)).
int run(int argc, char** argv);

}  // namespace printrouter::cli
