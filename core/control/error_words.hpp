// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Errors in the language of who reads them.
#include <string>
#include <tl/expected.hpp>

#include "base/error.hpp"
#include "config/config_load.hpp"
#include "model/reason.hpp"

namespace printrouter::control {

/// Error::message() in German, as far as its words are known here; names and figures are taken over.
std::string german_message(const Error& error);
/// The environment (LC_ALL, LC_MESSAGES, LANG) asks for German.
bool german_environment();

/// An error as people read it, with place, field and what was expected. What a rule or the configuration said
/// comes in both languages; the rest is translated as german_message() can.
struct SaidError {
  ErrorCode code = ErrorCode::internal;
  std::string id = {};  ///< of the rule, where one said it
  std::string en = {}, de = {};
  std::string remedy_en = {}, remedy_de = {};
  std::string field = {}, place = {}, expected = {};  ///< parts of `en`, for programs

  SaidError(const Error& error);            // NOLINT: every error can be said
  SaidError(const ConfigFinding& finding);  // NOLINT
  SaidError(ErrorCode error_code, const Reason& reason);
  const std::string& text(bool german) const { return german ? de : en; }
};
template <class T>
using SaidResult = tl::expected<T, SaidError>;

}  // namespace printrouter::control
