// SPDX-License-Identifier: Apache-2.0
#include "spool/document_reader.hpp"

#include <algorithm>

namespace printrouter::spool {
namespace {

constexpr std::size_t load_piece = 256 * 1024;

/// The part of `bytes` (which lie at `at`) from `offset` on, into `into`.
std::size_t copy_from(std::string_view bytes, std::uint64_t at, std::uint64_t offset, std::span<char> into) {
  if (offset < at || offset - at >= bytes.size()) return 0;
  return bytes.copy(into.data(), into.size(), static_cast<std::size_t>(offset - at));
}

}  // namespace

Read DocumentReader::read(std::uint64_t offset, std::span<char> into) {
  using Phase = DocumentState::Phase;
  DocumentState& s = *state_;
  if (s.phase == Phase::broken) return {ReadState::broken, 0, s.error};
  if (offset >= s.size) return {s.phase == Phase::arriving ? ReadState::wait : ReadState::end, 0, {}};
  if (into.empty()) return {ReadState::data, 0, {}};
  if (offset < s.written) return read_file(offset, into);
  const std::uint64_t pending_at = s.written + (s.writing ? s.writing->size() : 0);
  std::size_t n = s.writing ? copy_from(s.writing->view(), s.written, offset, into) : 0;
  if (n == 0) n = copy_from(s.pending.view(), pending_at, offset, into);
  return {ReadState::data, n, {}};
}

Read DocumentReader::read_file(std::uint64_t offset, std::span<char> into) {
  into = into.first(static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), state_->written - offset)));
  if (const std::size_t n = copy_from(loaded_, loaded_at_, offset, into); n != 0)
    return {ReadState::data, n, {}};
  const auto n = state_->file->pread_cached(into, offset);
  if (!n) return {ReadState::broken, 0, n.error()};
  if (!*n) return {ReadState::wait, 0, {}};
  if (**n == 0)
    return {ReadState::broken, 0,
            Error{ErrorCode::corrupt, "the document file is shorter than it was", {}, state_->stem, {}}};
  return {ReadState::data, **n, {}};
}

bool DocumentReader::would_wait(std::uint64_t offset) {
  char byte = 0;
  return read(offset, {&byte, 1}).state == ReadState::wait;
}

void DocumentReader::when_ready(std::uint64_t offset, std::function<void()> ready) {
  ready_ = std::move(ready);
  ready_at_ = offset;
  if (!ready_) return;
  if (!would_wait(offset)) {
    state_->core->post([weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->changed();
    });
  } else if (offset < state_->written) {
    load(offset);
  }
}

void DocumentReader::load(std::uint64_t offset) {
  if (loading_) return;
  loading_ = true;
  state_->core->run([weak = weak_from_this(), file = state_->file, state = state_, offset]() mutable {
    std::string bytes(load_piece, '\0');
    Result<std::string> result;
    if (const auto n = file->pread(bytes, offset)) {
      bytes.resize(*n);
      result = std::move(bytes);
    } else {
      result = tl::unexpected(n.error());
    }
    file.reset();
    auto& post = state->core->post;
    post([weak, state = std::move(state), offset, result = std::move(result)]() mutable {
      if (const auto self = weak.lock()) self->loaded(offset, std::move(result));
    });
  });
}

void DocumentReader::loaded(std::uint64_t offset, Result<std::string> bytes) {
  loading_ = false;
  if (!bytes) {
    // The document is whole as far as the spool knows; only this reader cannot have it.
    state_->break_off(bytes.error(), true);
    if (state_->phase == DocumentState::Phase::stored) {
      state_->phase = DocumentState::Phase::broken;
      state_->error = bytes.error();
    }
  } else {
    loaded_ = std::move(*bytes);
    loaded_at_ = offset;
  }
  changed();
}

void DocumentReader::changed() {
  if (!ready_) return;
  if (would_wait(ready_at_)) {
    if (ready_at_ < state_->written) load(ready_at_);
    return;
  }
  std::exchange(ready_, nullptr)();
}

std::optional<std::uint64_t> DocumentReader::size() const {
  if (state_->phase == DocumentState::Phase::arriving) return std::nullopt;
  return state_->size;
}

int DocumentReader::descriptor() const {
  return state_->file ? state_->file->descriptor() : -1;
}

}  // namespace printrouter::spool
