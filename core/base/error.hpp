// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

namespace printrouter {

/// What kind of failure, for the code that must act on it. What a person reads is in Error.
enum class ErrorCode {
  invalid,  ///< input is wrong; field, place and expected say where and how
  not_found,
  not_permitted,
  conflict,  ///< the state forbids it (answered twice, already cancelled)
  limit,     ///< a configured limit was reached
  disk_full,
  io,
  corrupt,      ///< stored data does not read back
  unavailable,  ///< nobody answers, or not now
  internal
};

std::string_view to_string(ErrorCode code);

/// One failure, in words a person can act on. A value: copied and returned, never thrown.
struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string text;           ///< what is wrong, one sentence
  std::string field = {};     ///< "printing.fallback.target", empty if no single field is to blame
  std::string place = {};     ///< "desktop.json:12", a path, an address
  std::string expected = {};  ///< what would have been right

  /// "desktop.json:12: printing.fallback.target: <text> (expected <expected>)".
  std::string message() const;
  bool operator==(const Error&) const = default;
};

}  // namespace printrouter
