// SPDX-License-Identifier: Apache-2.0
#pragma once
/// How one device is judged for one job. Inside routing only.
#include <optional>
#include <string>
#include <vector>

#include "routing/routing.hpp"

namespace printrouter::routing {

/// Why a device or port is left out, as bits: `decide` words its answer by them.
enum Cause : unsigned {
  cause_none = 0,
  cause_rule = 1,     ///< a rule of the maker, the profile or the ticket
  cause_private = 2,  ///< nothing but that the job is private
  cause_failed = 4,   ///< it did not take this job before
  cause_release = 8   ///< the release condition
};

/// What all devices share, computed once a decision.
struct JobView {
  explicit JobView(const RoutingInput& input);
  Attributes ticket;  ///< as asked for, the document's own wishes included
  std::vector<std::string> document_sets;
  bool is_private = false;
  bool wants_color = false;  ///< asked for by name, or the document is known to be in colour
  bool wants_two_sides = false;
  bool color_unknown = false;
  std::string format, media, title, uuid;
  JobVolume volume;
  VendorJob vendor_job() const;

 private:
  const RoutingInput& input_;
};

/// The profile as it counts for one device.
struct DeviceProfile {
  DeviceProfile(const Profile& profile, const Device& device);
  ReleaseCondition release;
  Integration integration;
  const std::optional<Port>* port;
};

struct Judged {
  const Device* device = nullptr;
  Candidate candidate = {};
  Reasons reasons = {};                ///< while it is being judged; then the candidate's
  std::vector<PortChoice> ports = {};  ///< likewise
  unsigned causes = cause_none;        ///< of the device, its best port's included
  bool permitted_but_private = false;  ///< permitted if the job were not private
  bool failed_unanswered = false;      ///< its failures were silence, not refusals
  bool release_for_all = false;        ///< its release reason holds for every device alike
  DeviceHealth::State health = DeviceHealth::State::unknown;
};

Judged judge(const RoutingInput& input, const JobView& view, const Device& device);
/// These devices, in the order they would be offered.
std::vector<Judged> judge_these(const RoutingInput& input, const JobView& view,
                                const std::vector<const Device*>& devices);
/// All targets of the profile.
std::vector<Judged> judge_all(const RoutingInput& input, const JobView& view);
/// As many targets as the decision needs; `left` counts the others.
std::vector<Judged> judge_enough(const RoutingInput& input, const JobView& view, std::size_t& left);

/// A print-color-mode that leaves no colour.
bool asks_for_black(std::string_view mode);
bool is_failure(const Attempt& attempt);
/// A person's answer chose this device after `since`.
bool chose(const RoutingInput& input, std::string_view device_id, Timestamp since);
/// The sentence that says best why it was left out.
const Reason* main_refusal(const Candidate& candidate);

}  // namespace printrouter::routing
