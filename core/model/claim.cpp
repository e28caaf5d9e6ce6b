// SPDX-License-Identifier: Apache-2.0
#include "model/claim.hpp"

#include <algorithm>
#include <array>

#include "model/ledger_json.hpp"

namespace printrouter::ledger {
namespace {

constexpr std::array<std::string_view, 3> confidence_names = {"unknown", "estimate", "exact"};
constexpr std::array<std::string_view, 6> evidence_names = {"none",    "document",   "ipp-impressions",
                                                            "counter", "device-log", "device-confirmation"};
constexpr std::array<std::string_view, 4> counted_names = {"unknown", "device", "server", "client"};
constexpr std::array<std::string_view, 4> user_names = {"none", "owner", "asserted", "mapped"};

template <class Enum, class Names>
std::optional<Enum> find_name(const Names& names, std::string_view text) {
  const auto it = std::find(names.begin(), names.end(), text);
  if (it == names.end()) return std::nullopt;
  return static_cast<Enum>(it - names.begin());
}

std::string text(const nlohmann::json& j, const char* name) {
  return j.value(name, std::string());
}

template <class Enum, class Names>
Enum named(const Names& names, const nlohmann::json& j, const char* name) {
  return find_name<Enum>(names, text(j, name)).value_or(Enum{});
}

}  // namespace

std::string_view to_string(Confidence value) {
  return confidence_names[static_cast<std::size_t>(value)];
}
std::optional<Confidence> confidence(std::string_view name) {
  return find_name<Confidence>(confidence_names, name);
}
std::string_view to_string(Evidence value) {
  return evidence_names[static_cast<std::size_t>(value)];
}
std::optional<Evidence> evidence(std::string_view name) {
  return find_name<Evidence>(evidence_names, name);
}

std::optional<std::int64_t> Pages::sum() const {
  if (total || (!mono && !color)) return total;
  return mono.value_or(0) + color.value_or(0);
}

Claim claim_of(const Job& job, const Attempt& attempt) {
  Claim out;
  out.job_uuid = job.uuid;
  out.attempt = attempt.number;
  out.user = job.owner.user;
  out.user_evidence = job.owner.evidence;
  out.title = job.title;
  out.device = attempt.target.id;
  out.device_name = attempt.target.name;
  out.port = attempt.target.port;
  out.counted_by = attempt.counted_by;
  out.may_count_twice = attempt.may_count_twice;
  out.server_copy_possible = attempt.server_copy_possible;
  const auto& document = job.document;
  out.copies = static_cast<int>(integer_of(job.ticket, "copies").value_or(document.copies.value_or(1)));
  out.sides =
      text_of(job.ticket, "sides").empty() ? document.sides : std::string(text_of(job.ticket, "sides"));
  out.media =
      text_of(job.ticket, "media").empty() ? document.media : std::string(text_of(job.ticket, "media"));
  out.accepted = job.created;
  out.started = attempt.started;
  out.ended = attempt.ended;
  const auto& analysis = job.analysis;
  if (analysis && analysis->pages) {
    out.copies = analysis->copies;
    if (!analysis->sides.empty()) out.sides = analysis->sides;
    if (!analysis->media.empty()) out.media = analysis->media;
  }
  if (!attempt.outcome) return out;
  out.outcome = attempt.outcome->kind;
  out.reason = attempt.outcome->reason;
  // Impressions carry no colour of their own; the document may know whether there is any.
  const auto assign = [&](std::int64_t pages) {
    (!document.color ? out.pages.total : *document.color ? out.pages.color : out.pages.mono) = pages;
  };
  if (attempt.outcome->impressions) {
    out.evidence = Evidence::ipp_impressions;
    out.confidence = Confidence::exact;
    assign(*attempt.outcome->impressions);
  } else if (analysis && analysis->pages) {
    out.evidence = Evidence::document;
    out.confidence = analysis->confidence;
    out.pages.sheets = analysis->sheets;
    if (analysis->color_pages) {
      out.confidence = std::min(analysis->confidence, analysis->color_confidence);
      out.pages.color = *analysis->color_pages * out.copies;
      out.pages.mono = (*analysis->pages - *analysis->color_pages) * out.copies;
    } else {
      assign(*analysis->pages * out.copies);
    }
  } else if (document.pages) {
    out.evidence = Evidence::document;
    out.confidence = Confidence::estimate;
    assign(*document.pages * out.copies);
  }
  return out;
}

nlohmann::json json_of(const Claim& claim) {
  nlohmann::json j;
  put(j, "uuid", claim.job_uuid.to_string());
  put(j, "attempt", claim.attempt);
  put(j, "user", claim.user);
  put(j, "user_evidence", user_names[static_cast<std::size_t>(claim.user_evidence)]);
  put(j, "device", claim.device);
  put(j, "device_name", claim.device_name);
  j["port"] = claim.port;
  put(j, "counted_by", counted_names[static_cast<std::size_t>(claim.counted_by)]);
  put(j, "may_count_twice", claim.may_count_twice);
  put(j, "server_copy", claim.server_copy_possible ? "possible" : "");
  put(j, claim.pages);
  put(j, "copies", claim.copies);
  put(j, "sides", claim.sides);
  put(j, "media", claim.media);
  put(j, claim.price);
  put(j, "evidence", to_string(claim.evidence));
  put(j, "confidence", to_string(claim.confidence));
  put(j, "outcome", to_string(claim.outcome));
  put(j, "reason", claim.reason);
  put(j, "title", claim.title);
  put(j, "accepted_ms", claim.accepted);
  put(j, "started_ms", claim.started);
  put(j, "ended_ms", claim.ended);
  if (claim.corrects) j["corrects"] = claim.corrects;
  return j;
}

std::string encode(const Claim& claim) {
  return canonical(json_of(claim));
}

Result<Claim> decode_claim(std::string_view json) {
  try {
    return claim_in(nlohmann::json::parse(json));
  } catch (const nlohmann::json::exception& e) {
    return fail(ErrorCode::corrupt, e.what(), "claim");
  }
}

Result<Claim> claim_in(const nlohmann::json& j) {
  try {
    Claim out;
    const auto uuid = Uuid::parse(text(j, "uuid"));
    if (!uuid) return fail(Error{ErrorCode::corrupt, "no uuid", "uuid", "claim", "a uuid"});
    out.job_uuid = *uuid;
    out.attempt = j.value("attempt", 0);
    out.user = text(j, "user");
    out.user_evidence = named<UserEvidence>(user_names, j, "user_evidence");
    out.device = text(j, "device");
    out.device_name = text(j, "device_name");
    if (j.contains("port")) out.port = j.at("port").get<Port>();
    out.counted_by = named<CountedBy>(counted_names, j, "counted_by");
    out.may_count_twice = j.value("may_count_twice", false);
    out.server_copy_possible = text(j, "server_copy") == "possible";
    out.pages = pages_of(j);
    out.copies = j.value("copies", 1);
    out.sides = text(j, "sides");
    out.media = text(j, "media");
    out.price = price_of(j);
    out.evidence = named<Evidence>(evidence_names, j, "evidence");
    out.confidence = named<Confidence>(confidence_names, j, "confidence");
    out.outcome = outcome_kind(text(j, "outcome")).value_or(OutcomeKind::unknown);
    out.reason = text(j, "reason");
    out.title = text(j, "title");
    out.accepted = {j.value("accepted_ms", std::int64_t{0})};
    out.started = {j.value("started_ms", std::int64_t{0})};
    out.ended = {j.value("ended_ms", std::int64_t{0})};
    out.corrects = j.value("corrects", std::int64_t{0});
    return out;
  } catch (const nlohmann::json::exception& e) {
    return fail(ErrorCode::corrupt, e.what(), "claim");
  }
}

}  // namespace printrouter::ledger
