// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The maker's rules, one function each. A rule reads the case, says its reasons and changes only its own
/// part of the answer; a rule that refuses sets `permitted` to 0, none sets it back.
#include "kyocera_facts.hpp"

namespace printrouter::kyocera {

/// 1: device-spooling ports come first and are counted by the device.
void device_spooling_first(const Case& c, pr_assessment& out, const sdk::Sink& sink);
/// 2: a plain port may lead to two records of one job, unless the device is known to have no terminal.
void plain_may_count_twice(const Case& c, pr_assessment& out, const sdk::Sink& sink);
/// 3: under the KX driver's Network Manager integration only device-spooling ports take jobs.
void network_manager_wants_spooling(const Case& c, pr_assessment& out, const sdk::Sink& sink);
/// 4: jobs without an account, and jobs with a wrong one, on plain ports.
void unknown_id(const Case& c, pr_assessment& out, const sdk::Sink& sink);
/// 5: the device takes jobs only from senders it lists.
void sender_listed(const Case& c, pr_assessment& out, const sdk::Sink& sink);
/// 6a: a device-spooling port does not answer while the device sleeps deeply.
void asleep(const Case& c, pr_assessment& out, const sdk::Sink& sink);
/// 6b: what a device-spooling port accepts may wait until the user logs in at the device.
void release(const Case& c, pr_assessment& out, const sdk::Sink& sink);

}  // namespace printrouter::kyocera
