// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "routing/routing.hpp"

namespace printrouter {

/// `printrouter explain`: the decision, then each candidate device and port with the rule that took it or
/// left it out; before that what is in its document, as far as it was looked into (`analysing`: just now).
/// `language` is "en" or "de". Ends with a newline. Control characters of foreign text are made
/// visible.
std::string explain(const Decision& decision, const Job& job, std::string_view language,
                    bool analysing = false);

/// The sentences of the reasons with their remedies, main one first, for a notification or job-state-message.
std::string summary(const Reasons& reasons, std::string_view language);

}  // namespace printrouter
