// SPDX-License-Identifier: Apache-2.0
#include "raw_receiver.hpp"

#include "pjl_header.hpp"

namespace printrouter::raw {
namespace {
constexpr uint32_t header_max = 4096;  // as far as the PJL header is looked at for a title
// A driver that renders while it sends may pause for longer than a network does.
constexpr uint32_t idle_ms = 300'000;
}  // namespace

RawReceiver::RawReceiver(const sdk::Plugin& plugin, const pr_receive_request& request)
    : Session(&plugin), peer_(sdk::view(request.peer_address)) {}

void RawReceiver::step(const sdk::Event& event, sdk::Action& action) {
  switch (event.kind) {
    case PR_EVENT_START:
      action.read(header_max).within(idle_ms);
      return;
    case PR_EVENT_BYTES:
    case PR_EVENT_EOF:
      if (state_ == State::begin) return look(event, action);
      break;
    case PR_EVENT_REPLY:
      if (state_ == State::creating) {
        state_ = State::adding;
        action.request(PR_OP_ADD_DOCUMENT, {});
        return;
      }
      if (state_ == State::adding) {
        state_ = State::receiving;
        action.receive_payload(PR_LENGTH_TO_END).within(idle_ms);
        return;
      }
      break;
    case PR_EVENT_PAYLOAD_RECEIVED:
      state_ = State::committing;
      action.request(PR_OP_COMMIT, {});
      return;
    case PR_EVENT_COMMITTED:
      state_ = State::closing;
      action.shutdown_write();
      return;
    case PR_EVENT_WRITTEN:
      action.done();
      return;
    case PR_EVENT_REFUSED:
      plugin().log(PR_LOG_WARNING,
                   "raw: job from " + peer_ + " refused: " + std::string(sdk::view(event.text)));
      action.done(PR_DONE_ABORT);
      return;
    default:
      break;
  }
  failed(event, action);
}

void RawReceiver::look(const sdk::Event& event, sdk::Action& action) {
  const std::string_view bytes = sdk::view(event.bytes);
  const bool ended = event.kind == PR_EVENT_EOF;
  if (bytes.empty() && ended) {
    plugin().log(PR_LOG_DEBUG, "raw: connection from " + peer_ + " without a document");
    action.done();
    return;
  }
  const Beginning beginning = look_at(bytes);
  if (beginning == Beginning::http) {
    plugin().log(PR_LOG_WARNING, "raw: refused an HTTP request from " + peer_);
    action.done(PR_DONE_ABORT);
    return;
  }
  if (!ended && bytes.size() < header_max &&
      (beginning == Beginning::undecided || beginning == Beginning::pjl_header)) {
    action.read(header_max).within(idle_ms);
    return;
  }
  title_ = title_from_pjl(bytes);
  create(action);
}

void RawReceiver::create(sdk::Action& action) {
  state_ = State::creating;
  if (!title_.empty()) attributes_.push_back(sdk::attr_text("job-name", title_, PR_ATTR_TEXT));
  action.request(PR_OP_CREATE_JOB, attributes_);
}

void RawReceiver::failed(const sdk::Event& event, sdk::Action& action) {
  if (state_ ==
      State::closing) {  // the job is safe already; that the peer did not see our FIN changes nothing
    plugin().log(PR_LOG_INFO, "raw: " + peer_ + " left before the end of its connection");
    action.done();
    return;
  }
  const std::string why =
      event.kind == PR_EVENT_CANCEL ? "ended by the host" : std::string(sdk::view(event.text));
  if (state_ == State::begin) {
    plugin().log(PR_LOG_INFO, "raw: connection from " + peer_ + " broke before a document: " + why);
    action.done(PR_DONE_ABORT);
    return;
  }
  plugin().log(PR_LOG_WARNING, "raw: document from " + peer_ + " is incomplete: " + why);
  action.done(PR_DONE_ABORT | PR_DONE_KEEP_INCOMPLETE);
}

}  // namespace printrouter::raw
