// SPDX-License-Identifier: Apache-2.0
#include "snmp/snmp_reader.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

#include "unit/snmp/snmpd.hpp"

namespace printrouter::snmp {
namespace {

/// Debian's own agent as the device: net-snmp answers net-snmp, but by other code and another process.
class SnmpTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    agent.emplace();
    ASSERT_TRUE(
        agent->start("rocommunity secret\n"
                     "override 1.3.6.1.2.1.43.10.2.1.4.1.1 counter 4711\n"
                     "override 1.3.6.1.4.1.1347.42.3.1.1.1.1 counter 4000000000\n"
                     "override 1.3.6.1.4.1.367.3.2.1.2.19.5.1.5.7 octet_str \"Counter:Copy:Total\"\n"
                     "override 1.3.6.1.4.1.367.3.2.1.2.19.5.1.5.9 octet_str \"Counter:Print:Total\"\n"
                     "override 1.3.6.1.4.1.367.3.2.1.2.19.5.1.9.7 integer 11\n"
                     "override 1.3.6.1.4.1.367.3.2.1.2.19.5.1.9.9 integer 12\n"
                     "createUser walker SHA authentic1 AES private12\n"
                     "createUser old MD5 authentic2 DES private34\n"
                     "createUser named SHA-256 authentic3\n"
                     "rouser walker priv\nrouser old priv\nrouser named auth\n"));
  }
  static void TearDownTestSuite() { agent.reset(); }

  Target target(Version version) {
    Target t;
    t.host = "127.0.0.1";
    t.port = agent->port();
    t.version = version;
    t.community = "secret";
    t.timeout = std::chrono::seconds(2);
    return t;
  }
  Target walker() {
    Target t = target(Version::v3);
    t.user = "walker";
    t.authentication = Authentication::sha;
    t.authentication_key = "authentic1";
    t.privacy = Privacy::aes;
    t.privacy_key = "private12";
    return t;
  }
  Result<Values> read(const Target& t,
                      std::vector<std::string> names = {printer_life_count, "1.3.6.1.4.1.1347.9.9.0",
                                                        "1.3.6.1.4.1.1347.42.3.1.1.1.1"}) {
    std::optional<Result<Values>> answer;
    reader.read(t, std::move(names), [&](const Result<Values>& r) { answer = r; });
    std::unique_lock lock(mutex);
    EXPECT_TRUE(posted.wait_for(lock, std::chrono::seconds(30), [&] { return static_cast<bool>(work); }));
    if (work) work();
    work = nullptr;
    return answer ? *answer : fail(ErrorCode::internal, "no answer");
  }

  static inline std::optional<test::Snmpd> agent;
  std::mutex mutex;
  std::condition_variable posted;
  std::function<void()> work;
  Reader reader{[this](std::function<void()> w) {
    const std::lock_guard lock(mutex);
    work = std::move(w);
    posted.notify_one();
  }};
};

const Values expected{4711, std::nullopt, 4'000'000'000};

TEST_F(SnmpTest, reads_numbers_by_every_version) {
  for (const Version version : {Version::v1, Version::v2c}) {
    const auto values = read(target(version));
    ASSERT_TRUE(values) << values.error().message();
    EXPECT_EQ(*values, expected);
  }
}
TEST_F(SnmpTest, finds_a_value_by_its_label) {
  const std::string table = "1.3.6.1.4.1.367.3.2.1.2.19.5.1.5 1.3.6.1.4.1.367.3.2.1.2.19.5.1.9 ";
  for (const Version version : {Version::v1, Version::v2c})
    for (int again = 0; again < 2; ++again) {
      const auto values = read(target(version), {table + "Counter:Print:Total", printer_life_count,
                                                 table + "Counter:Print:Full Color"});
      ASSERT_TRUE(values) << values.error().message();
      EXPECT_EQ(*values, (Values{12, 4711, std::nullopt}));
    }
  EXPECT_EQ(read(target(Version::v2c), {"1.3.x 1.3.6 label"}).error().code, ErrorCode::invalid);
}
TEST_F(SnmpTest, version_3_with_authentication_and_privacy) {
  auto values = read(walker());
  ASSERT_TRUE(values) << values.error().message();
  EXPECT_EQ(*values, expected);
  Target old = walker();
  old.user = "old";
  old.authentication = Authentication::md5, old.authentication_key = "authentic2";
  old.privacy = Privacy::des, old.privacy_key = "private34";
  values = read(old);
  ASSERT_TRUE(values) << values.error().message();
  EXPECT_EQ(*values, expected);
  Target named = walker();
  named.user = "named";
  named.authentication = Authentication::sha256, named.authentication_key = "authentic3";
  named.privacy = Privacy::none;
  values = read(named);
  ASSERT_TRUE(values) << values.error().message();
  EXPECT_EQ(*values, expected);
}
TEST_F(SnmpTest, keys_may_stand_in_files) {
  Target t = walker();
  t.authentication_key_file = agent->folder() + "/key";
  std::ofstream(t.authentication_key_file) << t.authentication_key << "\n";
  t.authentication_key.clear();
  EXPECT_TRUE(read(t));
  t.authentication_key_file += "-gone";
  EXPECT_EQ(read(t).error().code, ErrorCode::not_found);
}
TEST_F(SnmpTest, a_wrong_key_or_user_is_refused_by_name) {
  Target wrong = walker();
  wrong.authentication_key = "authentic9";
  auto values = read(wrong);
  ASSERT_FALSE(values);
  EXPECT_EQ(values.error().code, ErrorCode::not_permitted) << values.error().message();
  wrong = walker();
  wrong.user = "nobody";
  values = read(wrong);
  ASSERT_FALSE(values);
  EXPECT_EQ(values.error().code, ErrorCode::not_permitted) << values.error().message();
}
TEST_F(SnmpTest, silence_ends_in_time) {
  Target silent = target(Version::v2c);
  silent.community = "other";  // an agent that does not know it says nothing
  silent.timeout = std::chrono::milliseconds(100);
  silent.retries = 0;
  const auto values = read(silent);
  ASSERT_FALSE(values);
  EXPECT_EQ(values.error().code, ErrorCode::unavailable) << values.error().message();
}
TEST_F(SnmpTest, what_cannot_be_asked_is_named) {
  for (const char* name : {"", "1", "1..3", "1.3.", "iso.3", "1.3.x"})
    EXPECT_EQ(read(target(Version::v2c), {name}).error().field, "name") << name;
  Target short_key = walker();
  short_key.authentication_key = "short";
  EXPECT_EQ(read(short_key).error().field, "authentication_key");
  Target no_user = walker();
  no_user.user.clear();
  EXPECT_EQ(read(no_user).error().field, "user");
}

}  // namespace
}  // namespace printrouter::snmp
