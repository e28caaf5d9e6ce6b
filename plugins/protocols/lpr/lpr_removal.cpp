// SPDX-License-Identifier: Apache-2.0
#include "lpr_removal.hpp"

#include <printrouter/text.hpp>

#include <algorithm>

#include "lpr_queue_state.hpp"

namespace printrouter::lpr {

Removal::Removal(const Peer& peer, const Command& command)
    : peer_(peer), queue_(command.operand(0)), agent_(sdk::one_line(command.operand(1), 255)) {
  current_ = command.operands.size() <= 2;
  for (size_t i = 2; i < command.operands.size(); ++i) {
    const std::string& word = command.operands[i];
    const auto number = parse_count(word);
    if (number)
      jobs_.push_back(static_cast<int64_t>(*number));
    else if (word == "-")
      all_ = true;
    else
      owners_.push_back(word);
  }
}

void Removal::begin(sdk::Action& action) {
  if (current_ || !owners_.empty()) return ask(action, PR_OP_GET_JOBS);
  next(action);
}

void Removal::ask(sdk::Action& action, uint32_t op) {
  asked_ = op;
  attributes_.clear();
  if (!queue_.empty()) attributes_.push_back(sdk::attr_text("queue", queue_, PR_ATTR_TEXT));
  if (!agent_.empty()) attributes_.push_back(sdk::attr_text("requesting-user-name", agent_, PR_ATTR_TEXT));
  if (op == PR_OP_GET_JOBS) attributes_.push_back(sdk::attr_text("which-jobs", "not-completed"));
  if (op == PR_OP_CANCEL_JOB) attributes_.push_back(sdk::attr_integer("job-id", cancelling_));
  action.request(op, attributes_);
}

void Removal::choose(pr_attrs attributes) {
  const std::vector<ListedJob> listed = listed_jobs(attributes);
  if (current_) {
    const ListedJob* chosen = nullptr;
    for (const ListedJob& job : listed)
      if (job.owner == agent_ && (!chosen || (job.state == 5 && chosen->state != 5))) chosen = &job;
    if (chosen) jobs_.push_back(chosen->id);
  }
  for (const ListedJob& job : listed)
    if (std::find(owners_.begin(), owners_.end(), job.owner) != owners_.end()) jobs_.push_back(job.id);
}

void Removal::next(sdk::Action& action) {
  if (!jobs_.empty()) {
    cancelling_ = jobs_.front();
    jobs_.pop_front();
    return ask(action, PR_OP_CANCEL_JOB);
  }
  if (all_) {
    all_ = false;
    return ask(action, PR_OP_CANCEL_MY_JOBS);
  }
  if (text_.empty()) text_ = "no jobs to remove\n";
  told_ = true;
  action.write(text_);
}

void Removal::step(const sdk::Event& event, sdk::Action& action) {
  const bool refused = event.kind == PR_EVENT_REFUSED;
  if (told_) {
    action.done(event.kind == PR_EVENT_WRITTEN ? 0 : PR_DONE_ABORT);
    return;
  }
  if (event.kind != PR_EVENT_REPLY && !refused) {
    action.done(PR_DONE_ABORT);
    return;
  }
  const std::string why = sdk::one_line(sdk::view(event.text), 512);
  if (asked_ == PR_OP_GET_JOBS) {
    if (refused)
      text_ += sdk::one_line(queue_, 255) + ": " + why + '\n';
    else
      choose(event.attributes);
  } else if (asked_ == PR_OP_CANCEL_JOB) {
    text_ += "job " + std::to_string(cancelling_) + (refused ? ": " + why : std::string(" dequeued")) + '\n';
  } else {
    text_ += refused ? "jobs of " + agent_ + ": " + why + '\n' : "all jobs of " + agent_ + " dequeued\n";
  }
  if (refused) peer_.log(PR_LOG_INFO, "removal for " + agent_ + " refused: " + why);
  next(action);
}

}  // namespace printrouter::lpr
