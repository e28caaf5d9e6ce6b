// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Jobs at the server: taken in by uuid, held until released or (with a device) delivered, voided. [main
/// thread]
///
/// Order of durability as on the desktop: document file, row, acknowledgement. A document file has a name of
/// its own, so that a second PUT of a uuid can never touch the first one's bytes.
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "accounting/books.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "net/http_server.hpp"
#include "plugin/plugin_watch.hpp"
#include "server/database.hpp"
#include "server/store.hpp"
#include "spool/spool.hpp"

namespace printrouter::server {

struct ServerJob {
  std::string uuid, desktop, user, evidence, title, format;
  std::int64_t attempt = 1;
  std::string ticket = "{}";  ///< JSON: IPP names
  std::string state;  ///< held, pending, sending, confirming, completed, unknown, aborted, canceled, voided
  std::int64_t size = 0;
  std::string document;  ///< file in the spool; empty: none any more
  std::string device, outcome, reason;
  /// sending, confirming, unknown: what is claimed of the delivery, should nothing more be heard of it
  /// (ledger::Claim as JSON); the device's own number of the job.
  std::string claim, remote_job;
  Timestamp created = {}, changed = {};
};

Result<std::optional<ServerJob>> find_job(Database& db, const std::string& uuid);
/// Newest first. Empty filters match all.
Result<std::vector<ServerJob>> list_jobs(Database& db, const std::string& state, const std::string& user,
                                         std::int64_t limit);
/// Writes state, device, outcome, reason, document, claim, remote_job, attempt if the job is still in `from`;
/// false: it is not. A document that it lets go is noted for sweep_jobs() (job_retention.hpp).
Result<bool> move_job(Database& db, const ServerJob& job, std::string_view from, Timestamp now);

/// By which a delivery is known to the plugin watch. Two jobs with the same number would only cost a proof.
AttemptKey attempt_key(const ServerJob& job);

/// Takes held and pending jobs to their devices (job_delivery.hpp).
class Deliverer {
 public:
  virtual ~Deliverer() = default;
  virtual void deliver(const ServerJob& job) = 0;
  /// A job that a device took, or may have got, before the last restart: what came of it?
  virtual void confirm(const ServerJob& job) = 0;
};

class JobDesk {
 public:
  JobDesk(Store& store, spool::Spool& spool);
  void use(Deliverer* deliverer) { deliverer_ = deliverer; }

  /// What came with the request's header; the body is the document.
  struct Offer {
    ServerJob job;
    std::uint64_t expected_size = 0;
  };
  struct Taken {
    ServerJob job = {};
    bool fresh = false;           ///< else it was here already
    bool new_local_user = false;  ///< it proves that its user sits at its desktop
  };
  using Answer = std::function<void(Result<Taken>)>;
  /// Makes the exchange's sink. `answer` runs once, unless the client leaves: durable then.
  void take(const net::Exchange& exchange, Offer offer, std::function<Timestamp()> now, Answer answer);
  /// Discards the copy if it has not been printed; remembers the uuid if there is none yet. Errors: conflict
  /// (it is printed, or being printed).
  void take_back(const std::string& uuid, const std::string& desktop, Timestamp now,
                 std::function<void(Result<ServerJob>)> done);
  /// A held job goes to a device. Errors: not_found, conflict.
  void release(const std::string& uuid, const std::string& device, const std::string& actor, Timestamp now,
               std::function<void(Result<ServerJob>)> done);
  /// Ends a job that is held or pending.
  void cancel(const std::string& uuid, const std::string& actor, Timestamp now,
              std::function<void(Result<ServerJob>)> done);

  /// A person looked at the printer: ends a job whose outcome is unknown, booked or refunded. Never sent
  /// again from here: its desktop may have printed it meanwhile.
  void settle(const std::string& uuid, bool printed, const std::string& actor, const accounting::Rules& rules,
              Timestamp now, std::function<void(Result<ServerJob>, const std::set<std::string>& users)> done);

  /// Blocking; at start: sets aside documents without a row, names rows without a document. Deliveries that
  /// the last process was in: again where it is proven that no document byte had left, else their outcome is
  /// unknown, and that is booked.
  struct Recovery {
    std::size_t jobs = 0, missing = 0, unknown = 0, again = 0;
  };
  Result<Recovery> recover(const InFlight& in_flight, const accounting::Rules& rules, Timestamp now);
  /// Hands pending, confirming and unknown jobs to the deliverer; at start.
  void resume();
  spool::Spool& spool() { return spool_; }

 private:
  Store& store_;
  spool::Spool& spool_;
  Deliverer* deliverer_ = nullptr;
};

}  // namespace printrouter::server
