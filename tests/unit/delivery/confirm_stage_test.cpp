// SPDX-License-Identifier: Apache-2.0
#include "delivery/confirm_stage.hpp"

#include <gtest/gtest.h>

namespace printrouter {
namespace {

struct ConfirmStage : testing::Test {
  ConfirmStage() {
    table.can_query = 1;
    protocol.table = &table;
    attempt.number = 2;
    attempt.outcome.emplace().kind = OutcomeKind::delivered;
    attempt.outcome->remote_job_id = "17";
  }
  Confirmation ask(std::int64_t state, std::optional<std::int64_t> impressions = {}, int round = 0) {
    Outcome answer;
    answer.kind = OutcomeKind::delivered;
    answer.attributes = {Attribute::number("job-state", state)};
    if (impressions)
      answer.attributes.push_back(Attribute::number("job-impressions-completed", *impressions));
    return confirmed_by(answer, uuid, attempt, round, Timestamp{1000});
  }
  pr_protocol table{};
  LoadedProtocol protocol{};
  Attempt attempt;
  Uuid uuid{{1, 2, 3}};
};

TEST_F(ConfirmStage, OnlyWhatCanBeAskedAboutIs) {
  EXPECT_TRUE(can_confirm(attempt, &protocol));
  EXPECT_FALSE(can_confirm(attempt, nullptr));
  table.can_query = 0;
  EXPECT_FALSE(can_confirm(attempt, &protocol));
  table.can_query = 1;
  attempt.release_at_device = true;
  EXPECT_FALSE(can_confirm(attempt, &protocol));
  attempt.release_at_device = false;
  attempt.outcome->confirmed = true;
  EXPECT_FALSE(can_confirm(attempt, &protocol));
  attempt.outcome->confirmed = false;
  attempt.outcome->remote_job_id.clear();
  EXPECT_FALSE(can_confirm(attempt, &protocol));
  attempt.outcome->remote_job_id = "17";
  attempt.outcome->kind = OutcomeKind::unknown;
  EXPECT_FALSE(can_confirm(attempt, &protocol));
}

TEST_F(ConfirmStage, CompletedIsEvidenceOfWhatCameOut) {
  const Confirmation said = ask(9, 4);
  EXPECT_EQ(said.verdict, Confirmation::Verdict::printed);
  EXPECT_EQ(said.evidence.job_uuid, uuid);
  EXPECT_EQ(said.evidence.attempt, 2);
  EXPECT_EQ(said.evidence.pages.total, 4);
  EXPECT_EQ(said.evidence.evidence, ledger::Evidence::ipp_impressions);
  EXPECT_EQ(said.kind, ledger::Kind::evidence);
  EXPECT_TRUE(attempt.outcome->confirmed);
  EXPECT_EQ(attempt.outcome->impressions, 4);
}

TEST_F(ConfirmStage, CompletedWithoutACountIsAWordAndNoEvidenceOfPages) {
  const Confirmation said = ask(9);
  EXPECT_EQ(said.kind, ledger::Kind::settle);
  EXPECT_EQ(said.verdict, Confirmation::Verdict::printed);
  EXPECT_EQ(said.evidence.evidence, ledger::Evidence::none);
  EXPECT_FALSE(said.evidence.pages.sum());
}

TEST_F(ConfirmStage, CancelledAtThePanelAndAbortedAreToldApart) {
  EXPECT_EQ(ask(7, 1).evidence.reason, "cancelled-at-panel");
  EXPECT_EQ(ask(8, 1).evidence.reason, "aborted-by-device");
  EXPECT_EQ(ask(7, 1).verdict, Confirmation::Verdict::cancelled);
  EXPECT_FALSE(attempt.outcome->confirmed);
}

TEST_F(ConfirmStage, SilenceIsAskedAgainButNotForEver) {
  EXPECT_EQ(ask(5).verdict, Confirmation::Verdict::ask_again);
  EXPECT_EQ(ask(5, {}, 59).verdict, Confirmation::Verdict::ask_again);
  EXPECT_EQ(ask(5, {}, 60).verdict, Confirmation::Verdict::no_more);
  Outcome gone;
  gone.reason = "job-not-found";
  EXPECT_EQ(confirmed_by(gone, uuid, attempt, 0, {}).verdict, Confirmation::Verdict::no_more);
  Outcome refused;
  refused.kind = OutcomeKind::rejected;
  EXPECT_EQ(confirmed_by(refused, uuid, attempt, 0, {}).verdict, Confirmation::Verdict::no_more);
  EXPECT_EQ(confirmed_by({}, uuid, attempt, 0, {}).verdict, Confirmation::Verdict::ask_again);
}

struct JobList : ConfirmStage {
  using Verdict = JobListed::Verdict;
  JobList() {
    attempt.outcome->kind = OutcomeKind::unknown;
    job.document.size = 100'000;  // 98 units of 1024
  }
  JobListed list(std::int64_t state, std::optional<std::int64_t> octets = {}, const char* why = "") {
    Outcome answer;
    answer.kind = OutcomeKind::delivered;
    answer.attributes = {Attribute::number("job-state", state)};
    if (octets) answer.attributes.push_back(Attribute::number("job-k-octets", *octets));
    if (*why) answer.attributes.push_back(Attribute::word("job-state-reasons", why));
    return job_listed(job, attempt, answer);
  }
  Job job;
};

TEST_F(JobList, WholeIsWhatHasAllOfTheDocument) {
  EXPECT_EQ(list(9, 98).verdict, Verdict::whole);
  EXPECT_TRUE(list(9, 98).completed);
  EXPECT_EQ(list(5, 98).verdict, Verdict::whole);
  EXPECT_EQ(list(9, 97).verdict, Verdict::in_part);
  EXPECT_EQ(list(9).verdict, Verdict::in_part);
  EXPECT_EQ(list(5, 40).verdict, Verdict::open);
  EXPECT_TRUE(list(5, 40).ask_again);
}

TEST_F(JobList, WhatDidNotAllLeaveCannotBeThereWhole) {
  attempt.outcome->document_bytes_sent = 90'000;
  EXPECT_EQ(list(9, 98).verdict, Verdict::in_part);
  attempt.target.truncated_discards = true;  // then being listed as done is proof enough
  EXPECT_EQ(list(9).verdict, Verdict::whole);
}

TEST_F(JobList, GivenUpOnlyWhereWhatBreaksOffIsNotPrinted) {
  EXPECT_EQ(list(8).verdict, Verdict::open);
  EXPECT_FALSE(list(8).ask_again);
  attempt.target.truncated_discards = true;
  EXPECT_EQ(list(8).verdict, Verdict::given_up);
}

TEST_F(JobList, StillArrivingIsNoVerdict) {
  EXPECT_EQ(list(9, 98, "job-incoming").verdict, Verdict::arrives);
  EXPECT_TRUE(list(3, {}, "job-data-insufficient").ask_again);
}

TEST_F(JobList, CancelledAbsentAndSilent) {
  EXPECT_EQ(list(7).verdict, Verdict::cancelled);
  Outcome answer;
  EXPECT_EQ(job_listed(job, attempt, answer).verdict, Verdict::open);
  EXPECT_TRUE(job_listed(job, attempt, answer).ask_again);
  answer.reason = "job-not-found";
  EXPECT_EQ(job_listed(job, attempt, answer).verdict, Verdict::absent);
  answer = {};
  answer.kind = OutcomeKind::rejected;
  EXPECT_FALSE(job_listed(job, attempt, answer).ask_again);
}

TEST_F(ConfirmStage, PausesGrow) {
  EXPECT_EQ(confirm_pause(0), Milliseconds(200));
  EXPECT_EQ(confirm_pause(3), Milliseconds(1600));
  EXPECT_EQ(confirm_pause(6), Milliseconds(10'000));
  EXPECT_EQ(confirm_pause(1000), Milliseconds(10'000));
}

}  // namespace
}  // namespace printrouter
