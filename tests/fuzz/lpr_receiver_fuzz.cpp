// SPDX-License-Identifier: Apache-2.0
#include "receiver_fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace printrouter;
  fuzz::Receiver receiver(data, size);
  testing::ReceiverRun& run = receiver.run;
  run.listing = {sdk::attr_integer("job-id", 7),
                 sdk::attr_text("job-originating-user-name", "anna", PR_ATTR_TEXT)};
  run.play();
  size_t acknowledged = 0;
  for (char c : run.written) acknowledged += c == '\0';
  for (const testing::ReceivedJob& job : run.jobs) {
    if (!job.committed) continue;
    fuzz::require(!job.documents.empty());
    fuzz::require(acknowledged > 0 || run.broken || run.silent);
  }
  return 0;
}
