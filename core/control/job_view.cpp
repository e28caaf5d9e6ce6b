// SPDX-License-Identifier: Apache-2.0
#include "control/job_view.hpp"
#include "devices/directory.hpp"

#include <algorithm>

#include "devices/capabilities.hpp"
#include "model/json_values_detail.hpp"

namespace printrouter::control {
namespace {
using nlohmann::json;

json known(std::optional<bool> value) {
  return value ? json(*value) : json(nullptr);
}

json evidence_of(const Attempt& attempt) {
  json out = json::array();
  if (!attempt.outcome) return out;
  const Outcome& o = *attempt.outcome;
  out.push_back(std::string(to_string(o.kind)) + (o.reason.empty() ? "" : ":" + o.reason));
  if (o.confirmed) out.push_back("confirmed-by-device");
  if (o.impressions) out.push_back("impressions:" + std::to_string(*o.impressions));
  out.push_back("document-bytes-sent:" + std::to_string(o.document_bytes_sent));
  return out;
}

void put_capabilities(json& out, const Device& device) {
  out["color"] = known(prints_color(device));
  out["duplex"] = known(prints_duplex(device));
  out["wide"] = known(prints_wide(device));
  json finishing = json::array();
  for (const std::string& f : texts_of(device.facts, "finishings")) finishing.push_back(f);
  out["finishing"] = finishing;
  out["model"] = device.model;
  out["maker"] = device.maker;
}

}  // namespace

std::string text(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

json view(const Job& job) {
  json out{{"id", job.id},
           {"uuid", job.uuid.to_string()},
           {"user", job.owner.user},
           {"user_evidence", to_string(job.owner.evidence)},
           {"title", job.title},
           {"state", to_string(job.state)},
           {"reasons", *job.reasons},
           {"destination", ""},
           {"port", ""},
           {"port_class", ""},
           {"counted_by", ""},
           {"outcome", ""},
           {"evidence", json::array()},
           {"intake", job.intake},
           {"queue", job.queue},
           {"format", job.document.format.empty() ? job.declared_format : job.document.format},
           {"size", job.document.size},
           {"private", job.private_job},
           {"ticket", job.ticket},
           {"created", job.created.to_string()},
           {"updated", job.updated.to_string()},
           {"claim", job.claim},
           {"attempts", job.attempts}};
  if (job.analysis) out["analysis"] = *job.analysis;
  if (job.completed.set()) out["completed"] = job.completed.to_string();
  if (!job.question.empty()) out["question"] = job.question;
  if (!job.attempts.empty()) {
    const Attempt& last = job.attempts.back();
    out["destination"] = last.target.name;
    out["destination_kind"] = last.target.kind == TargetKind::server ? "server" : "device";
    out["destination_id"] = last.target.id;
    out["port"] = last.target.port.label();
    out["port_class"] =
        last.target.kind == TargetKind::server
            ? "server"
            : to_string(last.target.port.port_class == PortClass::unstated ? PortClass::plain
                                                                           : last.target.port.port_class);
    out["counted_by"] = to_string(last.counted_by);
    out["may_count_twice"] = last.may_count_twice;
    out["evidence"] = evidence_of(last);
    if (last.outcome) {
      out["outcome"] = to_string(last.outcome->kind);
      if (last.outcome->kind == OutcomeKind::delivered)
        out["grade"] = last.outcome->confirmed ? "confirmed" : "accepted";
    }
  }
  return out;
}

json view(const Device& device) {
  json out{{"id", device.id},
           {"name", device.name.empty() ? device.id : device.name},
           {"place", device.place},
           {"address", device.address},
           {"ports", device.ports}};
  put_capabilities(out, device);
  return out;
}

json view(const Question& question, const Directory& directory) {
  json choices = json::array();
  for (const Candidate& c : question.choices) {
    json choice{{"device", c.device_id},
                {"name", c.name.empty() ? c.device_id : c.name},
                {"place", c.place},
                {"used", c.used}};
    if (c.last_used.set()) choice["last_used"] = c.last_used.to_string();
    if (c.price) choice["price"] = *c.price;
    if (std::ranges::any_of(c.reasons, [](const Reason& r) { return r.id == "routing.device-silent"; }))
      choice["status"] = "down";
    else if (!c.ports.empty() && c.ports.front().needs_wake)
      choice["status"] = "asleep";
    if (const Device* device = directory.find(c.device_id)) put_capabilities(choice, *device);
    if (!c.ports.empty()) {
      choice["port"] = c.ports.front().port.label();
      choice["port_class"] = to_string(c.ports.front().port.port_class);
      choice["counted_by"] = to_string(c.ports.front().counted_by);
      choice["may_count_twice"] = c.ports.front().may_count_twice;
    }
    choice["notes"] = *c.reasons;
    choices.push_back(std::move(choice));
  }
  json out{{"id", question.id},
           {"job", question.job},
           {"user", question.user},
           {"title", question.title},
           {"created", question.created.to_string()},
           {"state", to_string(question.state)},
           {"choices", std::move(choices)}};
  if (!question.answer.empty()) out["answer"] = question.answer;
  return out;
}

json view(const Notification& n) {
  json out{
      {"number", n.number}, {"when", n.when.to_string()}, {"user", n.user},    {"kind", to_string(n.kind)},
      {"job", n.job},       {"title", n.title},           {"id", n.reason.id}, {"en", n.reason.en},
      {"de", n.reason.de}};
  if (!n.reason.remedy_en.empty()) out["remedy_en"] = n.reason.remedy_en;
  if (!n.reason.remedy_de.empty()) out["remedy_de"] = n.reason.remedy_de;
  return out;
}

}  // namespace printrouter::control
