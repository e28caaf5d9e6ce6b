// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace printrouter {

/// "A4" -> "iso_a4_210x297mm"; a PWG name stays; empty: names no size that is known.
std::string pwg_media_name(std::string_view media);
struct MediaSize {
  int width = 0, height = 0;  ///< hundredths of a millimetre, width <= height
};
/// The size in a PWG self-describing name (PWG 5101.1 section 5).
std::optional<MediaSize> media_size(std::string_view pwg_name);
}  // namespace printrouter
