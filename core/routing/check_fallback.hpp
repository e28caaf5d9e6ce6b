// SPDX-License-Identifier: Apache-2.0
#pragma once
/// `printrouter check fallback`: what would happen in an outage, judged while all is well.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "routing/routing.hpp"

namespace printrouter {

/// What a prober saw of one port; absent: not asked.
struct PortObservation {
  std::optional<bool> reachable = {};
  std::optional<bool> woke = {};  ///< it answered only after being woken
  std::optional<bool> accepts_unidentified = {};
  std::string text = {};
};

struct PortCheck {
  PortChoice choice = {};
  PortObservation seen = {};
  /// "declared", "observed" or "unknown": how it is known that unidentified jobs are accepted.
  std::string acceptance = "unknown";
};

struct DeviceCheck {
  std::string device_id, name, place;
  Verdict verdict = Verdict::untested;
  std::optional<bool> reachable = {};
  std::vector<std::string> languages = {};
  std::string option =
      {};  ///< the maker's name of the device option to switch on; empty unknown or not needed
  std::vector<PortCheck> ports = {};  ///< best first
  Reasons reasons = {};
  Timestamp when = {};
};

struct FallbackCheck {
  bool enabled = false;
  std::vector<DeviceCheck> devices = {};
  Reasons reasons = {};  ///< about the whole: disabled, no permitted device, no source of balances
  Timestamp when = {};
};

/// `observed`: by device id, then by Port::label().
FallbackCheck check_fallback(const RoutingInput& input,
                             const std::map<std::string, std::map<std::string, PortObservation>>& observed);
/// Text for people. `language` is "en" or "de".
std::string render(const FallbackCheck& check, std::string_view language);
/// JSON for programs.
std::string to_json_text(const FallbackCheck& check);

}  // namespace printrouter
