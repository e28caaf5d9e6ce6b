// SPDX-License-Identifier: Apache-2.0
#include "control/error_words.hpp"

#include <array>
#include <cstdlib>
#include <string_view>
#include <utility>
#include <vector>

namespace printrouter::control {
namespace {

using Pair = std::pair<std::string_view, std::string_view>;

/// "*" stands for a piece that is taken over, in order.
constexpr std::array sentences{
    Pair{"there is no job *", "es gibt keinen Auftrag *"},
    Pair{"there is no question *", "es gibt keine Frage *"},
    Pair{"there is no device *", "es gibt kein Gerät *"},
    Pair{"there is no action *", "es gibt keine Aktion *"},
    Pair{"there is nothing at *", "unter * gibt es nichts"},
    Pair{"there is no such print queue", "diese Druckwarteschlange gibt es nicht"},
    Pair{"there is no such print queue here", "diese Druckwarteschlange gibt es hier nicht"},
    Pair{"the job is *; only a job with unknown outcome can be settled",
         "der Auftrag ist *; klären lässt sich nur ein Auftrag mit unbekanntem Ausgang"},
    Pair{"the job is * and does not wait for an answer", "der Auftrag ist * und wartet auf keine Antwort"},
    Pair{"the job is * and cannot be put aside", "der Auftrag ist * und kann nicht zurückgestellt werden"},
    Pair{"the job is *, there is nothing to retry", "der Auftrag ist *, da gibt es nichts zu wiederholen"},
    Pair{"the job is * already", "der Auftrag ist schon *"},
    Pair{"it is not known whether the job was printed; settle it first: *",
         "es ist nicht bekannt, ob der Auftrag gedruckt wurde; erst klären: *"},
    Pair{"the job may have been printed already; say what became of it: *",
         "der Auftrag ist vielleicht schon gedruckt; sagen Sie, was daraus wurde: *"},
    Pair{"the job has been cancelled", "der Auftrag wurde abgebrochen"},
    Pair{"the question was answered already: *", "die Frage ist schon beantwortet: *"},
    Pair{"the question is moot: it was withdrawn", "die Frage hat sich erledigt: Sie wurde zurückgezogen"},
    Pair{"* is none of the choices", "* steht nicht zur Wahl"},
    Pair{"only an administrator may do this", "das darf nur ein Administrator"},
    Pair{"the account at this socket is not known", "das Konto an diesem Socket ist nicht bekannt"},
    Pair{"you are * and may not print as *", "Sie sind * und dürfen nicht als * drucken"},
    Pair{"entry * was not rejected", "Eintrag * wurde nicht abgelehnt"},
    Pair{"entry *", "Eintrag *"},
    Pair{"is no claim", "ist keine Abrechnung eines Drucks"},
    Pair{"a claim; anything else can be sent again",
         "die Abrechnung eines Drucks; alles andere kann noch einmal gesendet werden"},
    Pair{"changes nothing", "ändert nichts"},
    Pair{"user or pages", "Benutzer oder Seiten"},
    Pair{"the ledger is not reported to anybody", "das Kontobuch wird niemandem gemeldet"},
    Pair{"there is no management server to enrol at", "es gibt keinen Verwaltungsserver zum Anmelden"},
    Pair{"a server with a plugin that takes reports, like \"http\"",
         "ein Server mit einem Plugin, das Meldungen annimmt, wie \"http\""},
    Pair{"an enrolment is under way", "eine Anmeldung läuft schon"},
    Pair{"a token of the server that is still good", "ein noch gültiges Token des Servers"},
    Pair{"a token of the server", "ein Token des Servers"},
    Pair{"holds no journal", "enthält kein Journal"},
    Pair{"a state folder of printrouterd", "ein Zustandsordner von printrouterd"},
    Pair{"a daemon works in this state folder", "in diesem Zustandsordner arbeitet ein Daemon"},
    Pair{"a stopped daemon, or the command without --state-dir",
         "ein beendeter Daemon, oder der Befehl ohne --state-dir"},
    Pair{"is no user name", "ist kein Benutzername"},
    Pair{"too many jobs are waiting (limit *); try again later",
         "zu viele Aufträge warten (Grenze *); später noch einmal versuchen"},
    Pair{"too little room is left on the disk", "auf der Platte ist zu wenig Platz"},
    Pair{"no permitted printer takes *", "kein erlaubter Drucker nimmt *"},
    Pair{"doors cannot be changed while jobs come through them; nothing was changed",
         "Türen lassen sich nicht ändern, solange Aufträge hindurchgehen; nichts wurde geändert"},
    Pair{"another printrouterd works in this state folder",
         "ein anderer printrouterd arbeitet schon in diesem Zustandsordner"},
    Pair{"another process is using it", "ein anderer Prozess benutzt es"},
    Pair{"another process serves this socket", "ein anderer Prozess bedient diesen Socket"},
    Pair{"the path is taken by something that is no socket",
         "an diesem Pfad liegt etwas, das kein Socket ist"},
    Pair{"not an address to listen on", "ist keine Adresse, an der sich horchen lässt"},
    Pair{"not a path for a socket", "ist kein Pfad für einen Socket"},
    Pair{"cannot listen here: *", "hier lässt sich nicht horchen: *"},
    Pair{"no plugin receives *", "kein Plugin nimmt * an"},
    Pair{"cannot be made: *", "kann nicht angelegt werden: *"},
    Pair{"cannot be written", "kann nicht geschrieben werden"},
    Pair{"cannot write: *", "kann nicht geschrieben werden: *"},
    Pair{"the plugin folder cannot be read: *", "der Pluginordner kann nicht gelesen werden: *"},
    Pair{"this database is not a printrouter journal", "diese Datenbank ist kein Journal von printrouter"},
    Pair{"the journal does not answer", "das Journal antwortet nicht"},
    Pair{"is damaged and cannot be set aside: *", "ist beschädigt und kann nicht beiseitegelegt werden: *"},
    Pair{"is larger than *", "ist größer als *"},
    Pair{"no such file or folder", "die Datei oder den Ordner gibt es nicht"},
    Pair{"a folder the daemon may write", "ein Ordner, in den der Daemon schreiben darf"},
    Pair{"a folder of its own", "ein eigener Ordner"},
    Pair{"a folder, here or as --state-dir", "ein Ordner, hier oder als --state-dir"},
    Pair{"a path that is free", "ein freier Pfad"},
    Pair{"a numeric IPv4 or IPv6 address, or localhost",
         "eine IPv4- oder IPv6-Adresse in Zahlen, oder localhost"},
    Pair{"an installed receiver, see printrouter plugins list",
         "ein eingespielter Empfänger, siehe printrouter plugins list"},
    Pair{"starting", "startet noch"},
    Pair{"missing or no text", "fehlt oder ist kein Text"},
    Pair{"missing or unknown", "fehlt oder ist unbekannt"},
    Pair{"out of range", "liegt außerhalb des Bereichs"},
    Pair{"no job number", "ist keine Auftragsnummer"},
    Pair{"no page count", "ist keine Seitenzahl"},
    Pair{"the body is not a JSON object", "der Inhalt ist kein JSON-Objekt"},
    Pair{"is no JSON", "ist kein JSON"},
    Pair{"is missing", "fehlt"},
    Pair{"is empty", "ist leer"},
    Pair{"is not known", "ist unbekannt"},
    Pair{"cannot be read", "kann nicht gelesen werden"},
    Pair{"cannot be read: *", "kann nicht gelesen werden: *"},
    Pair{"the print router does not answer: *", "der Druckdienst antwortet nicht: *"},
    Pair{"not ready: *", "nicht bereit: *"},
    Pair{"a readable file", "eine lesbare Datei"},
    Pair{"a whole number", "eine ganze Zahl"},
    Pair{"a whole number, 0 or more", "eine ganze Zahl ab 0"},
    Pair{"a restart of printrouterd", "ein Neustart von printrouterd"},
    Pair{"a running printrouterd; is it started, and is this its --socket?",
         "ein laufender printrouterd; ist er gestartet, und ist das sein --socket?"},
    Pair{"the id of a device, see GET /v1/devices", "die Kennung eines Geräts, siehe GET /v1/devices"},
    Pair{"one of the question's choices", "eines der zur Wahl stehenden Geräte"},
    Pair{"the queue of a listener", "die Warteschlange eines Eingangs"},
    Pair{"a readable CSV or JSON file", "eine lesbare CSV- oder JSON-Datei"}};

constexpr std::array states{Pair{"incoming", "im Eintreffen"}, Pair{"pending", "gleich dran"},
                            Pair{"sending", "unterwegs"},      Pair{"confirming", "angenommen"},
                            Pair{"held", "angehalten"},        Pair{"unknown", "vielleicht gedruckt"},
                            Pair{"completed", "fertig"},       Pair{"canceled", "abgebrochen"},
                            Pair{"aborted", "aufgegeben"}};

bool match(std::string_view pattern, std::string_view text, std::vector<std::string_view>& pieces) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == text;
  if (!text.starts_with(pattern.substr(0, star))) return false;
  text.remove_prefix(star);
  pattern.remove_prefix(star + 1);
  const std::string_view next = pattern.substr(0, pattern.find('*'));
  const std::size_t end = next.empty() ? (pattern.empty() ? text.size() : 0) : text.find(next);
  if (end == std::string_view::npos) return false;
  pieces.push_back(text.substr(0, end));
  return match(pattern, text.substr(end), pieces);
}

std::string translated(std::string_view text) {
  for (const auto& [english, german] : sentences) {
    std::vector<std::string_view> pieces;
    if (!match(english, text, pieces)) continue;
    std::string out;
    std::size_t n = 0;
    for (const char c : german) {
      if (c != '*') {
        out += c;
        continue;
      }
      std::string_view piece = n < pieces.size() ? pieces[n] : std::string_view{};
      ++n;
      for (const auto& [state, word] : states)
        if (piece == state) piece = word;
      out += piece;
    }
    return out;
  }
  return std::string(text);
}

}  // namespace

std::string german_message(const Error& error) {
  std::string out;
  for (const auto& part : {error.place, error.field})
    if (!part.empty()) out += part + ": ";
  out += translated(error.text);
  if (!error.expected.empty()) out += " (erwartet: " + translated(error.expected) + ")";
  return out;
}

bool german_environment() {
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"})
    if (const char* value = std::getenv(name); value && *value)
      return std::string_view(value).starts_with("de");
  return false;
}

SaidError::SaidError(const Error& error)
    : code(error.code),
      en(error.message()),
      de(german_message(error)),
      field(error.field),
      place(error.place),
      expected(error.expected) {}

SaidError::SaidError(const ConfigFinding& finding)
    : code(ErrorCode::invalid),
      id(finding.id),
      en(finding.message("en")),
      de(finding.message("de")),
      field(finding.field),
      place(finding.file + (finding.line > 0 ? ":" + std::to_string(finding.line) : "")),
      expected(finding.expected) {}

SaidError::SaidError(ErrorCode error_code, const Reason& reason)
    : code(error_code),
      id(reason.id),
      en(reason.en),
      de(reason.de),
      remedy_en(reason.remedy_en),
      remedy_de(reason.remedy_de) {}

}  // namespace printrouter::control
