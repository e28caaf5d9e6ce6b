// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <printrouter/vendor.hpp>

#include <string_view>

namespace acme {

inline constexpr std::string_view kBadge = "acme-badge";

/// A badge number: 'A' and six digits, the last of which is the digit sum of the others modulo 10.
bool is_badge(std::string_view text);
/// The badge of the user of this job, empty if there is none or it cannot be one.
std::string_view badge_of(const pr_assess_in& in);

void badge_required(const pr_assess_in& in, bool can_send, pr_assessment& out,
                    const printrouter::sdk::Sink& sink);
void night_shift(const pr_assess_in& in, pr_assessment& out, const printrouter::sdk::Sink& sink);

}  // namespace acme
