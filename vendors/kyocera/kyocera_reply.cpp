// SPDX-License-Identifier: Apache-2.0
#include "kyocera_reply.hpp"

#include <string_view>

namespace printrouter::kyocera {
namespace {

/// Calls `f` with each line of the device's text, without its end.
template <class F>
void each_line(std::string_view text, F&& f) {
  while (!text.empty()) {
    const std::size_t end = text.find_first_of("\r\n\f");
    if (const std::string_view line = text.substr(0, end); !line.empty()) f(line);
    text = end == text.npos ? std::string_view() : text.substr(end + 1);
  }
}

/// What weighs more comes later.
enum class Said { nothing, needs_hand, needs_paper, cancelled, wrong_account };

// USTATUS: HP PJL Technical Reference Manual, chapter 6 (JOB: CANCELED, RESULT) and appendix D (CODE=40xxx
// wants an operator, 41xxx wants paper); Kyocera lists USTATUS as supported (PRESCRIBE Technical Reference,
// table 7.23). "Account ID mismatch": Kyocera KM-3040 operation guide, 4-14.
Said listen(std::string_view text) {
  Said said = Said::nothing;
  const auto at_least = [&](Said heard) {
    if (heard > said) said = heard;
  };
  bool in_job = false;
  each_line(text, [&](std::string_view line) {
    if (line.starts_with("@PJL")) in_job = line.starts_with("@PJL USTATUS JOB");
    if (line.find("Account ID mismatch") != line.npos || line.find("Account error") != line.npos ||
        (in_job && line.starts_with("RESULT=") && line.find("account") != line.npos))
      at_least(Said::wrong_account);
    else if (in_job && (line == "CANCEL" || line == "CANCELED" || line == "CANCELLED"))
      at_least(Said::cancelled);
    else if (line.starts_with("CODE=41"))
      at_least(Said::needs_paper);
    else if (line.starts_with("CODE=40"))
      at_least(Said::needs_hand);
  });
  return said;
}

}  // namespace

void interpret_reply(const pr_device_reply& reply, pr_interpretation& out, const sdk::Sink& sink) {
  const std::string_view reason = sdk::view(reply.reason);
  if (reply.outcome == PR_OUTCOME_AUTH_REQUIRED || reason.find("not-authenticated") != reason.npos) {
    out.outcome = PR_OUTCOME_AUTH_REQUIRED;
    sink.refuse(
        "kyocera.login-required",
        "The device wants a login that this port cannot give. Use its device-spooling port, or have user "
        "login "
        "switched off for this port.",
        "Das Gerät verlangt eine Anmeldung, die dieser Anschluss nicht liefern kann. Den Anschluss mit "
        "Geräte-Spooling nutzen oder die Anmeldung für diesen Anschluss abschalten lassen.");
    return;
  }
  switch (listen(sdk::view(reply.device_text))) {
    case Said::wrong_account:
      // Said of a job the device took in: it threw it away, whatever the transport thought.
      out.outcome = reply.outcome == PR_OUTCOME_REJECTED ? PR_OUTCOME_REJECTED : PR_OUTCOME_CANCELLED;
      sink.refuse(
          "kyocera.wrong-code-cancelled",
          "The device cancelled the job: it does not know the account code. Have the user's code corrected.",
          "Das Gerät hat den Auftrag abgebrochen: Es kennt den Kostenstellen-Code nicht. Bitte den Code des "
          "Benutzers berichtigen lassen.");
      break;
    case Said::cancelled:
      out.outcome = PR_OUTCOME_CANCELLED;
      sink.warn("kyocera.cancelled-at-device", "The job was cancelled at the device.",
                "Der Auftrag wurde am Gerät abgebrochen.");
      break;
    case Said::needs_paper:
      sink.info(
          "kyocera.needs-paper",
          "The device is out of paper of the wanted size. Load some; printing goes on.",
          "Dem Gerät fehlt Papier in der gewünschten Größe. Bitte einlegen; der Druck geht dann weiter.");
      break;
    case Said::needs_hand:
      sink.info("kyocera.needs-attention", "The device wants somebody to look at it: see its panel.",
                "Das Gerät braucht jemanden, der danach sieht: Bitte auf die Anzeige schauen.");
      break;
    case Said::nothing:
      break;
  }
}

}  // namespace printrouter::kyocera
