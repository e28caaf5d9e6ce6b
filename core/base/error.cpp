// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"

namespace printrouter {

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid:
      return "invalid";
    case ErrorCode::not_found:
      return "not-found";
    case ErrorCode::not_permitted:
      return "not-permitted";
    case ErrorCode::conflict:
      return "conflict";
    case ErrorCode::limit:
      return "limit";
    case ErrorCode::disk_full:
      return "disk-full";
    case ErrorCode::io:
      return "io";
    case ErrorCode::corrupt:
      return "corrupt";
    case ErrorCode::unavailable:
      return "unavailable";
    case ErrorCode::internal:
      return "internal";
  }
  return "internal";
}

std::string Error::message() const {
  std::string out;
  for (const auto& part : {place, field})
    if (!part.empty()) out += part + ": ";
  out += text;
  if (!expected.empty()) out += " (expected " + expected + ")";
  return out;
}

}  // namespace printrouter
