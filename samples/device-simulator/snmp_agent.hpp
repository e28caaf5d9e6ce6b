// SPDX-License-Identifier: Apache-2.0
// The device's counters and status by SNMP v1/v2c, answered by net-snmp's agent library. One agent a process.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

#include "device.hpp"

namespace simulator {

class SnmpAgent {
 public:
  explicit SnmpAgent(Device& device) : device_(device) {}
  ~SnmpAgent() { stop(); }
  SnmpAgent(const SnmpAgent&) = delete;
  SnmpAgent& operator=(const SnmpAgent&) = delete;
  // Binds and answers from a thread of its own.
  bool start(const std::string& address, uint16_t port, std::string& error);
  void stop();
  uint16_t port() const { return port_; }

 private:
  void run();
  Device& device_;
  std::atomic<bool> stopping_{false};
  uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace simulator
