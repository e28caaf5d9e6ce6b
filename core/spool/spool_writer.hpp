// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace printrouter::spool {

struct DocumentState;

/// A finished document.
struct StoredDocument {
  std::string file = {};  ///< for Job.document_file and Spool::open_document
  std::uint64_t size = 0;
};

/// One document on its way in. [main thread] Nothing here blocks. Ends by exactly one of finish, abandon and
/// keep_incomplete; the destructor abandons.
class SpoolWriter {
 public:
  explicit SpoolWriter(std::shared_ptr<DocumentState> state);
  ~SpoolWriter();
  SpoolWriter(const SpoolWriter&) = delete;
  SpoolWriter& operator=(const SpoolWriter&) = delete;

  /// Copies `bytes`. Errors: limit, disk_full, io; after an error the document can only be abandoned or kept
  /// as incomplete. Always takes the bytes otherwise, but see writable().
  Status append(std::string_view bytes);
  /// Room for the next `wanted` bytes, so that they need no copy: fill from its front, then say how many
  /// came. Valid until the next call of the writer. Empty: the document has ended. filled() fails like
  /// append().
  std::span<char> room(std::size_t wanted);
  Status filled(std::size_t bytes);
  /// False: as much waits for the disk as may; stop reading from the network until when_writable calls.
  bool writable() const;
  /// Calls once on the main thread as soon as writable() is true again (or the disk failed: append then says
  /// so).
  void when_writable(std::function<void()> ready);
  std::uint64_t size() const;

  /// Write, fsync, rename, fsync of the folder, on the pool; then the callback on the main thread. On error
  /// the document is abandoned.
  using Finished = std::function<void(const Result<StoredDocument>&)>;
  void finish(Finished finished);
  /// Removes what there is. Followers see `broken`.
  void abandon();
  /// Keeps what there is in incomplete/ (RAW: connection reset). Followers see `broken`.
  void keep_incomplete(std::function<void(Status)> kept = {});

  const std::shared_ptr<DocumentState>& state() const { return state_; }

 private:
  std::shared_ptr<DocumentState> state_;
};

}  // namespace printrouter::spool
