// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Commands 03 and 04: the state of a queue, short or long, as text for people (RFC 1179 sections 5.3
/// and 5.4).
#include "lpr_command.hpp"
#include "lpr_receiver.hpp"

#include <vector>

namespace printrouter::lpr {

/// One job of a Get-Jobs reply.
struct ListedJob {
  int64_t id = 0;
  int64_t state = 0;  // IPP job-state
  int64_t k_octets = -1;
  std::string owner, name, host;
};

std::vector<ListedJob> listed_jobs(pr_attrs attributes);

/// The listing, of those jobs that `only` names by number or owner (empty: all).
std::string queue_listing(const std::vector<ListedJob>& jobs, const std::vector<std::string>& only,
                          bool with_details);

class QueueState : public Conversation {
 public:
  QueueState(const Peer& peer, const Command& command);
  void begin(sdk::Action& action) override;
  void step(const sdk::Event& event, sdk::Action& action) override;

 private:
  const Peer& peer_;
  const bool with_details_;
  const std::string queue_;
  std::vector<std::string> only_;
  std::vector<pr_attr> attributes_;
  std::string text_;
};

}  // namespace printrouter::lpr
