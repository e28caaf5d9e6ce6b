// SPDX-License-Identifier: Apache-2.0
#include "policy/spending.hpp"

#include <algorithm>

namespace printrouter {
namespace {
bool put_nothing_on_paper(OutcomeKind outcome) {
  return outcome != OutcomeKind::delivered && outcome != OutcomeKind::unknown &&
         outcome != OutcomeKind::cancelled;
}
Spending::Sum plus(Spending::Sum a, const Spending::Sum& b) {
  return {a.money + b.money, a.pages + b.pages};
}
}  // namespace

void Spending::take(const ledger::Reservation& reservation) {
  Entry& e = entry(reservation.job_uuid, reservation.attempt);
  e.user = reservation.user;
  e.reserved = {reservation.price.amount, reservation.pages.sum().value_or(0)};
  e.began = reservation.when;
}

void Spending::take(const ledger::Claim& claim) {
  Entry& e = entry(claim.job_uuid, claim.attempt);
  if (!e.began.set()) e.began = claim.started;
  e.user = claim.user;
  if (claim.outcome == OutcomeKind::unknown) return;  // held until somebody settles it
  e.open = false;
  e.settled = claim.ended;
  // What broke off costs what is confirmed; the analysis of its document confirms nothing.
  const bool confirmed = claim.evidence >= ledger::Evidence::ipp_impressions;
  if (put_nothing_on_paper(claim.outcome) || (claim.outcome == OutcomeKind::cancelled && !confirmed)) {
    e.used = {};
    return;
  }
  e.used = e.reserved;
  if (!claim.price.currency.empty()) e.used.money = claim.price.amount;
  if (const auto pages = claim.pages.sum()) e.used.pages = *pages;
}

void Spending::take(ledger::Kind kind, const ledger::Amendment& amendment) {
  Entry& e = entry(amendment.job_uuid, amendment.attempt);
  const auto pages = amendment.pages.sum();
  const bool priced = !amendment.price.currency.empty();
  if (kind == ledger::Kind::evidence && !pages && !priced) return;
  // A counter that rose by more than the job counted others too.
  if (amendment.evidence == ledger::Evidence::counter && pages &&
      *pages >= (e.open ? e.reserved : e.used).pages) {
    if (e.open) e.used = e.reserved;
    if (e.open) e.settled = amendment.when;
    e.open = false;
    return;
  }
  const bool nothing = kind == ledger::Kind::refund || amendment.reason == "unknown-after.none";
  // A job that ended early costs what is confirmed, and without a word of it nothing.
  const bool early = amendment.reason == "cancelled-at-panel" || amendment.reason == "aborted-by-device";
  if (nothing || early) e.used = {};
  if (!nothing && !early && e.open) e.used = e.reserved;
  if (!nothing && priced) e.used.money = amendment.price.amount;
  if (!nothing && pages) e.used.pages = *pages;
  e.open = false;
  e.settled = amendment.when;
}

void Spending::replay(ledger::Kind kind, std::string_view json) {
  switch (kind) {
    case ledger::Kind::reserve:
      if (const auto entry = ledger::decode_reservation(json)) take(*entry);
      return;
    case ledger::Kind::claim:
      if (const auto entry = ledger::decode_claim(json)) take(*entry);
      return;
    case ledger::Kind::evidence:
    case ledger::Kind::settle:
    case ledger::Kind::refund:
      if (const auto entry = ledger::decode_amendment(json)) take(kind, *entry);
      return;
    case ledger::Kind::void_copy:
      return;
  }
}

Spending::Sum Spending::since(const std::string& user, Timestamp as_of) const {
  Sum sum;
  for (const auto& [key, e] : entries_)
    if (e.user == user && (e.open || e.settled >= as_of)) sum = plus(sum, e.open ? e.reserved : e.used);
  return sum;
}

Spending::Sum Spending::in_outage(const std::string& user, Timestamp began) const {
  Sum sum;
  if (!began.set()) return sum;
  for (const auto& [key, e] : entries_)
    if (e.user == user && e.began >= began) sum = plus(sum, e.open ? e.reserved : e.used);
  return sum;
}

Spending::Sum Spending::overdraft(const Uuid& job_uuid, int attempt) const {
  const auto it = entries_.find({job_uuid, attempt});
  if (it == entries_.end() || it->second.open) return {};
  const Entry& e = it->second;
  return {std::max(Money{}, e.used.money - e.reserved.money),
          std::max<std::int64_t>(0, e.used.pages - e.reserved.pages)};
}

void Spending::forget(Timestamp before) {
  std::erase_if(entries_, [&](const auto& e) { return !e.second.open && e.second.settled < before; });
}

}  // namespace printrouter
