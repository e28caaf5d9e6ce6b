// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Command 05: remove jobs (RFC 1179 section 5.5). The agent is whom the peer says it is; the host decides
/// what that is worth.
#include "lpr_command.hpp"
#include "lpr_receiver.hpp"

#include <deque>
#include <vector>

namespace printrouter::lpr {

class Removal : public Conversation {
 public:
  Removal(const Peer& peer, const Command& command);
  void begin(sdk::Action& action) override;
  void step(const sdk::Event& event, sdk::Action& action) override;

 private:
  void next(sdk::Action& action);
  void ask(sdk::Action& action, uint32_t op);
  void choose(pr_attrs jobs);

  const Peer& peer_;
  const std::string queue_;
  std::string agent_;
  bool current_ = false;  // no list: the job that is being printed, if it is the agent's
  bool all_ = false;      // "-": all jobs of the agent
  std::vector<std::string> owners_;
  std::deque<int64_t> jobs_;
  int64_t cancelling_ = 0;
  uint32_t asked_ = 0;
  bool told_ = false;
  std::vector<pr_attr> attributes_;
  std::string text_;
};

}  // namespace printrouter::lpr
