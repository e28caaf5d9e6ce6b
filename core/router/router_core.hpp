// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What the parts of the router share. For the .cpp files of this folder only. [main thread only]
#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <unordered_map>

#include "delivery/device_exchange.hpp"
#include "env/thread_pool.hpp"
#include "ledger/ledger.hpp"
#include "net/io_context.hpp"
#include "policy/spending.hpp"
#include "router/router.hpp"
#include "routing/routing.hpp"
#include "snmp/snmp_reader.hpp"

namespace printrouter {

inline const std::string server_target = "server";

/// A job that is not in a final state, with what exists only while it lives.
struct LiveJob {
  Job job;
  std::unique_ptr<struct Intake> intake;  ///< while its document arrives
  std::unique_ptr<DeliveryRun> run;       ///< while an attempt, a query or a cancellation is under way
  std::unique_ptr<net::Timer> timer;      ///< confirm, retry, patience with a submitter
  std::unique_ptr<PortChoice> choice;     ///< of the attempt under way
  std::optional<Answer> answer = {};      ///< what a person said
  bool durable = false;                   ///< the journal has a row
  bool cancel_wanted = false;
  bool awaits_verdict = false;  ///< sent nothing; waits for what a probe says of the server
  bool in_slot = false;
  bool analysing = false;            ///< the worker looks at its document
  bool route_when_analysed = false;  ///< its way hangs on that, and not only somebody's question
  bool asked_out = false;            ///< nothing more is asked of the device that has it
  Attributes analysed_for = {};      ///< the ticket that its analysis counts with
  int confirm_round = 0;
  bool counted_before = false;  ///< the device's counters were asked for
  snmp::Values counters = {};   ///< as they stood before this attempt; empty: not known
};

/// Somebody who wants a job explained, and waits until its document was looked into.
struct Explaining {
  std::unique_ptr<net::Timer> patience;
  std::function<void()> then;
};

/// A device whose counters are being read after a job of ours.
struct Counting {
  Job job;
  int attempt = 0;
  snmp::Values before, last;
  std::optional<std::int64_t> expected = {};  ///< page sides
  Timestamp rests_since = {}, until = {};
  std::unique_ptr<net::Timer> timer;
};

/// The document on its way in.
struct Intake {
  std::shared_ptr<spool::SpoolWriter> writer;
  std::string head;  ///< its first bytes, for sniffing
  std::uint64_t connection = 0;
  Attributes attributes;
  bool last_document = true;
  bool cut_through = false;
};

/// The last few different lists: of thousands of jobs that wait for the same, all hold the same one.
template <class T>
class RecentLists {
 public:
  SharedList<T> same(SharedList<T> list) {
    if (list.empty()) return list;
    if (const auto it = std::ranges::find(lists_, list); it != lists_.end()) return *it;
    if (lists_.size() >= 8) lists_.pop_back();
    lists_.push_front(list);
    return list;
  }

 private:
  std::deque<SharedList<T>> lists_;
};

class RouterCore : public IntakeHandler {
 public:
  explicit RouterCore(const RouterServices& services);
  ~RouterCore() override;

  // -- router_core.cpp: jobs, journal, who may see what, whom to tell
  LiveJob* find(JobId id);
  LiveJob& add(Job job);
  Result<LiveJob*> find_for(const Actor& actor, JobId id);
  Timestamp now() const { return services.clock->now(); }
  const Config& config() const { return *setup.config; }
  const Profile& profile() const { return setup.config->profile; }
  /// Makes the job's present value durable, together with `transaction`; then tells front ends and calls
  /// `then`. If it cannot be written it is tried again until it can: nothing that happened may be forgotten.
  void commit(LiveJob& live, journal::Transaction transaction, std::function<void()> then = {});
  void tell(Notification::Kind kind, const Job& job, const Reason& reason);
  void forget_if_final(JobId id);
  bool may_see(const Actor& actor, const Job& job) const;
  std::string server_user(const std::string& local_user) const;
  void set_state(LiveJob& live, JobState state, SharedList<Reason> reasons = {});

  // -- router_identity.cpp
  /// Who owns a job that came by this client; the error is for the client.
  Result<Owner> owner_of(const IntakeClient& client, const Attributes& attributes) const;
  Actor actor_of(const IntakeClient& client) const;
  /// Adds the job's owner to those whom this desktop has, if that is news, or the news of a day.
  void remember_owner(journal::Transaction& transaction, const Owner& owner);
  bool is_spooler(const env::PeerIdentity& peer) const;

  // -- router_intake.cpp
  void create_job(const IntakeClient& client, const Attributes& attributes, IntakeAnswer answer) override;
  void add_document(const IntakeClient& client, JobId job, const Attributes& attributes,
                    IntakeAnswer answer) override;
  void commit(const IntakeClient& client, JobId job, const Attributes& attributes,
              IntakeAnswer answer) override;
  void close_job(const IntakeClient& client, JobId job, const Attributes& attributes,
                 IntakeAnswer answer) override;
  void validate(const IntakeClient& client, const Attributes& attributes, IntakeAnswer answer) override;
  void abandoned(const IntakeClient& client, JobId job, bool keep_incomplete,
                 const std::string& why) override;
  // -- router_intake_queries.cpp
  void get_jobs(const IntakeClient& client, const Attributes& attributes, IntakeAnswer answer) override;
  void get_job(const IntakeClient& client, JobId job, const Attributes& attributes,
               IntakeAnswer answer) override;
  void cancel_job(const IntakeClient& client, JobId job, const Attributes& attributes,
                  IntakeAnswer answer) override;
  void cancel_my_jobs(const IntakeClient& client, const Attributes& attributes, IntakeAnswer answer) override;
  void printer_attributes(const IntakeClient& client, const Attributes& attributes,
                          IntakeAnswer answer) override;
  void identify_printer(const IntakeClient& client, const Attributes& attributes,
                        IntakeAnswer answer) override;
  const ListenerConfig* listener_of(const IntakeClient& client, const Attributes& attributes) const;
  const std::vector<std::string>& formats_of(const ListenerConfig& listener) const;
  std::optional<IntakeReply> refuse_creation(const IntakeClient& client, const Attributes& attributes) const;
  void maybe_cut_through(JobId id);
  /// Ends a Create-Job without its document after a time.
  void patience_with_submitter(LiveJob& live);
  /// Ends what a restart left without a document, if its program has begun anew with `fresh`.
  void end_begun_anew(const Job& fresh);

  // -- router_dispatch.cpp: where to, and sending
  RoutingInput routing_input(const LiveJob& live) const;
  RoutingInput routing_input(const Job& job, const std::optional<Answer>& answer) const;
  ServerFacts server_facts() const;
  /// Decides and acts. `transaction` goes with the next commit; `durable` is called after it.
  void route(LiveJob& live, journal::Transaction transaction = {}, std::function<void()> durable = {});
  void take_slots(const std::string& target);
  void begin_attempt(LiveJob& live, Target target, std::optional<PortChoice> choice,
                     journal::Transaction transaction, std::function<void()> durable);
  void deliver(JobId id);
  void wake_then_deliver(LiveJob& live);
  void free_slot(const std::string& target, LiveJob& live);
  void reroute_waiting(bool server_came_back);
  void watch_targets();
  DeliveryInput delivery_to(const Target& target, DeliveryOperation operation, const Job& job) const;
  void probe_target(const std::string& target, std::function<void(Outcome)> done);
  /// A conversation that is no job's attempt (probe, cancel, void). Ends with the router, then unanswered.
  void run_aside(DeliveryInput input, std::function<void(const DeliveryReport&)> done);

  // -- router_analysis.cpp: what is in the document
  bool wants_analysis(const LiveJob& live, const Decision& decision) const;
  bool pages_decide() const;
  /// Beside the delivery, where its first analysis was provisional: what comes after the claim amends it.
  void ask_second_opinion(LiveJob& live);
  using AnalysisEnd = void (RouterCore::*)(LiveJob&, AnalysedDocument);
  void start_analysis(LiveJob& live, bool first_opinion, AnalysisEnd then);
  void first_opinion_came(LiveJob& live, AnalysedDocument news);
  void second_opinion_came(LiveJob& live, AnalysedDocument news);
  /// In the background; routes the job again when it is done.
  void analyse(LiveJob& live, const Decision& decision);

  // -- router_explain.cpp: who asks why
  void have_analysed(JobId id, Milliseconds most, std::function<void()> then);
  void on_analysed(LiveJob& live);

  // -- router_outcome.cpp: what an attempt came to
  void on_outcome(JobId id, DeliveryReport report);
  void on_delivered(LiveJob& live, journal::Transaction transaction);
  void on_unknown(LiveJob& live, journal::Transaction transaction);
  void ask_what_became_of(JobId id);
  void on_query_answer(JobId id, const Outcome& outcome);
  void confirm_later(LiveJob& live);
  /// The device has said all it will: completed, once the second opinion on the pages is in.
  void conclude(LiveJob& live, SharedList<Reason> reasons, journal::Transaction transaction,
                std::function<void()> then = {});
  void on_confirmation(JobId id, const Outcome& outcome);
  void finish(LiveJob& live, JobState state, SharedList<Reason> reasons, journal::Transaction transaction,
              std::function<void()> then = {});
  void remember_use(journal::Transaction& transaction, const Job& job, const std::string& device);

  // -- router_copies.cpp: what a server that keeps jobs may still have of them
  /// The attempt that may have left a copy which is neither wanted nor settled; nullptr: none.
  const Attempt* server_copy(const Job& job) const;
  /// One after the other, if the server answers: each of server_copies is cancelled there by its uuid.
  void void_server_copies();
  void on_voided(JobId id, const Outcome& outcome);
  /// A job that waits, and that the server may have: the server is asked before anything else is done. False:
  /// it cannot be asked, or need not.
  bool ask_server_about(LiveJob& live);

  // -- router_money.cpp: what an attempt sets apart, and what it comes to. Each adds to `transaction`.
  void reserve(journal::Transaction& transaction, const LiveJob& live, const Attempt& attempt);
  void claim(journal::Transaction& transaction, const Job& job, const Attempt& attempt);
  /// Gives the amendment its price. More than was set apart is said with the job.
  void amend(journal::Transaction& transaction, ledger::Kind kind, ledger::Amendment amendment, Job& job);
  std::optional<Money> price_of(const Job& job, const std::string& device, const ledger::Pages& pages) const;
  Funds funds_of(const Job& job) const;
  void outage(bool begins);
  Status recover_spending();

  // -- router_counters.cpp
  std::vector<std::string> counter_names(const Device& device) const;
  /// True: deliver() is called again when they are read.
  bool count_before(LiveJob& live);
  /// True: the place at the device is given back when they are read.
  bool count_after(LiveJob& live);
  static void expect_pages(Counting& counting, const Job& job);
  void read_after(const std::shared_ptr<Counting>& counting);
  void counted(const Counting& counting, const snmp::Values& after);

  // -- router_people.cpp: questions, answers, settlements
  void ask_person(LiveJob& live, const Decision& decision, journal::Transaction& transaction);
  void close_question(LiveJob& live, Question::State state, const std::string& answer,
                      journal::Transaction& transaction);
  void cancel_live(LiveJob& live, const std::string& by, std::function<void()> then);

  // -- router_upkeep.cpp
  Result<RecoverySummary> recover();
  void upkeep();
  void check_fallback(const std::string& user, bool probe, std::function<void(FallbackCheck)> done);

  RouterServices services;
  RouterSetup setup;
  std::unordered_map<JobId, std::unique_ptr<LiveJob>> jobs;
  std::map<std::string, std::shared_ptr<Question>> questions;
  RecentLists<Reason> recent_reasons;
  RecentLists<Candidate> recent_choices;
  std::deque<Notification> notifications;
  std::uint64_t last_notification = 0;
  std::map<std::string, std::map<std::string, Timestamp>> history;  ///< user -> device -> last used
  std::map<std::string, Timestamp> owners;                          ///< user -> last job, to the day
  std::map<std::string, std::deque<JobId>> waiting_for_slot;        ///< target -> jobs in order
  std::map<std::string, std::size_t> slots_taken;
  DeviceWaker waker;
  std::map<std::string, CheckResult, std::less<>> checks;
  Timestamp last_check = {};
  Spending spending;            ///< as the ledger has it
  Timestamp outage_began = {};  ///< kept over restarts, until the server is up again
  Timestamp down_since = {}, up_since = {};
  std::string down_text;
  struct Removal {
    Timestamp due;
    JobId job;
    std::string file;
  };
  std::deque<Removal> removals;
  std::set<JobId> server_copies;  ///< ended elsewhere; the server may have a copy
  std::map<std::uint64_t, std::unique_ptr<DeliveryRun>> asides;
  std::uint64_t last_aside = 0;
  bool voiding = false;
  std::set<JobId> left_by_restart;  ///< created before our restart, no document yet
  std::vector<RouterObserver*> observers;
  std::map<std::string, std::shared_ptr<const Attributes>> printer_facts;  ///< listener name -> cached answer
  mutable std::map<std::string, std::vector<std::string>> offered_formats;  ///< what only a reload changes
  std::unique_ptr<HealthMonitor> health;
  std::map<JobId, std::weak_ptr<Counting>> countings;  ///< under way; a job may be forgotten meanwhile
  std::multimap<JobId, Explaining> explaining;
  std::unique_ptr<env::ThreadPool> analysis_pool, opinion_pool;  ///< made for the first job that needs it
  std::unique_ptr<snmp::Reader> counters;                        ///< made when the first device wants it
  std::unique_ptr<net::Timer> upkeep_timer;
  /// Ends with the router: what others still hold of it asks this first.
  std::shared_ptr<const bool> life = std::make_shared<const bool>(true);
  std::weak_ptr<const bool> alive() const { return life; }
};

Reason perhaps_printed(const Attempt& attempt);
Reason broken_off();

/// For tests of recovery: ends the process at once after the n-th durable transition into a state, as
/// PRINTROUTER_CRASH_AT=<state>:<n> says.
void crash_point(std::string_view state);

}  // namespace printrouter
