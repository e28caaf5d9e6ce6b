// SPDX-License-Identifier: Apache-2.0
// Faults that tests switch on and off while the simulator runs. All functions: any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "socket_stream.hpp"

namespace simulator {

struct Fault {
  int id = 0;
  std::string kind;               // one of fault_kinds()
  std::string port = "*";         // a port's name, its number, its class, its protocol, or "*"
  uint64_t after_bytes = 0;       // reset, stall: document bytes let through first
  uint64_t bytes_per_second = 0;  // slow
  int after_pages = 0;            // panel-cancel
  int jobs_left = -1;  // -1: until cleared; 0: spent, connections it holds stay held until it is cleared
  std::string status;  // ipp-status (keyword), http-status (number)
  std::string message;
  std::string then = "reset";  // what happens to held connections when it is cleared: reset | serve
  std::string at;  // swallow-ack, lpr-nack: data | control | command ("": the last acknowledgement)
};

const std::vector<std::string>& fault_kinds();
nlohmann::json to_json(const Fault& fault);

// What a port is to the board.
struct PortIdentity {
  std::string name, protocol, port_class;
  uint16_t number = 0;
};

class FaultBoard {
 public:
  // Checks and adds; returns the id, or 0 with `error` naming the field.
  int add(const nlohmann::json& request, std::string& error);
  bool remove(int id);
  void clear();
  nlohmann::json list() const;
  // The first live fault of one of these kinds for this port; counts one job off it.
  std::optional<Fault> take(const PortIdentity& port, std::initializer_list<const char*> kinds);
  // As take, but counts nothing.
  std::optional<Fault> peek(const PortIdentity& port, std::initializer_list<const char*> kinds) const;
  // Still on the board, spent or not.
  bool standing(int id) const;

 private:
  mutable std::mutex mutex_;
  std::vector<Fault> faults_;
  int next_id_ = 1;
};

// The faults that one job meets while its document comes in. Owned by the connection's thread.
class JobFaults {
 public:
  JobFaults(FaultBoard& board, const PortIdentity& port, const std::atomic<bool>& stopping);
  // How much to read next, when `done` document bytes have come and `want` would fit.
  size_t limit(size_t want, uint64_t done) const;
  // To be called before each read. False: the connection was reset, give up.
  bool before_read(Stream& stream, uint64_t done);
  // To be called after each read of `got` bytes: slow.
  void after_read(size_t got) const;
  // Holds the connection while the fault stands. True: go on; false: it was reset or is gone.
  bool hold(Stream& stream, const Fault& fault) const;

 private:
  FaultBoard& board_;
  const std::atomic<bool>& stopping_;
  std::optional<Fault> break_, slow_;
};

}  // namespace simulator
