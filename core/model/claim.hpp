// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The words of accounting: what desktops claim and servers book.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/confidence.hpp"
#include "model/job.hpp"
#include "model/money.hpp"

namespace printrouter::ledger {

/// What the numbers rest on, weakest first: nobody pays more than the best evidence says.
enum class Evidence { none, document, ipp_impressions, counter, device_log, device_confirmation };
std::string_view to_string(Evidence value);
std::optional<Evidence> evidence(std::string_view text);

struct Price {
  Money amount = {};
  std::string currency = {};  ///< ISO 4217; empty: no price is known
  bool operator==(const Price&) const = default;
};

/// Page sides as they would be booked. What is not known is absent, never guessed: a device may know the sum
/// and not its colour.
struct Pages {
  std::optional<std::int64_t> mono = {}, color = {}, sheets = {};
  std::optional<std::int64_t> total = {};  ///< where mono and colour are not both known
  bool operator==(const Pages&) const = default;
  /// `total`, else mono and colour together.
  std::optional<std::int64_t> sum() const;
};

/// The client's accounting statement for one attempt. Booking key: job_uuid and attempt.
struct Claim {
  Uuid job_uuid = {};
  int attempt = 0;
  std::string user = {};
  UserEvidence user_evidence = UserEvidence::none;
  std::string device = {};  ///< device id
  std::string device_name = {};
  Port port = {};  ///< with its class
  CountedBy counted_by = CountedBy::unknown;
  bool may_count_twice = false;
  bool server_copy_possible = false;  ///< an earlier attempt may have left a copy at the management server
  Pages pages = {};
  int copies = 1;
  std::string sides = {}, media = {};
  Price price = {};
  Evidence evidence = Evidence::none;
  Confidence confidence = Confidence::unknown;
  OutcomeKind outcome = OutcomeKind::unknown;
  std::string reason = {};  ///< of the fallback, stable id
  std::string title = {};
  Timestamp accepted = {}, started = {}, ended = {};
  /// Number of the ledger entry, refused by the server, in whose place this claim stands; 0: none.
  std::int64_t corrects = 0;
};

/// Facts of a job and its attempt copied into a claim: user, device, port, ticket, times, outcome,
/// impressions.
Claim claim_of(const Job& job, const Attempt& attempt);

/// Canonical JSON: members sorted, no blanks, absent members left out; equal claims give equal text.
std::string encode(const Claim& claim);
Result<Claim> decode_claim(std::string_view json);

}  // namespace printrouter::ledger
