// SPDX-License-Identifier: Apache-2.0
#include "model/ledger_entry.hpp"

#include <algorithm>
#include <array>

#include "model/ledger_json.hpp"

namespace printrouter::ledger {
namespace {

constexpr std::array<std::string_view, 6> kind_names = {"reserve", "claim",  "evidence",
                                                        "settle",  "refund", "void"};

nlohmann::json base(const Uuid& job, int attempt, Timestamp when) {
  nlohmann::json j;
  put(j, "uuid", job.to_string());
  put(j, "attempt", attempt);
  put(j, "when_ms", when);
  return j;
}

std::string text(const nlohmann::json& j, const char* name) {
  return j.value(name, std::string());
}

/// Reads what base() wrote into `out`, then the rest by `more`.
template <class Entry, class More>
Result<Entry> decode(std::string_view json, const char* place, More&& more) {
  try {
    const auto j = nlohmann::json::parse(json);
    Entry out;
    const auto uuid = Uuid::parse(text(j, "uuid"));
    if (!uuid) return fail(Error{ErrorCode::corrupt, "no uuid", "uuid", place, "a uuid"});
    out.job_uuid = *uuid;
    out.attempt = j.value("attempt", 0);
    out.when = {j.value("when_ms", std::int64_t{0})};
    more(j, out);
    return out;
  } catch (const nlohmann::json::exception& e) {
    return fail(ErrorCode::corrupt, e.what(), place);
  }
}

}  // namespace

std::string_view to_string(Kind kind) {
  return kind_names[static_cast<std::size_t>(kind)];
}

std::optional<Kind> kind(std::string_view text) {
  const auto it = std::find(kind_names.begin(), kind_names.end(), text);
  if (it == kind_names.end()) return std::nullopt;
  return static_cast<Kind>(it - kind_names.begin());
}

std::string encode(const Amendment& amendment) {
  auto j = base(amendment.job_uuid, amendment.attempt, amendment.when);
  put(j, amendment.pages);
  put(j, amendment.price);
  put(j, "evidence", to_string(amendment.evidence));
  put(j, "confidence", to_string(amendment.confidence));
  put(j, "reason", amendment.reason);
  put(j, "by", amendment.by);
  return canonical(j);
}

std::string encode(const Reservation& reservation) {
  auto j = base(reservation.job_uuid, reservation.attempt, reservation.when);
  put(j, "user", reservation.user);
  put(j, reservation.pages);
  put(j, reservation.price);
  return canonical(j);
}

std::string encode(const VoidCopy& copy) {
  auto j = base(copy.job_uuid, copy.attempt, copy.when);
  put(j, "reason", copy.reason);
  return canonical(j);
}

Result<Amendment> decode_amendment(std::string_view json) {
  return decode<Amendment>(json, "amendment", [](const nlohmann::json& j, Amendment& out) {
    out.pages = pages_of(j);
    out.price = price_of(j);
    out.evidence = evidence(text(j, "evidence")).value_or(Evidence::none);
    out.confidence = confidence(text(j, "confidence")).value_or(Confidence::unknown);
    out.reason = text(j, "reason");
    out.by = text(j, "by");
  });
}

Result<Reservation> decode_reservation(std::string_view json) {
  return decode<Reservation>(json, "reservation", [](const nlohmann::json& j, Reservation& out) {
    out.user = text(j, "user");
    out.pages = pages_of(j);
    out.price = price_of(j);
  });
}

Result<VoidCopy> decode_void_copy(std::string_view json) {
  return decode<VoidCopy>(json, "void copy",
                          [](const nlohmann::json& j, VoidCopy& out) { out.reason = text(j, "reason"); });
}

}  // namespace printrouter::ledger
