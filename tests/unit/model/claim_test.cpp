// SPDX-License-Identifier: Apache-2.0
#include "model/claim.hpp"

#include <gtest/gtest.h>

namespace printrouter::ledger {
namespace {

Claim full_claim() {
  Claim c;
  c.job_uuid = *Uuid::parse("6ba7b810-9dad-41d1-80b4-00c04fd430c8");
  c.attempt = 2;
  c.user = "anna";
  c.user_evidence = UserEvidence::mapped;
  c.device = "d1";
  c.device_name = "Floor 2";
  c.port = {"raw", 9100, "", Tls::none, PortClass::plain};
  c.counted_by = CountedBy::client;
  c.may_count_twice = true;
  c.server_copy_possible = true;
  c.pages = {3, 4, 5, 7};
  c.copies = 2;
  c.sides = "two-sided-long-edge";
  c.media = "iso_a4_210x297mm";
  c.price = {Money{12'500}, "EUR"};
  c.evidence = Evidence::counter;
  c.confidence = Confidence::exact;
  c.outcome = OutcomeKind::delivered;
  c.reason = "server-down";
  c.title = "caf\xe9";
  c.accepted = {1}, c.started = {2}, c.ended = {3};
  return c;
}

TEST(Claim, reads_back_and_is_canonical) {
  const std::string text = encode(full_claim());
  const auto back = decode_claim(text);
  ASSERT_TRUE(back) << back.error().message();
  EXPECT_EQ(encode(*back), text);
  EXPECT_EQ(back->pages, full_claim().pages);
  EXPECT_EQ(back->price, full_claim().price);
  EXPECT_EQ(back->port, full_claim().port);
  EXPECT_EQ(back->evidence, Evidence::counter);
  EXPECT_EQ(back->counted_by, CountedBy::client);
  EXPECT_TRUE(back->may_count_twice);
  EXPECT_TRUE(back->server_copy_possible);
  EXPECT_EQ(text.find(' '), text.find(" 2\""));  // blanks only inside "Floor 2"
  const auto at = [&](const char* name) { return text.find("\"" + std::string(name) + "\":"); };
  EXPECT_LT(at("attempt"), at("confidence"));
  EXPECT_LT(at("confidence"), at("user"));
}

TEST(Claim, what_is_not_known_is_absent) {
  const std::string text = encode(Claim{});
  for (const char* name :
       {"pages_mono", "pages_color", "sheets", "price", "user\"", "ended_ms", "server_copy"})
    EXPECT_EQ(text.find(name), std::string::npos) << name << " in " << text;
  EXPECT_EQ(decode_claim(text)->pages, Pages{});
  EXPECT_FALSE(decode_claim("{}"));
  EXPECT_EQ(decode_claim("[").error().code, ErrorCode::corrupt);
}

TEST(Claim, of_a_job_takes_the_best_count_there_is) {
  Job job;
  job.uuid = full_claim().job_uuid;
  job.owner = {"bob", UserEvidence::owner};
  job.ticket = {Attribute::number("copies", 3), Attribute::word("sides", "one-sided")};
  job.document.pages = 4;
  job.document.color = false;
  Attempt attempt;
  attempt.number = 1;
  attempt.target.id = "d9";
  attempt.counted_by = CountedBy::device;
  attempt.outcome = Outcome{.kind = OutcomeKind::delivered};
  Claim c = claim_of(job, attempt);
  EXPECT_EQ(c.user, "bob");
  EXPECT_EQ(c.pages.mono, 12);
  EXPECT_EQ(c.pages.color, std::nullopt);
  EXPECT_EQ(c.evidence, Evidence::document);
  attempt.outcome->impressions = 7;
  c = claim_of(job, attempt);
  EXPECT_EQ(c.pages.mono, 7);
  EXPECT_EQ(c.evidence, Evidence::ipp_impressions);
  job.document.color = std::nullopt;
  const Pages pages = claim_of(job, attempt).pages;
  EXPECT_EQ(pages.total, 7) << "colour unknown: the sum alone is claimed";
  EXPECT_EQ(pages.sum(), 7);
  EXPECT_EQ(pages.mono, std::nullopt);
  EXPECT_EQ(pages.color, std::nullopt);
}

}  // namespace
}  // namespace printrouter::ledger
