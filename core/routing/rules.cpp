// SPDX-License-Identifier: Apache-2.0
#include "routing/rules.hpp"

#include <array>

namespace printrouter {
namespace {
constexpr auto info = Severity::info;
constexpr auto warning = Severity::warning;
constexpr auto refusal = Severity::refusal;

constexpr std::string_view keep_en = "The job is kept: retry it, wait for the server, or cancel it.";
constexpr std::string_view keep_de =
    "Der Auftrag bleibt erhalten: erneut versuchen, auf den Server warten oder abbrechen.";

constexpr auto texts = std::to_array<RuleText>({
    {Rule::to_server, "routing.to-server", info, "The server {0} takes jobs.",
     "Der Server {0} nimmt Aufträge an.", "", ""},
    {Rule::no_server, "routing.no-server", info, "No server is configured; the fallback rules decide.",
     "Es ist kein Server eingerichtet; die Fallback-Regeln entscheiden.", "", ""},
    {Rule::server_down, "routing.server-down", warning, "The server {0} cannot take jobs: {1}.",
     "Der Server {0} kann keine Aufträge annehmen: {1}.", "", ""},
    {Rule::server_does_not_take, "routing.server-does-not-take", warning,
     "The server {0} answers, but {1} attempts to send it this job failed.",
     "Der Server {0} antwortet, aber {1} Versuche, ihm diesen Auftrag zu senden, sind gescheitert.", "", ""},
    {Rule::server_refused, "routing.server-refused", refusal, "The server {0} refused the job: {1}.",
     "Der Server {0} hat den Auftrag abgelehnt: {1}.",
     "Put right what the server names, then retry. What a server refuses is never printed past it.",
     "Beheben, was der Server nennt, dann erneut versuchen. Was ein Server ablehnt, wird nie an ihm vorbei "
     "gedruckt."},
    {Rule::server_wants_login, "routing.server-wants-login", refusal,
     "The server {0} wants a login for this job: {1}.",
     "Der Server {0} verlangt für diesen Auftrag eine Anmeldung: {1}.",
     "Have your account at the server checked, then retry.",
     "Das eigene Konto am Server prüfen lassen, dann erneut versuchen."},
    {Rule::server_copy_possible, "routing.server-copy-possible", warning,
     "The server {0} may already have this job and keeps it until somebody releases it: do not release it "
     "there too.",
     "Der Server {0} hat diesen Auftrag womöglich schon und behält ihn bis zur Freigabe: dort nicht auch "
     "freigeben.",
     "", ""},
    {Rule::server_back, "routing.server-back", info,
     "The server {0} is back. Send the waiting job there, or print it elsewhere?",
     "Der Server {0} ist wieder da. Den wartenden Auftrag dorthin senden oder anderswo drucken?", "", ""},
    {Rule::unknown_needs_person, "routing.unknown-needs-person", warning,
     "Whether {0} printed the job is not known. It is not sent again by itself, as it might come out twice.",
     "Ob {0} den Auftrag gedruckt hat, ist nicht bekannt. Er wird nicht von selbst noch einmal gesendet, da "
     "er doppelt "
     "herauskommen könnte.",
     "Look at the printer, then say so: printrouter settle ID --printed, --not-printed or --reprint.",
     "Am Drucker nachsehen und es angeben: printrouter settle ID --printed, --not-printed oder --reprint."},

    {Rule::fallback_disabled, "routing.fallback-disabled", refusal,
     "The server cannot take jobs, and printing without it is switched off.",
     "Der Server kann keine Aufträge annehmen, und der Druck ohne ihn ist abgeschaltet.", keep_en, keep_de},
    {Rule::no_network, "routing.no-network", warning, "This computer has no network; the job waits.",
     "Dieser Rechner hat kein Netz; der Auftrag wartet.", "Check the cable or the wireless network.",
     "Netzwerkkabel oder WLAN prüfen."},
    {Rule::no_target, "routing.no-target", refusal, "The profile names no printer that is known here ({0}).",
     "Das Profil nennt keinen Drucker, der hier bekannt ist ({0}).",
     "Have the profile or the directory corrected.",
     "Das Profil oder das Geräteverzeichnis berichtigen lassen."},
    {Rule::none_permitted, "routing.none-permitted", refusal, "No printer may print this job: {0}.",
     "Kein Drucker darf diesen Auftrag drucken: {0}.", keep_en, keep_de},
    {Rule::none_affordable, "routing.none-affordable", refusal,
     "The release condition is met at no printer: {0}",
     "Die Freigabebedingung ist bei keinem Drucker erfüllt: {0}", keep_en, keep_de},
    {Rule::none_left, "routing.none-left", refusal, "No further printer may print this job: {0}.",
     "Kein weiterer Drucker darf diesen Auftrag drucken: {0}.", keep_en, keep_de},
    {Rule::devices_silent, "routing.devices-silent", warning,
     "No permitted printer answers ({0}); the job waits.",
     "Kein erlaubter Drucker antwortet ({0}); der Auftrag wartet.", "See whether the printer is switched on.",
     "Nachsehen, ob der Drucker eingeschaltet ist."},
    {Rule::private_held, "routing.private-held", warning,
     "The job is private, and no permitted printer keeps it until you are there; it waits for the server.",
     "Der Auftrag ist vertraulich, und kein erlaubter Drucker behält ihn, bis Sie dort sind; er wartet auf "
     "den Server.",
     "If you stand at the printer, release it there yourself: printrouter release ID --to DEVICE.",
     "Wenn Sie am Drucker stehen, selbst freigeben: printrouter release ID --to GERÄT."},
    {Rule::single_printer, "routing.single-printer", info,
     "The job goes to {0}, the printer that the profile names.",
     "Der Auftrag geht an {0}, den Drucker, den das Profil nennt.", "", ""},
    {Rule::only_used, "routing.only-used", info,
     "The job goes to {0}, the only permitted printer among those you have used.",
     "Der Auftrag geht an {0}, den einzigen erlaubten unter den Druckern, die Sie schon benutzt haben.", "",
     ""},
    {Rule::several_used, "routing.several-used", info,
     "{0} permitted printers are among those you have used: choose one.",
     "{0} erlaubte Drucker sind unter denen, die Sie schon benutzt haben: bitte wählen.", "", ""},
    {Rule::none_used, "routing.none-used", info,
     "You have used none of the {0} permitted printers yet: choose one.",
     "Sie haben noch keinen der {0} erlaubten Drucker benutzt: bitte wählen.", "", ""},
    {Rule::unused_not_asked, "routing.unused-not-asked", refusal,
     "You have used none of the permitted printers yet, and the profile offers no others.",
     "Sie haben noch keinen der erlaubten Drucker benutzt, und das Profil bietet keine anderen an.", keep_en,
     keep_de},
    {Rule::device_did_not_take, "routing.device-did-not-take", warning, "{0} did not take the job: {1}.",
     "{0} hat den Auftrag nicht angenommen: {1}.", "", ""},
    {Rule::chosen, "routing.chosen", info, "The job goes to {0}, as you chose.",
     "Der Auftrag geht an {0}, wie Sie gewählt haben.", "", ""},
    {Rule::chosen_not_permitted, "routing.chosen-not-permitted", refusal, "{0} may not print this job: {1}.",
     "{0} darf diesen Auftrag nicht drucken: {1}.", "Choose another printer, or wait for the server.",
     "Einen anderen Drucker wählen oder auf den Server warten."},
    {Rule::chosen_wait, "routing.chosen-wait", info, "The job waits for the server, as you chose.",
     "Der Auftrag wartet auf den Server, wie Sie gewählt haben.", "", ""},
    {Rule::release_at_device, "routing.release-at-device", info, "Log in at {0} and release the job there.",
     "Melden Sie sich an {0} an und geben Sie den Auftrag dort frei.", "", ""},

    {Rule::rest_not_judged, "routing.rest-not-judged", info,
     "{0} further printers of a large group were not looked at: what you have used or chosen decides.",
     "{0} weitere Drucker einer großen Gruppe wurden nicht betrachtet: Was Sie benutzt oder gewählt haben, "
     "entscheidet.",
     "", ""},

    {Rule::used, "routing.used", info, "You used it last on {0}.", "Sie haben es zuletzt am {0} benutzt.", "",
     ""},
    {Rule::used_too_long_ago, "routing.used-too-long-ago", info,
     "You used it last on {0}: longer ago than the {1} days that count.",
     "Sie haben es zuletzt am {0} benutzt: länger her als die {1} Tage, die zählen.", "", ""},
    {Rule::device_silent, "routing.device-silent", info, "It did not answer when last asked{0}.",
     "Es hat bei der letzten Anfrage nicht geantwortet{0}.", "See whether it is switched on.",
     "Nachsehen, ob es eingeschaltet ist."},
    {Rule::no_ports, "routing.no-ports", refusal, "No port of this device is known.",
     "Von diesem Gerät ist kein Anschluss bekannt.", "State its ports in the directory.",
     "Seine Anschlüsse im Verzeichnis angeben."},
    {Rule::format_not_taken, "routing.format-not-taken", refusal,
     "It does not take documents of the format {0}.", "Es nimmt keine Dokumente im Format {0} an.",
     "Print as PDF or PostScript, or choose another printer.",
     "Als PDF oder PostScript drucken oder einen anderen Drucker wählen."},
    {Rule::format_unknown, "routing.format-unknown", info,
     "document format unknown, assumed that it takes it",
     "Dokumentformat unbekannt, angenommen: es nimmt es an", "", ""},
    {Rule::languages_unknown, "routing.languages-unknown", info,
     "languages of the device unknown, assumed that it takes {0}",
     "Sprachen des Geräts unbekannt, angenommen: es nimmt {0} an", "", ""},
    {Rule::color_unknown, "routing.color-unknown", info, "colour unknown, assumed colour",
     "Farbe unbekannt, Farbe angenommen", "", ""},
    {Rule::device_color_unknown, "routing.device-color-unknown", info,
     "whether the device prints colour is unknown, assumed that it does",
     "ob das Gerät Farbe druckt, ist unbekannt; angenommen: ja", "", ""},
    {Rule::no_color, "routing.no-color", refusal, "The job wants colour, and it prints black only.",
     "Der Auftrag verlangt Farbe, und es druckt nur schwarz.", "Print in black, or choose a colour printer.",
     "Schwarzweiß drucken oder einen Farbdrucker wählen."},
    {Rule::color_becomes_grey, "routing.color-becomes-grey", warning,
     "It prints black only: colours come out grey.", "Es druckt nur schwarz: Farben werden grau.", "", ""},
    {Rule::media_not_taken, "routing.media-not-taken", refusal, "It has no paper of the size {0}.",
     "Es hat kein Papier der Größe {0}.", "Choose another paper size or another printer.",
     "Eine andere Papiergröße oder einen anderen Drucker wählen."},
    {Rule::media_unknown, "routing.media-unknown", info, "paper sizes unknown, assumed that it has {0}",
     "Papiergrößen unbekannt, angenommen: es hat {0}", "", ""},
    {Rule::no_duplex, "routing.no-duplex", refusal,
     "The job wants both sides printed, and it prints one side only.",
     "Der Auftrag verlangt beidseitigen Druck, und es druckt nur einseitig.",
     "Print on one side, or choose a duplex printer.", "Einseitig drucken oder einen Duplexdrucker wählen."},
    {Rule::duplex_unknown, "routing.duplex-unknown", info,
     "duplex unknown, assumed that it prints both sides",
     "Duplex unbekannt, angenommen: es druckt beidseitig", "", ""},
    {Rule::finishing_not_taken, "routing.finishing-not-taken", warning, "It cannot do the finishing {0}.",
     "Es kann die Endverarbeitung {0} nicht.", "", ""},
    {Rule::untested, "routing.untested", warning,
     "Nobody has tried whether it takes jobs from this computer.",
     "Niemand hat probiert, ob es Aufträge von diesem Rechner annimmt.", "Run printrouter check fallback.",
     "printrouter check fallback ausführen."},
    {Rule::check_old, "routing.check-old", warning, "It was last checked on {0}: too long ago to count.",
     "Es wurde zuletzt am {0} geprüft: zu lange her, um zu zählen.", "Run printrouter check fallback.",
     "printrouter check fallback ausführen."},
    {Rule::check_refused, "routing.check-refused", refusal,
     "The check on {0} found that it refuses our jobs{1}.",
     "Die Prüfung am {0} ergab, dass es unsere Aufträge ablehnt{1}.",
     "Change the setting of the device that the check names, then run printrouter check fallback.",
     "Die Einstellung am Gerät ändern, die die Prüfung nennt, dann printrouter check fallback ausführen."},

    {Rule::port_missing, "routing.port-missing", refusal,
     "The profile asks for the port {0}, which it does not have.",
     "Das Profil verlangt den Anschluss {0}, den es nicht hat.",
     "Have the profile changed, or an override made for this printer.",
     "Das Profil ändern oder für diesen Drucker eine Ausnahme eintragen lassen."},
    {Rule::port_not_in_model_file, "routing.port-not-in-model-file", info,
     "The model file does not list the port {0}; the profile's word counts.",
     "Die Modelldatei führt den Anschluss {0} nicht; es gilt das Profil.", "", ""},
    {Rule::port_class_unstated, "routing.port-class-unstated", info,
     "Nobody stated the class of this port; it counts as plain.",
     "Niemand hat die Klasse dieses Anschlusses angegeben; er gilt als einfach.", "", ""},
    {Rule::port_class_contradiction, "routing.port-class-contradiction", warning,
     "It is stated as {0}, but the model file documents it as {1}; the model file counts.",
     "Er ist als {0} angegeben, laut Modelldatei aber {1}; es gilt die Modelldatei.",
     "Run printrouter config check.", "printrouter config check ausführen."},
    {Rule::ticket_lost, "ticket-lost:", refusal, "On this port the job's wish {0} would be lost.",
     "Auf diesem Anschluss ginge der Wunsch {0} verloren.",
     "Use another port or printer, or let the profile say ticket: relaxed.",
     "Einen anderen Anschluss oder Drucker nutzen, oder im Profil ticket: relaxed setzen."},
    {Rule::ticket_lost_minor, "ticket-lost:", warning, "On this port the job's wish {0} is lost.",
     "Auf diesem Anschluss geht der Wunsch {0} verloren.", "", ""},
    {Rule::private_open_tray, "routing.private-open-tray", refusal,
     "The job is private, and this port would print it onto an open tray.",
     "Der Auftrag ist vertraulich, und dieser Anschluss würde ihn offen ausdrucken.",
     "Use a printer with a device-spooling port, or wait for the server.",
     "Einen Drucker mit Geräte-Spooling nutzen oder auf den Server warten."},
    {Rule::private_immediate, "routing.private-immediate", warning,
     "The job is private, and this device may print it before you are there.",
     "Der Auftrag ist vertraulich, und dieses Gerät druckt ihn womöglich, bevor Sie dort sind.", "", ""},
    {Rule::private_by_choice, "routing.private-by-choice", warning,
     "The job is private and comes out onto an open tray, as you chose.",
     "Der Auftrag ist vertraulich und kommt offen heraus, wie Sie gewählt haben.", "", ""},
    {Rule::already_failed, "routing.already-failed", refusal, "It did not take this job on {0}: {1}.",
     "Es hat diesen Auftrag am {0} nicht angenommen: {1}.",
     "Choose another printer, or release it there again yourself.",
     "Einen anderen Drucker wählen oder ihn dort selbst noch einmal freigeben."},
    {Rule::other_port_class, "routing.other-port-class", refusal,
     "Another port class of the same device is not tried after a failure ({0}).",
     "Nach einem Fehlschlag wird keine andere Anschlussklasse desselben Geräts versucht ({0}).",
     "Choose another printer, or let the profile say other_port_class: allow.",
     "Einen anderen Drucker wählen, oder im Profil other_port_class: allow setzen."},
    {Rule::needs_wake, "routing.needs-wake", info, "It sleeps and is woken by port {0} first (about {1} s).",
     "Es schläft und wird zuerst über Port {0} geweckt (etwa {1} s).", "", ""},
});
static_assert(texts.size() == static_cast<std::size_t>(Rule::count));

std::string fill(std::string_view text, std::initializer_list<std::string_view> values) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '{' && i + 2 < text.size() && text[i + 2] == '}') {
      const auto at = static_cast<std::size_t>(text[i + 1] - '0');
      if (at < values.size()) out += *(values.begin() + at);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}
}  // namespace

std::span<const RuleText> rule_texts() {
  return texts;
}

std::string_view rule_id(Rule rule) {
  return texts[static_cast<std::size_t>(rule)].id;
}

Reason make_reason(Rule rule, const Profile& profile, std::initializer_list<std::string_view> en,
                   std::initializer_list<std::string_view> de) {
  const RuleText& text = texts[static_cast<std::size_t>(rule)];
  Reason out{text.severity,     std::string(text.id),        fill(text.en, en),
             fill(text.de, de), std::string(text.remedy_en), std::string(text.remedy_de)};
  if ((rule == Rule::ticket_lost || rule == Rule::ticket_lost_minor) && en.size() > 0) {
    // "sides = two-sided-long-edge": the id takes the name alone.
    const std::string_view wish = *en.begin();
    out.id += wish.substr(0, wish.find(' '));
  }
  if (text.severity == Severity::refusal && !profile.contact.empty()) {
    out.remedy_en += (out.remedy_en.empty() ? "" : " ") + std::string("Ask: ") + profile.contact + ".";
    out.remedy_de +=
        (out.remedy_de.empty() ? "" : " ") + std::string("Ansprechpartner: ") + profile.contact + ".";
  }
  return out;
}

Reason make_reason(Rule rule, const Profile& profile, std::initializer_list<std::string_view> values) {
  return make_reason(rule, profile, values, values);
}

bool is(const Reason& reason, Rule rule) {
  return reason.id == rule_id(rule);
}

std::string shown(std::string_view untrusted) {
  constexpr std::size_t most = 200;
  std::string out;
  for (const char c : untrusted.substr(0, most)) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte < 0x20 || byte == 0x7f ? '?' : c;
  }
  if (untrusted.size() > most) {
    // Not in the middle of a UTF-8 sequence.
    while (!out.empty() && (static_cast<unsigned char>(out.back()) & 0xc0) == 0x80) out.pop_back();
    if (!out.empty() && static_cast<unsigned char>(out.back()) >= 0xc0) out.pop_back();
    out += "…";
  }
  return out;
}

std::string shown(Timestamp time) {
  if (!time.set()) return "?";
  std::string text = time.to_string();
  text[10] = ' ';
  return text.substr(0, 16) + " UTC";
}

std::string health_text(std::string_view noted, bool german) {
  struct Words {
    std::string_view id, en, de;
  };
  static constexpr Words known[] = {
      {"", "no answer", "keine Antwort"},
      {"no-answer", "no answer", "keine Antwort"},
      {"connect-refused", "connections are refused", "Verbindungen werden abgelehnt"},
      {"connect-timeout", "no connection in time", "keine Verbindung in der vorgesehenen Zeit"},
      {"connect-failed", "no connection", "keine Verbindung"},
      {"connection-broken", "the connection broke off", "die Verbindung brach ab"},
      {"broke-off", "the connection broke off", "die Verbindung brach ab"},
      {"not-accepting-jobs", "jobs are not accepted now", "Aufträge werden zurzeit nicht angenommen"}};
  for (const Words& words : known)
    if (words.id == noted) return std::string(german ? words.de : words.en);
  return shown(noted);
}

std::string_view counted_by_text(CountedBy value, bool german) {
  switch (value) {
    case CountedBy::device:
      return german ? "dem Gerät" : "the device";
    case CountedBy::server:
      return german ? "dem Server" : "the server";
    case CountedBy::client:
      return german ? "diesem Rechner" : "this computer";
    case CountedBy::unknown:
      break;
  }
  return german ? "niemandem, der bekannt wäre" : "nobody known";
}

}  // namespace printrouter
