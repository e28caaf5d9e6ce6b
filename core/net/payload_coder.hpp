// SPDX-License-Identifier: Apache-2.0
#pragma once
/// gzip (RFC 1952) and deflate (RFC 1950; raw RFC 1951 is understood too), piece by piece. For net/ and its
/// tests.
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace printrouter::net {

class PayloadEncoder {
 public:
  /// `coding`: PR_CODING_GZIP or PR_CODING_DEFLATE.
  explicit PayloadEncoder(std::uint32_t coding);
  ~PayloadEncoder();
  PayloadEncoder(const PayloadEncoder&) = delete;
  PayloadEncoder& operator=(const PayloadEncoder&) = delete;
  /// Appends coded bytes to `out`. After `last` it may not be called again.
  void feed(std::string_view data, bool last, std::string& out);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

class PayloadDecoder {
 public:
  using Out = std::function<Status(std::string_view)>;
  /// `limit`: decoded bytes that it may expand to at most.
  PayloadDecoder(std::uint32_t coding, std::uint64_t limit);
  ~PayloadDecoder();
  PayloadDecoder(const PayloadDecoder&) = delete;
  PayloadDecoder& operator=(const PayloadDecoder&) = delete;
  /// Errors: corrupt (damaged, or data after the end), limit (expands too far), and what `out` answers.
  Status feed(std::string_view data, const Out& out);
  /// The coded stream is whole. True also if nothing was fed.
  bool at_end() const;
  std::uint32_t coding() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace printrouter::net
