// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What is added to the ledger beside claims, and all of it as canonical JSON: a desktop writes it, a server
/// reads it.
#include <string>
#include <string_view>

#include "model/claim.hpp"

namespace printrouter::ledger {

/// Kinds of ledger entry (design: accounting). Append-only: a later entry corrects an earlier one, nothing is
/// edited.
enum class Kind { reserve, claim, evidence, settle, refund, void_copy };
std::string_view to_string(Kind kind);
std::optional<Kind> kind(std::string_view text);

/// Later facts about a claim: what the device confirmed, what a person settled.
struct Amendment {
  Uuid job_uuid = {};
  int attempt = 0;
  Pages pages = {};
  Price price = {};
  Evidence evidence = Evidence::none;
  Confidence confidence = Confidence::unknown;
  std::string reason = {};  ///< stable id: "settled.printed", "cancelled-at-panel", ...
  std::string by = {};      ///< the person, if one decided
  Timestamp when = {};
};

/// Pages and price set apart before sending.
struct Reservation {
  Uuid job_uuid = {};
  int attempt = 0;
  std::string user = {};
  Pages pages = {};
  Price price = {};
  Timestamp when = {};
};

/// The copy that a server may still hold of this job is to be discarded by uuid.
struct VoidCopy {
  Uuid job_uuid = {};
  int attempt = 0;
  std::string reason = {};
  Timestamp when = {};
};

/// Canonical JSON, as encode(Claim). Decoding fails (corrupt) without uuid; names that a newer version knows
/// read as "none" and "unknown".
std::string encode(const Amendment& amendment);
std::string encode(const Reservation& reservation);
std::string encode(const VoidCopy& copy);
Result<Amendment> decode_amendment(std::string_view json);
Result<Reservation> decode_reservation(std::string_view json);
Result<VoidCopy> decode_void_copy(std::string_view json);

}  // namespace printrouter::ledger
