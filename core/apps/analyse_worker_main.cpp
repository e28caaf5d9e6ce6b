// SPDX-License-Identifier: Apache-2.0
/// printrouter-analyse-worker: looks into one document in a sandbox. Started by the daemon and `printrouter
/// analyse`.
#include "worker/analysis_worker.hpp"

int main(int argc, char** argv) {
  return printrouter::worker::analysis_worker({argv + 1, argv + argc});
}
