// SPDX-License-Identifier: Apache-2.0
#include "net/http_server.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <deque>

#include "net/socket_stream.hpp"

namespace printrouter::net {
namespace {
using namespace std::chrono_literals;

/// Speaks bytes to the server, on a real loopback socket of the same loop.
class Client {
 public:
  Client(IoContext& io, std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    // The kernel completes it, whether or not the server has looked.
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
      throw std::runtime_error("connect");
    set_nonblocking_cloexec(fd);
    stream = adopt_socket(io, fd, {"127.0.0.1", port});
    read();
  }
  Client& send(std::string text) {
    all_sent = false;
    to_send_.push_back(std::move(text));
    if (to_send_.size() == 1) write();
    return *this;
  }
  bool has(std::string_view text) const { return got.find(text) != std::string::npos; }
  /// How often.
  std::size_t count(std::string_view text) const {
    std::size_t n = 0;
    for (std::size_t at = got.find(text); at != std::string::npos; at = got.find(text, at + 1)) ++n;
    return n;
  }

  StreamPtr stream;
  std::string got;
  bool ended = false;  ///< in order
  bool broken = false, all_sent = false;

 private:
  void write() {
    stream->write_all(to_send_.front(), [this](const IoStatus& status) {
      to_send_.pop_front();
      if (!status.ok()) broken = true;
      if (to_send_.empty() || broken)
        all_sent = !broken;
      else
        write();
    });
  }
  void read() {
    stream->read_some(block_, [this](const IoStatus& status, std::size_t bytes) {
      if (!status.ok()) {
        broken = true;
      } else if (bytes == 0) {
        ended = true;
      } else {
        got.append(block_.data(), bytes);
        read();
      }
    });
  }
  std::vector<char> block_ = std::vector<char>(64 * 1024);
  std::deque<std::string> to_send_;
};

class HttpServerTest : public ::testing::Test {
 protected:
  void serve(HttpServerOptions options = {}) {
    auto listener = Listener::tcp(io, "127.0.0.1", 0);
    ASSERT_TRUE(listener) << listener.error().message();
    port = (*listener)->local().port;
    HttpServer::Handler handler;
    handler.on_header = [this](const Exchange& x) {
      if (on_header) on_header(x);
    };
    handler.on_request = [this](const Exchange& x) {
      requests.push_back(x->method + " " + x->path + " " + std::to_string(x->body.size()));
      if (later) return waiting.push_back(x);
      x->reply(200, "\"" + x->path + "\"");
    };
    handler.error_body = [](const Error& error) { return "error: " + error.message(); };
    handler.error_status = [](ErrorCode code) { return code == ErrorCode::disk_full ? 507u : 500u; };
    server = std::make_unique<HttpServer>(io, std::move(*listener), std::move(options), std::move(handler));
  }
  std::unique_ptr<Client> client() { return std::make_unique<Client>(io, port); }
  void TearDown() override { server.reset(); }

  /// The body goes here, piece by piece.
  void take_pieces(const Exchange& x) {
    auto sink = std::make_unique<HttpExchange::BodySink>();
    sink->data = [this](std::string_view bytes) -> Status {
      taken += bytes.size();
      if (refuse_after > 0 && taken > refuse_after) return fail(ErrorCode::disk_full, "no room");
      return {};
    };
    sink->ready = [this](Callback room) {
      if (!full) return true;
      when_room = std::move(room);
      return false;
    };
    // Not the exchange itself: it holds the sink.
    sink->end = [weak = std::weak_ptr(x)] {
      if (const auto here = weak.lock()) here->reply(201, "\"taken\"");
    };
    sink->broken = [this] { ++broken; };
    x->sink = std::move(sink);
  }

  IoContext io;
  std::unique_ptr<HttpServer> server;
  std::uint16_t port = 0;
  std::function<void(const Exchange&)> on_header;
  std::vector<std::string> requests;
  std::vector<Exchange> waiting;
  bool later = false, full = false;
  std::uint64_t taken = 0, refuse_after = 0;
  int broken = 0;
  Callback when_room;
};

using Lines = std::vector<std::string>;

TEST_F(HttpServerTest, AConnectionIsKeptUntilTheClientWantsItClosed) {
  serve();
  auto c = client();
  c->send("GET /one?a=1 HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(io.run_until([&] { return c->has("\"/one\"\n"); }));
  c->send("GET /t%20wo HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(io.run_until([&] { return c->has("\"/t wo\"\n"); }));
  EXPECT_FALSE(c->has("Connection: close"));
  c->send("GET /three HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  ASSERT_TRUE(io.run_until([&] { return c->ended; }));
  EXPECT_TRUE(c->has("\"/three\"\n"));
  EXPECT_EQ(c->count("Connection: close"), 1u);
  EXPECT_EQ(server->connections(), 0u);
  auto old = client();
  old->send("GET / HTTP/1.0\r\n\r\n");
  ASSERT_TRUE(io.run_until([&] { return old->ended; })) << "HTTP/1.0 closes";
}

TEST_F(HttpServerTest, ARequestMayComeByteByByte) {
  serve();
  auto c = client();
  const std::string request = "POST /slow HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc";
  for (const char byte : request) {
    c->send(std::string(1, byte));
    ASSERT_TRUE(io.run_until([&] { return c->all_sent; }));
  }
  ASSERT_TRUE(io.run_until([&] { return c->has("\"/slow\"\n"); }));
  EXPECT_EQ(requests, (Lines{"POST /slow 3"}));
}

TEST_F(HttpServerTest, PipelinedRequestsAreAnsweredInOrder) {
  serve();
  later = true;
  auto c = client();
  c->send(
      "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nxyGET /b HTTP/1.1\r\nHost: h\r\n\r\nGET /c "
      "HTTP/1.1\r\nHost: h\r\n\r\n");
  for (const char* body : {"\"1\"", "\"2\"", "\"3\""}) {
    ASSERT_TRUE(io.run_until([&] { return !waiting.empty(); }));
    EXPECT_EQ(waiting.size(), 1u) << "one at a time";
    const auto x = std::move(waiting.front());
    waiting.clear();
    x->reply(200, body);
  }
  ASSERT_TRUE(io.run_until([&] { return c->has("\"3\"\n"); }));
  EXPECT_EQ(requests, (Lines{"POST /a 2", "GET /b 0", "GET /c 0"}));
  EXPECT_LT(c->got.find("\"1\""), c->got.find("\"2\""));
  EXPECT_LT(c->got.find("\"2\""), c->got.find("\"3\""));
}

TEST_F(HttpServerTest, ManyPipelinedRequestsTakeNoStack) {
  serve();
  auto c = client();
  std::string many;
  for (int i = 1; i < 5000; ++i) many += "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  c->send(many + "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  ASSERT_TRUE(io.run_until([&] { return c->ended; }));
  EXPECT_EQ(c->count("HTTP/1.1 200"), 5000u);
}

TEST_F(HttpServerTest, WhatIsNoRequestIsRefusedAndTheConnectionEnds) {
  serve();
  for (const char* text :
       {"nonsense\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\x16\x03\x01\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n", "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "GET /users/%F6 HTTP/1.1\r\nHost: h\r\n\r\n", "GET /users/a%0Ab HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /?users=%C3 HTTP/1.1\r\nHost: h\r\n\r\n"}) {
    auto c = client();
    c->send(text);
    ASSERT_TRUE(io.run_until([&] { return c->ended; })) << text;
    EXPECT_TRUE(c->got.starts_with("HTTP/1.1 400 Bad Request\r\n")) << text << "\n" << c->got;
    EXPECT_TRUE(c->has("Connection: close\r\n")) << text;
    EXPECT_TRUE(c->has("error: ")) << text;
  }
  EXPECT_TRUE(requests.empty());
  EXPECT_EQ(server->connections(), 0u);
}

TEST_F(HttpServerTest, AHeaderHasALimit) {
  serve();
  auto c = client();
  c->send("GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(12'000, 'x') + "\r\n\r\n");
  ASSERT_TRUE(io.run_until([&] { return c->has("200 OK"); }));
  c = client();
  // Without an end: it is refused as soon as it is too long.
  c->send("GET / HTTP/1.1\r\nX: " + std::string(20'000, 'x'));
  ASSERT_TRUE(io.run_until([&] { return c->ended; }));
  EXPECT_TRUE(c->got.starts_with("HTTP/1.1 431 ")) << c->got;
  c = client();
  c->send("GET /" + std::string(20'000, 'x'));
  ASSERT_TRUE(io.run_until([&] { return c->ended; }));
  EXPECT_TRUE(c->got.starts_with("HTTP/1.1 431 ")) << c->got;
  EXPECT_EQ(requests.size(), 1u);
}

TEST_F(HttpServerTest, ACollectedBodyHasALimit) {
  serve();
  auto c = client();
  c->send("POST /whole HTTP/1.1\r\nHost: h\r\nContent-Length: 16777216\r\n\r\n" +
          std::string(16u << 20, 'x'));
  ASSERT_TRUE(io.run_until([&] { return c->has("\"/whole\"\n"); }));
  EXPECT_EQ(requests, (Lines{"POST /whole 16777216"}));
  // Announced: refused before a byte of it.
  c = client();
  c->send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 16777217\r\n\r\n");
  ASSERT_TRUE(io.run_until([&] { return c->ended; }));
  EXPECT_TRUE(c->got.starts_with("HTTP/1.1 413 ")) << c->got;
  c = client();
  c->send(
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 18446744073709551615\r\nExpect: 100-continue\r\n\r\n");
  ASSERT_TRUE(io.run_until([&] { return c->ended; }));
  EXPECT_TRUE(c->got.starts_with("HTTP/1.1 413 ")) << c->got;
  // Not announced: refused when it is too much.
  c = client();
  c->send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1000001\r\n" +
          std::string((16u << 20) + 1, 'x'));
  ASSERT_TRUE(io.run_until([&] { return c->ended || c->broken; }));
  EXPECT_TRUE(c->got.starts_with("HTTP/1.1 413 ")) << c->got;
  EXPECT_EQ(requests.size(), 1u);
}

TEST_F(HttpServerTest, ASinkTakesMoreThanWhatIsCollected) {
  serve();
  on_header = [this](const Exchange& x) {
    EXPECT_EQ(x->content_length, 20u << 20);
    take_pieces(x);
  };
  auto c = client();
  c->send("PUT /job HTTP/1.1\r\nHost: h\r\nContent-Length: 20971520\r\n\r\n" + std::string(20u << 20, 'x'));
  ASSERT_TRUE(io.run_until([&] { return c->has("\"taken\"\n"); }));
  EXPECT_EQ(taken, 20u << 20);
  // Its size is the sink's business, and costs no memory.
  on_header = [this](const Exchange& x) { take_pieces(x); };
  taken = 0;
  auto huge = client();
  huge->send("PUT /job HTTP/1.1\r\nHost: h\r\nContent-Length: 9223372036854775807\r\n\r\nabc");
  ASSERT_TRUE(io.run_until([&] { return taken == 3; }));
  EXPECT_TRUE(requests.empty());
}

TEST_F(HttpServerTest, ChunksAreJoined) {
  serve();
  auto c = client();
  c->send("POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n");
  c->send("2\r\nde\r\n0\r\nTrailer: t\r\n\r\nGET /next HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(io.run_until([&] { return c->has("\"/next\"\n"); }));
  EXPECT_EQ(requests, (Lines{"POST /c 5", "GET /next 0"}));
  on_header = [this](const Exchange& x) { take_pieces(x); };
  c->send("PUT /d HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n");
  ASSERT_TRUE(io.run_until([&] { return c->has("\"taken\"\n"); }));
  EXPECT_EQ(taken, 4u);
}

TEST_F(HttpServerTest, ASinkHoldsTheClientBackAndMayRefuse) {
  serve();
  on_header = [this](const Exchange& x) { take_pieces(x); };
  full = true;
  auto c = client();
  const std::size_t size = 8u << 20;
  c->send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" +
          std::string(size, 'x'));
  ASSERT_TRUE(io.run_until([&] { return static_cast<bool>(when_room); }));
  EXPECT_LT(taken, 1u << 20);
  full = false;
  io.post(std::exchange(when_room, nullptr));
  ASSERT_TRUE(io.run_until([&] { return c->has("201 Created"); }));
  EXPECT_EQ(taken, size);
  taken = 0;
  refuse_after = 100'000;
  auto late = client();
  late->send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n" + std::string(1'000'000, 'x'));
  ASSERT_TRUE(io.run_until([&] { return late->ended || late->broken; }));
  EXPECT_TRUE(late->got.starts_with("HTTP/1.1 507 ")) << late->got;
  EXPECT_EQ(broken, 1);
  refuse_after = 0;
  auto bad = client();
  bad->send("PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nno size\r\n");
  ASSERT_TRUE(io.run_until([&] { return bad->ended; }));
  EXPECT_TRUE(bad->got.starts_with("HTTP/1.1 400 ")) << bad->got;
  EXPECT_EQ(broken, 2) << "its end will not come";
}

TEST_F(HttpServerTest, AClientThatWaitsIsToldToGoOnOrNot) {
  serve();
  auto c = client();
  c->send("POST /go HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-Continue\r\n\r\n");
  ASSERT_TRUE(io.run_until([&] { return c->has("HTTP/1.1 100 Continue\r\n\r\n"); }));
  EXPECT_TRUE(requests.empty());
  c->send("abc");
  ASSERT_TRUE(io.run_until([&] { return c->has("\"/go\"\n"); }));
  on_header = [](const Exchange& x) { x->reply(403, "\"no\""); };
  c = client();
  c->send("POST /no HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  ASSERT_TRUE(io.run_until([&] { return c->ended; }));
  EXPECT_TRUE(c->got.starts_with("HTTP/1.1 403 ")) << c->got;
  EXPECT_FALSE(c->has("100 Continue"));
  EXPECT_EQ(requests, (Lines{"POST /go 3"}));
}

TEST_F(HttpServerTest, AnAnswerThatHasNoBodyHasNone) {
  serve();
  later = true;
  auto c = client();
  c->send("HEAD /h HTTP/1.1\r\nHost: h\r\n\r\nGET /n HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(io.run_until([&] { return waiting.size() == 1; }));
  waiting[0]->reply(200, "\"body\"");
  ASSERT_TRUE(io.run_until([&] { return waiting.size() == 2; }));
  HttpReply none;
  none.status = 204;
  waiting[1]->reply(std::move(none));
  ASSERT_TRUE(io.run_until([&] { return c->has("204 No Content\r\n\r\n"); }));
  EXPECT_TRUE(c->has("Content-Length: 7\r\n\r\nHTTP/1.1 204")) << c->got;
}

TEST_F(HttpServerTest, WhoIsSlowGoesAfterTheLimit) {
  HttpServerOptions options;
  options.idle_limit = 200ms;
  serve(std::move(options));
  const auto began = std::chrono::steady_clock::now();
  auto silent = client(), half = client(), part = client();
  half->send("GET / HTT");
  part->send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc");
  // One byte at a time is no progress: the header has one time for all of it.
  auto trickle = client();
  Timer timer(io);
  std::function<void()> tick = [&] {
    if (!trickle->ended && !trickle->broken) trickle->send("X");
    timer.start(20ms, tick);
  };
  trickle->send("GET / HTTP/1.1\r\nA: ");
  tick();
  const auto gone = [](const std::unique_ptr<Client>& c) { return c->ended || c->broken; };
  ASSERT_TRUE(io.run_until([&] { return gone(silent) && gone(half) && gone(part) && gone(trickle); }, 5s));
  EXPECT_GE(std::chrono::steady_clock::now() - began, 200ms);
  EXPECT_EQ(server->connections(), 0u);
  EXPECT_TRUE(requests.empty());
}

TEST_F(HttpServerTest, AHandlerMayTakeItsTime) {
  HttpServerOptions options;
  options.idle_limit = 100ms;
  serve(std::move(options));
  later = true;
  auto c = client();
  c->send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(io.run_until([&] { return waiting.size() == 1; }));
  bool passed = false;
  Timer timer(io);
  timer.start(400ms, [&] { passed = true; });
  ASSERT_TRUE(io.run_until([&] { return passed; }));
  EXPECT_FALSE(c->ended);
  waiting[0]->reply(200, "\"late\"");
  ASSERT_TRUE(io.run_until([&] { return c->has("\"late\"\n"); }));
}

TEST_F(HttpServerTest, AClientMayGoAwayAtAnyTime) {
  serve();
  int closed = 0;
  on_header = [&](const Exchange& x) {
    x->on_closed = [&closed] { ++closed; };
    if (x->path == "/sink") take_pieces(x);
  };
  later = true;
  // In the header, in a collected body, in a sink's body, while the handler works.
  for (const char* text :
       {"GET / HT", "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nabc",
        "PUT /sink HTTP/1.1\r\nContent-Length: 5\r\n\r\nabc", "GET /work HTTP/1.1\r\nHost: h\r\n\r\n"}) {
    auto c = client();
    c->send(text);
    const bool works = std::string_view(text).find("/work") != std::string_view::npos;
    ASSERT_TRUE(io.run_until([&] { return c->all_sent && server->connections() == 1; }));
    ASSERT_TRUE(io.run_until([&] { return !works || waiting.size() == 1; }));
    c->stream->close();
    if (works) {
      waiting[0]->reply(200, "\"" + std::string(4u << 20, 'x') + "\"");  // to nobody
      waiting[0]->reply(200, "\"again\"");
    }
    ASSERT_TRUE(io.run_until([&] { return server->connections() == 0; })) << text;
  }
  EXPECT_EQ(broken, 1);
  EXPECT_EQ(closed, 3);
  EXPECT_FALSE(waiting[0]->open());
  EXPECT_EQ(requests, (Lines{"GET /work 0"}));
}

TEST_F(HttpServerTest, WhoEndsHisSideStillGetsHisAnswer) {
  serve();
  later = true;
  auto c = client();
  c->send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(io.run_until([&] { return waiting.size() == 1; }));
  c->stream->try_shutdown_write();
  waiting[0]->reply(200, "\"here\"");
  ASSERT_TRUE(io.run_until([&] { return c->ended; }));
  EXPECT_TRUE(c->has("\"here\"\n"));
}

TEST_F(HttpServerTest, EventsFlowUntilTheReaderLeaves) {
  HttpServerOptions options;
  options.idle_limit = 10s;
  options.event_comment = 50ms;
  serve(std::move(options));
  bool closed = false;
  on_header = [&](const Exchange& x) {
    x->on_closed = [&closed] { closed = true; };
    x->start_events();
    x->send_event("7", "snapshot", "{}");
  };
  auto c = client();
  c->send("GET /events HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(io.run_until([&] { return c->has("id: 7\nevent: snapshot\ndata: {}\n\n:\n\n"); }));
  c->stream->close();
  ASSERT_TRUE(io.run_until([&] { return closed && server->connections() == 0; }));
}

TEST_F(HttpServerTest, MoreThanTheLimitWaitTheirTurn) {
  HttpServerOptions options;
  options.connections = 2;
  serve(std::move(options));
  auto a = client(), b = client(), third = client();
  third->send("GET /third HTTP/1.1\r\nHost: h\r\n\r\n");
  a->send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(io.run_until([&] { return a->has("\"/a\"\n"); }));
  EXPECT_EQ(server->connections(), 2u);
  EXPECT_EQ(requests, (Lines{"GET /a 0"}));
  a->stream->close();
  ASSERT_TRUE(io.run_until([&] { return third->has("\"/third\"\n"); }));
}

}  // namespace
}  // namespace printrouter::net
