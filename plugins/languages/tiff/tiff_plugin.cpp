// SPDX-License-Identifier: Apache-2.0
#include "../shared/recognised.hpp"

namespace printrouter::languages {
struct Tiff {
  static constexpr const char* media_type = "image/tiff";
  static constexpr const char* why =
      "TIFF is recognised, not read: how a device lays its pictures out on pages is its own";
};
}  // namespace printrouter::languages

PRINTROUTER_PLUGIN(
    printrouter::languages::LanguagePlugin<printrouter::languages::Recognised<printrouter::languages::Tiff>>,
    "tiff", "0.1.0")
