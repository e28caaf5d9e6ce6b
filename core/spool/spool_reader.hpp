// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "base/result.hpp"

namespace printrouter::spool {

enum class ReadState {
  data,   ///< `bytes` were read, at least one
  wait,   ///< not there yet, or not in memory: ask when_ready
  end,    ///< the document ends here
  broken  ///< the submitter broke off or the disk failed; `error` says which. There is no end
};

struct Read {
  ReadState state = ReadState::wait;
  std::size_t bytes = 0;
  Error error = {};
};

/// Reads a document, whole or still arriving. [main thread] Nothing here blocks.
class SpoolReader {
 public:
  virtual ~SpoolReader() = default;
  /// Up to into.size() bytes from `offset`.
  virtual Read read(std::uint64_t offset, std::span<char> into) = 0;
  /// Calls once on the main thread when read(offset) will not answer `wait`. At most one call is pending: a
  /// second replaces the first, an empty function withdraws it. Destroying the reader withdraws it too.
  virtual void when_ready(std::uint64_t offset, std::function<void()> ready) = 0;
  /// Bytes there are now.
  virtual std::uint64_t available() const = 0;
  /// Total size; not known while the document still arrives.
  virtual std::optional<std::uint64_t> size() const = 0;
  /// Bytes that have reached the file: those above are in memory still, and only read() has them.
  virtual std::uint64_t in_file() const { return descriptor() >= 0 ? available() : 0; }
  /// For sendfile(2) of bytes below in_file(); -1 if there is none (small document still in memory).
  virtual int descriptor() const = 0;
};

}  // namespace printrouter::spool
