// SPDX-License-Identifier: Apache-2.0
#include "model/ledger_entry.hpp"

#include <gtest/gtest.h>

namespace printrouter::ledger {
namespace {

const Uuid job = *Uuid::parse("6ba7b810-9dad-41d1-80b4-00c04fd430c8");

TEST(LedgerEntry, AmendmentReadsBack) {
  const Amendment written{
      job,    3,  {1, 2, 3}, {Money{375}, "EUR"}, Evidence::counter, Confidence::exact, "settled.printed",
      "anna", {7}};
  const auto read = decode_amendment(encode(written));
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(encode(*read), encode(written));
  EXPECT_EQ(read->price.amount, Money{375});
  EXPECT_EQ(read->by, "anna");
  EXPECT_EQ(read->when.ms, 7);
}

TEST(LedgerEntry, ReservationAndVoidCopyReadBack) {
  const Reservation reservation{job, 1, "ben", {5, {}, {}}, {Money{100}, "EUR"}, {9}};
  const auto read = decode_reservation(encode(reservation));
  ASSERT_TRUE(read);
  EXPECT_EQ(encode(*read), encode(reservation));
  EXPECT_FALSE(read->pages.color) << "what is not known stays absent";
  const VoidCopy copy{job, 2, "fell-back", {5}};
  EXPECT_EQ(encode(*decode_void_copy(encode(copy))), encode(copy));
}

TEST(LedgerEntry, DamageNamesThePlace) {
  for (const auto& error : {decode_amendment("{}").error(), decode_reservation("[").error(),
                            decode_void_copy(R"({"uuid": 5})").error()})
    EXPECT_EQ(error.code, ErrorCode::corrupt);
  EXPECT_NE(decode_amendment("{}").error().message().find("uuid"), std::string::npos);
}

TEST(LedgerEntry, KindsHaveNames) {
  for (int i = 0; i < 6; ++i) EXPECT_EQ(kind(to_string(static_cast<Kind>(i))), static_cast<Kind>(i));
  EXPECT_EQ(to_string(Kind::void_copy), "void");
  EXPECT_FALSE(kind("other"));
}

}  // namespace
}  // namespace printrouter::ledger
