// SPDX-License-Identifier: Apache-2.0
// Heads and bodies of HTTP: however the bytes are cut, they come apart alike, and never beyond what is there.
#include "fuzz_input.hpp"
#include "http_head.hpp"
#include "ipp_response_reader.hpp"

namespace {

using namespace printrouter;
using namespace printrouter::ipp;

struct Unframed {
  std::string data;
  size_t rest = 0;
  bool ended = false, failed = false;
};

Unframed unframe(http::Body body, std::string_view bytes, size_t step) {
  http::BodyReader reader(body);
  Unframed out;
  std::string buffer;
  using Kind = http::BodyReader::Piece::Kind;
  for (size_t fed = 0;;) {
    const auto piece = reader.next(buffer);
    out.failed = piece.kind == Kind::failed;
    out.ended = piece.kind == Kind::end;
    if (out.failed) return out;
    fuzz::require(piece.used <= buffer.size());
    buffer.erase(0, piece.used);
    if (piece.kind == Kind::data && !buffer.empty()) {
      const size_t n = static_cast<size_t>(std::min<uint64_t>(piece.data_size, buffer.size()));
      out.data += buffer.substr(0, n);
      buffer.erase(0, n);
      reader.took(n);
      continue;
    }
    if (out.ended || fed == bytes.size()) {
      out.rest = buffer.size() + bytes.size() - fed;
      return out;
    }
    const size_t n = std::min(step, bytes.size() - fed);
    buffer += bytes.substr(fed, n);
    fed += n;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Input input(data, size);
  const size_t step = 1 + input.choice() % 7;
  const std::string_view bytes = input.rest();
  const auto request = http::parse_request(bytes);
  if (request.state == http::HeadState::done) {
    fuzz::require(request.used <= bytes.size());
    // What was read and written again reads alike.
    const auto again = http::parse_request(http::serialize(request.head));
    fuzz::require(again.state == http::HeadState::done && again.head.fields.list == request.head.fields.list);
    const auto at_once =
        unframe(http::request_body(request.head), bytes.substr(request.used), bytes.size() + 1);
    const auto in_steps = unframe(http::request_body(request.head), bytes.substr(request.used), step);
    fuzz::require(at_once.failed == in_steps.failed);
    if (!at_once.failed) {
      fuzz::require(at_once.data == in_steps.data && at_once.ended == in_steps.ended);
      if (at_once.ended) fuzz::require(at_once.rest == in_steps.rest);
    }
  }
  ResponseReader reader;
  auto state = ResponseReader::State::more;
  for (size_t at = 0; at < bytes.size(); at += step) {
    state = reader.feed(bytes.substr(at, step));
    if (state != ResponseReader::State::more && state != ResponseReader::State::go_ahead) break;
  }
  ResponseReader whole;
  auto other = whole.feed(bytes);
  while (other == ResponseReader::State::go_ahead) other = whole.feed({});
  while (state == ResponseReader::State::go_ahead) state = reader.feed({});
  fuzz::require(state == other);
  if (state == ResponseReader::State::done && reader.has_message())
    fuzz::require(reader.message() == whole.message());
  return 0;
}
