// SPDX-License-Identifier: Apache-2.0
#include "http_message.hpp"

#include <zlib.h>

#include <algorithm>
#include <cctype>

namespace simulator {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

}  // namespace

const char* http_reason(int status) {
  switch (status) {
    case 100:
      return "Continue";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 204:
      return "No Content";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 500:
      return "Internal Server Error";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "Status";
  }
}

std::string HttpRequest::header(const std::string& name) const {
  auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

bool HttpRequest::keep_alive() const {
  std::string connection = lower(header("connection"));
  return version == "HTTP/1.1" ? connection != "close" : connection == "keep-alive";
}

bool HttpConnection::fill() {
  char data[16384];
  long got = stream_.read_some(data, sizeof data);
  if (got <= 0) return false;
  buffer_.append(data, static_cast<size_t>(got));
  return true;
}

bool HttpConnection::read_line(std::string& line) {
  size_t end = 0;
  while ((end = buffer_.find('\n')) == std::string::npos) {
    if (buffer_.size() > 65536 || !fill()) return false;
  }
  line = buffer_.substr(0, end);
  if (!line.empty() && line.back() == '\r') line.pop_back();
  buffer_.erase(0, end + 1);
  return true;
}

int HttpConnection::read_request(HttpRequest& request) {
  request = HttpRequest();
  body_done_ = true;
  chunked_ = expect_continue_ = broken_ = false;
  left_ = body_bytes_ = 0;
  std::string line;
  do {
    if (!read_line(line)) return buffer_.empty() ? 0 : -1;
  } while (line.empty());
  size_t first = line.find(' '), last = line.rfind(' ');
  if (first == std::string::npos || first == last || !line.substr(last + 1).starts_with("HTTP/1.")) {
    respond(400, "text/plain", "not an HTTP/1.1 request\n", true);
    return -1;
  }
  request.method = line.substr(0, first);
  request.target = line.substr(first + 1, last - first - 1);
  request.version = line.substr(last + 1);
  for (;;) {
    if (!read_line(line) || request.headers.size() > 200) return -1;
    if (line.empty()) break;
    size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    size_t value = line.find_first_not_of(" \t", colon + 1);
    request.headers[lower(line.substr(0, colon))] = value == std::string::npos ? "" : line.substr(value);
  }
  chunked_ = lower(request.header("transfer-encoding")).find("chunked") != std::string::npos;
  std::string length = request.header("content-length");
  if (!chunked_ && !length.empty()) {
    if (length.size() > 18 || length.find_first_not_of("0123456789") != std::string::npos) {
      respond(400, "text/plain", "bad Content-Length\n", true);
      return -1;
    }
    left_ = std::stoull(length);
  }
  body_done_ = !chunked_ && left_ == 0;
  expect_continue_ = lower(request.header("expect")) == "100-continue";
  return 1;
}

long HttpConnection::raw_read(char* data, size_t size) {
  if (buffer_.empty()) {
    if (size >= 16384) return stream_.read_some(data, size);
    if (!fill()) return -1;
  }
  size_t got = std::min(size, buffer_.size());
  buffer_.copy(data, got);
  buffer_.erase(0, got);
  return static_cast<long>(got);
}

long HttpConnection::read(char* data, size_t size) {
  if (broken_) return -1;
  if (expect_continue_) {
    expect_continue_ = false;
    if (!stream_.write_all("HTTP/1.1 100 Continue\r\n\r\n")) return -1;
  }
  if (body_done_) return 0;
  if (chunked_ && left_ == 0) {
    std::string line;
    if (!read_line(line) || (body_bytes_ > 0 && line.empty() && !read_line(line))) {
      broken_ = true;
      return -1;
    }
    std::string digits = line.substr(0, line.find_first_of("; \t"));
    if (digits.empty() || digits.size() > 15 ||
        digits.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) {
      broken_ = true;
      return -1;
    }
    left_ = std::stoull(digits, nullptr, 16);
    if (left_ == 0) {
      while (read_line(line) && !line.empty()) {
      }
      body_done_ = true;
      return 0;
    }
  }
  long got = raw_read(data, static_cast<size_t>(std::min<uint64_t>(size, left_)));
  if (got <= 0) {
    broken_ = true;  // the connection ended inside the body
    return -1;
  }
  left_ -= static_cast<uint64_t>(got);
  body_bytes_ += static_cast<uint64_t>(got);
  if (!chunked_ && left_ == 0) body_done_ = true;
  return got;
}

bool HttpConnection::drain(uint64_t limit) {
  expect_continue_ = false;
  char data[65536];
  uint64_t sum = 0;
  while (!body_done_ && !broken_) {
    long got = read(data, sizeof data);
    if (got < 0) return false;
    sum += static_cast<uint64_t>(got);
    if (sum > limit) return false;
  }
  return !broken_;
}

bool HttpConnection::respond(int status, const std::string& type, const std::string& body, bool close,
                             const std::string& extra) {
  std::string head = "HTTP/1.1 " + std::to_string(status) + " " + http_reason(status) + "\r\n";
  if (!type.empty()) head += "Content-Type: " + type + "\r\n";
  head += "Content-Length: " + std::to_string(body.size()) + "\r\n" + extra;
  if (close) head += "Connection: close\r\n";
  return stream_.write_all(head + "\r\n" + body);
}

InflatingSource::InflatingSource(ByteSource& from) : from_(from), state_(std::make_unique<z_stream>()) {
  *state_ = z_stream{};
}

InflatingSource::~InflatingSource() {
  if (started_) inflateEnd(state_.get());
}

// gzip and zlib show themselves by their header; "deflate" without one is RFC 1951, as RFC 8011 means it.
bool InflatingSource::start() {
  auto first = static_cast<unsigned char>(input_[0]);
  bool wrapped = first == 0x1f || (first & 0x0f) == 8;
  started_ = inflateInit2(state_.get(), wrapped ? 15 + 32 : -15) == Z_OK;
  return started_;
}

long InflatingSource::read(char* data, size_t size) {
  state_->next_out = reinterpret_cast<Bytef*>(data);
  state_->avail_out = static_cast<uInt>(size);
  while (!ended_ && state_->avail_out == size) {
    if (state_->avail_in == 0) {
      long got = from_.read(input_, sizeof input_);
      if (got == 0) damaged_ = true;  // the coding did not come to its end
      if (got <= 0) return -1;
      state_->next_in = reinterpret_cast<Bytef*>(input_);
      state_->avail_in = static_cast<uInt>(got);
      if (!started_ && !start()) return -1;
    }
    int code = inflate(state_.get(), Z_NO_FLUSH);
    if (code == Z_STREAM_END) {
      ended_ = true;
    } else if (code != Z_OK && code != Z_BUF_ERROR) {
      damaged_ = true;
      return -1;
    }
  }
  return static_cast<long>(size - state_->avail_out);
}

}  // namespace simulator
