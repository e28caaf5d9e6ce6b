// SPDX-License-Identifier: Apache-2.0
#include "unit/router/router_fixture.hpp"
#include "unit/snmp/snmpd.hpp"

namespace printrouter {
namespace {

struct RouterCountersTest : RouterTest {
  void SetUp() override {
    RouterTest::SetUp();
    ASSERT_TRUE(
        agent.start("rwcommunity secret\n"
                    "override 1.3.6.1.2.1.25.3.5.1.1.1 integer 3\n"
                    "override -rw 1.3.6.1.2.1.43.10.2.1.4.1.1 integer 100\n"));
    first_settings = R"(, "snmp": {"version": "v2c", "port": )" + std::to_string(agent.port()) +
                     R"(, "community": "secret"})";
  }
  /// The device puts paper out.
  void counter_is(int value) {
    auto set = env::ChildProcess::start("/usr/bin/snmpset",
                                        {"-v2c", "-c", "secret", "127.0.0.1:" + std::to_string(agent.port()),
                                         "1.3.6.1.2.1.43.10.2.1.4.1.1", "i", std::to_string(value)});
    ASSERT_TRUE(set) << set.error().message();
    std::string line;
    while (set->read_line(line, std::chrono::seconds(10)) == env::ChildProcess::Read::line) {
    }
    ASSERT_EQ(set->wait().code, 0);
  }
  std::optional<ledger::Amendment> evidence_of(JobId id) {
    const auto rows = journal->ledger_of(job(id).uuid);
    for (const journal::LedgerRow& row : *rows)
      if (row.kind == ledger::Kind::evidence) return *ledger::decode_amendment(row.json);
    return std::nullopt;
  }
  test::Snmpd agent;
  const std::string fallback = R"("enabled": true, "target": {"printer": "first"}, "untested": "allow")";
};

TEST_F(RouterCountersTest, what_the_counter_rose_by_is_evidence_and_the_next_job_waits_for_it) {
  start_router(fallback);
  server->close();
  impressions = 5;
  const JobId one = print("%!PS one");
  ASSERT_TRUE(becomes(one, JobState::completed)) << reasons_of(one);
  const JobId two = print("%!PS two");
  EXPECT_EQ(first->received.size(), 1u) << "the counters of the first are still being read";
  counter_is(107);  // ours are five
  ASSERT_TRUE(becomes(two, JobState::completed)) << reasons_of(two);
  ASSERT_TRUE(io.run_until([&] { return evidence_of(one).has_value(); }));
  const auto seen = evidence_of(one);
  EXPECT_EQ(seen->evidence, ledger::Evidence::counter);
  EXPECT_EQ(seen->pages.sum(), 7) << "as it was read; whose they are is judged where they are booked";
}

TEST_F(RouterCountersTest, a_device_whose_counters_are_silent_prints_all_the_same) {
  first_settings = R"(, "snmp": {"version": "v2c", "port": )" + std::to_string(agent.port()) +
                   R"(, "community": "wrong"})";
  start_router(fallback);
  server->close();
  impressions = 5;
  const JobId one = print("%!PS one");
  ASSERT_TRUE(becomes(one, JobState::completed)) << reasons_of(one);
  EXPECT_FALSE(evidence_of(one));
}

}  // namespace
}  // namespace printrouter
