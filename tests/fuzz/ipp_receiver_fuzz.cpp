// SPDX-License-Identifier: Apache-2.0
#include "receiver_fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace printrouter;
  fuzz::Receiver receiver(data, size);
  testing::ReceiverRun& run = receiver.run;
  run.listing = {sdk::attr_integer("job-id", 7), sdk::attr_integer("job-state", 5, PR_ATTR_ENUM)};
  try {
    run.play();
  } catch (const std::logic_error& problem) {
    // The testing host knows one job a session: a Send-Document to another one is beyond it.
    const std::string_view what = problem.what();
    fuzz::require(what == "ADD_DOCUMENT without a job" || what == "COMMIT without a job");
    return 0;
  }
  size_t committed = 0;
  for (const testing::ReceivedJob& job : run.jobs) committed += job.committed;
  // Each acknowledged job has an answer, and an answer is HTTP.
  if (committed) fuzz::require(run.written.find("HTTP/1.1 200 OK\r\n") != std::string::npos);
  if (!run.written.empty()) fuzz::require(run.written.starts_with("HTTP/1.1 "));
  return 0;
}
