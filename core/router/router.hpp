// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The life of every job: the one place where a job's state changes. [main thread only]
///
///     Router router(services);
///     router.use(setup);            // configuration, directory, rules; again at every reload
///     router.recover();             // what the journal holds goes on where it stood
///     IntakeHandler& door = router.intake();
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "config/config.hpp"
#include "devices/directory.hpp"
#include "devices/vendor_rules.hpp"
#include "document/analysis_run.hpp"
#include "env/clock.hpp"
#include "env/random.hpp"
#include "health/health_monitor.hpp"
#include "intake/intake_handler.hpp"
#include "journal/journal.hpp"
#include "plugin/plugin_registry.hpp"
#include "plugin/plugin_watch.hpp"
#include "policy/balance.hpp"
#include "router/router_types.hpp"
#include "routing/check_fallback.hpp"
#include "spool/spool.hpp"

namespace printrouter {

/// What the router works with; all of it outlives the router.
struct RouterServices {
  net::IoContext* io = nullptr;
  journal::Journal* journal = nullptr;
  spool::Spool* spool = nullptr;
  PluginRegistry* plugins = nullptr;
  PluginWatch* watch = nullptr;
  env::Clock* clock = nullptr;
  env::Random* random = nullptr;
  env::PeerIdentitySource* identities = nullptr;
  const AnalysisOptions* analysis = nullptr;  ///< nullptr: documents are not analysed
};

/// What an administrator decides. A value, replaced whole: a reload is never half applied.
struct RouterSetup {
  std::shared_ptr<const Config> config = {};
  std::shared_ptr<const Directory> directory = {};
  std::shared_ptr<const VendorRules> vendors = {};
  std::optional<PriceBook> prices = {};
  std::optional<BalanceBook> balances = {};
  /// From the server: user -> device -> when last used. Counts like what this desktop saw itself.
  std::map<std::string, std::map<std::string, Timestamp>> history = {};
};

struct RecoverySummary {
  std::size_t jobs = 0, resumed = 0, unknown = 0, missing_documents = 0, set_aside = 0;
};

struct Explanation {
  Job job = {};
  Decision decision = {};
  bool analysing = false;  ///< its document is being looked into just now
};

/// At start, before the record of the last process is forgotten: each attempt it was in becomes `not-sent` if
/// that is proven, else `unknown`; with its claim, in the journal. Serves `io` until that is durable.
Status settle_in_flight(net::IoContext& io, journal::Journal& journal, const InFlight& in_flight,
                        Timestamp now);

class Router {
 public:
  explicit Router(const RouterServices& services);
  ~Router();
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  /// `same_rules`: only what is said of users differs (balances, history, codes), so that no verdict of the
  /// last check and no refusal of a waiting job is out of date.
  void use(RouterSetup setup, bool same_rules = false);
  /// Once, after settle_in_flight and the first use(): jobs of the last process go on.
  Result<RecoverySummary> recover();
  IntakeHandler& intake();

  // What people ask. Errors: not_found (also: not yours), not_permitted, conflict, invalid.
  std::vector<Job> jobs(const Actor& actor, bool finished_too) const;
  Result<Job> job(const Actor& actor, JobId id) const;
  Result<Explanation> explain(const Actor& actor, JobId id) const;
  /// Has the document of a job looked into that nobody had to look into yet, so that explain() can judge what
  /// hangs on it. `then` comes when that is done, after `most`, or at once if there is nothing to do.
  void have_analysed(const Actor& actor, JobId id, Milliseconds most, std::function<void()> then);
  using Done = std::function<void(Result<Job>)>;
  void release(const Actor& actor, JobId id, const std::string& device, Done done);
  /// The rule by which release() would refuse a waiting job now; nothing: no rule would.
  std::optional<Reason> why_not(const Actor& actor, JobId id, const std::string& device) const;
  void wait_for_server(const Actor& actor, JobId id, Done done);
  void cancel(const Actor& actor, JobId id, Done done);
  void retry(const Actor& actor, JobId id, Done done);
  enum class Settlement { printed, not_printed, reprint };
  void settle(const Actor& actor, JobId id, Settlement what, std::optional<std::int64_t> pages, Done done);

  std::vector<Question> questions(const Actor& actor) const;
  Result<Question> question(const Actor& actor, const std::string& id) const;
  /// Answers once; a second answer is a conflict. `all_waiting`: also the actor's other open questions that
  /// offer it.
  void answer(const Actor& actor, const std::string& id, const std::string& device, bool all_waiting,
              Done done);

  std::vector<Notification> notifications(const Actor& actor, std::uint64_t after) const;

  /// The devices of the profile's target as judged for this user.
  std::vector<Candidate> devices_for(const std::string& user) const;
  void check_fallback(const std::string& user, bool probe, std::function<void(FallbackCheck)> done);
  Timestamp last_check() const;

  struct HistoryEntry {
    std::string user, device;
    Timestamp last_used;
  };
  void import_history(std::vector<HistoryEntry> entries, std::function<void(Status)> done);

  /// Whose jobs were here, as the server names them, newest first; also of jobs that are long forgotten.
  std::vector<std::string> users() const;

  ServerFacts server_facts() const;
  std::vector<HealthInfo> health() const;
  std::map<std::string, std::size_t> counts() const;  ///< jobs by state
  const RouterSetup& setup() const;

  void observe(RouterObserver* observer);  ///< borrowed until
  void unobserve(RouterObserver* observer);

  bool may_see(const Actor& actor, const Job& job) const;
  bool may_see(const Actor& actor, const std::string& user) const;

 private:
  std::unique_ptr<class RouterCore> core_;
};

}  // namespace printrouter
