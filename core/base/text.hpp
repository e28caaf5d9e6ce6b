// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string_view>

namespace printrouter {

/// How many bytes from the start are UTF-8 (RFC 3629: no overlong forms, no surrogates); the size if all are.
std::size_t utf8_bytes(std::string_view text);
/// UTF-8 without control characters (C0, DEL): fit to be a name, and to stand in a log.
bool is_plain_text(std::string_view text);

}  // namespace printrouter
