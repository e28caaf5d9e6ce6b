// SPDX-License-Identifier: Apache-2.0
#include "accounting/assess.hpp"

#include <algorithm>

namespace printrouter::accounting {
namespace {

struct Finding {
  Pages pages = {};
  Evidence evidence = Evidence::none;
  Confidence confidence = Confidence::unknown;
  std::string reason = {};
  Pages foreign = {};
};

/// Of each kind of evidence the latest statement, the claim's own among them.
const Fact* fact_of(const Booking& b, Evidence evidence) {
  const auto it = std::ranges::find(b.facts, evidence, &Fact::evidence);
  return it == b.facts.end() ? nullptr : &*it;
}

std::optional<Finding> stated(const Booking& b, Evidence evidence) {
  const Fact* fact = fact_of(b, evidence);
  const bool in_claim = b.claim && b.claim->evidence == evidence && b.claim->pages.sum();
  if (fact && fact->pages.sum() && (!in_claim || fact->when >= b.claim->ended))
    return Finding{fact->pages, evidence, fact->confidence, fact->reason};
  if (in_claim) return Finding{b.claim->pages, evidence, b.claim->confidence, b.claim->reason};
  return std::nullopt;
}

/// What a counter's difference says of our job. More than the job itself: others printed in that time, which
/// is nobody's concern here. Less: that is all that came out.
std::optional<Finding> by_counter(const Booking& b) {
  std::optional<Finding> read = stated(b, Evidence::counter);
  if (!read && b.window && b.window->pages.sum())
    read = Finding{b.window->pages, Evidence::counter, Confidence::exact, "counter.window"};
  if (!read) return std::nullopt;
  const OwnCount own = own_count(b);
  const auto mine = own.pages.sum();
  if (!mine) {
    read->confidence = Confidence::estimate;  // nobody knows whether others printed meanwhile
    return read;
  }
  const std::int64_t difference = *read->pages.sum();
  if (difference < *mine) return read;
  if (difference > *mine) {
    // The counter confirms no more than that the job fits in.
    Finding out{own.pages, own.evidence, own.confidence, "counter.others"};
    out.foreign.total = difference - *mine;
    return out;
  }
  return read;
}

bool device_spoke(const Booking& b) {
  return b.record && (b.record->state == DeviceRecord::State::printed ||
                      b.record->state == DeviceRecord::State::cancelled);
}

/// The best that is known, at least of rank `least`.
std::optional<Finding> best(const Booking& b, Evidence least) {
  if (const auto confirmed = stated(b, Evidence::device_confirmation)) return confirmed;
  if (device_spoke(b) && b.record->pages.sum())
    return Finding{b.record->pages, Evidence::device_log, Confidence::exact,
                   "record." + std::string(to_string(b.record->state))};
  if (const auto logged = stated(b, Evidence::device_log)) return logged;
  if (const auto counted = by_counter(b); counted && counted->evidence >= least) return counted;
  if (const auto told = stated(b, Evidence::ipp_impressions)) return told;
  if (least > Evidence::document) return std::nullopt;
  return stated(b, Evidence::document);
}

/// Where only the sum is known, its colour as weaker evidence has it, and never more of it than that makes
/// certain: nobody pays for colour that may not have come out.
void fill_split(Pages& pages, const Booking& b) {
  if (pages.mono || pages.color || !pages.total) return;
  const Pages own = own_count(b).pages;
  const auto known = own.sum();
  if (!known || (!own.mono && !own.color)) return;
  const std::int64_t mono = own.mono.value_or(0), color = own.color.value_or(0), total = *pages.total;
  pages.color = total < *known ? std::max<std::int64_t>(0, total - mono) : color;
  pages.mono = total - *pages.color;
  if (!pages.sheets && total == *known) pages.sheets = own.sheets;
  pages.total.reset();
}

Price price_of(const Booking& b, const Rules& rules) {
  if (b.correction && b.correction->price) return *b.correction->price;
  if (rules.price)
    if (auto price = rules.price(b)) return *price;
  if (!b.claim || b.claim->price.currency.empty()) return {};
  const auto claimed = b.claim->pages.sum(), booked = b.pages.sum();
  if (!claimed || !booked || *claimed <= 0) return {};
  Price price = b.claim->price;
  if (*booked != *claimed) price.amount.units = price.amount.times(*booked).units / *claimed;
  return price;
}

void close(Booking& b, Status status, std::string reason) {
  b.status = status;
  b.reason = std::move(reason);
}

/// Books what was found; nothing on paper books nothing.
void book(Booking& b, Status status, const std::optional<Finding>& found, std::string reason = {}) {
  if (!found || !found->pages.sum()) {
    close(b, b.kind == Kind::record ? status : Status::uncounted, std::move(reason));
    return;
  }
  b.evidence = found->evidence;
  b.confidence = found->confidence;
  b.foreign = found->foreign;
  if (*found->pages.sum() <= 0) return close(b, Status::not_printed, found->reason);
  close(b, status, reason.empty() ? found->reason : std::move(reason));
  b.pages = found->pages;
  fill_split(b.pages, b);
}

void judge_job(Booking& b, const Rules& rules) {
  if (!b.claim) return close(b, Status::awaiting_claim, {});
  const Claim& claim = *b.claim;
  const bool confirmed = stated(b, Evidence::device_confirmation).has_value();
  const bool ended_early = b.ended_early || claim.outcome == OutcomeKind::cancelled ||
                           (b.record && b.record->state == DeviceRecord::State::cancelled);
  // An analysis of the document says nothing of what came out of a job that broke off.
  const Evidence least =
      ended_early || came_to_nothing(claim) ? Evidence::ipp_impressions : Evidence::document;
  if (confirmed || device_spoke(b)) return book(b, Status::confirmed, best(b, least));
  const bool by_device = claim.counted_by == CountedBy::device;
  if (b.record && b.record->state == DeviceRecord::State::deleted)
    return close(b, Status::not_released, "record.deleted");
  const bool waits = (by_device && !came_to_nothing(claim) && !refunded(b)) || b.record;
  if (waits && !b.overdue) {
    b.due = b.received + rules.record_wait;
    return close(b, Status::awaiting_record, b.record ? "record.held" : "record.awaited");
  }
  if (b.record) return close(b, Status::not_released, "record.held");
  const Status booked = by_device ? Status::unconfirmed : Status::booked;
  if (const auto strong = best(b, Evidence::ipp_impressions)) return book(b, booked, strong);
  if (b.word) {
    if (!b.word->printed) return close(b, Status::not_printed, b.word->reason);
    if (b.word->pages.sum())
      return book(b, booked, Finding{b.word->pages, Evidence::none, Confidence::estimate, b.word->reason});
    return book(b, booked, best(b, Evidence::document), b.word->reason);
  }
  if (came_to_nothing(claim)) return close(b, Status::not_printed, claim.reason);
  if (ended_early) return close(b, Status::not_printed, "cancelled");
  if (claim.outcome == OutcomeKind::unknown) return close(b, Status::awaiting_person, claim.reason);
  book(b, booked, best(b, Evidence::document));
}

void judge_record(Booking& b, const Rules& rules) {
  const DeviceRecord& record = *b.record;
  if (!b.partner.empty()) return close(b, Status::merged, {});
  if (record.state == DeviceRecord::State::deleted) return close(b, Status::not_released, "record.deleted");
  if (record.state == DeviceRecord::State::held) return close(b, Status::awaiting_owner, "record.held");
  if (!b.overdue) {
    b.due = b.received + rules.claim_wait;
    return close(b, Status::awaiting_owner, "claim.awaited");
  }
  book(b, Status::device_only, best(b, Evidence::device_log), "claim.none");
}

}  // namespace

OwnCount own_count(const Booking& b) {
  for (const Evidence evidence : {Evidence::ipp_impressions, Evidence::document})
    if (const auto found = stated(b, evidence)) {
      OwnCount out{found->pages, evidence, found->confidence};
      // The document knows which of the impressions are in colour.
      if (const auto document = stated(b, Evidence::document);
          document && evidence == Evidence::ipp_impressions && !out.pages.mono && !out.pages.color &&
          document->pages.sum() == out.pages.sum())
        out.pages = document->pages;
      return out;
    }
  return {};
}

bool refunded(const Booking& b) {
  return b.word && !b.word->printed;
}

bool came_to_nothing(const Claim& claim) {
  switch (claim.outcome) {
    case OutcomeKind::not_sent:
    case OutcomeKind::rejected:
    case OutcomeKind::auth_required:
    case OutcomeKind::hold:
    case OutcomeKind::stop_target:
      return true;
    case OutcomeKind::delivered:
    case OutcomeKind::cancelled:
    case OutcomeKind::unknown:
      return false;
  }
  return false;
}

void assess(Booking& b, const Rules& rules) {
  b.pages = b.foreign = {};
  b.price = {};
  b.evidence = Evidence::none;
  b.confidence = Confidence::unknown;
  b.reason.clear();
  b.due = {};
  std::string name = b.claim ? b.claim->user : b.record ? b.record->user : std::string();
  b.match_user = matching_user(name);
  switch (b.kind) {
    case Kind::window:
      b.at = b.window->to;
      return close(b, Status::observed, {});
    case Kind::job:
      if (b.claim) b.at = b.claim->ended.set() ? b.claim->ended : b.claim->started;
      judge_job(b, rules);
      break;
    case Kind::record:
      b.at = b.record->when;
      judge_record(b, rules);
      break;
  }
  b.user = b.correction && b.correction->user ? *b.correction->user : std::move(name);
  if (b.correction && b.correction->pages && b.status != Status::merged) {
    b.due = {};
    b.evidence = Evidence::none;
    b.confidence = Confidence::exact;
    b.pages = b.foreign = {};
    const bool any = b.correction->pages->sum().value_or(0) > 0;
    close(b, any ? Status::confirmed : Status::not_printed, "corrected");
    if (any) b.pages = *b.correction->pages;
  }
  if (is_booked(b.status)) b.price = price_of(b, rules);
}

}  // namespace printrouter::accounting
