// SPDX-License-Identifier: Apache-2.0
#include "spool/spool_writer.hpp"

#include <utility>

#include "spool/document_state.hpp"

namespace printrouter::spool {

using Phase = DocumentState::Phase;

SpoolWriter::SpoolWriter(std::shared_ptr<DocumentState> state) : state_(std::move(state)) {}

SpoolWriter::~SpoolWriter() {
  // Who waits for room must hear that there will be none, or it waits for ever.
  if (auto waiting = std::exchange(state_->writable_again, nullptr)) state_->core->post(std::move(waiting));
  if (state_->phase == Phase::arriving) abandon();
}

Status SpoolWriter::append(std::string_view bytes) {
  return state_->append(bytes);
}

std::span<char> SpoolWriter::room(std::size_t wanted) {
  return state_->room(wanted);
}

Status SpoolWriter::filled(std::size_t bytes) {
  return state_->filled(bytes);
}

bool SpoolWriter::writable() const {
  return state_->phase == Phase::broken || state_->writable();
}

void SpoolWriter::when_writable(std::function<void()> ready) {
  state_->writable_again = std::move(ready);
  if (!writable()) return;
  state_->core->post([state = state_] {
    if (state->writable_again) std::exchange(state->writable_again, nullptr)();
  });
}

std::uint64_t SpoolWriter::size() const {
  return state_->size;
}

void SpoolWriter::finish(Finished finished) {
  if (state_->phase == Phase::arriving) {
    state_->finished = std::move(finished);
    state_->finish();
    return;
  }
  const Error why =
      state_->phase == Phase::broken
          ? state_->error
          : Error{ErrorCode::conflict, "the document is finished already", {}, state_->stem, {}};
  state_->core->post([finished = std::move(finished), why] { finished(tl::unexpected(why)); });
}

void SpoolWriter::abandon() {
  state_->break_off({ErrorCode::unavailable, "the document was abandoned", {}, state_->stem, {}}, false);
}

void SpoolWriter::keep_incomplete(std::function<void(Status)> kept) {
  if (state_->phase != Phase::arriving) {
    if (kept)
      state_->core->post(
          [kept = std::move(kept)] { kept(fail(ErrorCode::conflict, "the document has ended already")); });
    return;
  }
  state_->kept = std::move(kept);
  state_->break_off({ErrorCode::unavailable, "the submitter broke off", {}, state_->stem, {}}, true);
}

}  // namespace printrouter::spool
