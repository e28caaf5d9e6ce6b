// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

namespace printrouter {

enum class Severity { info, warning, refusal };

/// Why something was decided: a stable id for programs, sentences for people. The remedy says what the reader
/// can do.
struct Reason {
  Severity severity = Severity::info;
  std::string id;  ///< "kyocera.unknown-id-rejected", "routing.server-up"; documented in docs/reasons.md
  std::string en;
  std::string de;
  std::string remedy_en = {};
  std::string remedy_de = {};
  bool operator==(const Reason&) const = default;
};

using Reasons = std::vector<Reason>;

}  // namespace printrouter
