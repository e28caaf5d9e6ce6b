// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The pack whose sources are linked into this test, asked through its table; and what we ask of our own
/// packs beyond the contract.
#include <gmock/gmock.h>
#include <printrouter/vendor_testing.hpp>

#include <string>
#include <string_view>

extern "C" const pr_plugin_entry printrouter_plugin_v1;

namespace vendor_test {

using Answer = printrouter::testing::VendorAnswer;
using Values = printrouter::testing::Values;

struct Question : printrouter::testing::VendorQuestion {
  Question() {
    maker = "Kyocera";
    model = "X";
  }
};

class Pack : public printrouter::testing::VendorPack {
 public:
  Pack() : VendorPack(printrouter_plugin_v1) {}
  const pr_plugin_entry& entry() const { return printrouter_plugin_v1; }

  Answer assess(const Question& q) const { return checked(VendorPack::assess(q)); }
  Answer interpret(uint32_t outcome, std::string_view reason, std::string_view text) const {
    return checked(VendorPack::interpret(outcome, reason, text));
  }

 private:
  /// An id of this pack, and a sentence in each language rather than a word.
  Answer checked(Answer a) const {
    for (auto& r : a.reasons) {
      EXPECT_TRUE(r.id.starts_with(std::string(table().name) + ".")) << r.id;
      EXPECT_GT(r.en.size(), 20u) << r.id;
      EXPECT_GT(r.de.size(), 20u) << r.id;
      EXPECT_NE(r.en, r.de);
    }
    EXPECT_THAT(host().log, testing::IsEmpty());
    return a;
  }
};

}  // namespace vendor_test
