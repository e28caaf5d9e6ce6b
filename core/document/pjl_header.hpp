// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The SDK's reader of PJL headers under the names of this house.
#include <printrouter/pjl_header.hpp>

namespace printrouter {
using PjlHeader = sdk::pjl::Header;
using PjlHeaderParser = sdk::pjl::HeaderParser;

inline PjlHeader parse_pjl_header(std::string_view head) {
  return sdk::pjl::parse_header(head);
}
}  // namespace printrouter
