// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Writes an IPP message as bytes (RFC 8010 section 3).
#include "ipp_message.hpp"

namespace printrouter::ipp {

/// The message with its end-of-attributes tag. Strings are cut at the limits of RFC 8011 section 5.1 (text
/// 1023, name, keyword and mimeMediaType 255, uri 1023, octetString 1023 octets) at a UTF-8 boundary; an
/// attribute without a value is left out.
std::string encode(const Message& message);

}  // namespace printrouter::ipp
