// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Pending jobs to their devices, by the desktop's own analysis, delivery library, protocol plugins and
/// makers' rules. One job at a time on a device, as many devices at once as `parallel`. `sending`, with the
/// claim it would come to, is durable before the first byte leaves; what was being sent when the process
/// ended is `unknown`. [main thread]
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "delivery/device_exchange.hpp"
#include "env/thread_pool.hpp"
#include "routing/routing.hpp"
#include "server/job_confirmation.hpp"

namespace printrouter::server {

class JobDelivery final : public Deliverer {
 public:
  explicit JobDelivery(const DeliveryParts& parts);
  ~JobDelivery() override;

  void deliver(const ServerJob& job) override;
  void confirm(const ServerJob& job) override { confirmation_.ask(job); }

 private:
  struct Run;
  using RunPtr = std::shared_ptr<Run>;
  void take_slots();
  void start(const ServerJob& job);
  void read_head(const RunPtr& run);
  RoutingInput routing_input(const RunPtr& run) const;
  void judge(const RunPtr& run);
  void analyse(const RunPtr& run);
  void begin_attempt(const RunPtr& run);
  void send(const RunPtr& run);
  void refuse(const RunPtr& run, const std::string& reason, const std::string& text);
  void ended(const RunPtr& run, DeliveryReport report);
  void settle(const RunPtr& run, std::string_view from);
  void over(const std::string& device);

  const DeliveryParts& parts_;
  JobConfirmation confirmation_;
  DeviceWaker waker_;
  std::deque<ServerJob> waiting_;
  std::map<std::string, RunPtr> runs_;  ///< by device
  /// Two documents at a time: one that takes its whole deadline keeps the others waiting no longer than that.
  env::ThreadPool analysts_{2};
  /// Ends first: what is on the pool asks this.
  std::shared_ptr<const bool> life_ = std::make_shared<const bool>(true);
};

}  // namespace printrouter::server
