// SPDX-License-Identifier: Apache-2.0
// Reserve, settle, refund: what this desktop may spend while the server is away, and what it has spent. All
// of it stands in the ledger, in the same transaction as the job's state; memory only adds it up.
#include <spdlog/spdlog.h>

#include <charconv>

#include "router/router_core.hpp"

namespace printrouter {
namespace {
const std::string outage_key = "outage_began";
constexpr std::string_view overdraft_id = "policy.overdraft";

Reason overdraft_reason(const Spending::Sum& over, const std::string& currency) {
  const bool money = over.money > Money{};
  const auto figure = [&](const char* language, const char* pages) {
    return money ? over.money.text(language) + (currency.empty() ? "" : " " + currency)
                 : std::to_string(over.pages) + pages;
  };
  return {Severity::warning,
          std::string(overdraft_id),
          "It took " + figure("en", " pages") + " more than had been set apart for it.",
          "Der Druck hat " + figure("de", " Seiten") + " mehr verbraucht, als dafür zurückgelegt war.",
          "The account is charged what was printed; look at it when the server is back.",
          "Das Konto wird mit dem Gedruckten belastet; ansehen, wenn der Server wieder da ist."};
}
}  // namespace

Funds RouterCore::funds_of(const Job& job) const {
  Funds funds;
  const std::string& user = job.owner.user;
  if (setup.balances) funds.balance = setup.balances->of(user);
  if (funds.balance) {
    const Spending::Sum sum = spending.since(user, funds.balance->as_of);
    funds.reserved = sum.money;
    funds.reserved_pages = sum.pages;
    if (funds.balance->renew(now())) {
      // What is open counts, as against any balance: what it comes to may be printed in the new period.
      const Spending::Sum since = spending.since(user, funds.balance->renews_at);
      funds.before_renewal = sum.money - since.money;
      funds.pages_before_renewal = sum.pages - since.pages;
    }
  }
  funds.spent_this_outage = spending.in_outage(user, outage_began).money;
  return funds;
}

void RouterCore::reserve(journal::Transaction& transaction, const LiveJob& live, const Attempt& attempt) {
  const Device* device = setup.directory->find(attempt.target.id);
  if (!device) return;
  static const PriceBook no_prices;
  const Cost cost = cost_of(job_volume(live.job), *device, setup.prices ? *setup.prices : no_prices);
  ledger::Reservation reservation;
  reservation.job_uuid = live.job.uuid;
  reservation.attempt = attempt.number;
  reservation.user = live.job.owner.user;
  reservation.pages.total = cost.pages;
  if (cost.money) reservation.price = {*cost.money, setup.prices->currency_};
  reservation.when = attempt.started;
  ledger::reserve(transaction, reservation);  // durable with `sending`: no page leaves that was not set apart
  spending.take(reservation);
}

std::optional<Money> RouterCore::price_of(const Job& job, const std::string& device_id,
                                          const ledger::Pages& pages) const {
  const Device* device = setup.directory->find(device_id);
  if (!device || !setup.prices) return std::nullopt;
  const JobVolume volume = job_volume(job);
  return printrouter::price_of(pages, volume.copies, volume.two_sided, volume.media, *device, *setup.prices);
}

void RouterCore::claim(journal::Transaction& transaction, const Job& job, const Attempt& attempt) {
  ledger::Claim claim = ledger::claim_of(job, attempt);
  if (const auto price = price_of(job, claim.device, claim.pages))
    claim.price = {*price, setup.prices->currency_};
  ledger::claim(transaction, claim);
  spending.take(claim);
}

void RouterCore::amend(journal::Transaction& transaction, ledger::Kind kind, ledger::Amendment amendment,
                       Job& job) {
  if (kind != ledger::Kind::refund && !job.attempts.empty())
    if (const auto price = price_of(job, job.attempts.back().target.id, amendment.pages))
      amendment.price = {*price, setup.prices->currency_};
  switch (kind) {
    case ledger::Kind::evidence:
      ledger::add_evidence(transaction, amendment);
      break;
    case ledger::Kind::settle:
      ledger::settle(transaction, amendment);
      break;
    case ledger::Kind::refund:
      ledger::refund(transaction, amendment);
      break;
    case ledger::Kind::reserve:
    case ledger::Kind::claim:
    case ledger::Kind::void_copy:
      return;
  }
  spending.take(kind, amendment);
  const Spending::Sum over = spending.overdraft(amendment.job_uuid, amendment.attempt);
  if (over == Spending::Sum{}) return;
  Reasons reasons = *job.reasons;
  std::erase_if(reasons, [](const Reason& r) { return r.id == overdraft_id; });
  reasons.push_back(overdraft_reason(over, amendment.price.currency));
  job.reasons = std::move(reasons);
}

void RouterCore::outage(bool begins) {
  if (begins == outage_began.set()) return;
  outage_began = begins ? now() : Timestamp{};
  journal::Transaction transaction;
  transaction.put_setting(outage_key, std::to_string(outage_began.ms));
  services.journal->commit(std::move(transaction), [](const Result<journal::Receipt>& done) {
    if (!done) spdlog::warn("when the outage began is not written: {}", done.error().message());
  });
}

Status RouterCore::recover_spending() {
  const auto began = services.journal->setting(outage_key);
  if (!began) return fail(began.error());
  if (*began) std::from_chars((*began)->data(), (*began)->data() + (*began)->size(), outage_began.ms);
  constexpr std::size_t page = 500;
  for (std::int64_t next = 1;;) {
    const auto rows = services.journal->ledger(next, page);
    if (!rows) return fail(rows.error());
    for (const journal::LedgerRow& row : *rows) spending.replay(row.kind, row.json);
    if (rows->size() < page) break;
    next = rows->back().seq + 1;
  }
  // Older than any balance that may still be used.
  spending.forget(Timestamp{now().ms - Milliseconds(std::chrono::hours(24 * 60)).count()});
  return {};
}

}  // namespace printrouter
