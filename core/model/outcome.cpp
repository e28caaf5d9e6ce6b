// SPDX-License-Identifier: Apache-2.0
#include "model/outcome.hpp"

#include <array>

namespace printrouter {
namespace {
constexpr std::array<std::string_view, 9> names = {
    "", "delivered", "not-sent", "rejected", "auth-required", "hold", "stop-target", "cancelled", "unknown"};
}

std::string_view to_string(OutcomeKind kind) {
  return names[static_cast<std::size_t>(kind)];
}

std::optional<OutcomeKind> outcome_kind(std::string_view text) {
  for (std::size_t i = 1; i < names.size(); ++i)
    if (names[i] == text) return static_cast<OutcomeKind>(i);
  return std::nullopt;
}

}  // namespace printrouter
