// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "routing/judge.hpp"

namespace printrouter::routing {

/// Judges the ports of a device into out.ports, best first, and adds what they mean for the device.
void judge_ports(const RoutingInput& input, const JobView& view, const DeviceProfile& profile,
                 const Device& device, Judged& out);

}  // namespace printrouter::routing
