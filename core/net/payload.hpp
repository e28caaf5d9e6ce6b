// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Where a session's document bytes come from, and where they go. [main thread only]
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "net/io_context.hpp"

namespace printrouter::net {

/// A document as a session sees it: vendor edits applied, perhaps still growing.
class PayloadSource {
 public:
  virtual ~PayloadSource() = default;

  /// What is there at an offset: memory, or a range of a file.
  struct Piece {
    enum class Kind {
      memory,  ///< `memory`, valid until the next call
      file,    ///< `length` bytes of `descriptor` at `file_offset`
      wait,    ///< not there yet: wait_for_more
      end,     ///< the document ends here
      failed   ///< cannot be read, or its submitter broke off; `text` says which
    };
    Kind kind = Kind::end;
    std::string_view memory = {};
    int descriptor = -1;
    std::uint64_t file_offset = 0;
    std::uint64_t length = 0;
    std::string text = {};
  };
  virtual Piece piece(std::uint64_t offset) = 0;
  /// Calls `more` once when the document grew, ended or broke off; at once (posted) if that already happened.
  /// A second wait replaces the first.
  virtual void wait_for_more(std::uint64_t beyond, Callback more) = 0;
  virtual void cancel_wait() = 0;
  /// Total size, PR_LENGTH_TO_END while it is not known.
  virtual std::uint64_t size() const = 0;
};

/// Takes a document's bytes in, decoded.
class PayloadSink {
 public:
  virtual ~PayloadSink() = default;
  /// Takes all or fails: limit (too large), disk_full, io. `data` is borrowed for the call.
  virtual Status write(std::string_view data) = 0;
  /// Room of its own for the next `wanted` bytes, valid until its next call; empty: there is only write().
  virtual std::span<char> room(std::size_t /*wanted*/) { return {}; }
  /// The first `bytes` of that room are the document's next ones. Fails like write().
  virtual Status filled(std::size_t /*bytes*/) { return {}; }
  /// false: no more for now; `resume` runs once when there is room again.
  virtual bool ready(Callback resume) = 0;
};

}  // namespace printrouter::net
