// SPDX-License-Identifier: Apache-2.0
#include "../shared/recognised.hpp"

namespace printrouter::languages {
struct Escp {
  static constexpr const char* media_type = "application/x-escp";
  static constexpr const char* why =
      "ESC/P is recognised, not read: page lengths and line feeds depend on the device's settings";
};
}  // namespace printrouter::languages

PRINTROUTER_PLUGIN(
    printrouter::languages::LanguagePlugin<printrouter::languages::Recognised<printrouter::languages::Escp>>,
    "escp", "0.1.0")
