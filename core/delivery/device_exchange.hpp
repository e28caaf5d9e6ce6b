// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What is asked of a device, by whoever delivers to it: the desktop's router and the management server.
/// [main thread only]
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "config/config.hpp"
#include "delivery/delivery_run.hpp"
#include "model/decision.hpp"
#include "net/dialer.hpp"
#include "net/io_context.hpp"

namespace printrouter {

/// What every session with a device needs. Borrowed.
struct DeviceLink {
  PluginRegistry& plugins;
  PluginWatch* watch = nullptr;
  const TimeoutsConfig& timeouts;
  const TrustConfig& trust;
};

/// What breaks off is not printed there. What the administrator has seen of this device is stronger than what
/// is documented of its model.
bool discards_truncated(const Device& device);

/// A session at the target's port: where, who, which job, time limits. `protocol` of the result is null if no
/// plugin speaks it. `device`: null if it is no longer known; its facts say what may be asked of it.
DeliveryInput device_input(const DeviceLink& link, DeliveryOperation operation, const Job& job,
                           const Target& target, const Device* device);

/// What of the ticket reaches the paper on this port: what is lost is not printed, and is not to be paid.
Attributes reaching_paper(const Attributes& ticket, const PortChoice& choice);

/// What of the job's ticket the port's own protocol carries, after the vendor's rules have taken theirs.
Attributes carried_by_protocol(const Attributes& ticket, const PortChoice& choice);

/// Wakes what sleeps: one connection to the wake port, then the time it needs to come up; both are data of
/// the device. Who was woken within the last minute is awake.
class DeviceWaker {
 public:
  explicit DeviceWaker(net::IoContext& io) : io_(io) {}
  /// true: it is awake. false: `awake` runs when it is, unless the waker's end comes first.
  bool wake(const std::string& device, const std::string& address, const PortChoice& choice, Timestamp now,
            std::function<void()> awake);

 private:
  struct Call {
    explicit Call(net::IoContext& io) : dialer(io), timer(io) {}
    net::Dialer dialer;
    net::Timer timer;
  };
  net::IoContext& io_;
  std::map<std::string, Timestamp> woken_ = {};  ///< when it was awake
  std::map<std::string, std::shared_ptr<Call>> under_way_ = {};
};

}  // namespace printrouter
