// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The daemon's side of the control API (docs/openapi/control.yaml). [main thread only]
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "control/error_words.hpp"
#include "net/io_context.hpp"
#include "net/listener.hpp"
#include "plugin/plugin_registry.hpp"
#include "report/outbox.hpp"
#include "router/router.hpp"

namespace printrouter::control {

/// A listener as `status` shows it.
struct ListenerInfo {
  std::string protocol, address;
  std::uint16_t port = 0;
  std::string path, queue;  ///< path: ipp; queue: lpr and raw
  bool tls = false;
};

/// What the API needs of the daemon beside the router. All functions are called on the main thread.
struct Daemon {
  std::function<std::vector<ListenerInfo>()> listeners;
  std::function<bool()> ready;
  /// Reads the configuration again; an error leaves everything as it was.
  std::function<SaidResult<void>()> reload;
  std::string version;
  /// What goes between this desktop and its server beside jobs, as members of `status`: JSON.
  std::function<std::string()> link_status;
  using Done = std::function<void(Status)>;
  std::function<void(const std::string& token, Done)> enrol;
  std::function<void(std::optional<std::int64_t> seq, Done)> resend;
  std::function<void(std::int64_t seq, const report::Correction&, Done)> correct;
};

class ControlApi {
 public:
  ControlApi(net::IoContext& io, std::unique_ptr<net::Listener> listener, const RouterServices& services,
             Router& router, Daemon daemon);
  ~ControlApi();
  ControlApi(const ControlApi&) = delete;
  ControlApi& operator=(const ControlApi&) = delete;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace printrouter::control
