// SPDX-License-Identifier: Apache-2.0
#include <printrouter/http.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace printrouter::sdk::http {
namespace {

using namespace std::string_literals;
using ::testing::HasSubstr;

TEST(HttpHead, a_request_is_read_to_its_end_and_no_further) {
  const std::string head =
      "POST /ipp/print HTTP/1.1\r\nHost: localhost:631\r\nContent-Type:  application/ipp \r\nConnection: "
      "Keep-Alive, "
      "Upgrade\r\nContent-Length: 12\r\n\r\n";
  const auto r = parse_request(head + "body");
  ASSERT_EQ(r.state, HeadState::done) << r.why;
  EXPECT_EQ(r.used, head.size());
  EXPECT_EQ(r.head.method, "POST");
  EXPECT_EQ(r.head.target, "/ipp/print");
  EXPECT_EQ(r.head.fields.get("content-type"), "application/ipp");
  EXPECT_TRUE(r.head.fields.has_token("connection", "upgrade"));
  EXPECT_FALSE(r.head.fields.has_token("connection", "grade"));
  EXPECT_TRUE(r.head.keep_alive());
  EXPECT_EQ(request_body(r.head).length, 12u);
  for (size_t n = 0; n < head.size(); ++n)
    EXPECT_EQ(parse_request(std::string_view(head).substr(0, n)).state, HeadState::more);
}

struct BadHead {
  std::string bytes;
  const char* why;
};

TEST(HttpHead, requests_that_could_be_read_in_two_ways_are_refused) {
  const BadHead cases[] = {{"GET /\r\n\r\n", "RFC 9112 section 3"},
                           {"GET / HTTP/2.0\r\n\r\n", "version"},
                           {"GET  / HTTP/1.1\r\n\r\n", "RFC 9112 section 3.2"},
                           {"G(T / HTTP/1.1\r\n\r\n", "RFC 9112 section 3.1"},
                           {"GET / HTTP/1.1\nHost: x\n\n", "CRLF"},
                           {"GET / HTTP/1.1\r\nHost : x\r\n\r\n", "RFC 9112 section 5.1"},
                           {"GET / HTTP/1.1\r\nHost: x\r\n y\r\n\r\n", "RFC 9112 section 5.2"},
                           {"GET / HTTP/1.1\r\nHost: x\ny\r\n\r\n", "RFC 9112 section 2.2"},
                           {"GET / HTTP/1.1\r\nHost: x\0y\r\n\r\n"s, "RFC 9112 section 2.2"},
                           {"GET / HTTP/1.1\r\nX: " + std::string(max_head, 'x'), "16 KiB"}};
  for (const BadHead& c : cases) {
    const auto r = parse_request(c.bytes);
    EXPECT_EQ(r.state, HeadState::failed) << c.bytes;
    EXPECT_THAT(r.why, HasSubstr(c.why)) << c.bytes;
  }
}

struct BodyCase {
  std::string fields;
  Body::Kind kind;
  uint64_t length;
};

TEST(HttpBody, length_of_a_request_RFC_9112_section_6_3) {
  const BodyCase cases[] = {{"", Body::Kind::none, 0},
                            {"Content-Length: 5\r\n", Body::Kind::length, 5},
                            {"Content-Length: 0\r\n", Body::Kind::none, 0},
                            {"Content-Length: 5\r\nContent-Length: 5\r\n", Body::Kind::length, 5},
                            {"Content-Length: 5\r\nContent-Length: 6\r\n", Body::Kind::invalid, 0},
                            {"Content-Length: +5\r\n", Body::Kind::invalid, 0},
                            {"Content-Length: 5, 5\r\n", Body::Kind::invalid, 0},
                            {"Content-Length: 99999999999999999999\r\n", Body::Kind::invalid, 0},
                            {"Transfer-Encoding: chunked\r\n", Body::Kind::chunked, 0},
                            {"Transfer-Encoding: Chunked\r\n", Body::Kind::chunked, 0},
                            {"Transfer-Encoding: gzip, chunked\r\n", Body::Kind::invalid, 0},
                            {"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", Body::Kind::invalid, 0}};
  for (const BodyCase& c : cases) {
    const auto r = parse_request("POST / HTTP/1.1\r\n" + c.fields + "\r\n");
    ASSERT_EQ(r.state, HeadState::done);
    const Body body = request_body(r.head);
    EXPECT_EQ(body.kind, c.kind) << c.fields;
    if (body.kind == Body::Kind::length) {
      EXPECT_EQ(body.length, c.length) << c.fields;
    }
  }
}

/// Takes a body apart with the given bytes at a time.
std::string unframe(BodyReader reader, const std::string& bytes, size_t step, bool& failed, size_t& rest) {
  std::string out;
  std::string buffer;
  size_t fed = 0;
  failed = false;
  using Kind = BodyReader::Piece::Kind;
  for (;;) {
    const auto piece = reader.next(buffer);
    if (piece.kind == Kind::failed) return failed = true, out;
    buffer.erase(0, piece.used);
    if (piece.kind == Kind::end) break;
    if (piece.kind == Kind::data && !buffer.empty()) {
      const size_t n = std::min<uint64_t>(piece.data_size, buffer.size());
      out += buffer.substr(0, n);
      buffer.erase(0, n);
      reader.took(n);
      continue;
    }
    if (fed == bytes.size()) break;
    buffer += bytes.substr(fed, step);
    fed += std::min(step, bytes.size() - fed);
  }
  rest = buffer.size() + bytes.size() - fed;
  return out;
}

TEST(HttpBody, chunks_come_apart_at_any_cut) {
  const std::string bytes = "5;x=y\r\nhello\r\n00a \r\n, world!!!\r\n0\r\nTrailer: t\r\n\r\nNEXT";
  Body chunked;
  chunked.kind = Body::Kind::chunked;
  for (size_t step = 1; step <= bytes.size(); ++step) {
    bool failed = false;
    size_t rest = 0;
    EXPECT_EQ(unframe(BodyReader(chunked), bytes, step, failed, rest), "hello, world!!!");
    EXPECT_FALSE(failed);
    EXPECT_EQ(rest, 4u);
  }
}

TEST(HttpBody, damaged_chunks_fail) {
  Body chunked;
  chunked.kind = Body::Kind::chunked;
  for (const std::string& bytes : {"x\r\n"s, "-1\r\n"s, "\r\n"s, "0x5\r\nhello"s, "5\r\nhelloX\r\n"s,
                                   "5\nhello\n\r\n"s, "fffffffffffffffff\r\n"s, std::string(300, '1')}) {
    bool failed = false;
    size_t rest = 0;
    unframe(BodyReader(chunked), bytes, bytes.size(), failed, rest);
    EXPECT_TRUE(failed) << bytes;
  }
}

TEST(HttpHead, responses) {
  auto r = parse_response("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n");
  ASSERT_EQ(r.state, HeadState::done);
  EXPECT_EQ(r.head.status, 100u);
  EXPECT_EQ(r.used, 25u);
  EXPECT_EQ(parse_response("HTTP/1.0 404\r\n\r\n").head.status, 404u);
  EXPECT_EQ(parse_response("HTTP/1.1 20 OK\r\n\r\n").state, HeadState::failed);
  EXPECT_EQ(parse_response("ICY 200 OK\r\n\r\n").state, HeadState::failed);
  r = parse_response("HTTP/1.0 200 OK\r\n\r\n");
  EXPECT_FALSE(r.head.keep_alive());
  EXPECT_EQ(response_body(r.head).kind, Body::Kind::until_close);
  EXPECT_EQ(response_body(parse_response("HTTP/1.1 204 No\r\n\r\n").head).kind, Body::Kind::none);
}

TEST(HttpHead, what_is_written_cannot_be_split) {
  RequestHead head{"POST", "/", 1, {}};
  head.fields.list = {{"User-Agent", "a\r\nX: y"}};
  EXPECT_EQ(serialize(head), "POST / HTTP/1.1\r\nUser-Agent: a  X: y\r\n\r\n");
  EXPECT_EQ(chunk("0123456789abcdef"), "10\r\n0123456789abcdef\r\n");
  EXPECT_EQ(http_date(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
}

}  // namespace
}  // namespace printrouter::sdk::http
