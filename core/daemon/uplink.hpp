// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What goes between this desktop and its management server beside jobs: the ledger's report, the snapshot,
/// the readiness, enrolment. [main thread only]
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "env/thread_pool.hpp"
#include "report/outbox.hpp"
#include "router/router.hpp"
#include "snapshot/snapshot.hpp"

namespace printrouter {

class Uplink {
 public:
  /// Lays a snapshot that differs from the one in use over the configuration and swaps the router's setup.
  /// `same_rules`: only what is said of users has changed. An error leaves everything as it was.
  using Apply = std::function<Status(std::shared_ptr<const Snapshot>, bool same_rules)>;

  /// `services`, `router` and `pool` outlive it; so does `start`'s snapshot the last one of the state folder.
  Uplink(const RouterServices& services, Router& router, env::ThreadPool& pool, std::string state_dir,
         Apply apply);
  ~Uplink();
  Uplink(const Uplink&) = delete;
  Uplink& operator=(const Uplink&) = delete;

  /// The snapshot of the last process, read before the router starts; null: none that can be used (`status`
  /// says why).
  static std::shared_ptr<const Snapshot> stored(const std::string& state_dir, std::string& etag,
                                                std::string& error);

  /// Begins, with the snapshot in use; again after each reload.
  void start(std::shared_ptr<const Snapshot> in_use, const std::string& etag, const std::string& error);
  void configured();

  /// {"report": …, "snapshot": …, "enrolled": …} as `status` shows it.
  std::string status() const;

  using Done = std::function<void(Status)>;
  /// conflict: no server that takes reports; not_permitted: the server refuses the token.
  void enrol(const std::string& token, const std::string& version, Done done);
  void resend(std::optional<std::int64_t> seq, Done done);
  void correct(std::int64_t seq, const report::Correction& correction, Done done);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace printrouter
