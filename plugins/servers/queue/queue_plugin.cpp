// SPDX-License-Identifier: Apache-2.0
/// A print queue as the management server: whatever takes jobs by IPP, LPR or RAW. It speaks none of them
/// itself but hands each operation to the protocol's own sender.
#include "queue_target.hpp"

#include <array>

namespace printrouter::queue {
namespace {

constexpr pr_server table = sdk::server_table("queue");

class QueueSession : public sdk::Session {
 public:
  QueueSession(const sdk::Plugin* plugin, QueueAddress address)
      : Session(plugin), address_(std::move(address)), attributes_{sdk::attr_integer("tls", address_.tls)} {}

  void step(const sdk::Event&, sdk::Action& action) override {
    action.delegate(address_.protocol, address_.host, address_.port, address_.queue);
    action.attributes = {attributes_.data(), attributes_.size()};
  }

 private:
  const QueueAddress address_;
  const std::array<pr_attr, 1> attributes_;
};

class QueuePlugin : public sdk::Server {
 public:
  using Server::Server;
  const void* extension(std::string_view id) override { return id == PR_SERVER_ID ? &table : nullptr; }

  std::string check(const sdk::Attributes& target, pr_server_facts& facts) override {
    QueueTarget read;
    std::string error = read_target(target, read);
    if (error.empty()) facts = read.facts;
    return error;
  }

  std::unique_ptr<sdk::Session> open(const pr_server_request& request) override {
    QueueTarget target;
    const std::string error = read_target(sdk::Attributes(request.target), target);
    if (!error.empty()) {
      log(PR_LOG_ERROR, "queue: " + error);
      return nullptr;
    }
    switch (request.operation) {
      case PR_SERVER_PROBE:
        return std::make_unique<QueueSession>(this, std::move(target.probe));
      case PR_SERVER_VOID:
        if (!target.facts.can_void) return nullptr;
        [[fallthrough]];
      case PR_SERVER_DELIVER:
      case PR_SERVER_QUERY:
        return std::make_unique<QueueSession>(this, std::move(target.jobs));
      default:
        return nullptr;  // a queue has neither profiles nor an account to report to
    }
  }
};

}  // namespace
}  // namespace printrouter::queue

PRINTROUTER_PLUGIN(printrouter::queue::QueuePlugin, "queue", "0.1.0")
