// SPDX-License-Identifier: Apache-2.0
#include "lpr_receiver.hpp"

#include "lpr_command.hpp"
#include "lpr_job_intake.hpp"
#include "lpr_queue_state.hpp"
#include "lpr_removal.hpp"

namespace printrouter::lpr {
namespace {
constexpr std::string_view yes("\0", 1), no("\1", 1);
}

LprReceiver::LprReceiver(const sdk::Plugin& plugin, const pr_receive_request& request)
    : Session(&plugin), peer_{plugin, std::string(sdk::view(request.peer_address))} {}

void LprReceiver::step(const sdk::Event& event, sdk::Action& action) {
  if (conversation_) return conversation_->step(event, action);
  if (event.kind == PR_EVENT_START) {
    action.read(max_command_line);
    return;
  }
  if (!answered_ && (event.kind == PR_EVENT_BYTES || event.kind == PR_EVENT_EOF))
    return first_line(event, action);
  action.done(answered_ && event.kind == PR_EVENT_WRITTEN ? 0 : PR_DONE_ABORT);
}

void LprReceiver::first_line(const sdk::Event& event, sdk::Action& action) {
  size_t used = 0;
  const std::string_view bytes = sdk::view(event.bytes);
  const auto command = parse_command(bytes, &used);
  if (!command) {
    if (event.kind == PR_EVENT_BYTES && bytes.size() < max_command_line) {
      action.read(max_command_line);
      return;
    }
    if (bytes.empty()) {
      action.done();
      return;
    }
    peer_.log(PR_LOG_WARNING, "a command line without end");
    answered_ = true;
    action.write(no).used(bytes.size());
    return;
  }
  switch (command->code) {
    case 1:  // print any waiting jobs: they are never kept waiting for this
      answered_ = true;
      action.write(yes);
      break;
    case 2:
      conversation_ = std::make_unique<JobIntake>(peer_, command->operand(0));
      break;
    case 3:
    case 4:
      conversation_ = std::make_unique<QueueState>(peer_, *command);
      break;
    case 5:
      conversation_ = std::make_unique<Removal>(peer_, *command);
      break;
    default:
      peer_.log(PR_LOG_WARNING, "unknown command " + std::to_string(command->code));
      answered_ = true;
      action.write(no);
  }
  if (conversation_) conversation_->begin(action);
  action.used(used);
}

}  // namespace printrouter::lpr
