// SPDX-License-Identifier: Apache-2.0
#include <printrouter/vendor_testing.hpp>

#include <cstdio>

extern "C" const pr_plugin_entry printrouter_plugin_v1;

int main() {
  const printrouter::testing::VendorPack pack(printrouter_plugin_v1);
  printrouter::testing::VendorQuestion job;
  const auto answer = pack.assess(job);
  if (answer.assessment.permitted != 1) return std::puts("an ordinary job is refused"), 1;
  return std::puts("ok"), 0;
}
