// SPDX-License-Identifier: Apache-2.0
// What people decide: questions and their answers, release, wait, cancel, retry, settle.
#include <nlohmann/json.hpp>

#include <algorithm>

#include "model/json_values_detail.hpp"
#include "router/router_core.hpp"

namespace printrouter {
namespace {

journal::QuestionRow row_of(const Question& q) {
  const nlohmann::json j{
      {"job", q.job}, {"user", q.user}, {"title", q.title}, {"created", q.created.ms}, {"answer", q.answer}};
  return {q.id, std::string(to_string(q.state)),
          j.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)};
}

}  // namespace

void RouterCore::ask_person(LiveJob& live, const Decision& decision, journal::Transaction& transaction) {
  std::vector<Candidate> choices;  // named in the order of the candidates
  auto next = decision.choices.begin();
  for (const Candidate& c : decision.candidates)
    if (next != decision.choices.end() && c.device_id == *next) {
      choices.push_back(c);
      ++next;
    }
  auto& question = questions[live.job.question];
  const bool open = question && question->state == Question::State::open;
  if (!open) {
    if (!question) questions.erase(live.job.question);
    auto fresh = std::make_shared<Question>();
    fresh->id = services.random->uuid().to_string();
    fresh->job = live.job.id;
    fresh->user = live.job.owner.user;
    fresh->title = live.job.title;
    fresh->created = now();
    live.job.question = fresh->id;
    questions[fresh->id] = fresh;
  }
  Question& asked = *questions[live.job.question];
  asked.choices = recent_choices.same(std::move(choices));
  transaction.put_question(row_of(asked));
  // Told after the commit that puts the job on hold: observers hear of the question when it is durable.
  services.journal->commit({}, [this, here = alive(), id = asked.id, open](const Result<journal::Receipt>&) {
    if (here.expired()) return;
    const auto it = questions.find(id);
    if (it == questions.end() || it->second->state != Question::State::open) return;
    for (RouterObserver* o : observers) o->on_question(*it->second);
    const LiveJob* job = find(it->second->job);
    if (!open && job && !job->job.reasons.empty())
      tell(Notification::Kind::question, job->job, job->job.reasons.front());
  });
}

void RouterCore::close_question(LiveJob& live, Question::State state, const std::string& answer,
                                journal::Transaction& transaction) {
  const auto it = questions.find(live.job.question);
  live.job.question.clear();
  if (it == questions.end()) return;
  const auto question = it->second;
  questions.erase(it);
  if (question->state != Question::State::open) return;
  question->state = state;
  question->answer = answer;
  transaction.put_question(row_of(*question));
  for (RouterObserver* o : observers) o->on_question(*question);
}

void RouterCore::cancel_live(LiveJob& live, const std::string& by, std::function<void()> then) {
  live.cancel_wanted = true;
  if (live.intake) {
    if (live.intake->writer) live.intake->writer->abandon();
    live.intake.reset();
  }
  if (live.run && live.job.state == JobState::sending) {
    live.run->cancel();  // what really became of it follows
    return then();
  }
  if (live.job.state == JobState::confirming) {
    // The device has it: ask the device to drop it, and let the confirm stage hear what came of that.
    const Attempt& attempt = live.job.attempts.back();
    DeliveryInput in = delivery_to(attempt.target, DeliveryOperation::cancel, live.job);
    in.send.remote_job_id = attempt.outcome ? attempt.outcome->remote_job_id : std::string();
    run_aside(std::move(in), [](const DeliveryReport&) {});
    return then();
  }
  if (live.in_slot) return then();  // between its commit and its first byte: deliver() sees the wish
  live.awaits_verdict = false;
  if (!live.durable) {
    jobs.erase(live.job.id);
    return then();
  }
  finish(live, JobState::canceled,
         {{Severity::info, "people.cancelled", "Cancelled by " + (by.empty() ? "its submitter" : by) + ".",
           "Abgebrochen von " + (by.empty() ? std::string("dem Absender") : by) + "."}},
         {}, std::move(then));
}

// -- the facade's verbs
// ---------------------------------------------------------------------------------------------

namespace {
/// Answers with the job as it stands after `change`.
void answer_with(RouterCore& core, JobId id, const Router::Done& done) {
  if (const LiveJob* live = core.find(id)) return done(live->job);
  const auto stored = core.services.journal->find_job(id);
  if (stored && *stored) return done(**stored);
  done(fail(ErrorCode::not_found, "there is no job " + std::to_string(id)));
}

bool waits(const LiveJob& live) {
  return live.job.state == JobState::held || live.job.state == JobState::pending;
}
}  // namespace

namespace {
/// Why `decision`, made for somebody who chose `device`, does not print there.
Reason refusal_of(const Decision& decision, const std::string& device) {
  for (const Candidate& c : decision.candidates) {
    if (c.device_id != device) continue;
    for (const Reason& r : c.reasons)
      if (r.severity == Severity::refusal) return r;
    for (const PortChoice& p : c.ports)
      for (const Reason& r : p.reasons)
        if (r.severity == Severity::refusal) return r;
  }
  if (!decision.reasons.empty()) return decision.reasons.front();
  return {Severity::refusal, "people.not-there", "This job may not be printed on " + device + ".",
          "Dieser Auftrag darf nicht auf " + device + " gedruckt werden."};
}
}  // namespace

std::optional<Reason> Router::why_not(const Actor& actor, JobId id, const std::string& device) const {
  const auto live = core_->find_for(actor, id);
  if (!live || !waits(**live) || (*live)->in_slot || !core_->setup.directory->find(device))
    return std::nullopt;
  Job asked = (*live)->job;
  asked.prefer_device = true;
  const Decision decision =
      decide(core_->routing_input(asked, Answer{Answer::Kind::device, device, core_->now()}));
  if (decision.kind == DecisionKind::to_device && decision.device_id == device) return std::nullopt;
  return refusal_of(decision, device);
}

void Router::release(const Actor& actor, JobId id, const std::string& device, Done done) {
  const auto live = core_->find_for(actor, id);
  if (!live) return done(fail(live.error()));
  LiveJob& job = **live;
  if (job.job.state == JobState::unknown)
    return done(fail(ErrorCode::conflict,
                     "it is not known whether the job was printed; settle it first: printrouter settle " +
                         std::to_string(id)));
  if (!waits(job) || job.in_slot)
    return done(fail(ErrorCode::conflict, "the job is " + std::string(to_string(job.job.state)) +
                                              " and does not wait for an answer"));
  const auto answer = Answer{Answer::Kind::device, device, core_->now()};
  job.job.prefer_device = true;  // who names a device means it, also when the server is back
  const Decision decision = decide(core_->routing_input(job.job, answer));
  if (decision.kind != DecisionKind::to_device || decision.device_id != device) {
    job.job.prefer_device = false;
    const bool known = core_->setup.directory->find(device) != nullptr;
    return done(known ? fail(ErrorCode::conflict, refusal_of(decision, device).en)
                      : fail(ErrorCode::not_found, "there is no device " + device));
  }
  job.answer = answer;
  job.job.chosen_device = device;
  journal::Transaction transaction;
  core_->close_question(job, Question::State::answered, device, transaction);
  core_->set_state(job, JobState::pending);
  core_->route(job, std::move(transaction),
               [core = core_.get(), id, done = std::move(done)] { answer_with(*core, id, done); });
}

void Router::wait_for_server(const Actor& actor, JobId id, Done done) {
  const auto live = core_->find_for(actor, id);
  if (!live) return done(fail(live.error()));
  LiveJob& job = **live;
  if (!waits(job) || job.in_slot)
    return done(fail(ErrorCode::conflict,
                     "the job is " + std::string(to_string(job.job.state)) + " and cannot be put aside"));
  job.answer = Answer{Answer::Kind::server, {}, core_->now()};
  journal::Transaction transaction;
  core_->close_question(job, Question::State::answered, "server", transaction);
  core_->route(job, std::move(transaction),
               [core = core_.get(), id, done = std::move(done)] { answer_with(*core, id, done); });
}

void Router::cancel(const Actor& actor, JobId id, Done done) {
  const auto live = core_->find_for(actor, id);
  if (!live) return done(fail(live.error()));
  core_->cancel_live(**live, actor.user,
                     [core = core_.get(), id, done = std::move(done)] { answer_with(*core, id, done); });
}

void Router::retry(const Actor& actor, JobId id, Done done) {
  const auto live = core_->find_for(actor, id);
  if (!live) return done(fail(live.error()));
  LiveJob& job = **live;
  if (job.job.state == JobState::unknown)
    return done(fail(ErrorCode::conflict,
                     "the job may have been printed already; say what became of it: printrouter settle " +
                         std::to_string(id) + " --printed | --not-printed | --reprint"));
  if (!waits(job) || job.in_slot)
    return done(fail(ErrorCode::conflict,
                     "the job is " + std::string(to_string(job.job.state)) + ", there is nothing to retry"));
  // A person asks: earlier refusals are forgiven, the server may be asked again.
  job.answer = Answer{Answer::Kind::reprint, {}, core_->now()};
  core_->set_state(job, JobState::pending);
  core_->route(job, {}, [core = core_.get(), id, done = std::move(done)] { answer_with(*core, id, done); });
}

void Router::settle(const Actor& actor, JobId id, Settlement what, std::optional<std::int64_t> pages,
                    Done done) {
  const auto live = core_->find_for(actor, id);
  if (!live) return done(fail(live.error()));
  LiveJob& job = **live;
  if (job.job.state != JobState::unknown || job.run)
    return done(fail(ErrorCode::conflict, "the job is " + std::string(to_string(job.job.state)) +
                                              "; only a job with unknown outcome can be settled"));
  const Attempt& attempt = job.job.attempts.back();
  ledger::Amendment amendment;
  amendment.job_uuid = job.job.uuid;
  amendment.attempt = attempt.number;
  amendment.by = actor.user;
  amendment.when = core_->now();
  journal::Transaction transaction;
  const bool claimed = attempt.target.kind == TargetKind::device;
  const auto answer = [core = core_.get(), id, done = std::move(done)] { answer_with(*core, id, done); };
  switch (what) {
    case Settlement::printed:
      amendment.reason = "settled.printed";
      amendment.pages.total = pages;
      amendment.evidence = ledger::Evidence::none;
      if (claimed) core_->amend(transaction, ledger::Kind::settle, amendment, job.job);
      if (claimed) core_->remember_use(transaction, job.job, attempt.target.id);
      return core_->finish(job, JobState::completed,
                           {{Severity::info, "people.settled-printed", "Settled: it was printed.",
                             "Geklärt: Es wurde gedruckt."}},
                           std::move(transaction), answer);
    case Settlement::not_printed:
      amendment.reason = "settled.not-printed";
      if (claimed) core_->amend(transaction, ledger::Kind::refund, amendment, job.job);
      core_->set_state(
          job, JobState::held,
          {{Severity::info, "people.settled-not-printed", "Settled: it was not printed. The job is kept.",
            "Geklärt: Es wurde nicht gedruckt. Der Auftrag bleibt hier.",
            "printrouter retry " + std::to_string(id) + " or cancel " + std::to_string(id),
            "printrouter retry " + std::to_string(id) + " oder cancel " + std::to_string(id)}});
      if (job.job.attempts.back().outcome) {
        job.job.attempts.back().outcome->kind = OutcomeKind::not_sent;
        job.job.attempts.back().outcome->reason = "settled.not-printed";
      }
      return core_->commit(job, std::move(transaction), answer);
    case Settlement::reprint:
      amendment.reason = "settled.reprint";
      if (claimed) core_->amend(transaction, ledger::Kind::evidence, amendment, job.job);
      job.answer = Answer{Answer::Kind::reprint, {}, core_->now()};
      core_->set_state(job, JobState::pending);
      return core_->route(job, std::move(transaction), answer);
  }
}

std::vector<Question> Router::questions(const Actor& actor) const {
  std::vector<Question> out;
  for (const auto& [id, q] : core_->questions)
    if (q->state == Question::State::open && may_see(actor, q->user)) out.push_back(*q);
  std::ranges::sort(out, {}, &Question::created);
  return out;
}

Result<Question> Router::question(const Actor& actor, const std::string& id) const {
  if (const auto it = core_->questions.find(id);
      it != core_->questions.end() && may_see(actor, it->second->user))
    return *it->second;
  if (const auto rows = core_->services.journal->questions())
    for (const journal::QuestionRow& row : *rows)
      if (row.id == id) {
        const auto j = nlohmann::json::parse(row.json, nullptr, false);
        Question q;
        q.id = id;
        q.job = j.value("job", 0);
        q.user = j.value("user", "");
        q.title = j.value("title", "");
        q.created = {j.value("created", std::int64_t{0})};
        q.state = row.state == "answered" ? Question::State::answered
                  : row.state == "open"   ? Question::State::open
                                          : Question::State::withdrawn;
        q.answer = j.value("answer", "");
        if (may_see(actor, q.user)) return q;
      }
  return fail(ErrorCode::not_found, "there is no question " + id);
}

void Router::answer(const Actor& actor, const std::string& id, const std::string& device, bool all_waiting,
                    Done done) {
  const auto asked = question(actor, id);
  if (!asked) return done(fail(asked.error()));
  if (asked->state != Question::State::open)
    return done(fail(ErrorCode::conflict, asked->state == Question::State::answered
                                              ? "the question was answered already: " + asked->answer
                                              : "the question is moot: it was withdrawn"));
  const auto offers = [&](const Question& q) {
    return std::ranges::find(q.choices, device, &Candidate::device_id) != q.choices.end();
  };
  if (!offers(*asked)) return done(fail(ErrorCode::invalid, device + " is none of the choices"));
  std::vector<JobId> others;
  if (all_waiting)
    for (const Question& q : questions(actor))
      if (q.id != id && q.user == asked->user && offers(q)) others.push_back(q.job);
  release(actor, asked->job, device,
          [this, actor, others, device, done = std::move(done)](const Result<Job>& first) {
            for (const JobId other : others) release(actor, other, device, [](const Result<Job>&) {});
            done(first);
          });
}

}  // namespace printrouter
