// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <printrouter/vendor.hpp>

#include <string_view>

namespace printrouter::kyocera {

inline constexpr std::string_view kAccountCode = "kyocera-account-code";

/// What is known about the account code that would go with a job.
enum class Code { none, valid, malformed, stale };

/// The facts of one question, read once. Borrows `in`.
struct Case {
  explicit Case(const pr_assess_in& input);

  const pr_assess_in& in;
  sdk::Attributes facts, settings, profile, identity;
  bool spooling;         ///< the port's class is stated as device-spooling; an unstated class counts as plain
  bool network_manager;  ///< integration: kx-driver-net-manager
  std::string_view code;  ///< as the host supplied it, also when it is of no use
  Code code_state;
};

}  // namespace printrouter::kyocera
