// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

namespace printrouter::ipp {

/// A square PNG of a printer, `size` pixels wide (PWG 5100.13 printer-icons: 48, 128, 512).
std::string png_icon(unsigned size);

}  // namespace printrouter::ipp
