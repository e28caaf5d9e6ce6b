// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Canonical JSON of ledger entries; for .cpp files only (never included by a public header).
#include "model/claim.hpp"
#include "model/json_values_detail.hpp"

namespace printrouter::ledger {

/// Members sorted (nlohmann's default object is), no blanks, invalid UTF-8 replaced: equal content, equal
/// text.
inline std::string canonical(const nlohmann::json& j) {
  return j.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// What is absent or false is left out, so that "not known" and "empty" cannot be told apart by accident.
inline void put(nlohmann::json& j, const char* name, std::string_view value) {
  if (!value.empty()) j[name] = value;
}
inline void put(nlohmann::json& j, const char* name, const char* value) {
  put(j, name, std::string_view(value));
}
inline void put(nlohmann::json& j, const char* name, int value) {
  j[name] = value;
}
inline void put(nlohmann::json& j, const char* name, bool value) {
  if (value) j[name] = true;
}
inline void put(nlohmann::json& j, const char* name, Timestamp value) {
  if (value.set()) j[name] = value.ms;
}
inline void put(nlohmann::json& j, const Pages& pages) {
  if (pages.mono) j["pages_mono"] = *pages.mono;
  if (pages.color) j["pages_color"] = *pages.color;
  if (pages.sheets) j["sheets"] = *pages.sheets;
  if (pages.total) j["pages"] = *pages.total;
}
inline void put(nlohmann::json& j, const Price& price) {
  if (price.currency.empty()) return;
  j["price"] = price.amount.decimal();
  j["currency"] = price.currency;
}
inline Price price_of(const nlohmann::json& j) {
  return {Money::parse(j.value("price", std::string())).value_or(Money{}),
          j.value("currency", std::string())};
}
inline Pages pages_of(const nlohmann::json& j) {
  const auto number = [&](const char* name) {
    return j.contains(name) ? std::optional(j.at(name).get<std::int64_t>()) : std::nullopt;
  };
  return {number("pages_mono"), number("pages_color"), number("sheets"), number("pages")};
}

/// encode() and decode_claim() without the text in between: for who has the claim within something else.
nlohmann::json json_of(const Claim& claim);
Result<Claim> claim_in(const nlohmann::json& j);

}  // namespace printrouter::ledger
