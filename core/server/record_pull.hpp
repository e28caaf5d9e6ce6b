// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Records of jobs fetched from the devices that count them, where the model file says that the device keeps
/// a history which IPP can ask for (fact `device-records` = `ipp-job-history`). A claim that waits for its
/// device's record is looked for there by its uuid, again and again until the device names an end or the
/// claim's time is over. [main thread]
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "accounting/booking.hpp"
#include "net/io_context.hpp"
#include "server/job_confirmation.hpp"

namespace printrouter::server {

class RecordPull {
 public:
  RecordPull(const DeliveryParts& parts, Milliseconds interval);
  ~RecordPull();
  /// The first round begins now, each later one `interval` after the last has ended.
  void start() { look(); }

 private:
  void look();
  void ask_some();
  void ask(const accounting::Booking& booking, const Device& device, const Port& port);
  void told(accounting::DeviceRecord record);

  const DeliveryParts& parts_;
  const Milliseconds interval_;
  net::Timer timer_;
  Timestamp asked_up_to_ = {};  ///< `due` of the last claim of the last round: the next goes on from there
  std::vector<accounting::Booking> waiting_ = {};
  std::map<std::string, std::shared_ptr<DeliveryRun>> runs_ = {};  ///< by device: one question at a time
  std::shared_ptr<const bool> life_ = std::make_shared<const bool>(true);
};

/// What an answer to a job query (IPP's job attributes) says as a record; nothing: no word yet, or none at
/// all.
std::optional<accounting::DeviceRecord> record_of(const Outcome& answer, const std::string& device,
                                                  const Uuid& job);

}  // namespace printrouter::server
