// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string_view>

namespace printrouter::ledger {

/// How sure numbers are (as the languages say it).
enum class Confidence { unknown, estimate, exact };
std::string_view to_string(Confidence value);
std::optional<Confidence> confidence(std::string_view text);

}  // namespace printrouter::ledger
