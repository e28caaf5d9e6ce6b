// SPDX-License-Identifier: Apache-2.0
#include "routing/explain.hpp"

#include "routing/rules.hpp"

namespace printrouter {
namespace {
std::string money(std::int64_t hundredths, bool german) {
  return Money::hundredths(hundredths).text(german ? "de" : "en");
}

class Text {
 public:
  explicit Text(std::string_view language) : german_(language == "de") {}
  std::string take() { return std::move(out_); }
  const char* in(const char* en, const char* de) const { return german_ ? de : en; }
  bool german() const { return german_; }
  void line(std::size_t indent, const std::string& text) { out_ += std::string(indent, ' ') + text + "\n"; }

  void reason(std::size_t indent, const Reason& r) {
    const char* mark = r.severity == Severity::refusal ? "✗ " : r.severity == Severity::warning ? "! " : "· ";
    line(indent, mark + shown_all(german_ ? r.de : r.en) + " [" + r.id + "]");
    const std::string& remedy = german_ ? r.remedy_de : r.remedy_en;
    if (!remedy.empty() && r.severity != Severity::info) line(indent + 2, "→ " + shown_all(remedy));
  }
  static std::string shown_all(std::string_view text) {
    std::string out;
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      out += byte < 0x20 || byte == 0x7f ? '?' : c;
    }
    return out;
  }

 private:
  bool german_;
  std::string out_;
};

std::string name_of(const Decision& d) {
  for (const Candidate& c : d.candidates)
    if (c.device_id == d.device_id) return shown(c.name);
  return d.device_id;
}

std::string decision_text(const Text& t, const Decision& d) {
  switch (d.kind) {
    case DecisionKind::to_server:
      return t.in("goes to the server", "geht an den Server");
    case DecisionKind::to_device:
      return std::string(t.in("is printed on ", "wird gedruckt auf ")) + name_of(d) +
             (d.port
                  ? " (" + d.port->port.label() + ", " + std::string(to_string(d.port->port.port_class)) + ")"
                  : "");
    case DecisionKind::ask:
      return t.in("waits for your choice", "wartet auf Ihre Wahl");
    case DecisionKind::hold:
      return t.in("waits", "wartet");
    case DecisionKind::refuse:
      return t.in("is not printed, and kept", "wird nicht gedruckt und bleibt erhalten");
  }
  return {};
}

void port(Text& t, const PortChoice& p, bool chosen) {
  std::string head = p.port.label() + ", " + std::string(to_string(p.port.port_class)) + ": ";
  head += p.permitted ? t.in("permitted", "erlaubt") : t.in("left out", "scheidet aus");
  if (p.permitted) {
    head += std::string(t.in(", counted by ", ", gezählt von ")) +
            std::string(counted_by_text(p.counted_by, t.german()));
    if (p.may_count_twice) head += t.in(", may be counted twice", ", womöglich doppelt gezählt");
    if (p.release_at_device) head += t.in(", released at the device", ", Freigabe am Gerät");
    if (p.needs_wake) head += t.in(", is woken first", ", wird zuerst geweckt");
  }
  t.line(4, (chosen ? "▸ " : "- ") + head);
  if (!p.ticket.empty()) {
    std::string carried;
    for (const TicketCarry& c : p.ticket)
      carried += (carried.empty() ? "" : ", ") + c.attribute + " → " + std::string(to_string(c.how));
    t.line(6, std::string(t.in("ticket: ", "Wünsche: ")) + carried);
  }
  for (const Reason& r : p.reasons) t.reason(6, r);
}

void candidate(Text& t, const Candidate& c, const Decision& d) {
  std::string head = shown(c.name);
  if (c.name != c.device_id) head += " (" + c.device_id + ")";
  if (!c.place.empty()) head += ", " + shown(c.place);
  head += std::string(": ") + (c.permitted ? t.in("permitted", "erlaubt") : t.in("left out", "scheidet aus"));
  if (c.price) head += std::string(t.in(", price ", ", Preis ")) + money(*c.price, t.german());
  const bool chosen = d.kind == DecisionKind::to_device && d.device_id == c.device_id;
  t.line(0, (chosen ? "▸ " : "- ") + head);
  for (const Reason& r : c.reasons) t.reason(2, r);
  for (const PortChoice& p : c.ports) port(t, p, chosen && d.port && p.port == d.port->port);
}

/// "Document: 3 pages (exact), 1 of them in colour (exact); 2 copies, 4 sheets."
std::string document_text(const Text& t, const AnalysedDocument& d) {
  const auto sure = [&](ledger::Confidence c) {
    return std::string(c == ledger::Confidence::exact ? t.in(" (exact)", " (genau)")
                                                      : t.in(" (estimated)", " (geschätzt)"));
  };
  std::string out = t.in("Document: ", "Dokument: ");
  if (!d.pages)
    return out + t.in("its pages could not be counted", "seine Seiten ließen sich nicht zählen") +
           (d.why.empty() ? "" : " (" + shown(d.why) + ")") + ".";
  out += std::to_string(*d.pages) + (*d.pages == 1 ? t.in(" page", " Seite") : t.in(" pages", " Seiten")) +
         sure(d.confidence);
  if (d.color_pages)
    out += ", " + std::to_string(*d.color_pages) + t.in(" of them in colour", " davon in Farbe") +
           sure(d.color_confidence);
  out += "; " + std::to_string(d.copies) +
         (d.copies == 1 ? t.in(" copy", " Exemplar") : t.in(" copies", " Exemplare"));
  if (d.sheets)
    out += ", " + std::to_string(*d.sheets) +
           (*d.sheets == 1 ? t.in(" sheet", " Blatt") : t.in(" sheets", " Blatt"));
  return out + ".";
}
}  // namespace

std::string explain(const Decision& decision, const Job& job, std::string_view language, bool analysing) {
  Text t(language);
  std::string head = std::string(t.in("Job ", "Auftrag ")) + std::to_string(job.id);
  if (!job.title.empty()) head += " \"" + shown(job.title) + "\"";
  t.line(0, head + " " + decision_text(t, decision) + ".");
  if (analysing)
    t.line(2, t.in("Document: it is still being looked into; what hangs on its pages may change.",
                   "Dokument: es wird noch untersucht; was an seinen Seiten hängt, kann sich ändern."));
  else if (job.analysis)
    t.line(2, document_text(t, *job.analysis));
  for (const Reason& r : decision.reasons) t.reason(2, r);
  if (decision.candidates.empty()) return t.take();
  t.line(0, "");
  t.line(0, t.in("Printers considered:", "Betrachtete Drucker:"));
  for (const Candidate& c : decision.candidates) candidate(t, c, decision);
  return t.take();
}

std::string summary(const Reasons& reasons, std::string_view language) {
  const bool german = language == "de";
  std::string out;
  for (const Reason& r : reasons) {
    for (const std::string* part : {german ? &r.de : &r.en, german ? &r.remedy_de : &r.remedy_en}) {
      if (part->empty()) continue;
      if (!out.empty()) out += ' ';
      out += Text::shown_all(*part);
    }
  }
  return out;
}

}  // namespace printrouter
