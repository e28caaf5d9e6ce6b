// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <printrouter/language.hpp>
#include <printrouter/pjl_header.hpp>

namespace printrouter::pjl {

/// Reads PJL lines up to ENTER LANGUAGE or what is no PJL, at most 64 KiB.
class PjlAnalyser : public sdk::StreamAnalyser {
 public:
  bool feed(std::string_view bytes) override;
  void finish(sdk::Analysis& out) override;

 private:
  sdk::pjl::HeaderParser parser_ = sdk::pjl::HeaderParser();
};

}  // namespace printrouter::pjl
