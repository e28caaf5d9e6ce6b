// SPDX-License-Identifier: Apache-2.0
#include "acme_reply.hpp"

#include <charconv>
#include <string_view>

namespace acme {
namespace {

/// The number after the last "ACME-ERR " that begins a line, 0 if there is none.
int error_of(std::string_view text) {
  int code = 0;
  while (!text.empty()) {
    const std::size_t end = text.find_first_of("\r\n\f");
    const std::string_view line = text.substr(0, end);
    constexpr std::string_view mark = "ACME-ERR ";
    if (line.starts_with(mark)) std::from_chars(line.data() + mark.size(), line.data() + line.size(), code);
    text = end == text.npos ? std::string_view() : text.substr(end + 1);
  }
  return code;
}

struct Meaning {
  int code;
  uint32_t outcome;
  const char *id, *en, *de;
};
constexpr Meaning kMeanings[] = {
    {17, PR_OUTCOME_REJECTED, "acme.badge-blocked",
     "The device refused the job: this badge is blocked. Ask whoever issues the badges.",
     "Das Gerät hat den Auftrag abgewiesen: Dieser Ausweis ist gesperrt. Bitte die Ausweisstelle fragen."},
    {23, PR_OUTCOME_STOP_TARGET, "acme.service-needed",
     "The device has stopped and wants service. Choose another one.",
     "Das Gerät steht und braucht den Kundendienst. Bitte ein anderes wählen."},
    {31, PR_OUTCOME_CANCELLED, "acme.cancelled-at-device", "The job was cancelled at the device.",
     "Der Auftrag wurde am Gerät abgebrochen."},
};

}  // namespace

void interpret_reply(const pr_device_reply& reply, pr_interpretation& out,
                     const printrouter::sdk::Sink& sink) {
  const int code = error_of(printrouter::sdk::view(reply.device_text));
  for (const Meaning& m : kMeanings) {
    if (m.code != code) continue;
    out.outcome = m.outcome;
    sink.refuse(m.id, m.en, m.de);
    return;
  }
  if (code != 0)
    sink.warn("acme.unknown-error",
              "The device reports an error that this version of the pack does not know.",
              "Das Gerät meldet einen Fehler, den diese Fassung des Pakets nicht kennt.");
}

}  // namespace acme
