// SPDX-License-Identifier: Apache-2.0
#include "accounting/pairing.hpp"

#include <gtest/gtest.h>

namespace printrouter::accounting {
namespace {

struct Distance : testing::Test {
  Distance() {
    job.kind = Kind::job;
    job.device = record.device = "lobby";
    job.job_uuid = *Uuid::parse("01234567-89ab-cdef-0123-456789abcdef");
    job.match_user = record.match_user = "anna";
    job.at = record.at = Timestamp{1'800'000'000'000};
    Claim claim;
    claim.outcome = OutcomeKind::delivered;
    claim.started = claim.ended = job.at;
    job.claim = claim;
    record.kind = Kind::record;
    record.record.emplace();
  }
  std::optional<std::int64_t> apart() const { return distance(job, record, rules); }
  Booking job, record;
  Rules rules;
};

TEST_F(Distance, OfTheSameDeviceUserAndTime) {
  EXPECT_TRUE(apart());
  record.match_user.clear();
  EXPECT_TRUE(apart()) << "a record that names nobody";
}
TEST_F(Distance, AnotherDeviceNeverEvenWithTheJobsUuid) {
  record.device = "annex";
  EXPECT_FALSE(apart());
  record.job_uuid = job.job_uuid;
  EXPECT_FALSE(apart());
}
TEST_F(Distance, AnotherUserNever) {
  record.match_user = "ben";
  EXPECT_FALSE(apart());
}
TEST_F(Distance, AnotherJobsUuidNever) {
  record.job_uuid = *Uuid::parse("fedcba98-7654-3210-fedc-ba9876543210");
  EXPECT_FALSE(apart());
  record.job_uuid = job.job_uuid;
  EXPECT_TRUE(apart());
}
TEST_F(Distance, AnotherDayNever) {
  record.at = job.at + std::chrono::hours(24 * 40);
  EXPECT_FALSE(apart());
}

TEST(PairUp, TheWholeIsCheapestAndNotEachPairByItself) {
  const auto record_of = pair_up(2, 2, {{0, 0, 10}, {0, 1, 50}, {1, 0, 20}, {1, 1, 65}});
  EXPECT_EQ(record_of, (std::vector<std::optional<std::size_t>>{1, 0}));
}

}  // namespace
}  // namespace printrouter::accounting
