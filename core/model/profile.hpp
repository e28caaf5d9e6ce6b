// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "model/device.hpp"

namespace printrouter {

enum class ReleaseCondition { always, sufficient_balance };
enum class Integration { none, kx_driver_network_manager };

/// Exceptions from the profile for one printer or one model.
struct FallbackOverride {
  std::string printer = {};  ///< device id; or
  std::string model = {};    ///< model name
  std::optional<Port> device_port = {};
  std::optional<Integration> integration = {};
  std::optional<ReleaseCondition> release_condition = {};
};

/// The *Printing / Fallback printing* part of a configuration profile (design section 3; the JSON Schema is
/// docs/schema/configuration-profile.schema.json). Defaults are what an absent field means.
struct Profile {
  std::string name = {};
  bool enabled = false;
  std::string printer = {};  ///< target: a device id, or
  std::string group = {};    ///< target: a group name
  ReleaseCondition release_condition = ReleaseCondition::always;
  std::optional<Port> device_port = {};  ///< empty: by model
  std::vector<FallbackOverride> overrides = {};
  Integration integration = Integration::none;
  bool ask_unused = true;  ///< ask among all permitted when none was used yet
  int history_days = 365;  ///< 1..3650
  Milliseconds balance_max_age = std::chrono::hours(24 * 7);
  std::optional<std::int64_t> outage_ceiling = {};  ///< in hundredths of the currency, per user and outage
  bool unknown_pages_allowed = false;
  int unknown_after_days = 7;
  bool unknown_charge_estimate = false;
  bool ticket_exact = true;
  bool treat_as_private = false;  ///< every job counts as private
  enum class Untested { allow, warn, refuse } untested = Untested::warn;
  Milliseconds held_max_age = std::chrono::hours(24 * 7);
  bool held_send_when_back = true;  ///< else the user is asked
  bool other_port_class_allowed =
      false;                 ///< after a failure, another port class of the same device may be tried
  std::string contact = {};  ///< whom to ask; stands in every refusal
};

}  // namespace printrouter
