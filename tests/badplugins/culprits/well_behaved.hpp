// SPDX-License-Identifier: Apache-2.0
#pragma once
/// A small sender that keeps the contract: connect, send, shut, done. Each culprit overrides one answer.
#include <printrouter/protocol.hpp>

#include <string>

namespace bad {

using namespace printrouter;

class Sender : public sdk::Session {
 public:
  Sender(const sdk::Plugin& plugin, const pr_send_request& request)
      : Session(&plugin),
        operation_(request.operation),
        host_(sdk::view(request.host)),
        title_(sdk::view(request.title)),
        port_(request.port) {}

  void step(const sdk::Event& event, sdk::Action& action) override {
    switch (event.kind) {
      case PR_EVENT_START:
        if (operation_ == PR_SEND_PRINT || operation_ == PR_SEND_PROBE)
          action.connect(host_, port_);
        else
          action.done(PR_OUTCOME_REJECTED, "query-unsupported");
        break;
      case PR_EVENT_CONNECTED:
        if (operation_ == PR_SEND_PRINT)
          send(action);
        else
          action.done(PR_OUTCOME_DELIVERED, "reachable");
        break;
      case PR_EVENT_PAYLOAD_SENT:
        sent(event, action);
        break;
      case PR_EVENT_WRITTEN:
        action.done(PR_OUTCOME_DELIVERED, "sent");
        break;
      case PR_EVENT_CANCEL:
        action.done(PR_OUTCOME_CANCELLED, "cancelled");
        break;
      default:
        failed(event, action);
        break;
    }
  }

 protected:
  void send(sdk::Action& action) {
    segment_ = sdk::document();
    started_ = true;
    action.send_payload({&segment_, 1}, PR_LENGTH_TO_END);
  }
  virtual void sent(const sdk::Event&, sdk::Action& action) { action.shutdown_write(); }
  virtual void failed(const sdk::Event&, sdk::Action& action) {
    action.done(started_ ? PR_OUTCOME_UNKNOWN : PR_OUTCOME_NOT_SENT, "broke-off");
  }
  /// Culprits built a second time with BAD_LATE pass the scan and show themselves in the daemon only.
  bool armed() const {
#ifdef BAD_LATE
    return title_.find("fault") != std::string::npos;
#else
    return true;
#endif
  }

  uint32_t operation_;
  std::string host_, title_;
  uint32_t port_;
  bool started_ = false;

 private:
  pr_segment segment_{};
};

template <class S>
inline constexpr pr_protocol table = sdk::protocol<S>(BAD_NAME, 9100, {.unknown_length = true});

template <class S>
class Plugin : public sdk::Plugin {
 public:
  using sdk::Plugin::Plugin;
  const void* extension(std::string_view id) override { return id == PR_PROTOCOL_ID ? &table<S> : nullptr; }
};

/// Where the optimiser must not see what happens.
template <class T>
T opaque(T value) {
  volatile T hidden = value;
  return hidden;
}

}  // namespace bad
