// SPDX-License-Identifier: Apache-2.0
#include "unit/router/router_fixture.hpp"

namespace printrouter {
namespace {

/// Documents are looked into as in the daemon.
struct AnalysisTest : RouterTest {
  AnalysisTest() { analysis = &options; }
  AnalysisOptions options{.program = PR_ANALYSE_WORKER, .plugins = {PR_TEST_PLUGIN_DIR}};
};

TEST_F(AnalysisTest, a_document_is_looked_into_before_a_device_prints_it_and_never_for_the_server) {
  start_router(on);
  used("anna", {"second"});
  const std::string two_pages =
      "\x1b"
      "Eone\x0c"
      "two\x0c\x1b"
      "E";
  const JobId to_server = print(two_pages);
  ASSERT_TRUE(becomes(to_server, JobState::completed));
  EXPECT_FALSE(job(to_server).analysis.has_value());
  server->close();
  const JobId id = print(two_pages);
  ASSERT_TRUE(becomes(id, JobState::completed));
  EXPECT_EQ(second->received.size(), 1u);
  const Job printed = job(id);
  ASSERT_TRUE(printed.analysis.has_value());
  EXPECT_EQ(printed.analysis->pages, 2) << printed.analysis->why;
  EXPECT_EQ(printed.analysis->confidence, ledger::Confidence::exact);
  const ledger::Claim claim = ledger::claim_of(printed, printed.attempts.back());
  EXPECT_EQ(claim.evidence, ledger::Evidence::document);
  EXPECT_EQ(claim.pages.mono, 2);
  EXPECT_EQ(claim.pages.color, 0);
}

/// Pages that only a program of their own tells, after a while.
const std::string slow_pages =
    "%!PS-Adobe-3.0\n%%EndComments\n0 1 3000000 { pop } for\n3 { showpage } repeat\n";

TEST_F(AnalysisTest, paper_does_not_wait_for_the_second_opinion_and_the_claim_gets_it) {
  if (options.ghostscript.empty()) GTEST_SKIP() << "Ghostscript is not installed";
  start_router(on);
  used("anna", {"second"});
  server->close();
  const JobId id = print(slow_pages);
  ASSERT_TRUE(becomes(id, JobState::confirming));
  EXPECT_EQ(second->received.size(), 1u);
  EXPECT_TRUE(job(id).analysis->provisional);
  EXPECT_TRUE(io.run_until([&] { return ledger_entries(journal::LedgerKind::claim) == 1; }));
  EXPECT_EQ(ledger_entries(journal::LedgerKind::evidence), 0u);
  ASSERT_TRUE(becomes(id, JobState::completed));
  EXPECT_EQ(job(id).analysis->pages, 3);
  EXPECT_EQ(job(id).analysis->confidence, ledger::Confidence::exact);
  EXPECT_TRUE(io.run_until([&] { return ledger_entries(journal::LedgerKind::evidence) == 1; }));
}

TEST_F(AnalysisTest, a_second_opinion_that_a_restart_cut_off_is_asked_again) {
  if (options.ghostscript.empty()) GTEST_SKIP() << "Ghostscript is not installed";
  start_router(on);
  used("anna", {"second"});
  server->close();
  const JobId id = print(slow_pages);
  ASSERT_TRUE(becomes(id, JobState::confirming));
  stop_router();
  open_stores();
  start_router(on);
  ASSERT_TRUE(becomes(id, JobState::completed));
  EXPECT_EQ(second->received.size(), 1u);
  EXPECT_TRUE(io.run_until([&] { return ledger_entries(journal::LedgerKind::claim) == 1; }));
  EXPECT_TRUE(io.run_until([&] { return ledger_entries(journal::LedgerKind::evidence) == 1; }));
}

TEST_F(AnalysisTest, a_balance_waits_for_the_second_opinion) {
  if (options.ghostscript.empty()) GTEST_SKIP() << "Ghostscript is not installed";
  start_router(std::string(on) + R"(, "outage_ceiling": "1.00")");
  used("anna", {"second"});
  server->close();
  const JobId id = print(slow_pages);
  ASSERT_TRUE(becomes(id, JobState::completed));
  EXPECT_FALSE(job(id).analysis->provisional);
  EXPECT_EQ(ledger_entries(journal::LedgerKind::evidence), 0u) << "the claim had it already";
  EXPECT_EQ(ledger::claim_of(job(id), job(id).attempts.back()).pages.sum(), 3);
}

TEST_F(AnalysisTest, a_worker_that_is_missing_holds_no_job_up) {
  options.program = "/nonexistent/worker";
  start_router(on);
  used("anna", {"second"});
  server->close();
  const JobId id = print("%!PS fallback");
  ASSERT_TRUE(becomes(id, JobState::completed));
  EXPECT_FALSE(job(id).analysis->why.empty());
}

class ExplainTest : public AnalysisTest {
 protected:
  /// A job that waits for the server, and that nobody had to look into.
  JobId waiting() {
    start_router(on + R"(, "ask_unused": false)");
    server->close();
    const JobId id = print(
        "\x1b"
        "Eone\x0c"
        "two\x0c\x1b"
        "E");
    EXPECT_TRUE(becomes(id, JobState::held));
    EXPECT_TRUE(io.run_until([&] { return told.size() == 1; }));
    EXPECT_FALSE(job(id).analysis.has_value());
    return id;
  }
  bool analysed(JobId id, Milliseconds most = std::chrono::seconds(20)) {
    bool done = false;
    router->have_analysed(anna, id, most, [&] { done = true; });
    return io.run_until([&] { return done; });
  }
};

TEST_F(ExplainTest, who_asks_why_has_the_document_looked_into) {
  const JobId id = waiting();
  ASSERT_TRUE(analysed(id));
  const auto explained = router->explain(anna, id);
  ASSERT_TRUE(explained->job.analysis.has_value());
  EXPECT_EQ(explained->job.analysis->pages, 2) << explained->job.analysis->why;
  EXPECT_FALSE(explained->analysing);
  EXPECT_EQ(job(id).state, JobState::held) << "a question changes no job's way";
  EXPECT_EQ(told.size(), 1u);
  EXPECT_TRUE(analysed(id)) << "a second time there is nothing to do";
}

TEST_F(ExplainTest, patience_ends_and_the_answer_says_so) {
  const JobId id = waiting();
  ASSERT_TRUE(analysed(id, Milliseconds(0)));
  EXPECT_TRUE(router->explain(anna, id)->analysing);
  ASSERT_TRUE(io.run_until([&] { return job(id).analysis.has_value(); }));
  EXPECT_FALSE(router->explain(anna, id)->analysing);
}

TEST_F(ExplainTest, other_peoples_jobs_are_not_looked_into) {
  const JobId id = waiting();
  bool done = false;
  router->have_analysed(bert, id, std::chrono::seconds(20), [&] { done = true; });
  EXPECT_TRUE(done);
  EXPECT_FALSE(router->explain(anna, id)->analysing);
}

}  // namespace
}  // namespace printrouter
