// SPDX-License-Identifier: Apache-2.0
#include "unit/router/router_fixture.hpp"

namespace printrouter {
namespace {

TEST_F(RouterTest, a_job_goes_to_the_server_that_takes_it) {
  start_router(on);
  const JobId id = print("%PDF-1.4 hello");
  ASSERT_GT(id, 0) << refusal;
  ASSERT_TRUE(becomes(id, JobState::completed));
  EXPECT_EQ(server->received, std::vector<std::string>{"%PDF-1.4 hello"});
  EXPECT_EQ(job(id).attempts.back().target.kind, TargetKind::server);
  EXPECT_EQ(job(id).owner.user, "anna");
  EXPECT_EQ(ledger_entries(journal::LedgerKind::claim), 0u) << "the server counts its own jobs";
}

TEST_F(RouterTest, a_user_whose_jobs_all_went_to_the_server_is_remembered_when_they_are_gone) {
  start_router(on);
  const JobId id = print("%PDF-1.4 hello");
  ASSERT_TRUE(becomes(id, JobState::completed));
  const auto owners = journal->owners();
  ASSERT_EQ(owners->size(), 1u);
  ASSERT_TRUE(becomes(print("%PDF-1.4 again"), JobState::completed));
  EXPECT_EQ(*journal->owners(), *owners) << "the second job of a day writes nothing about its user";
  stop_router();
  open_stores();
  clock.ahead = std::chrono::hours(24 * 40);  // the rows of finished jobs are removed
  start_router(on);
  ASSERT_TRUE(io.run_until([&] { return !*journal->find_job(id); }));
  EXPECT_EQ(router->users(), std::vector<std::string>{"anna"});
  ASSERT_TRUE(becomes(print("%PDF-1.4 later", "bert"), JobState::completed));
  ASSERT_TRUE(becomes(print("%PDF-1.4 later"), JobState::completed));
  EXPECT_EQ(router->users().size(), 2u);
  EXPECT_GT(journal->owners()->at(0).last_used, owners->at(0).last_used);
}

TEST_F(RouterTest, of_very_many_users_the_newest_are_remembered) {
  journal::Transaction many;
  for (int i = 1; i <= 200; ++i) many.put_owner({"user " + std::to_string(i), {i}});
  std::optional<bool> stored;
  journal->commit(std::move(many), [&](const Result<journal::Receipt>& done) { stored = done.has_value(); });
  ASSERT_TRUE(io.run_until([&] { return stored.has_value(); }));
  ASSERT_TRUE(*stored);
  start_router(on);
  ASSERT_TRUE(becomes(print("%PDF-1.4 hello"), JobState::completed));
  const std::vector<std::string> users = router->users();
  ASSERT_EQ(users.size(), 200u);
  EXPECT_EQ(users.front(), "anna");
  EXPECT_EQ(users.back(), "user 2");
  EXPECT_EQ(journal->owners()->size(), 200u);
}

TEST_F(RouterTest, server_down_one_used_printer_prints_there_and_says_so) {
  start_router(on);
  used("anna", {"second"});
  server->close();
  const JobId id = print("%!PS fallback");
  ASSERT_TRUE(becomes(id, JobState::completed));
  EXPECT_EQ(second->received.size(), 1u);
  EXPECT_TRUE(first->received.empty());
  ASSERT_TRUE(io.run_until([&] { return !told.empty(); }));
  EXPECT_EQ(told.back().kind, Notification::Kind::printed);
  EXPECT_EQ(told.back().user, "anna");
  EXPECT_EQ(ledger_entries(journal::LedgerKind::claim), 1u);
  EXPECT_EQ(ledger::verify(*journal)->alarms, std::vector<std::string>{});
  EXPECT_EQ(server_states, std::vector<bool>{false});
}

TEST_F(RouterTest, several_used_printers_ask_once_and_the_answer_prints) {
  start_router(on);
  used("anna", {"first", "second"});
  server->close();
  const JobId id = print("%!PS choose");
  ASSERT_TRUE(becomes(id, JobState::held));
  ASSERT_TRUE(io.run_until([&] { return !told_questions.empty(); }));
  const auto questions = router->questions(anna);
  ASSERT_EQ(questions.size(), 1u);
  EXPECT_EQ(questions[0].choices.size(), 2u);
  EXPECT_TRUE(router->questions(bert).empty()) << "a question is its user's own";
  const std::string question = questions[0].id;
  EXPECT_FALSE(wait_for([&](auto done) { router->answer(bert, question, "first", false, done); }));
  EXPECT_TRUE(wait_for([&](auto done) { router->answer(anna, question, "first", false, done); }));
  ASSERT_TRUE(becomes(id, JobState::completed));
  EXPECT_EQ(first->received.size(), 1u);
  const auto again = wait_for([&](auto done) { router->answer(anna, question, "second", false, done); });
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::conflict);
  EXPECT_TRUE(second->received.empty());
}

TEST_F(RouterTest, one_answer_serves_all_waiting_jobs) {
  start_router(on);
  used("anna", {"first", "second"});
  server->close();
  const JobId a = print("%!PS a"), b = print("%!PS b"), c = print("%!PS c");
  for (const JobId id : {a, b, c}) ASSERT_TRUE(becomes(id, JobState::held));
  const auto questions = router->questions(anna);
  ASSERT_EQ(questions.size(), 3u);
  EXPECT_TRUE(wait_for([&](auto done) { router->answer(anna, questions[0].id, "second", true, done); }));
  for (const JobId id : {a, b, c}) EXPECT_TRUE(becomes(id, JobState::completed));
  EXPECT_EQ(second->received.size(), 3u);
}

TEST_F(RouterTest, fallback_off_is_an_error_the_user_sees_and_the_job_is_kept) {
  start_router(R"("enabled": false, "contact": "desk 17")");
  server->close();
  const JobId id = print("%!PS kept");
  ASSERT_TRUE(becomes(id, JobState::held));
  ASSERT_TRUE(io.run_until([&] { return !told.empty(); }));
  EXPECT_EQ(told.back().kind, Notification::Kind::refused);
  EXPECT_NE((told.back().reason.en + told.back().reason.remedy_en).find("desk 17"), std::string::npos);
  server->open();
  ASSERT_TRUE(becomes(id, JobState::completed)) << "the server is back";
  EXPECT_EQ(server->received.size(), 1u);
}

/// What a client that sends Create-Job and Send-Document does, in its single steps.
struct TwoSteps {
  IntakeHandler& door;
  net::IoContext& io;
  IntakeClient client;
  IntakeReply create(const std::string& title) {
    return ask([&](IntakeAnswer answer) {
      door.create_job(
          client,
          {Attribute::word("job-name", title, AttributeKind::text), Attribute::flag("last-document", false)},
          std::move(answer));
    });
  }
  IntakeReply open(JobId id) {
    return ask([&](IntakeAnswer answer) { door.add_document(client, id, {}, std::move(answer)); });
  }
  IntakeReply send(JobId id, const std::string& document) {
    IntakeReply opened = open(id);
    if (opened.refused) return opened;
    EXPECT_TRUE(opened.sink->write(document));
    return ask([&](IntakeAnswer answer) { door.commit(client, id, {}, std::move(answer)); });
  }
  IntakeReply ask(const std::function<void(IntakeAnswer)>& question) {
    std::optional<IntakeReply> reply;
    question([&](IntakeReply r) { reply = std::move(r); });
    EXPECT_TRUE(io.run_until([&] { return reply.has_value(); }));
    return reply.value_or(IntakeReply{});
  }
};

TEST_F(RouterTest, a_job_created_before_a_restart_takes_its_document_after_it) {
  start_router(on);
  const IntakeClient anna_client{
      .connection = 1, .protocol = "raw", .queue = "office", .identity = {1000, "anna"}};
  const JobId id = TwoSteps{router->intake(), io, anna_client}.create("two steps").job;
  ASSERT_GT(id, 0);
  stop_router();
  open_stores();
  start_router(on);
  ASSERT_EQ(job(id).state, JobState::incoming);
  IntakeClient later = anna_client;
  later.connection = 2;
  TwoSteps steps{router->intake(), io, later};
  IntakeReply described =
      steps.ask([&](IntakeAnswer answer) { steps.door.get_job(later, id, {}, std::move(answer)); });
  // What makes CUPS print a job anew of which it believes that it was sent.
  EXPECT_EQ(described.refused, Refusal::busy);
  EXPECT_EQ(integer_of(described.attributes, "job-state"), 4);
  EXPECT_EQ(text_of(described.attributes, "job-state-reasons"), "job-incoming");
  EXPECT_FALSE(steps.send(id, "%!PS late").refused);
  described = steps.ask([&](IntakeAnswer answer) { steps.door.get_job(later, id, {}, std::move(answer)); });
  EXPECT_FALSE(described.refused);
  ASSERT_TRUE(becomes(id, JobState::completed));
  EXPECT_EQ(server->received, std::vector<std::string>{"%!PS late"});
}

TEST_F(RouterTest, what_a_restart_left_without_a_document_ends_when_its_program_begins_anew) {
  start_router(on);
  IntakeClient client{.connection = 1, .protocol = "raw", .queue = "office", .identity = {7, "lp"}};
  const JobId left = TwoSteps{router->intake(), io, client}.create("report").job;
  const JobId other = TwoSteps{router->intake(), io, client}.create("something else").job;
  stop_router();
  open_stores();
  start_router(on);
  client.connection = 2;
  TwoSteps steps{router->intake(), io, client};
  const JobId fresh = steps.create("report").job;
  ASSERT_TRUE(becomes(left, JobState::aborted));
  EXPECT_NE(reasons_of(left).find("intake.begun-anew"), std::string::npos) << reasons_of(left);
  EXPECT_EQ(job(other).state, JobState::incoming);
  EXPECT_EQ(steps.open(left).refused, Refusal::not_possible) << "CUPS stops its queue after \"not found\"";
  EXPECT_FALSE(steps.send(fresh, "%!PS anew").refused);
  ASSERT_TRUE(becomes(fresh, JobState::completed));
  const JobId again = steps.create("report").job;
  EXPECT_EQ(job(again).state, JobState::incoming) << "only what a restart left is ended so";
  EXPECT_NE(steps.create("report").job, again);
  EXPECT_EQ(job(again).state, JobState::incoming);
}

TEST_F(RouterTest, a_name_that_a_spooler_asserts_spends_no_balance_unless_the_administrator_says_so) {
  const std::string money =
      R"("enabled": true, "target": {"printer": "first"}, "untested": "allow", "unknown_pages": "allow", )"
      R"("release_condition": "sufficient-balance")";
  balances = BalanceBook{};
  const Balance plenty{Money::hundredths(100'000), {}, env::system_clock().now()};
  balances->balances_ = {{"anna", plenty}, {"anna.muster", plenty}};
  start_router(money);
  server->close();
  const JobId own = print("%!PS own");
  EXPECT_TRUE(becomes(own, JobState::completed)) << "an account that connects itself is proven";
  const JobId asserted = print("%!PS asserted", "lp", "anna");
  ASSERT_TRUE(becomes(asserted, JobState::held));
  EXPECT_EQ(job(asserted).owner.evidence, UserEvidence::asserted);
  EXPECT_NE(reasons_of(asserted).find("policy.asserted-name"), std::string::npos) << reasons_of(asserted);
  EXPECT_EQ(first->received.size(), 1u);

  stop_router();
  open_stores();
  identity = R"({"map": {"anna": "anna.muster"}})";
  start_router(money);
  const JobId mapped = print("%!PS mapped", "lp", "anna");
  ASSERT_TRUE(becomes(mapped, JobState::held)) << "a table changes the name, not who vouches for it";
  EXPECT_EQ(job(mapped).owner.user, "anna.muster");

  stop_router();
  open_stores();
  identity = R"({"accept_asserted": true})";
  start_router(money);
  EXPECT_TRUE(becomes(asserted, JobState::completed));
  EXPECT_TRUE(becomes(print("%!PS now", "lp", "anna"), JobState::completed));
}

TEST_F(RouterTest, questions_are_withdrawn_when_the_server_is_back) {
  start_router(on);
  used("anna", {"first", "second"});
  server->close();
  const JobId id = print("%!PS choose");
  ASSERT_TRUE(becomes(id, JobState::held));
  server->open();
  ASSERT_TRUE(becomes(id, JobState::completed));
  EXPECT_TRUE(router->questions(anna).empty());
  ASSERT_FALSE(told_questions.empty());
  EXPECT_EQ(told_questions.back().state, Question::State::withdrawn);
  EXPECT_EQ(server->received.size(), 1u);
}

TEST_F(RouterTest, a_dead_device_asks_among_the_others_and_delays_nobody) {
  start_router(on);
  used("anna", {"first"});
  used("bert", {"second"});
  server->close();
  first->close();
  const JobId dead = print("%!PS dead"), alive = print("%!PS alive", "bert");
  ASSERT_TRUE(becomes(alive, JobState::completed));
  ASSERT_TRUE(becomes(dead, JobState::held));
  const auto questions = router->questions(anna);
  ASSERT_EQ(questions.size(), 1u) << reasons_of(dead);
  ASSERT_EQ(questions[0].choices.size(), 1u);
  EXPECT_EQ(questions[0].choices[0].device_id, "second");
}

TEST_F(RouterTest, a_chosen_device_that_does_not_take_the_job_leaves_the_rest_to_choose_from) {
  start_router(on);
  used("anna", {"first", "second"});
  server->close();
  const JobId id = print("%!PS choose");
  ASSERT_TRUE(becomes(id, JobState::held));
  first->close();
  EXPECT_TRUE(wait_for([&](auto done) { router->release(anna, id, "first", done); }));
  ASSERT_TRUE(io.run_until([&] {
    const auto open = router->questions(anna);
    return open.size() == 1 && open[0].choices.size() == 1 && open[0].choices[0].device_id == "second";
  })) << reasons_of(id);
  EXPECT_TRUE(wait_for([&](auto done) { router->release(anna, id, "second", done); }));
  ASSERT_TRUE(becomes(id, JobState::completed));
  EXPECT_EQ(second->received.size(), 1u);
  EXPECT_TRUE(first->received.empty());
}

TEST_F(RouterTest, a_break_in_the_middle_is_unknown_and_only_a_person_settles_it) {
  start_router(on);
  used("anna", {"first"});
  server->close();
  first->reset_after = 100'000;
  const JobId id = print(std::string(2'000'000, 'x'));
  ASSERT_TRUE(becomes(id, JobState::unknown));
  const auto retried = wait_for([&](auto done) { router->retry(anna, id, done); });
  ASSERT_FALSE(retried);
  EXPECT_EQ(retried.error().code, ErrorCode::conflict);
  EXPECT_NE(retried.error().text.find("settle"), std::string::npos);
  first->reset_after = 0;
  EXPECT_FALSE(wait_for([&](auto done) { router->settle(bert, id, Router::Settlement::reprint, {}, done); }));
  EXPECT_TRUE(wait_for([&](auto done) { router->settle(anna, id, Router::Settlement::printed, 3, done); }));
  EXPECT_EQ(job(id).state, JobState::completed);
  EXPECT_EQ(ledger_entries(journal::LedgerKind::settle), 1u);
  EXPECT_TRUE(first->received.empty()) << "nothing was sent again";
}

TEST_F(RouterTest, reprint_of_an_unknown_job_is_a_new_attempt) {
  start_router(on);
  used("anna", {"first"});
  server->close();
  first->reset_after = 100'000;
  const JobId id = print(std::string(2'000'000, 'x'));
  ASSERT_TRUE(becomes(id, JobState::unknown));
  first->reset_after = 0;
  EXPECT_TRUE(wait_for([&](auto done) { router->settle(anna, id, Router::Settlement::reprint, {}, done); }));
  ASSERT_TRUE(becomes(id, JobState::completed));
  EXPECT_EQ(first->received.size(), 1u);
  EXPECT_EQ(job(id).attempts.size(), 2u + (job(id).attempts.front().target.kind == TargetKind::server));
}

TEST_F(RouterTest, a_job_that_waits_longer_than_its_profile_allows_expires) {
  const std::string rules = R"("enabled": false, "contact": "desk 17", "held": {"max_age": "2d"})";
  start_router(rules);
  server->close();
  const JobId id = print("%!PS old");
  ASSERT_TRUE(becomes(id, JobState::held));
  for (const auto& [hours, state] : {std::pair{47, JobState::held}, {49, JobState::aborted}}) {
    stop_router();
    open_stores();
    clock.ahead = std::chrono::hours(hours);
    start_router(rules);
    ASSERT_TRUE(becomes(id, state)) << hours;
  }
  EXPECT_NE(reasons_of(id).find("router.expired"), std::string::npos) << reasons_of(id);
  ASSERT_TRUE(io.run_until([&] { return !told.empty() && told.back().reason.id == "router.expired"; }));
}

TEST_F(RouterTest, an_unknown_delivery_is_closed_and_charged_as_the_profile_says) {
  struct Case {
    const char* charge;
    const char* entry;
  };
  std::size_t settled = 0;
  for (const Case& c : {Case{"none", "unknown-after.none"}, Case{"estimate", "unknown-after.estimate"}}) {
    const std::string rules =
        on + R"(, "unknown_after": {"days": 3, "charge": ")" + std::string(c.charge) + "\"}";
    clock.ahead = Milliseconds(0);
    start_router(rules);
    used("anna", {"first"});
    server->close();
    first->reset_after = 100'000;
    const JobId id = print(std::string(2'000'000, 'x'));
    ASSERT_TRUE(becomes(id, JobState::unknown));
    for (const auto& [hours, state] : {std::pair{71, JobState::unknown}, {73, JobState::aborted}}) {
      stop_router();
      open_stores();
      clock.ahead = std::chrono::hours(hours);
      start_router(rules);
      ASSERT_TRUE(becomes(id, state)) << hours;
    }
    ++settled;
    ASSERT_TRUE(io.run_until([&] { return ledger_entries(journal::LedgerKind::settle) == settled; }));
    const auto rows = journal->ledger(1, 1000);
    EXPECT_NE(ledger::to_json(journal->ledger_id(), rows->back()).find(c.entry), std::string::npos);
    stop_router();
    open_stores();
    server->open();
  }
}

TEST_F(RouterTest, jobs_survive_a_restart_with_their_history) {
  start_router(R"("enabled": false)");
  used("anna", {"second"});
  server->close();
  const JobId id = print("%!PS survives");
  ASSERT_TRUE(becomes(id, JobState::held));
  stop_router();
  open_stores();
  start_router(on);
  ASSERT_TRUE(becomes(id, JobState::completed));
  EXPECT_EQ(second->received, std::vector<std::string>{"%!PS survives"})
      << "the history survived too: nobody was asked";
}

TEST_F(RouterTest, who_owns_a_job) {
  start_router(R"("enabled": false)");
  server->close();
  const JobId own = print("%!PS", "anna"), spooled = print("%!PS", "lp", "bert"), nobodys = print("%!PS", "");
  EXPECT_EQ(job(own).owner.evidence, UserEvidence::owner);
  EXPECT_EQ(job(spooled).owner.user, "bert");
  EXPECT_EQ(job(spooled).owner.evidence, UserEvidence::asserted);
  EXPECT_EQ(job(nobodys).owner.user, "");
  EXPECT_TRUE(router->job(bert, spooled));
  EXPECT_FALSE(router->job(anna, spooled)) << "another's job does not exist for her";
  EXPECT_FALSE(router->job(anna, nobodys));
  EXPECT_TRUE(router->job(administrator, nobodys));
  EXPECT_EQ(print("%!PS", "bert", "anna"), 0) << "an account may not claim another's name";
  EXPECT_NE(refusal.find("anna"), std::string::npos);
}

TEST_F(RouterTest, a_spoolers_account_that_prints_for_itself_is_the_owner) {
  start_router(R"("enabled": false)");
  server->close();
  for (const bool direct : {false, true}) {
    IntakeClient client{
        .connection = ++connections, .protocol = "raw", .queue = "office", .identity = {0, "root"}};
    client.direct = direct;
    std::optional<JobId> id;
    router->intake().create_job(client,
                                {Attribute::word("requesting-user-name", "root", AttributeKind::text)},
                                [&](const IntakeReply& created) { id = created.job; });
    ASSERT_TRUE(io.run_until([&] { return id.has_value(); }));
    EXPECT_EQ(job(*id).owner.evidence, direct ? UserEvidence::owner : UserEvidence::asserted);
    EXPECT_EQ(job(*id).owner.user, "root");
  }
}

TEST_F(RouterTest, cancel_ends_a_held_job_and_its_question) {
  start_router(on);
  used("anna", {"first", "second"});
  server->close();
  const JobId id = print("%!PS");
  ASSERT_TRUE(becomes(id, JobState::held));
  EXPECT_FALSE(wait_for([&](auto done) { router->cancel(bert, id, done); }));
  EXPECT_TRUE(wait_for([&](auto done) { router->cancel(anna, id, done); }));
  EXPECT_EQ(job(id).state, JobState::canceled);
  EXPECT_TRUE(router->questions(anna).empty());
}

TEST_F(RouterTest, a_long_document_is_on_its_way_before_it_has_arrived) {
  server_truncated = "discards";
  start_router(on);
  ASSERT_TRUE(becomes(print("%!PS the server is known to be up"), JobState::completed));
  std::string document = "%!PS ";
  while (document.size() < 8'000'000) document += std::to_string(document.size()) + " moveto ";
  const JobId id = print_in_pieces(document, 200'000);
  ASSERT_GT(id, 0) << refusal;
  ASSERT_TRUE(becomes(id, JobState::completed));
  ASSERT_EQ(server->received.size(), 2u);
  EXPECT_TRUE(server->received[1] == document) << server->received[1].size() << " of " << document.size();
  EXPECT_EQ(job(id).attempts.size(), 1u);
  EXPECT_LT(job(id).attempts.front().started, job(id).completed);
}

TEST_F(RouterTest, a_long_document_whose_server_breaks_off_falls_back_from_its_first_byte) {
  server_truncated = "discards";
  start_router(on);
  used("anna", {"second"});
  ASSERT_TRUE(becomes(print("%!PS the server is known to be up"), JobState::completed));
  server->reset_after = 1'000'000;
  const std::string document = "%!PS " + std::string(8'000'000, 'y');
  const JobId id = print_in_pieces(document, 200'000);
  ASSERT_GT(id, 0) << refusal;
  server->close();
  ASSERT_TRUE(becomes(id, JobState::completed));
  ASSERT_EQ(second->received.size(), 1u);
  EXPECT_TRUE(second->received[0] == document);
}

TEST_F(RouterTest, explain_names_each_device) {
  start_router(on);
  server->close();
  const JobId id = print("%!PS");
  ASSERT_TRUE(becomes(id, JobState::held));
  const auto explained = router->explain(anna, id);
  ASSERT_TRUE(explained);
  ASSERT_EQ(explained->decision.candidates.size(), 2u);
  EXPECT_FALSE(router->explain(bert, id));
}

}  // namespace
}  // namespace printrouter
