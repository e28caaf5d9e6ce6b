// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <printrouter/address.hpp>
#include <printrouter/pjl.hpp>

#include <string>

namespace {

namespace sdk = printrouter::sdk;

TEST(PjlText, KeepsWhatPjlCanSay) {
  EXPECT_EQ(sdk::pjl::text("Jahresbericht 2024 (final).pdf", 80), "Jahresbericht 2024 (final).pdf");
  EXPECT_EQ(sdk::pjl::text("Größe – Übung", 80), "Groesse - Uebung");
  EXPECT_EQ(sdk::pjl::text("日本", 80), "??");
  EXPECT_EQ(sdk::pjl::text("a\"b\r\nc\x1b", 80), "a'b  c");
  EXPECT_EQ(sdk::pjl::text("\xc3", 80), "?");
  EXPECT_EQ(sdk::pjl::text("\xff\xff", 80), "??");
  EXPECT_EQ(sdk::pjl::text(std::string(300, 'x'), 80).size(), 80u);
  EXPECT_EQ(sdk::pjl::text("ab\xc3\xa4", 3), "aba");
  EXPECT_EQ(sdk::pjl::text("", 80), "");
}

TEST(PjlJobName, BeginsWithTheUuid) {
  EXPECT_EQ(sdk::pjl::job_name("urn:uuid:1234", "t"), "1234 t");
  EXPECT_EQ(sdk::pjl::job_name("", "t"), "t");
  EXPECT_EQ(sdk::pjl::job_name("1", ""), "1");
}

TEST(PjlCode, IsDigitsOnly) {
  EXPECT_TRUE(sdk::pjl::is_code("00000000", 8));
  EXPECT_FALSE(sdk::pjl::is_code("000000000", 8));
  EXPECT_FALSE(sdk::pjl::is_code("", 8));
  EXPECT_FALSE(sdk::pjl::is_code("12 ", 8));
  EXPECT_FALSE(sdk::pjl::is_code("-1", 8));
}

TEST(Address, ReadsBothFamilies) {
  EXPECT_EQ(sdk::parse_address("10.1.2.3"), sdk::parse_address("::ffff:10.1.2.3"));
  EXPECT_EQ(sdk::parse_address("2001:db8::1"), sdk::parse_address("2001:DB8:0:0:0:0:0:1"));
  EXPECT_EQ(sdk::parse_address("fe80::1%eth0"), sdk::parse_address("fe80::1"));
  EXPECT_TRUE(sdk::parse_address("::"));
  for (const char* bad : {"", "10.1.2", "10.1.2.3.4", "10.1.2.256", "10..2.3", "host", ":", ":::", "1::2::3",
                          "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "12345::", "1:", "10.1.2.3 "})
    EXPECT_FALSE(sdk::parse_address(bad)) << bad;
}

TEST(Address, LiesInItsNetwork) {
  EXPECT_EQ(sdk::in_network("10.1.2.3", "10.1.2.3"), true);
  EXPECT_EQ(sdk::in_network("10.1.2.3", "10.1.2.4"), false);
  EXPECT_EQ(sdk::in_network("10.1.2.3", "10.1.0.0/16"), true);
  EXPECT_EQ(sdk::in_network("10.1.2.3", "10.1.2.128/25"), false);
  EXPECT_EQ(sdk::in_network("10.1.2.3", "0.0.0.0/0"), true);
  EXPECT_EQ(sdk::in_network("2001:db8::1", "0.0.0.0/0"), false);
  EXPECT_EQ(sdk::in_network("::ffff:10.1.2.3", "10.0.0.0/8"), true);
  EXPECT_EQ(sdk::in_network("2001:db8:1::9", "2001:db8::/32"), true);
  EXPECT_EQ(sdk::in_network("10.1.2.3", "10.0.0.0/33"), std::nullopt);
  EXPECT_EQ(sdk::in_network("10.1.2.3", "10.0.0.0/"), std::nullopt);
  EXPECT_EQ(sdk::in_network("", "10.0.0.0/8"), std::nullopt);
}

}  // namespace
