// SPDX-License-Identifier: Apache-2.0
#include "receiver_fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace printrouter;
  fuzz::Receiver receiver(data, size);
  testing::ReceiverRun& run = receiver.run;
  run.play();
  // A document is committed whole or not at all, and only after an orderly end.
  for (const testing::ReceivedJob& job : run.jobs) {
    fuzz::require(job.documents.size() == 1 || (job.documents.empty() && !job.committed));
    if (job.committed) fuzz::require(!run.broken && !run.silent && job.documents[0] == receiver.input.rest());
  }
  fuzz::require(run.written.empty());
  return 0;
}
