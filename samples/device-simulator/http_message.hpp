// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 on a blocking stream, as much as IPP and the control port need: RFC 9112 framing, 100-continue,
// Content-Encoding gzip and deflate.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "socket_stream.hpp"

struct z_stream_s;

namespace simulator {

struct HttpRequest {
  std::string method, target, version;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string header(const std::string& name) const;
  bool keep_alive() const;
};

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // > 0 bytes, 0 end, -1 broken.
  virtual long read(char* data, size_t size) = 0;
};

// Undoes gzip or zlib wrapping of another source.
class InflatingSource final : public ByteSource {
 public:
  explicit InflatingSource(ByteSource& from);
  ~InflatingSource() override;
  InflatingSource(const InflatingSource&) = delete;
  InflatingSource& operator=(const InflatingSource&) = delete;
  long read(char* data, size_t size) override;
  // The coding itself is wrong; the source is not at fault.
  bool damaged() const { return damaged_; }

 private:
  ByteSource& from_;
  std::unique_ptr<z_stream_s> state_;
  bool start();
  bool started_ = false, ended_ = false, damaged_ = false;
  char input_[16384];
};

class HttpConnection final : public ByteSource {
 public:
  explicit HttpConnection(Stream& stream) : stream_(stream) {}
  // 1: a request is there; 0: the peer ended; -1: broken or nonsense (an answer, if any, has been sent).
  int read_request(HttpRequest& request);
  // The body of the request, chunks undone, content coding not. Sends 100-continue before the first read.
  long read(char* data, size_t size) override;
  // Reads the rest of the body away, at most `limit` bytes. False: more was left, or it broke.
  bool drain(uint64_t limit);
  bool respond(int status, const std::string& type, const std::string& body, bool close,
               const std::string& extra = "");
  uint64_t body_bytes() const { return body_bytes_; }
  Stream& stream() { return stream_; }

 private:
  bool fill();
  bool read_line(std::string& line);
  long raw_read(char* data, size_t size);

  Stream& stream_;
  std::string buffer_;
  bool chunked_ = false, expect_continue_ = false, body_done_ = true, broken_ = false;
  uint64_t left_ = 0, body_bytes_ = 0;
};

const char* http_reason(int status);

}  // namespace simulator
