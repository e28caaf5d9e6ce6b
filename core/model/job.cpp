// SPDX-License-Identifier: Apache-2.0
#include "model/job.hpp"

#include <array>

namespace printrouter {
namespace {
constexpr std::array<std::string_view, 9> names = {"incoming", "pending",   "sending",  "confirming", "held",
                                                   "unknown",  "completed", "canceled", "aborted"};
constexpr std::array<int, 9> ipp_states = {4, 3, 5, 5, 4, 4, 9, 7, 8};
}  // namespace

std::string_view to_string(JobState state) {
  return names[static_cast<std::size_t>(state)];
}

std::optional<JobState> job_state(std::string_view text) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == text) return static_cast<JobState>(i);
  return std::nullopt;
}

int ipp_job_state(JobState state) {
  return ipp_states[static_cast<std::size_t>(state)];
}

bool is_final(JobState state) {
  return state == JobState::completed || state == JobState::canceled || state == JobState::aborted;
}

std::string_view to_string(UserEvidence value) {
  switch (value) {
    case UserEvidence::none:
      return "none";
    case UserEvidence::owner:
      return "owner";
    case UserEvidence::asserted:
      return "asserted";
    case UserEvidence::mapped:
      return "mapped";
  }
  return "none";
}

}  // namespace printrouter
