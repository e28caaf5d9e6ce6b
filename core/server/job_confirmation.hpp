// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Jobs that a device has accepted, until it says what came of them (state `confirming`), and jobs that it
/// may have got, where its protocol lists them (`unknown`). Holds no delivery slot. [main thread]
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "accounting/books.hpp"
#include "delivery/delivery_run.hpp"
#include "delivery/device_exchange.hpp"
#include "document/analysis_run.hpp"
#include "server/catalog.hpp"
#include "server/job_desk.hpp"
#include "server/server_config.hpp"

namespace printrouter::server {

/// What delivery needs of the server. Borrowed.
struct DeliveryParts {
  net::IoContext& io;
  const ServerConfig& config;
  Store& store;
  spool::Spool& spool;
  const Catalog& catalog;
  DeviceLink link;
  AnalysisOptions analysis;
  std::function<Timestamp()> now;
  std::function<accounting::Rules()> rules;
  /// Whose account or history changed.
  std::function<void(const std::set<std::string>&)> users_changed;
};

class JobConfirmation {
 public:
  explicit JobConfirmation(const DeliveryParts& parts);
  ~JobConfirmation();
  /// The job is `confirming` or `unknown`, with its claim and, if known, the device's number of it. `ended`:
  /// what its attempt came to, where this process saw it.
  void ask(const ServerJob& job, const std::optional<Outcome>& ended = {});

 private:
  struct Waiting;
  using WaitingPtr = std::shared_ptr<Waiting>;
  void ask_later(const WaitingPtr& waiting);
  void ask_now(const WaitingPtr& waiting);
  void answered(const WaitingPtr& waiting, const Outcome& answer);
  void found(const WaitingPtr& waiting, const Outcome& answer);
  void confirmed(const WaitingPtr& waiting, const Outcome& answer);
  void end(const WaitingPtr& waiting, const std::string& state, std::optional<accounting::Event> evidence);
  void leave(const WaitingPtr& waiting);

  const DeliveryParts& parts_;
  std::map<std::string, WaitingPtr> waiting_ = {};  ///< by uuid
};

}  // namespace printrouter::server
