// SPDX-License-Identifier: Apache-2.0
#include "delivery/edited_document.hpp"

#include <printrouter/abi/action.h>

#include <algorithm>

namespace printrouter {

namespace {
constexpr std::size_t kBlock = 64 * 1024;
}

EditedDocument::EditedDocument(std::shared_ptr<spool::SpoolReader> reader) : reader_(std::move(reader)) {}

void EditedDocument::set_plan(std::vector<DocumentPart> parts) {
  planned_ = true;
  parts_ = std::move(parts);
  starts_.clear();
  total_ = 0;
  for (const DocumentPart& part : parts_) {
    starts_.push_back(total_);
    total_ += part.length ? part.length : part.literal.size();
  }
}

std::uint64_t EditedDocument::size() const {
  return planned_ ? total_ : reader_->size().value_or(PR_LENGTH_TO_END);
}

net::PayloadSource::Piece EditedDocument::piece(std::uint64_t offset) {
  if (!planned_) return file_piece(offset, PR_LENGTH_TO_END);
  if (offset >= total_) return {};
  const auto next = std::upper_bound(starts_.begin(), starts_.end(), offset);
  const auto index = static_cast<std::size_t>(next - starts_.begin()) - 1;
  const DocumentPart& part = parts_[index];
  const std::uint64_t inside = offset - starts_[index];
  if (part.length) return file_piece(part.offset + inside, part.length - inside);
  Piece out;
  out.kind = Piece::Kind::memory;
  out.memory = std::string_view(part.literal).substr(inside);
  return out;
}

net::PayloadSource::Piece EditedDocument::file_piece(std::uint64_t offset, std::uint64_t limit) {
  Piece out;
  const std::uint64_t there = reader_->in_file();
  if (offset < there) {
    out.kind = Piece::Kind::file;
    out.descriptor = reader_->descriptor();
    out.file_offset = offset;
    out.length = std::min(there - offset, limit);
    return out;
  }
  buffer_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(kBlock, limit)));
  const spool::Read read = reader_->read(offset, buffer_);
  switch (read.state) {
    case spool::ReadState::data:
      out.kind = Piece::Kind::memory;
      out.memory = std::string_view(buffer_).substr(0, read.bytes);
      break;
    case spool::ReadState::wait:
      out.kind = Piece::Kind::wait;
      waits_at_ = offset;
      break;
    case spool::ReadState::end:
      // A plan was made for a size that the file no longer has.
      out.kind = planned_ ? Piece::Kind::failed : Piece::Kind::end;
      if (planned_) out.text = "the document is shorter than it was";
      break;
    case spool::ReadState::broken:
      out.kind = Piece::Kind::failed;
      out.text = read.error.message();
      break;
  }
  return out;
}

void EditedDocument::wait_for_more(std::uint64_t, net::Callback more) {
  reader_->when_ready(waits_at_, std::move(more));
}

void EditedDocument::cancel_wait() {
  reader_->when_ready(0, {});
}

}  // namespace printrouter
