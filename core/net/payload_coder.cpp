// SPDX-License-Identifier: Apache-2.0
#include "net/payload_coder.hpp"

#include <printrouter/abi/action.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <new>

namespace printrouter::net {

namespace {
constexpr int kGzip = 16 + MAX_WBITS, kZlib = MAX_WBITS, kRaw = -MAX_WBITS;

Bytef* input(std::string_view data) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));  // zlib only reads it
}
uInt clamp(std::size_t size) {
  return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
}
}  // namespace

struct PayloadEncoder::Impl {
  z_stream z{};
};

PayloadEncoder::PayloadEncoder(std::uint32_t coding) : impl_(std::make_unique<Impl>()) {
  const int bits = coding == PR_CODING_GZIP ? kGzip : kZlib;
  if (deflateInit2(&impl_->z, Z_BEST_SPEED, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();
}

PayloadEncoder::~PayloadEncoder() {
  deflateEnd(&impl_->z);
}

void PayloadEncoder::feed(std::string_view data, bool last, std::string& out) {
  z_stream& z = impl_->z;
  std::array<char, 32 * 1024> block;
  do {
    const uInt size = clamp(data.size());
    z.next_in = input(data);
    z.avail_in = size;
    data.remove_prefix(size);
    do {
      z.next_out = reinterpret_cast<Bytef*>(block.data());
      z.avail_out = static_cast<uInt>(block.size());
      deflate(&z, last && data.empty() ? Z_FINISH : Z_NO_FLUSH);
      out.append(block.data(), block.size() - z.avail_out);
    } while (z.avail_out == 0);
  } while (!data.empty());
}

struct PayloadDecoder::Impl {
  std::uint32_t coding;
  std::uint64_t limit;
  z_stream z{};
  bool started = false, ended = false, failed = false;
  std::uint64_t total = 0;
  std::string first = {};  ///< deflate: its first bytes, until the kind is known
  std::array<char, 64 * 1024> block = {};
};

PayloadDecoder::PayloadDecoder(std::uint32_t coding, std::uint64_t limit)
    : impl_(std::make_unique<Impl>(Impl{coding, limit})) {}

PayloadDecoder::~PayloadDecoder() {
  if (impl_->started) inflateEnd(&impl_->z);
}

bool PayloadDecoder::at_end() const {
  return impl_->ended || (!impl_->started && impl_->first.empty());
}
std::uint32_t PayloadDecoder::coding() const {
  return impl_->coding;
}

Status PayloadDecoder::feed(std::string_view data, const Out& out) {
  Impl& d = *impl_;
  const auto damaged = [&](const char* how) -> Status {
    d.failed = true;
    return fail(ErrorCode::corrupt, std::string("compressed document is damaged: ") + how);
  };
  if (d.failed) return damaged("nothing more can be read of it");
  if (data.empty()) return {};
  std::string joined;
  if (!d.started) {
    d.first += data;
    if (d.first.size() < 2) return {};
    joined = std::move(d.first);
    d.first.clear();
    data = joined;
    const auto b0 = static_cast<unsigned char>(data[0]), b1 = static_cast<unsigned char>(data[1]);
    const bool zlib = (b0 & 0x0f) == 8 && ((b0 << 8) | b1) % 31 == 0;
    const int bits = d.coding == PR_CODING_GZIP ? kGzip : zlib ? kZlib : kRaw;
    if (inflateInit2(&d.z, bits) != Z_OK) return fail(ErrorCode::internal, "out of memory");
    d.started = true;
  }
  while (!data.empty()) {
    if (d.ended) {
      // gzip files may be joined (RFC 1952 section 2.2); anything else behind the end is an error.
      if (d.coding != PR_CODING_GZIP || data[0] != '\x1f') return damaged("there is data behind its end");
      inflateReset(&d.z);
      d.ended = false;
    }
    const uInt size = clamp(data.size());
    d.z.next_in = input(data);
    d.z.avail_in = size;
    int result = Z_OK;
    do {
      d.z.next_out = reinterpret_cast<Bytef*>(d.block.data());
      d.z.avail_out = static_cast<uInt>(d.block.size());
      result = inflate(&d.z, Z_NO_FLUSH);
      if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
        return damaged(d.z.msg ? d.z.msg : "not in the announced format");
      const std::size_t made = d.block.size() - d.z.avail_out;
      d.total += made;
      if (d.total > d.limit) {
        d.failed = true;
        return fail(ErrorCode::limit,
                    "compressed document expands to more than " + std::to_string(d.limit) + " bytes");
      }
      if (made)
        if (Status s = out({d.block.data(), made}); !s) {
          d.failed = true;
          return s;
        }
    } while (result == Z_OK && (d.z.avail_in > 0 || d.z.avail_out == 0));
    d.ended = result == Z_STREAM_END;
    data.remove_prefix(size - d.z.avail_in);
    if (result == Z_BUF_ERROR && !data.empty() && d.z.avail_in == size)
      return damaged("it makes no progress");
  }
  return {};
}

}  // namespace printrouter::net
