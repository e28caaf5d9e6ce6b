// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The vocabulary of routing: each rule with its stable id, its sentences and its remedy. docs/reasons.md
/// lists them; a test holds the two together.
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "model/device.hpp"
#include "model/profile.hpp"
#include "model/reason.hpp"

namespace printrouter {

enum class Rule {
  // the way to the server
  to_server,
  no_server,
  server_down,
  server_does_not_take,
  server_refused,
  server_wants_login,
  server_copy_possible,
  server_back,
  unknown_needs_person,
  // the whole of fallback
  fallback_disabled,
  no_network,
  no_target,
  none_permitted,
  none_affordable,
  none_left,
  devices_silent,
  private_held,
  single_printer,
  only_used,
  several_used,
  none_used,
  unused_not_asked,
  device_did_not_take,
  chosen,
  chosen_not_permitted,
  chosen_wait,
  release_at_device,
  rest_not_judged,
  // one device
  used,
  used_too_long_ago,
  device_silent,
  no_ports,
  format_not_taken,
  format_unknown,
  languages_unknown,
  color_unknown,
  device_color_unknown,
  no_color,
  color_becomes_grey,
  media_not_taken,
  media_unknown,
  no_duplex,
  duplex_unknown,
  finishing_not_taken,
  untested,
  check_old,
  check_refused,
  // one port
  port_missing,
  port_not_in_model_file,
  port_class_unstated,
  port_class_contradiction,
  ticket_lost,
  ticket_lost_minor,
  private_open_tray,
  private_immediate,
  private_by_choice,
  already_failed,
  other_port_class,
  needs_wake,
  count
};

struct RuleText {
  Rule rule;
  std::string_view id;  ///< "ticket-lost:" is completed by the attribute
  Severity severity;
  std::string_view en, de;  ///< {0}, {1}, ... are filled in
  std::string_view remedy_en, remedy_de;
};
/// In the order of Rule.
std::span<const RuleText> rule_texts();
std::string_view rule_id(Rule rule);

/// The reason with its figures. A refusal's remedy ends with whom to ask, if the profile says so.
Reason make_reason(Rule rule, const Profile& profile, std::initializer_list<std::string_view> values = {});
/// The same where English and German values differ.
Reason make_reason(Rule rule, const Profile& profile, std::initializer_list<std::string_view> en,
                   std::initializer_list<std::string_view> de);
bool is(const Reason& reason, Rule rule);

/// Text of a device or server that people will read: control characters visible, at most 200 characters.
std::string shown(std::string_view untrusted);
/// "2026-01-31 08:15 UTC": routing is pure, and a time zone is none of its facts.
std::string shown(Timestamp time);
/// What the health of a target notes (the id of an outcome's reason), in people's words; other texts pass as shown() does.
std::string health_text(std::string_view noted, bool german);
/// Who books the pages, in people's words.
std::string_view counted_by_text(CountedBy value, bool german);

}  // namespace printrouter
