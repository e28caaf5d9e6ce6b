// SPDX-License-Identifier: Apache-2.0
#pragma once
/// GET /v1/events: server-sent events. For the .cpp files of this folder only.
#include <map>
#include <vector>

#include "control/control_routes.hpp"

namespace printrouter::control {

/// Each front end hears of what its user may see. With ?replay=true (or Last-Event-ID) it first hears what is
/// open: state of the server, notifications since, questions; then `ready`. So one that starts late misses
/// nothing.
class EventStreams : public RouterObserver {
 public:
  explicit EventStreams(ControlContext& context);
  ~EventStreams() override;
  void open(const Exchange& exchange);

  void on_job(const Job& job) override;
  void on_question(const Question& question) override;
  void on_notification(const Notification& notification) override;
  void on_server(const std::string& name, bool up, const std::string& text) override;

 private:
  struct Client {
    Exchange exchange;
    Actor actor;
  };
  ControlContext& context_;
  std::vector<Client> clients_;
};

}  // namespace printrouter::control
