// SPDX-License-Identifier: Apache-2.0
#pragma once
/// RAW as a receiver: one connection is one document, and the peer's FIN is its end. A connection that
/// breaks, or falls silent, did not end the document: what arrived is kept aside as incomplete. Our own FIN
/// is the only receipt this protocol has, so it leaves only after the job is safe; a job that is refused gets
/// a reset.
#include <printrouter/protocol.hpp>

#include <string>
#include <vector>

namespace printrouter::raw {

class RawReceiver : public sdk::Session {
 public:
  RawReceiver(const sdk::Plugin& plugin, const pr_receive_request& request);
  void step(const sdk::Event& event, sdk::Action& action) override;

 private:
  enum class State { begin, creating, adding, receiving, committing, closing };
  void look(const sdk::Event& event, sdk::Action& action);
  void create(sdk::Action& action);
  void failed(const sdk::Event& event, sdk::Action& action);

  State state_ = State::begin;
  std::string peer_;
  std::string title_;
  std::vector<pr_attr> attributes_;
};

}  // namespace printrouter::raw
