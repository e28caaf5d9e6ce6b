// SPDX-License-Identifier: Apache-2.0
#include "../shared/recognised.hpp"

namespace printrouter::languages {
struct Xps {
  static constexpr const char* media_type = "application/oxps";
  static constexpr const char* why = "XPS is recognised, not read";
};
}  // namespace printrouter::languages

PRINTROUTER_PLUGIN(
    printrouter::languages::LanguagePlugin<printrouter::languages::Recognised<printrouter::languages::Xps>>,
    "xps", "0.1.0")
