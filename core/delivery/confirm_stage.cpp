// SPDX-License-Identifier: Apache-2.0
#include "delivery/confirm_stage.hpp"

#include <algorithm>

namespace printrouter {
namespace {
// RFC 8011 section 5.3.7.
constexpr std::int64_t job_canceled = 7, job_aborted = 8, job_completed = 9;
constexpr int most_rounds = 60;

/// The octets of a job that the target lists, in units of 1024, rounded up (RFC 8011 sections 5.3.17.1 and
/// 5.3.18.1); the smaller where it states two. What was processed counts each copy, so it can only be too
/// large.
std::optional<std::int64_t> octets_there(const Attributes& job, bool completed) {
  auto there = integer_of(job, "job-k-octets");
  const auto processed = integer_of(job, "job-k-octets-processed");
  if (completed && processed && (!there || *processed < *there)) there = processed;
  return there;
}

/// A target that prints or keeps what broke off lists such a job like any other: only the size tells.
bool arrived_whole(const Job& job, const Attempt& attempt, const Attributes& found, bool completed) {
  if (attempt.target.truncated_discards) return true;
  const Outcome& outcome = *attempt.outcome;
  if (outcome.document_bytes_sent > 0 && !outcome.document_complete) return false;
  const auto there = octets_there(found, completed);
  return there && *there >= octets_sent(job, outcome);
}
}  // namespace

bool can_confirm(const Attempt& attempt, const LoadedProtocol* protocol) {
  return attempt.outcome && attempt.outcome->kind == OutcomeKind::delivered && !attempt.outcome->confirmed &&
         !attempt.release_at_device && !attempt.outcome->remote_job_id.empty() && protocol &&
         protocol->table->can_query;
}

Milliseconds confirm_pause(int round) {
  return std::min<Milliseconds>(std::chrono::milliseconds(200) * (1 << std::clamp(round, 0, 6)),
                                std::chrono::seconds(10));
}

Confirmation confirmed_by(const Outcome& answer, const Uuid& job, Attempt& attempt, int round,
                          Timestamp now) {
  Confirmation out;
  const auto state = integer_of(answer.attributes, "job-state").value_or(0);
  const auto impressions = integer_of(answer.attributes, "job-impressions-completed");
  if (state == job_completed || state == job_canceled || state == job_aborted) {
    ledger::Amendment& evidence = out.evidence;
    evidence.job_uuid = job;
    evidence.attempt = attempt.number;
    evidence.when = now;
    if (impressions) {
      evidence.pages.total = impressions;
      evidence.evidence = ledger::Evidence::ipp_impressions;
      evidence.confidence = ledger::Confidence::exact;
    }
    attempt.outcome->impressions = impressions;
    attempt.outcome->confirmed = state == job_completed;
    evidence.reason = state == job_completed  ? "confirmed.job-state-completed"
                      : state == job_canceled ? "cancelled-at-panel"
                                              : "aborted-by-device";
    out.verdict = state == job_completed ? Confirmation::Verdict::printed : Confirmation::Verdict::cancelled;
    out.kind = state == job_completed && impressions ? ledger::Kind::evidence : ledger::Kind::settle;
    return out;
  }
  // A device that is silent is asked again.
  if (answer.kind == OutcomeKind::rejected || answer.reason == "job-not-found" || round >= most_rounds)
    out.verdict = Confirmation::Verdict::no_more;
  return out;
}

std::int64_t octets_sent(const Job& job, const Outcome& outcome) {
  const std::uint64_t size = outcome.document_complete ? outcome.document_bytes_sent : job.document.size;
  return static_cast<std::int64_t>((size + 1023) / 1024);
}

JobListed job_listed(const Job& job, const Attempt& attempt, const Outcome& answer) {
  using Says = JobListed::Verdict;
  JobListed out;
  // Listed is not printed: the target may have given the job up because it did not arrive whole.
  const bool found = answer.kind == OutcomeKind::delivered;
  const auto state = found ? integer_of(answer.attributes, "job-state").value_or(0) : 0;
  const bool arrives = std::ranges::any_of(answer.attributes, [](const Attribute& a) {
    return a.name == "job-state-reasons" && (a.text == "job-incoming" || a.text == "job-data-insufficient");
  });
  out.completed = state == job_completed;
  out.octets = octets_there(answer.attributes, true);
  out.ask_again = state != job_aborted && answer.kind != OutcomeKind::rejected;
  const bool listed = found && state != job_aborted && !arrives;
  if (state == job_canceled)
    out.verdict = Says::cancelled;
  else if (listed && arrived_whole(job, attempt, answer.attributes, out.completed))
    out.verdict = Says::whole;
  else if (answer.reason == "job-not-found")
    out.verdict = Says::absent;
  else if (state == job_aborted && attempt.target.truncated_discards)
    out.verdict = Says::given_up;
  else if (listed && out.completed)
    out.verdict = Says::in_part;
  else if (arrives)
    out.verdict = Says::arrives;
  return out;
}

}  // namespace printrouter
