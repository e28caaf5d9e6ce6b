// SPDX-License-Identifier: Apache-2.0
#include "accounting/booking.hpp"

#include <gtest/gtest.h>

namespace printrouter::accounting {
namespace {

const Uuid some_uuid = *Uuid::parse("6ba7b810-9dad-41d1-80b4-00c04fd430c8");

TEST(Booking, reads_back_whole) {
  Booking b;
  b.key = job_key(some_uuid, 2);
  b.claim.emplace();
  b.claim->job_uuid = some_uuid;
  b.claim->attempt = 2;
  b.claim->user = "anna";
  b.record =
      DeviceRecord{"d1", "17", DeviceRecord::State::cancelled, "ANNA", "t", some_uuid, {1, 2, 3, 4}, {5}};
  b.window = CounterWindow{"d1", "w", {1}, {2}, {1, 2, 3, 4}, some_uuid, 2};
  b.facts = {{Evidence::counter, {1, 2, 3, 4}, Confidence::exact, {9}, "r"}};
  b.word = Word{true, {1, {}, {}, {}}, {8}, "settled.printed", "anna"};
  b.ended_early = b.inferred = b.overdue = true;
  b.correction = Correction{b.key, Pages{1, 2, 3, 4}, Price{Money{5}, "EUR"}, "", "boss", "why", {7}};
  b.partner = record_key("d1", "17");
  b.conflict = "other pages";
  b.received = {3}, b.at = {4}, b.due = {5};
  b.device = "d1";
  b.job_uuid = some_uuid;
  b.attempt = 2;
  b.match_user = "anna";
  b.status = Status::unconfirmed;
  b.user = "anna";
  b.pages = {1, 2, 3, 4};
  b.foreign = {{}, {}, {}, 6};
  b.price = {Money{7}, "EUR"};
  b.evidence = Evidence::device_log;
  b.confidence = Confidence::exact;
  b.reason = "record.cancelled";
  const std::string text = encode(b);
  const auto back = decode_booking(text);
  ASSERT_TRUE(back) << back.error().message();
  EXPECT_EQ(encode(*back), text);
  EXPECT_EQ(back->record, b.record);
  EXPECT_EQ(back->window, b.window);
  EXPECT_EQ(back->facts, b.facts);
  EXPECT_EQ(back->word, b.word);
  EXPECT_EQ(back->correction, b.correction);
  EXPECT_EQ(back->pages, b.pages);
  EXPECT_EQ(back->foreign, b.foreign);
  EXPECT_EQ(back->price, b.price);
}

TEST(Booking, every_status_has_a_name_that_reads_back) {
  for (int i = 0; i <= static_cast<int>(Status::observed); ++i)
    EXPECT_EQ(status(to_string(static_cast<Status>(i))), static_cast<Status>(i));
  EXPECT_FALSE(status("booked twice"));
}

TEST(DeviceRecord, says_what_is_wrong) {
  const auto error = [](std::string_view json) { return decode_device_record(json).error(); };
  EXPECT_EQ(error(R"({"record":"1"})").field, "device");
  EXPECT_EQ(error(R"({"device":"d"})").field, "record");
  EXPECT_EQ(error(R"({"device":"d","record":"1","state":"lost"})").field, "state");
  EXPECT_EQ(error(R"({"device":"d","record":"1","pages":-1})").field, "pages");
  EXPECT_EQ(error(R"({"device":"d","record":"1","uuid":"x"})").field, "uuid");
  EXPECT_EQ(error("[]").expected, "a JSON object");
  EXPECT_EQ(error("{").code, ErrorCode::invalid);
  const auto record =
      decode_device_record(R"({"device":"d","record":"1","pages":3,"user":"anna","when_ms":5})");
  ASSERT_TRUE(record) << record.error().message();
  EXPECT_EQ(record->pages.total, 3);
  EXPECT_EQ(record->state, DeviceRecord::State::printed);
}

TEST(MatchingUser, is_the_name_without_what_devices_add) {
  EXPECT_EQ(matching_user("OFFICE\\Anna"), "anna");
  EXPECT_EQ(matching_user("anna@example.org"), "anna");
  EXPECT_EQ(matching_user(""), "");
}

}  // namespace
}  // namespace printrouter::accounting
