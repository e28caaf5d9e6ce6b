// SPDX-License-Identifier: Apache-2.0
#include "model/json_values_detail.hpp"

namespace printrouter {
namespace {
using nlohmann::json;

template <class T>
void read(const json& j, const char* name, T& out) {
  if (const auto it = j.find(name); it != j.end() && !it->is_null()) it->get_to(out);
}
template <class T>
void read(const json& j, const char* name, std::optional<T>& out) {
  if (const auto it = j.find(name); it != j.end() && !it->is_null()) out = it->get<T>();
}
template <class E>
void read_enum(const json& j, const char* name, E& out) {
  std::uint32_t value = static_cast<std::uint32_t>(out);
  read(j, name, value);
  out = static_cast<E>(value);
}
void read(const json& j, const char* name, Timestamp& out) {
  read(j, name, out.ms);
}

// Rows stay small: what equals the default is not written.
void put(json& j, const char* name, const std::string& v) {
  if (!v.empty()) j[name] = v;
}
void put(json& j, const char* name, bool v) {
  if (v) j[name] = true;
}
template <class T>
void put(json& j, const char* name, const std::optional<T>& v) {
  if (v) j[name] = *v;
}
template <class T>
void put(json& j, const char* name, const std::vector<T>& v) {
  if (!v.empty()) j[name] = v;
}
void put(json& j, const char* name, Timestamp v) {
  if (v.set()) j[name] = v.ms;
}
}  // namespace

void to_json(json& j, const Attribute& v) {
  j = json{{"name", v.name}, {"kind", static_cast<std::uint32_t>(v.kind)}};
  if (v.integer) j["integer"] = v.integer;
  if (v.upper) j["upper"] = v.upper;
  put(j, "text", v.text);
  if (v.group) j["group"] = v.group;
}
void from_json(const json& j, Attribute& v) {
  read(j, "name", v.name);
  read_enum(j, "kind", v.kind);
  read(j, "integer", v.integer);
  read(j, "upper", v.upper);
  read(j, "text", v.text);
  read(j, "group", v.group);
}

void to_json(json& j, const Reason& v) {
  static constexpr const char* severities[] = {"info", "warning", "refusal"};
  j = json{{"id", v.id}, {"severity", severities[static_cast<int>(v.severity)]}, {"en", v.en}, {"de", v.de}};
  put(j, "remedy_en", v.remedy_en);
  put(j, "remedy_de", v.remedy_de);
}
void from_json(const json& j, Reason& v) {
  const std::string severity = j.value("severity", "info");
  v.severity = severity == "refusal"   ? Severity::refusal
               : severity == "warning" ? Severity::warning
                                       : Severity::info;
  read(j, "id", v.id);
  read(j, "en", v.en);
  read(j, "de", v.de);
  read(j, "remedy_en", v.remedy_en);
  read(j, "remedy_de", v.remedy_de);
}

void to_json(json& j, const Outcome& v) {
  j = json{{"kind", to_string(v.kind)}};
  put(j, "confirmed", v.confirmed);
  put(j, "busy", v.busy);
  put(j, "answered", v.answered);
  put(j, "impressions", v.impressions);
  put(j, "reason", v.reason);
  put(j, "text", v.text);
  put(j, "device_text", v.device_text);
  put(j, "remote_job_id", v.remote_job_id);
  put(j, "attributes", v.attributes);
  j["document_bytes_sent"] = v.document_bytes_sent;
  put(j, "document_complete", v.document_complete);
}
void from_json(const json& j, Outcome& v) {
  v.kind = outcome_kind(j.value("kind", "unknown")).value_or(OutcomeKind::unknown);
  read(j, "confirmed", v.confirmed);
  read(j, "busy", v.busy);
  read(j, "answered", v.answered);
  read(j, "impressions", v.impressions);
  read(j, "reason", v.reason);
  read(j, "text", v.text);
  read(j, "device_text", v.device_text);
  read(j, "remote_job_id", v.remote_job_id);
  read(j, "attributes", v.attributes);
  read(j, "document_bytes_sent", v.document_bytes_sent);
  read(j, "document_complete", v.document_complete);
}

void to_json(json& j, const Port& v) {
  j = json{{"protocol", v.protocol}, {"port", v.port}};
  put(j, "queue", v.queue);
  if (v.tls != Tls::none) j["tls"] = static_cast<std::uint32_t>(v.tls);
  if (v.port_class != PortClass::unstated) j["class"] = to_string(v.port_class);
}
void from_json(const json& j, Port& v) {
  read(j, "protocol", v.protocol);
  read(j, "port", v.port);
  read(j, "queue", v.queue);
  read_enum(j, "tls", v.tls);
  const std::string name = j.value("class", "unstated");
  v.port_class = name == "plain"             ? PortClass::plain
                 : name == "device-spooling" ? PortClass::device_spooling
                                             : PortClass::unstated;
}

void to_json(json& j, const Target& v) {
  static constexpr const char* kinds[] = {"none", "server", "device"};
  j = json{{"kind", kinds[static_cast<int>(v.kind)]}, {"id", v.id}, {"port", v.port}};
  put(j, "name", v.name);
  put(j, "address", v.address);
  put(j, "holds_on_arrival", v.holds_on_arrival);
  put(j, "truncated_discards", v.truncated_discards);
}
void from_json(const json& j, Target& v) {
  const std::string kind = j.value("kind", "none");
  v.kind = kind == "server" ? TargetKind::server : kind == "device" ? TargetKind::device : TargetKind::none;
  read(j, "id", v.id);
  read(j, "name", v.name);
  read(j, "address", v.address);
  read(j, "port", v.port);
  read(j, "holds_on_arrival", v.holds_on_arrival);
  read(j, "truncated_discards", v.truncated_discards);
}

void to_json(json& j, const Attempt& v) {
  j = json{{"number", v.number}, {"target", v.target}};
  if (v.counted_by != CountedBy::unknown) j["counted_by"] = static_cast<std::uint32_t>(v.counted_by);
  put(j, "may_count_twice", v.may_count_twice);
  put(j, "release_at_device", v.release_at_device);
  put(j, "started", v.started);
  put(j, "ended", v.ended);
  put(j, "outcome", v.outcome);
  put(j, "server_copy_possible", v.server_copy_possible);
}
void from_json(const json& j, Attempt& v) {
  read(j, "number", v.number);
  read(j, "target", v.target);
  read_enum(j, "counted_by", v.counted_by);
  read(j, "may_count_twice", v.may_count_twice);
  read(j, "release_at_device", v.release_at_device);
  read(j, "started", v.started);
  read(j, "ended", v.ended);
  read(j, "outcome", v.outcome);
  read(j, "server_copy_possible", v.server_copy_possible);
}

void to_json(json& j, const DocumentFacts& v) {
  j = json{{"size", v.size}};
  put(j, "format", v.format);
  put(j, "has_pjl", v.has_pjl);
  put(j, "pjl_job_line", v.pjl_job_line);
  put(j, "in_document_ticket", v.in_document_ticket);
  put(j, "pages", v.pages);
  put(j, "color", v.color);
  put(j, "user", v.user);
  put(j, "title", v.title);
  put(j, "uuid", v.uuid);
  put(j, "copies", v.copies);
  put(j, "sides", v.sides);
  put(j, "media", v.media);
  put(j, "hold", v.hold);
}
void from_json(const json& j, DocumentFacts& v) {
  read(j, "size", v.size);
  read(j, "format", v.format);
  read(j, "has_pjl", v.has_pjl);
  read(j, "pjl_job_line", v.pjl_job_line);
  read(j, "in_document_ticket", v.in_document_ticket);
  read(j, "pages", v.pages);
  read(j, "color", v.color);
  read(j, "user", v.user);
  read(j, "title", v.title);
  read(j, "uuid", v.uuid);
  read(j, "copies", v.copies);
  read(j, "sides", v.sides);
  read(j, "media", v.media);
  read(j, "hold", v.hold);
}

void to_json(json& j, const AnalysedDocument& v) {
  j = json{{"confidence", ledger::to_string(v.confidence)},
           {"color_confidence", ledger::to_string(v.color_confidence)},
           {"copies", v.copies}};
  put(j, "pages", v.pages);
  put(j, "color_pages", v.color_pages);
  put(j, "sheets", v.sheets);
  put(j, "sides", v.sides);
  put(j, "media", v.media);
  put(j, "why", v.why);
  if (v.provisional) j["provisional"] = true;
}
void from_json(const json& j, AnalysedDocument& v) {
  const auto sure = [&](const char* name) {
    return ledger::confidence(j.value(name, "")).value_or(ledger::Confidence::unknown);
  };
  v.confidence = sure("confidence");
  v.color_confidence = sure("color_confidence");
  read(j, "copies", v.copies);
  read(j, "pages", v.pages);
  read(j, "color_pages", v.color_pages);
  read(j, "sheets", v.sheets);
  read(j, "sides", v.sides);
  read(j, "media", v.media);
  read(j, "why", v.why);
  v.provisional = j.value("provisional", false);
}

void to_json(json& j, const Owner& v) {
  j = json{{"user", v.user}, {"evidence", to_string(v.evidence)}, {"uid", v.uid}};
  put(j, "asserted_user", v.asserted_user);
  put(j, "peer", v.peer);
}
void from_json(const json& j, Owner& v) {
  read(j, "user", v.user);
  read(j, "uid", v.uid);
  read(j, "asserted_user", v.asserted_user);
  read(j, "peer", v.peer);
  const std::string evidence = j.value("evidence", "none");
  for (UserEvidence e :
       {UserEvidence::none, UserEvidence::owner, UserEvidence::asserted, UserEvidence::mapped})
    if (to_string(e) == evidence) v.evidence = e;
}

void to_json(json& j, const Job& v) {
  j = json{{"id", v.id},
           {"uuid", v.uuid.to_string()},
           {"state", to_string(v.state)},
           {"owner", v.owner},
           {"document", v.document}};
  put(j, "reasons", *v.reasons);
  put(j, "title", v.title);
  put(j, "intake", v.intake);
  put(j, "queue", v.queue);
  put(j, "declared_format", v.declared_format);
  put(j, "ticket", v.ticket);
  put(j, "analysis", v.analysis);
  put(j, "document_file", v.document_file);
  put(j, "private_job", v.private_job);
  put(j, "created", v.created);
  put(j, "updated", v.updated);
  put(j, "completed", v.completed);
  put(j, "attempts", v.attempts);
  put(j, "claim", v.claim);
  put(j, "question", v.question);
  put(j, "chosen_device", v.chosen_device);
  put(j, "prefer_device", v.prefer_device);
}
void from_json(const json& j, Job& v) {
  read(j, "id", v.id);
  v.uuid = Uuid::parse(j.value("uuid", "")).value_or(Uuid{});
  v.state = job_state(j.value("state", "")).value_or(JobState::unknown);
  read(j, "owner", v.owner);
  read(j, "document", v.document);
  Reasons reasons;
  read(j, "reasons", reasons);
  v.reasons = std::move(reasons);
  read(j, "title", v.title);
  read(j, "intake", v.intake);
  read(j, "queue", v.queue);
  read(j, "declared_format", v.declared_format);
  read(j, "ticket", v.ticket);
  read(j, "analysis", v.analysis);
  read(j, "document_file", v.document_file);
  read(j, "private_job", v.private_job);
  read(j, "created", v.created);
  read(j, "updated", v.updated);
  read(j, "completed", v.completed);
  read(j, "attempts", v.attempts);
  read(j, "claim", v.claim);
  read(j, "question", v.question);
  read(j, "chosen_device", v.chosen_device);
  read(j, "prefer_device", v.prefer_device);
}

void to_json(json& j, const PortChoice& v) {
  j = json{{"port", v.port},
           {"label", v.port.label()},
           {"class", to_string(v.port.port_class)},
           {"permitted", v.permitted},
           {"counted_by", to_string(v.counted_by)},
           {"may_count_twice", v.may_count_twice},
           {"release_at_device", v.release_at_device},
           {"needs_wake", v.needs_wake},
           {"preference", v.preference},
           {"reasons", v.reasons}};
  json ticket = json::object();
  for (const TicketCarry& t : v.ticket) ticket[t.attribute] = to_string(t.how);
  j["ticket"] = std::move(ticket);
}

void to_json(json& j, const Candidate& v) {
  j = json{{"device", v.device_id}, {"name", v.name},    {"place", v.place},     {"permitted", v.permitted},
           {"used", v.used},        {"ports", *v.ports}, {"reasons", *v.reasons}};
  if (v.last_used.set()) j["last_used"] = v.last_used.to_string();
  put(j, "price", v.price);
}

void to_json(json& j, const Decision& v) {
  j = json{{"decision", to_string(v.kind)}, {"reasons", v.reasons}, {"candidates", v.candidates}};
  put(j, "device", v.device_id);
  put(j, "port", v.port);
  put(j, "choices", v.choices);
  put(j, "notify", v.notify);
}

}  // namespace printrouter
