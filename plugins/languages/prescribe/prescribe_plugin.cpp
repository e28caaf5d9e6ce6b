// SPDX-License-Identifier: Apache-2.0
#include "../shared/recognised.hpp"

namespace printrouter::languages {
struct Prescribe {
  static constexpr const char* media_type = "application/x-prescribe";
  static constexpr const char* why =
      "PRESCRIBE is recognised, not read: its macros and page commands are the maker's own";
};
}  // namespace printrouter::languages

PRINTROUTER_PLUGIN(printrouter::languages::LanguagePlugin<
                       printrouter::languages::Recognised<printrouter::languages::Prescribe>>,
                   "prescribe", "0.1.0")
