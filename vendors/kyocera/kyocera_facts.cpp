// SPDX-License-Identifier: Apache-2.0
#include "kyocera_facts.hpp"

#include <printrouter/pjl.hpp>

namespace printrouter::kyocera {
namespace {

// Kyocera, Accounting System Settings Guide, "CODE": a numeric string of 1 to 8 digits.
constexpr int64_t kMostDigits = 8;

/// A code is stale if the host saw the device refuse it, or if the device's own list of codes is known
/// without it.
bool is_stale(const Case& c) {
  if (c.identity.boolean("kyocera-account-code-stale") == PR_YES) return true;
  bool listed = false, any = false;
  for (const pr_attr& a : c.settings) {
    if (sdk::view(a.name) != "known-account-codes") continue;
    any = true;
    listed |= sdk::view(a.text) == c.code;
  }
  return any && !listed;
}

Code judge(const Case& c) {
  if (c.code.empty()) return Code::none;
  const int64_t digits = c.facts.integer("account-code-max-digits", kMostDigits);
  const auto most = static_cast<std::size_t>(digits < 1 || digits > kMostDigits ? kMostDigits : digits);
  if (!sdk::pjl::is_code(c.code, most)) return Code::malformed;
  return is_stale(c) ? Code::stale : Code::valid;
}

}  // namespace

Case::Case(const pr_assess_in& input)
    : in(input),
      facts(input.device->facts),
      settings(input.device->settings),
      profile(input.profile),
      identity(input.identity),
      spooling(input.port->port_class == PR_PORT_DEVICE_SPOOLING),
      network_manager(profile.text("integration") == "kx-driver-net-manager"),
      code(identity.text(kAccountCode)),
      code_state(judge(*this)) {}

}  // namespace printrouter::kyocera
