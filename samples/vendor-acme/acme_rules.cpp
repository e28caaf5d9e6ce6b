// SPDX-License-Identifier: Apache-2.0
#include "acme_rules.hpp"

namespace acme {

using printrouter::sdk::Attributes;
using printrouter::sdk::Sink;
using printrouter::sdk::view;

bool is_badge(std::string_view text) {
  if (text.size() != 7 || text[0] != 'A') return false;
  int sum = 0;
  for (const char c : text.substr(1)) {
    if (c < '0' || c > '9') return false;
    sum += c - '0';
  }
  const int check = text[6] - '0';
  return (sum - check) % 10 == check;
}

std::string_view badge_of(const pr_assess_in& in) {
  const std::string_view badge = Attributes(in.identity).text(kBadge);
  return is_badge(badge) ? badge : std::string_view();
}

void badge_required(const pr_assess_in& in, bool can_send, pr_assessment& out, const Sink& sink) {
  if (Attributes(in.device->settings).text("unknown-id-jobs") != "reject") return;
  const bool has_badge = !badge_of(in).empty();
  if (has_badge && can_send) return;
  out.permitted = 0;
  if (has_badge)
    sink.refuse(
        "acme.badge-cannot-travel",
        "This Acme device prints for known badges only, and a document of this format cannot carry the badge "
        "number here. Print as PDF on a RAW or LPR port.",
        "Dieses Acme-Gerät druckt nur für bekannte Ausweise, und ein Dokument dieses Formats kann die "
        "Ausweisnummer hier nicht mitnehmen. Als PDF an einem RAW- oder LPR-Anschluss drucken.");
  else
    sink.refuse(
        "acme.badge-required",
        "This Acme device prints for known badges only, and there is no valid badge number for this user. "
        "Have "
        "the number on the badge (A and six digits) entered.",
        "Dieses Acme-Gerät druckt nur für bekannte Ausweise, und für diesen Benutzer ist keine gültige "
        "Ausweisnummer hinterlegt. Bitte die Nummer auf dem Ausweis (A und sechs Ziffern) eintragen lassen.");
}

void night_shift(const pr_assess_in& in, pr_assessment& out, const Sink& sink) {
  // A rule that wants the time says so in its table (needs_time); the host then supplies it.
  if (in.now_ms == 0 || Attributes(in.device->settings).boolean("acme-night-shift") != PR_YES) return;
  const int64_t hour_utc = in.now_ms / 3'600'000 % 24;
  if (hour_utc >= 5 && hour_utc < 22) return;
  out.permitted = 0;
  sink.refuse("acme.night-shift",
              "This Acme device keeps quiet between 22 and 5 o'clock UTC. Choose another one, or wait for "
              "the morning.",
              "Dieses Acme-Gerät ruht zwischen 22 und 5 Uhr UTC. Bitte ein anderes wählen oder bis zum "
              "Morgen warten.");
}

}  // namespace acme
