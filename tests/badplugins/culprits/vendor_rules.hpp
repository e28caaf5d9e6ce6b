// SPDX-License-Identifier: Apache-2.0
#pragma once
/// A pack whose rules are in order; each culprit overrides one.
#include <printrouter/vendor.hpp>

namespace bad {

using namespace printrouter;

class Rules : public sdk::Vendor {
 public:
  using Vendor::Vendor;
  const void* extension(std::string_view id) override {
    static constexpr pr_vendor table = sdk::vendor_table(BAD_NAME);
    return id == PR_VENDOR_ID ? &table : nullptr;
  }
  uint32_t identify(const pr_device&, pr_str*) override { return 1; }
  void assess(const pr_assess_in&, pr_assessment& out, const sdk::Sink&) override { out.permitted = 1; }
  void prepare(const pr_assess_in&, const sdk::Sink&) override {}
};

}  // namespace bad
