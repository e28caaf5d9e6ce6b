// SPDX-License-Identifier: Apache-2.0
#include "model/job_codec.hpp"

#include <gtest/gtest.h>
#include <printrouter/abi/action.h>
#include <printrouter/abi/vendor.h>

#include "model/decision.hpp"

namespace printrouter {
namespace {

Job full_job() {
  Job job;
  job.id = 17;
  job.uuid = *Uuid::parse("urn:uuid:01234567-89AB-cdef-0123-456789abcdef");
  job.state = JobState::held;
  job.reasons = {{Severity::refusal, "routing.fallback-off", "off", "aus", "ask", "frag"}};
  job.owner = {"anna", UserEvidence::mapped, 1000, "anna@x", "127.0.0.1:5"};
  job.title = "a \"title\"";
  job.ticket = {Attribute::number("copies", 3), Attribute::word("sides", "two-sided-long-edge")};
  job.document = {.format = "application/pdf", .size = 12, .has_pjl = true, .pages = 4};
  Attempt attempt;
  attempt.number = 1;
  attempt.target = {
      TargetKind::device, "d1", "Device", "127.0.0.1", {"raw", 9100, "", Tls::none, PortClass::plain}};
  attempt.counted_by = CountedBy::client;
  attempt.outcome = Outcome{.kind = OutcomeKind::not_sent, .reason = "connect-refused"};
  job.attempts = {attempt};
  job.created = {1'700'000'000'123};
  return job;
}

TEST(JobCodec, what_was_written_reads_back) {
  const std::string text = encode(full_job());
  const auto back = decode_job(text);
  ASSERT_TRUE(back) << back.error().message();
  EXPECT_EQ(encode(*back), text);
  EXPECT_EQ(back->state, JobState::held);
  EXPECT_EQ(back->uuid, full_job().uuid);
  EXPECT_EQ(back->ticket, full_job().ticket);
  EXPECT_EQ(back->attempts.at(0).target.port, full_job().attempts.at(0).target.port);
  EXPECT_EQ(back->attempts.at(0).outcome->kind, OutcomeKind::not_sent);
  EXPECT_EQ(back->owner.evidence, UserEvidence::mapped);
}

TEST(JobCodec, a_title_that_is_no_utf8_does_not_lose_the_job) {
  Job job = full_job();
  job.title = "caf\xe9";
  EXPECT_TRUE(decode_job(encode(job)));
}

TEST(JobCodec, damage_is_an_error_that_says_where) {
  const auto back = decode_job("{\"id\":");
  ASSERT_FALSE(back);
  EXPECT_EQ(back.error().code, ErrorCode::corrupt);
  EXPECT_EQ(back.error().place, "journal row");
}

TEST(Model, numbers_are_those_of_the_plugin_contract) {
  EXPECT_EQ(static_cast<unsigned>(OutcomeKind::delivered), PR_OUTCOME_DELIVERED);
  EXPECT_EQ(static_cast<unsigned>(OutcomeKind::unknown), PR_OUTCOME_UNKNOWN);
  EXPECT_EQ(static_cast<unsigned>(OutcomeKind::cancelled), PR_OUTCOME_CANCELLED);
  EXPECT_EQ(static_cast<unsigned>(AttributeKind::integer), PR_ATTR_INTEGER);
  EXPECT_EQ(static_cast<unsigned>(AttributeKind::mime), PR_ATTR_MIME);
  EXPECT_EQ(static_cast<unsigned>(AttributeKind::no_value), PR_ATTR_NO_VALUE);
  EXPECT_EQ(static_cast<unsigned>(PortClass::device_spooling), PR_PORT_DEVICE_SPOOLING);
  EXPECT_EQ(static_cast<unsigned>(CountedBy::client), PR_COUNTED_CLIENT);
  EXPECT_EQ(static_cast<unsigned>(Carry::host_copies), PR_CARRY_HOST_COPIES);
}

}  // namespace
}  // namespace printrouter
