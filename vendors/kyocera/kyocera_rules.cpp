// SPDX-License-Identifier: Apache-2.0
#include "kyocera_rules.hpp"

#include <printrouter/address.hpp>
#include <printrouter/ticket.hpp>

#include <algorithm>
#include <string>

namespace printrouter::kyocera {
namespace {

void refuse(pr_assessment& out, const sdk::Sink& sink, std::string_view id, std::string_view en,
            std::string_view de) {
  out.permitted = 0;
  sink.refuse(id, en, de);
}

/// The device option to switch on, by its maker's name where that is known.
std::string option(const Case& c) {
  std::string_view name = c.settings.text("maker-option-name");
  if (name.empty()) name = c.facts.text("maker-option-name");
  return name.empty() ? std::string() : " (" + std::string(name) + ")";
}

/// A valid code helps only if it gets to the device with the job.
void code_travels(const Case& c, bool needed, pr_assessment& out, const sdk::Sink& sink) {
  if (sdk::Ticket(c.in).has_pjl_path()) return;
  if (sdk::view(c.in.port->protocol) == "ipp")
    sink.warn("kyocera.account-by-ipp-unproven",
              "The account code goes as the IPP attribute job-account-id; whether this device heeds it there "
              "is not "
              "documented. A RAW or LPR port is surer.",
              "Der Kostenstellen-Code geht als IPP-Attribut job-account-id mit; ob dieses Gerät ihn dort "
              "beachtet, ist "
              "nicht dokumentiert. Ein RAW- oder LPR-Anschluss ist sicherer.");
  else if (needed)
    refuse(
        out, sink, "kyocera.unknown-id-rejected",
        "The device rejects jobs without a valid account (\"Unknown ID Job: Reject\"), and a document of "
        "this "
        "format cannot carry the account code. Print as PDF or PostScript, or use the device-spooling port" +
            option(c) + ".",
        "Das Gerät weist Aufträge ohne gültiges Konto ab (\"Aufträge mit unbekannter ID: Ablehnen\"), und "
        "ein "
        "Dokument dieses Formats kann den Kostenstellen-Code nicht mitnehmen. Als PDF oder PostScript "
        "drucken oder "
        "den Anschluss mit Geräte-Spooling nutzen" +
            option(c) + ".");
}

}  // namespace

void device_spooling_first(const Case& c, pr_assessment& out, const sdk::Sink& sink) {
  out.preference = c.spooling ? 100 : 0;
  out.counted_by = c.spooling ? PR_COUNTED_DEVICE : PR_COUNTED_CLIENT;
  if (c.spooling)
    sink.info("kyocera.device-spooling-recommended",
              "This port belongs to the terminal on the device, which knows the user and counts the pages. "
              "It is the "
              "recommended way in.",
              "Dieser Anschluss gehört zum Terminal am Gerät, das den Benutzer kennt und die Seiten zählt. "
              "Er ist der "
              "empfohlene Weg.");
}

void plain_may_count_twice(const Case& c, pr_assessment& out, const sdk::Sink& sink) {
  const pr_tristate terminal = c.settings.boolean("terminal-present");
  if (c.spooling || terminal == PR_NO) return;
  out.may_count_twice = 1;
  if (terminal == PR_YES)
    sink.warn(
        "kyocera.may-count-twice",
        "There is a terminal on this device, and this port goes past it: the pages may be counted by this "
        "computer and by the device. Prefer the device-spooling port" +
            option(c) + ", or let the server merge the two records.",
        "Am Gerät ist ein Terminal, und dieser Anschluss geht daran vorbei: Die Seiten werden womöglich von "
        "diesem Rechner und vom Gerät gezählt. Besser den Anschluss mit Geräte-Spooling nehmen" +
            option(c) + " oder den Server die beiden Buchungen zusammenführen lassen.");
  else
    sink.warn(
        "kyocera.may-count-twice",
        "Nobody said whether there is a terminal on this device. If there is one, the pages may be counted "
        "twice. State \"terminal-present\" for this device.",
        "Es ist nicht angegeben, ob am Gerät ein Terminal ist. Falls ja, werden die Seiten womöglich doppelt "
        "gezählt. Bitte \"terminal-present\" für dieses Gerät angeben.");
}

void network_manager_wants_spooling(const Case& c, pr_assessment& out, const sdk::Sink& sink) {
  if (!c.network_manager || c.spooling) return;
  refuse(
      out, sink, "kyocera.network-manager-needs-device-spooling",
      "With the KX driver and its Network Manager this device takes jobs only at its device-spooling port; "
      "at any "
      "other it would answer with an authentication error. Switch that port on at the device" +
          option(c) + " and enter it for this device.",
      "Mit dem KX-Treiber und seinem Network Manager nimmt dieses Gerät Aufträge nur am Anschluss mit "
      "Geräte-Spooling an; an jedem anderen käme ein Anmeldefehler. Diesen Anschluss am Gerät einschalten" +
          option(c) + " und für dieses Gerät eintragen.");
}

// "Unknown ID Job": Kyocera operation guides (TASKalfa 250ci ff., 11-9). Wrong codes: Accounting System
// Settings Guide, "PPAS": an incorrect code is an error and cancels printing even where jobs without a code
// are allowed.
void unknown_id(const Case& c, pr_assessment& out, const sdk::Sink& sink) {
  if (c.spooling || c.network_manager) return;
  std::string_view mode = c.settings.text("unknown-id-jobs");
  if (mode.empty()) {  // nobody stated it: what a check has seen
    const pr_tristate seen = c.settings.boolean("accepts-unidentified-jobs");
    mode = seen == PR_YES ? "permit" : seen == PR_NO ? "reject" : "";
  }
  if (c.code_state == Code::valid) {
    code_travels(c, mode == "reject", out, sink);
    return;
  }
  if (c.code_state != Code::none) {
    const bool stale = c.code_state == Code::stale;
    sink.warn(
        "kyocera.wrong-code-cancelled",
        stale ? "The device does not know the account code on record for this user, and cancels jobs with a "
                "wrong code. The job goes without a code. Have the user's code corrected."
              : "The account code on record for this user is not one (1 to 8 digits), and the device cancels "
                "jobs with a wrong code. The job goes without a code. Have the user's code corrected.",
        stale ? "Das Gerät kennt den hinterlegten Kostenstellen-Code dieses Benutzers nicht und bricht "
                "Aufträge "
                "mit falschem Code ab. Der Auftrag geht ohne Code. Bitte den Code berichtigen lassen."
              : "Der hinterlegte Kostenstellen-Code dieses Benutzers ist keiner (1 bis 8 Ziffern), und das "
                "Gerät bricht Aufträge mit falschem Code ab. Der Auftrag geht ohne Code. Bitte den Code "
                "berichtigen lassen.");
  }
  if (mode == "reject")
    refuse(out, sink, "kyocera.unknown-id-rejected",
           "The device rejects jobs without a valid account (\"Unknown ID Job: Reject\"), and there is none "
           "for this "
           "user. Have an account code entered for the user, or use the device-spooling port" +
               option(c) + ".",
           "Das Gerät weist Aufträge ohne gültiges Konto ab (\"Aufträge mit unbekannter ID: Ablehnen\"), und "
           "für "
           "diesen Benutzer ist keines hinterlegt. Einen Code für den Benutzer eintragen lassen oder den "
           "Anschluss mit "
           "Geräte-Spooling nutzen" +
               option(c) + ".");
  else if (mode == "permit")
    sink.info("kyocera.unknown-id-counted-other",
              "The job has no account code; the device prints it and counts it on the account \"Other\".",
              "Der Auftrag hat keinen Kostenstellen-Code; das Gerät druckt ihn und zählt ihn auf das Konto "
              "\"Andere\".");
  else
    sink.warn(
        "kyocera.unknown-id-unknown",
        "Nobody said whether this device takes jobs without an account (\"Unknown ID Job\"); assumed that it "
        "does. Run \"printrouter check fallback\", or state \"unknown-id-jobs\" for this device.",
        "Es ist nicht angegeben, ob dieses Gerät Aufträge ohne Konto annimmt (\"Aufträge mit unbekannter "
        "ID\"); "
        "angenommen wird: ja. \"printrouter check fallback\" ausführen oder \"unknown-id-jobs\" angeben.");
}

void sender_listed(const Case& c, pr_assessment& out, const sdk::Sink& sink) {
  const std::string_view sender = sdk::view(c.in.sender_address);
  const bool server_only = c.settings.boolean("accounting-server-only") == PR_YES;
  bool any = false, listed = false;
  for (const pr_attr& a : c.settings) {
    if (sdk::view(a.name) != "permitted-senders") continue;
    any = true;
    listed |= sdk::in_network(sender, sdk::view(a.text)).value_or(false);
  }
  if (listed || (!any && !server_only)) return;
  if (server_only)
    refuse(out, sink, "kyocera.accounting-server-only",
           "This device takes print jobs from its accounting server only, not from this computer. Print "
           "elsewhere, or "
           "have the device allow this computer's address.",
           "Dieses Gerät nimmt Druckaufträge nur von seinem Abrechnungsserver an, nicht von diesem Rechner. "
           "Anderswo "
           "drucken oder die Adresse dieses Rechners am Gerät erlauben lassen.");
  else if (sender.empty())
    sink.warn("kyocera.sender-unknown",
              "This device takes jobs only from listed addresses, and the address of this computer is not "
              "known yet. "
              "It may refuse the job.",
              "Dieses Gerät nimmt Aufträge nur von eingetragenen Adressen an, und die Adresse dieses "
              "Rechners ist noch "
              "nicht bekannt. Es kann den Auftrag abweisen.");
  else
    refuse(
        out, sink, "kyocera.sender-not-listed",
        "This device takes jobs only from listed addresses, and " + std::string(sender) +
            " is not among them. Have this computer's address entered at the device, or print elsewhere.",
        "Dieses Gerät nimmt Aufträge nur von eingetragenen Adressen an, und " + std::string(sender) +
            " ist nicht dabei. Die Adresse dieses Rechners am Gerät eintragen lassen oder anderswo drucken.");
}

void asleep(const Case& c, pr_assessment& out, const sdk::Sink& sink) {
  if (!c.spooling || c.settings.boolean("asleep") != PR_YES) return;
  const int64_t port = c.settings.integer("wake-port", c.facts.integer("wake.port", 0));
  const int64_t wait = c.settings.integer("wake-wait-ms", c.facts.integer("wake.wait-ms", 0));
  if (port < 1 || port > 65535) {
    sink.warn("kyocera.asleep-cannot-wake",
              "The device is asleep, its device-spooling port does not answer, and nobody said how to wake "
              "it. Press a "
              "key at the device, or state \"wake-port\".",
              "Das Gerät schläft, sein Anschluss mit Geräte-Spooling antwortet nicht, und es ist nicht "
              "angegeben, wie "
              "es geweckt wird. Eine Taste am Gerät drücken oder \"wake-port\" angeben.");
    return;
  }
  out.needs_wake = 1;
  out.wake_port = static_cast<uint32_t>(port);
  out.wake_wait_ms = static_cast<uint32_t>(std::clamp<int64_t>(wait, 0, 600000));
  sink.info("kyocera.needs-wake", "The device is asleep and is woken first; printing begins a little later.",
            "Das Gerät schläft und wird zuerst geweckt; der Druck beginnt etwas später.");
}

void release(const Case& c, pr_assessment& out, const sdk::Sink& sink) {
  if (!c.spooling) {
    out.release_at_device = PR_NO;
    return;
  }
  std::string_view how = c.settings.text("release");
  if (how.empty()) how = c.facts.text("release");
  out.release_at_device = how == "at-device" ? PR_YES : how == "immediate" ? PR_NO : PR_UNKNOWN;
  if (out.release_at_device == PR_YES)
    sink.info("kyocera.released-at-device",
              "The device keeps the job until you log in at it. Go there and release it.",
              "Das Gerät behält den Auftrag, bis Sie sich daran anmelden. Bitte hingehen und ihn freigeben.");
  else if (out.release_at_device == PR_UNKNOWN)
    sink.info("kyocera.release-unknown",
              "The device may keep the job until you log in at it: if nothing comes out, log in there and "
              "release it.",
              "Das Gerät behält den Auftrag womöglich, bis Sie sich daran anmelden: Kommt nichts heraus, "
              "bitte dort "
              "anmelden und ihn freigeben.");
}

}  // namespace printrouter::kyocera
