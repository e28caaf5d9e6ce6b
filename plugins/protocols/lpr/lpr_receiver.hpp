// SPDX-License-Identifier: Apache-2.0
#pragma once
/// LPR (RFC 1179) as a receiver: one command a connection. The first line decides which of the conversations
/// below has the rest of it.
#include <printrouter/protocol.hpp>

#include <memory>
#include <string>

namespace printrouter::lpr {

/// What the conversations share.
struct Peer {
  const sdk::Plugin& plugin;
  std::string address;
  void log(uint32_t level, const std::string& text) const {
    plugin.log(level, "lpr: " + address + ": " + text);
  }
};

/// One of the five commands, from behind its line feed to the end of the connection.
class Conversation {
 public:
  virtual ~Conversation() = default;
  virtual void begin(sdk::Action& action) = 0;
  virtual void step(const sdk::Event& event, sdk::Action& action) = 0;
};

class LprReceiver : public sdk::Session {
 public:
  LprReceiver(const sdk::Plugin& plugin, const pr_receive_request& request);
  void step(const sdk::Event& event, sdk::Action& action) override;

 private:
  void first_line(const sdk::Event& event, sdk::Action& action);
  Peer peer_;
  std::unique_ptr<Conversation> conversation_;
  bool answered_ = false;  // a one-octet answer has been written, and nothing else follows
};

}  // namespace printrouter::lpr
