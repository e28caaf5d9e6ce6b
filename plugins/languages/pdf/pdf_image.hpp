// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

#include "color_space.hpp"

namespace printrouter::pdf {

/// The colours of an image's pixels. `maybe...` where they cannot be seen (a filter or a space that is not
/// decoded, a single odd pixel that scaling may lose).
Colour image_colors(QPDFObjectHandle image, QPDFObjectHandle resources);

/// The same of pixels at hand: rows of `width` pixels padded to bytes.
Colour pixel_colors(std::string_view bytes, const ColorSpace& space, long long width, long long height,
                    int bits);

}  // namespace printrouter::pdf
