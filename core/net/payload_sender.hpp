// SPDX-License-Identifier: Apache-2.0
#pragma once
/// PR_ACTION_SEND_PAYLOAD: segments out of memory and the document, coded and framed. For net/ alone.
#include <printrouter/abi/action.h>

#include <functional>
#include <memory>
#include <span>
#include <string>

#include "net/payload.hpp"
#include "net/payload_coder.hpp"
#include "net/stream.hpp"

namespace printrouter::net {

class PayloadSender {
 public:
  enum class State {
    done,
    yield,        ///< more could go out now; others first
    would_block,  ///< wait until the stream is writable
    wait_source,  ///< wait_offset(): the document has not arrived so far
    broken,       ///< Stream::last_error()
    bad_source    ///< trouble()
  };
  /// `segments` and what they point to stay until the end. `leaving` runs before document bytes are first
  /// written.
  void begin(std::span<const pr_segment> segments, std::uint64_t length, std::uint32_t framing,
             std::uint32_t coding, PayloadSource* source, std::function<void()> leaving);
  State advance(Stream& stream);
  /// Forgets the action; keeps the buffers.
  void end();

  std::uint64_t document_bytes() const {
    return document_bytes_;
  }                                                        ///< of this action, before framing and coding
  std::uint64_t document_reach() const { return reach_; }  ///< behind the last document byte that left
  std::uint64_t wait_offset() const { return wait_offset_; }
  const std::string& trouble() const { return trouble_; }
  bool moved() { return std::exchange(moved_, false); }  ///< did bytes leave since the last call?

 private:
  struct Body {
    std::string_view memory = {};
    int descriptor = -1;  ///< instead of memory
    std::uint64_t file_offset = 0;
    std::uint64_t length = 0;
    bool document = false;
  };
  enum class Fill { ready, wait, bad };
  Fill fill();
  Fill take(Body& raw);
  Fill fill_coded();
  Fill bad(std::string why);
  bool read_file(const Body& raw, std::string& into);
  void frame(std::uint64_t length);
  void count(const Body& raw, std::uint64_t bytes);

  std::span<const pr_segment> segments_ = {};
  std::size_t index_ = 0;
  std::uint64_t offset_ = 0;  ///< inside the segment, of what was taken
  std::uint64_t declared_ = 0, taken_ = 0;
  std::uint32_t framing_ = 0, coding_ = 0;
  PayloadSource* source_ = nullptr;
  std::function<void()> leaving_ = {};
  std::unique_ptr<PayloadEncoder> encoder_ = {};

  std::string head_ = {};  ///< chunk header or trailer, goes before the body
  std::size_t head_sent_ = 0;
  Body body_ = {};
  std::string coded_ = {}, raw_ = {};
  bool chunk_open_ = false, input_ended_ = false, trailer_ = false, coded_document_ = false;

  std::uint64_t document_bytes_ = 0, reach_ = 0, wait_offset_ = 0;
  std::string trouble_ = {};
  bool moved_ = false;
};

}  // namespace printrouter::net
