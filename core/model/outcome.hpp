// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/attribute.hpp"

namespace printrouter {

/// What is known after an attempt; numerically PR_OUTCOME_* of the plugin contract (sdk abi/action.h).
enum class OutcomeKind : std::uint32_t {
  delivered = 1,
  not_sent,
  rejected,
  auth_required,
  hold,
  stop_target,
  cancelled,
  unknown
};
/// Reasons of attempts that our own end broke off begin so: they say nothing of the target.
inline constexpr std::string_view our_restart = "restarted-";
std::string_view to_string(OutcomeKind kind);
std::optional<OutcomeKind> outcome_kind(std::string_view text);

/// The outcome of one attempt. Not an error code: `rejected` is a fact about the target, `unknown` one about
/// us.
struct Outcome {
  OutcomeKind kind = OutcomeKind::unknown;
  bool confirmed = false;  ///< delivered: the target says it printed, not only that it accepted
  bool busy = false;       ///< the target answers but cannot take jobs now
  bool answered = false;   ///< the target said anything at all during the attempt
  std::optional<std::int64_t> impressions = {};
  std::string reason = {};       ///< stable id
  std::string text = {};         ///< for people, English
  std::string device_text = {};  ///< untrusted, as the device said it
  std::string remote_job_id = {};
  Attributes attributes = {};
  std::uint64_t document_bytes_sent = 0;  ///< counted by the host
  bool document_complete = false;         ///< every document byte and the end marker left
};

}  // namespace printrouter
