// SPDX-License-Identifier: Apache-2.0
#include "net/payload_sender.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>

#include "net/io_detail.hpp"
#include "plugin/attribute_bridge.hpp"

namespace printrouter::net {

namespace {
constexpr std::uint64_t kLargestPiece = 1 << 20;  // of one system call, and of one chunk
constexpr std::uint64_t kATurn = 4 << 20;         // before others get their turn
constexpr std::size_t kRawBlock = 64 * 1024;      // read for the encoder
constexpr std::size_t kCodedBlock = 32 * 1024;    // written at once
}  // namespace

void PayloadSender::begin(std::span<const pr_segment> segments, std::uint64_t length, std::uint32_t framing,
                          std::uint32_t coding, PayloadSource* source, std::function<void()> leaving) {
  end();
  segments_ = segments;
  declared_ = length;
  framing_ = framing;
  coding_ = coding;
  source_ = source;
  leaving_ = std::move(leaving);
  if (coding != PR_CODING_NONE) encoder_ = std::make_unique<PayloadEncoder>(coding);
}

void PayloadSender::end() {
  segments_ = {};
  index_ = 0, offset_ = 0, taken_ = 0, head_sent_ = 0;
  encoder_ = nullptr;
  head_.clear(), coded_.clear();
  body_ = {};
  chunk_open_ = input_ended_ = trailer_ = coded_document_ = moved_ = false;
  document_bytes_ = 0, reach_ = 0, wait_offset_ = 0;
  trouble_.clear();
}

PayloadSender::Fill PayloadSender::bad(std::string why) {
  trouble_ = std::move(why);
  return Fill::bad;
}

/// The next uncoded bytes: a literal, or as much of the document as lies together. An empty one: the input
/// ended.
PayloadSender::Fill PayloadSender::take(Body& raw) {
  raw = {};
  while (index_ < segments_.size()) {
    const pr_segment& segment = segments_[index_];
    const bool literal = segment.kind == PR_SEGMENT_LITERAL;
    const std::uint64_t length = literal ? segment.literal.size : segment.length;
    if (offset_ < length) {
      if (literal) {
        raw.memory = bytes_view(segment.literal);
        raw.length = raw.memory.size();
      } else {
        if (!source_) return bad("there is no document");
        PayloadSource::Piece piece = source_->piece(segment.offset + offset_);
        switch (piece.kind) {
          case PayloadSource::Piece::Kind::wait:
            wait_offset_ = segment.offset + offset_;
            return Fill::wait;
          case PayloadSource::Piece::Kind::failed:
            return bad(std::move(piece.text));
          case PayloadSource::Piece::Kind::end:
            if (length != PR_LENGTH_TO_END) return bad("the document is shorter than announced");
            ++index_, offset_ = 0;
            continue;
          case PayloadSource::Piece::Kind::memory:
            raw.memory = piece.memory;
            raw.length = piece.memory.size();
            break;
          case PayloadSource::Piece::Kind::file:
            raw.descriptor = piece.descriptor;
            raw.file_offset = piece.file_offset;
            raw.length = piece.length;
            break;
        }
        raw.document = true;
        raw.length = std::min(raw.length, length - offset_);
        raw.length = std::min(raw.length, raw.descriptor >= 0 ? kLargestPiece : raw.length);
        if (coding_ != PR_CODING_NONE) raw.length = std::min<std::uint64_t>(raw.length, kRawBlock);
        raw.memory = raw.memory.substr(0, raw.length);
      }
      if (declared_ != PR_LENGTH_TO_END && raw.length > declared_ - taken_)
        return bad("the document is longer than announced");
      offset_ += raw.length;
      taken_ += raw.length;
      if (raw.document) reach_ = segment.offset + offset_;
      return Fill::ready;
    }
    ++index_, offset_ = 0;
  }
  if (declared_ != PR_LENGTH_TO_END && taken_ != declared_)
    return bad("the document is shorter than announced");
  return Fill::ready;
}

void PayloadSender::frame(std::uint64_t length) {
  head_.clear();
  head_sent_ = 0;
  if (framing_ != PR_FRAMING_HTTP_CHUNKED) return;
  if (chunk_open_) head_ = "\r\n";
  std::array<char, 16> hex;
  const auto end = std::to_chars(hex.data(), hex.data() + hex.size(), length, 16).ptr;
  head_.append(hex.data(), end);
  head_ += length ? "\r\n" : "\r\n\r\n";
  chunk_open_ = length != 0;
}

bool PayloadSender::read_file(const Body& raw, std::string& into) {
  into.resize(raw.length);
  std::size_t have = 0;
  while (have < into.size()) {
    const ssize_t n = ::pread(raw.descriptor, into.data() + have, into.size() - have,
                              static_cast<off_t>(raw.file_offset + have));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0)
      return bad(n < 0 ? "document: " + errno_text(errno) : "the document file is shorter than it was"),
             false;
    have += static_cast<std::size_t>(n);
  }
  return true;
}

PayloadSender::Fill PayloadSender::fill_coded() {
  coded_.clear();
  while (coded_.size() < kCodedBlock && !input_ended_) {
    Body raw;
    if (const Fill f = take(raw); f == Fill::bad || (f == Fill::wait && coded_.empty()))
      return f;
    else if (f == Fill::wait)
      break;
    input_ended_ = raw.length == 0;
    if (raw.descriptor >= 0) {
      if (!read_file(raw, raw_)) return Fill::bad;
      raw.memory = raw_;
    }
    encoder_->feed(raw.memory, input_ended_, coded_);
    if (raw.document) {
      coded_document_ = true;
      document_bytes_ += raw.length;
    }
  }
  body_ = {};
  body_.memory = coded_;
  body_.length = coded_.size();
  body_.document = coded_document_;
  if (body_.length) frame(body_.length);
  return Fill::ready;
}

/// The next block to write: head_ and body_, both empty at the very end.
PayloadSender::Fill PayloadSender::fill() {
  if (!input_ended_) {
    if (encoder_) {
      if (const Fill f = fill_coded(); f != Fill::ready || body_.length) return f;
    } else {
      if (const Fill f = take(body_); f != Fill::ready) {
        body_ = {};
        return f;
      }
      input_ended_ = body_.length == 0;
      if (!input_ended_) return frame(body_.length), Fill::ready;
    }
  }
  body_ = {};
  if (framing_ == PR_FRAMING_HTTP_CHUNKED && !trailer_) {
    trailer_ = true;
    frame(0);
  }
  return Fill::ready;
}

void PayloadSender::count(const Body& raw, std::uint64_t bytes) {
  moved_ = true;
  if (raw.document && !encoder_) document_bytes_ += bytes;
}

PayloadSender::State PayloadSender::advance(Stream& stream) {
  std::uint64_t turn = 0;
  for (;;) {
    const bool head_left = head_sent_ < head_.size();
    if (!head_left && body_.length == 0) {
      if (turn >= kATurn) return State::yield;
      const Fill f = fill();
      if (f == Fill::bad) return State::bad_source;
      if (f == Fill::wait) return State::wait_source;
      if (head_sent_ >= head_.size() && body_.length == 0) {
        const Transfer t = stream.try_flush();
        if (t.kind == Transfer::Kind::would_block) return State::would_block;
        return t.kind == Transfer::Kind::failed ? State::broken : State::done;
      }
      continue;
    }
    if (body_.document && body_.length && leaving_) std::exchange(leaving_, nullptr)();
    Transfer t;
    if (head_left || body_.descriptor < 0) {
      const std::array<std::string_view, 2> parts{std::string_view(head_).substr(head_sent_), body_.memory};
      t = stream.try_write(parts);
    } else {
      t = stream.try_send_file(body_.descriptor, body_.file_offset, body_.length);
      if (t.kind == Transfer::Kind::end) {
        trouble_ = "the document file is shorter than it was";
        return State::bad_source;
      }
    }
    if (t.kind == Transfer::Kind::would_block) return State::would_block;
    if (t.kind == Transfer::Kind::failed) return State::broken;
    turn += t.bytes;
    std::size_t bytes = t.bytes;
    const std::size_t of_head = std::min(bytes, head_.size() - std::min(head_sent_, head_.size()));
    head_sent_ += of_head;
    bytes -= of_head;
    if (of_head) moved_ = true;
    if (bytes) {
      count(body_, bytes);
      body_.length -= bytes;
      if (body_.descriptor >= 0)
        body_.file_offset += bytes;
      else
        body_.memory.remove_prefix(bytes);
    }
  }
}

}  // namespace printrouter::net
