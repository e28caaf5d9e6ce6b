// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <printrouter/vendor.hpp>

namespace printrouter::kyocera {

/// What a device's own words say about a job. Nothing of the device's text gets into a reason: it is
/// untrusted.
void interpret_reply(const pr_device_reply& reply, pr_interpretation& out, const sdk::Sink& sink);

}  // namespace printrouter::kyocera
