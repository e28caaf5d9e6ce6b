// SPDX-License-Identifier: Apache-2.0
// A listening port: accepts as the faults of the moment allow, and runs one thread a connection.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "device.hpp"
#include "socket_stream.hpp"

struct ssl_ctx_st;

namespace simulator {

// What serves one connection; returns when it is over. The stream closes afterwards.
using Service = std::function<void(Stream&)>;

class PortServer {
 public:
  // `faulty`: obeys the fault board and sleep (device ports do, the control and wake ports do not).
  PortServer(Device& device, PortOption option, Service service, std::shared_ptr<ssl_ctx_st> tls,
             bool faulty);
  ~PortServer();
  PortServer(const PortServer&) = delete;
  PortServer& operator=(const PortServer&) = delete;

  bool start(const std::string& address, std::string& error);
  void stop();
  const PortOption& option() const { return option_; }
  const PortIdentity& identity() const { return identity_; }
  uint16_t number() const { return socket_.port(); }
  std::string uri() const;
  // Faults and sleep up to this generation have taken effect.
  bool settled(uint64_t generation) const { return settled_ >= generation; }
  nlohmann::json describe() const;
  void set_service(Service service) { service_ = std::move(service); }

 private:
  enum class Mode { Listen, Refuse, Silent };
  Mode wanted_mode() const;
  bool enter(Mode mode, std::string& error);
  void run();
  void accept_one();
  void serve(Fd fd);
  void fill_backlog();

  Device& device_;
  PortOption option_;
  PortIdentity identity_;
  Service service_;
  std::shared_ptr<ssl_ctx_st> tls_;
  bool faulty_;
  ListenSocket socket_;
  std::shared_ptr<Fd> notice_;  // eventfd: look at the faults, or stop
  Mode mode_ = Mode::Listen;
  std::vector<Fd> fillers_;
  OpenStreams streams_;
  std::atomic<uint64_t> settled_{0}, connections_{0};
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::condition_variable idle_;
  int running_ = 0;
  std::thread thread_;
};

// The services of the device's ports.
void serve_raw(Device& device, const PortIdentity& port, Stream& stream);
void serve_lpr(Device& device, const PortIdentity& port, const std::string& queue, Stream& stream);
void serve_ipp(Device& device, const PortIdentity& port, const std::string& path, const std::string& uri,
               Stream& stream);

}  // namespace simulator
