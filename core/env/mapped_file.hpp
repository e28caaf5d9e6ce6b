// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <filesystem>

#include "base/result.hpp"

namespace printrouter::env {

/// A file of fixed size in memory: what is stored there survives the end of this process without a system
/// call (not a power cut: nothing here is flushed). Readable by its owner alone.
class MappedFile {
 public:
  /// Creates the file or takes the one that is there, at exactly `size` bytes; new bytes are zero.
  static Result<MappedFile> open(const std::filesystem::path& path, std::size_t size);
  /// Memory without a file behind it.
  static Result<MappedFile> anonymous(std::size_t size);
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&&) = delete;
  ~MappedFile();
  std::byte* data() const { return data_; }
  std::size_t size() const { return size_; }

 private:
  MappedFile(std::byte* data, std::size_t size) : data_(data), size_(size) {}
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace printrouter::env
