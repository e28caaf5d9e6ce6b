// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

namespace printrouter {

/// Bytes that come at the end and are consumed at the front. Allocates on first use, moves bytes rarely, and
/// never fills memory that somebody is going to write into.
class ByteBuffer {
 public:
  ByteBuffer() = default;
  ByteBuffer(ByteBuffer&& other) noexcept { swap(other); }
  ByteBuffer& operator=(ByteBuffer&& other) noexcept {
    ByteBuffer taken(std::move(other));
    swap(taken);
    return *this;
  }
  ByteBuffer(const ByteBuffer&) = delete;
  ByteBuffer& operator=(const ByteBuffer&) = delete;
  ~ByteBuffer() = default;

  std::string_view view() const { return {data_.get() + begin_, end_ - begin_}; }
  std::size_t size() const { return end_ - begin_; }
  bool empty() const { return begin_ == end_; }
  void consume(std::size_t bytes) {
    begin_ += bytes;
    if (begin_ == end_) begin_ = end_ = 0;
  }
  void clear() { begin_ = end_ = 0; }
  void append(std::string_view bytes) {
    if (bytes.empty()) return;
    std::memcpy(room(bytes.size()).data(), bytes.data(), bytes.size());
    filled(bytes.size());
  }
  /// Room for `bytes` more; filled() says how many of them came.
  std::span<char> room(std::size_t bytes) {
    if (capacity_ - end_ < bytes) {
      const std::size_t kept = size();
      if (capacity_ >= kept + bytes) {
        std::memmove(data_.get(), data_.get() + begin_, kept);
      } else {
        const std::size_t bigger = std::max({kept + bytes, capacity_ * 2, std::size_t{4096}});
        auto grown = std::make_unique_for_overwrite<char[]>(bigger);
        if (kept) std::memcpy(grown.get(), data_.get() + begin_, kept);
        data_ = std::move(grown);
        capacity_ = bigger;
      }
      begin_ = 0;
      end_ = kept;
    }
    return {data_.get() + end_, bytes};
  }
  void filled(std::size_t bytes) { end_ += bytes; }

 private:
  void swap(ByteBuffer& other) noexcept {
    data_.swap(other.data_);
    std::swap(capacity_, other.capacity_);
    std::swap(begin_, other.begin_);
    std::swap(end_, other.end_);
  }

  std::unique_ptr<char[]> data_ = {};
  std::size_t capacity_ = 0, begin_ = 0, end_ = 0;
};

}  // namespace printrouter
