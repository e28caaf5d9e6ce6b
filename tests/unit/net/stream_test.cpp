// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "net/dialer.hpp"
#include "net/tls.hpp"
#include "unit/net/net_test_kit.hpp"

namespace printrouter::net {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(IoContextTest, PostsFromOtherThreadsRunHereAndInOrder) {
  IoContext io;
  std::vector<int> order;
  std::thread other([&] {
    for (int i = 0; i < 100; ++i) io.post([&order, i] { order.push_back(i); });
  });
  ASSERT_TRUE(io.run_until([&] { return order.size() == 100; }));
  other.join();
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST(IoContextTest, ATimerRunsOnceAndNotAfterCancel) {
  IoContext io;
  int runs = 0, others = 0;
  Timer timer(io), other(io);
  timer.start(Milliseconds(5), [&] { runs += 100; });
  timer.start(Milliseconds(5), [&] { ++runs; });
  other.start(Milliseconds(5), [&] { ++others; });
  other.cancel();
  ASSERT_TRUE(io.run_until([&] { return runs > 0; }));
  EXPECT_FALSE(io.run_until([&] { return runs > 1 || others > 0; }, Milliseconds(30)));
  EXPECT_EQ(runs, 1);
}

class StreamTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(::mkdtemp(folder)); }
  void TearDown() override { std::system(("rm -rf " + std::string(folder)).c_str()); }
  char folder[32] = "/tmp/printrouter-XXXXXX";
  IoContext io;
};

TEST_F(StreamTest, UnixSocketAnswersAndItsFileGoes) {
  const std::string path = std::string(folder) + "/control";
  auto listener = Listener::unix_socket(io, path, 0600);
  ASSERT_TRUE(listener) << listener.error().message();
  struct stat info {};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_FALSE(Listener::unix_socket(io, path, 0600)) << "a live socket is not taken over";

  StreamPtr served, client;
  (*listener)->start([&](StreamPtr s) { served = std::move(s); });
  Dialer dialer(io);
  dialer.connect_unix(path, [&](const IoStatus&, StreamPtr s) { client = std::move(s); });
  ASSERT_TRUE(io.run_until([&] { return served && client; }));
  EXPECT_EQ(served->peer().label(), "unix");
  std::string heard;
  std::vector<char> block(10);
  client->write_all("ping", [](const IoStatus& s) { EXPECT_TRUE(s.ok()); });
  served->read_some(block, [&](const IoStatus&, std::size_t n) { heard.assign(block.data(), n); });
  ASSERT_TRUE(io.run_until([&] { return heard == "ping"; }));
  listener->reset();
  EXPECT_NE(::stat(path.c_str(), &info), 0);
}

TEST_F(StreamTest, ListenErrorsNameTheirPlace) {
  auto first = Listener::tcp(io, "127.0.0.1", 0);
  ASSERT_TRUE(first);
  const auto second = Listener::tcp(io, "127.0.0.1", (*first)->local().port);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::conflict);
  EXPECT_EQ(second.error().place, (*first)->local().label());
  const auto name = Listener::tcp(io, "printer.example", 0);
  ASSERT_FALSE(name);
  EXPECT_EQ(name.error().code, ErrorCode::invalid);
}

TEST_F(StreamTest, NamesAreLookedUpAndUnknownOnesRefused) {
  Peer peer(io);
  Dialer dialer(io);
  StreamPtr found;
  dialer.connect("localhost", peer.port(), [&](const IoStatus& s, StreamPtr stream) {
    EXPECT_TRUE(s.ok()) << s.text;
    found = std::move(stream);
  });
  ASSERT_TRUE(io.run_until([&] { return found != nullptr; }));
  IoStatus status;
  dialer.connect("no-such-name.invalid", 1, [&](const IoStatus& s, StreamPtr) { status = s; });
  ASSERT_TRUE(io.run_until([&] { return !status.ok(); }));
  EXPECT_EQ(status.fault, IoFault::refused);
}

// --- TLS ---

/// A listener that speaks TLS with a fresh certificate and echoes what it hears.
struct TlsEcho {
  explicit TlsEcho(IoContext& io, const std::string& folder) : handshake(io) {
    certificate = folder + "/certificate.pem";
    auto made = TlsIdentity::self_signed({"localhost", "127.0.0.1"}, certificate, folder + "/key.pem");
    EXPECT_TRUE(made);
    auto loaded = TlsIdentity::load(certificate, folder + "/key.pem");
    EXPECT_TRUE(loaded) << loaded.error().message();
    EXPECT_EQ((*made)->sha256(), (*loaded)->sha256());
    identity = *loaded;
    listener = std::move(*Listener::tcp(io, "127.0.0.1", 0));
    listener->start([this](StreamPtr s) {
      handshake.start_server(std::move(s), identity, [this](const IoStatus& st, StreamPtr secured, bool) {
        status = st;
        stream = std::move(secured);
        if (stream) read();
      });
    });
  }
  void read() {
    stream->read_some(block, [this](const IoStatus& st, std::size_t n) {
      if (!st.ok() || n == 0) {
        ended = st.ok();
        broken = st;
        return;
      }
      got.append(block.data(), n);
      if (got.ends_with("?")) stream->write_all("answer", [](const IoStatus&) {});
      read();
    });
  }
  TlsHandshake handshake;
  std::string certificate, got;
  std::shared_ptr<TlsIdentity> identity;
  std::unique_ptr<Listener> listener;
  StreamPtr stream;
  IoStatus status, broken;
  bool ended = false;
  std::vector<char> block = std::vector<char>(32 * 1024);
};

struct Trusting {
  const char* name;
  std::function<TlsTrust(const TlsEcho&)> trust;
  const char* server_name;
  bool believed;
};
class TlsTrustTest : public StreamTest, public ::testing::WithParamInterface<Trusting> {};

TEST_P(TlsTrustTest, Decides) {
  TlsEcho echo(io, folder);
  Script::Step step = [&](const pr_event& e, sdk::Action& a) {
    switch (e.kind) {
      case PR_EVENT_START:
        a.connect("127.0.0.1", echo.listener->local().port);
        return;
      case PR_EVENT_CONNECTED:
        a.start_tls(GetParam().server_name);
        return;
      case PR_EVENT_TLS_STARTED:
        a.write("well?");
        return;
      case PR_EVENT_WRITTEN:
        a.read(100);
        return;
      case PR_EVENT_BYTES:
        a.used(e.bytes.size).done(PR_OUTCOME_DELIVERED, "heard");
        return;
      default:
        a.done(PR_OUTCOME_REJECTED, "tls", sdk::view(e.text));
    }
  };
  DriverOptions options;
  options.trust = GetParam().trust(echo);
  Drive drive(io, step, options);
  drive.run();
  if (GetParam().believed) {
    EXPECT_EQ(drive.script.events.back(), "bytes answer");
  } else {
    EXPECT_THAT(drive.script.events, ElementsAre("start", "connected", "error 4"));
    EXPECT_THAT(drive.result.outcome.text, HasSubstr("certificate"));
    EXPECT_TRUE(drive.result.outcome.answered) << "somebody is there, and it is we who refuse";
  }
}
TlsTrust by_system(const TlsEcho&) {
  return {};
}
TlsTrust by_pin(const TlsEcho& echo) {
  TlsTrust trust;
  trust.pins_sha256 = {"00", echo.identity->sha256()};
  return trust;
}
TlsTrust by_wrong_pin(const TlsEcho&) {
  TlsTrust trust;
  trust.system_authorities = false;
  trust.pins_sha256 = {std::string(64, '0')};
  return trust;
}
TlsTrust by_authority(const TlsEcho& echo) {
  TlsTrust trust;
  trust.authority_file = echo.certificate;
  return trust;
}
TlsTrust by_exception(const TlsEcho&) {
  TlsTrust trust;
  trust.accept_anything = true;
  return trust;
}
INSTANTIATE_TEST_SUITE_P(All, TlsTrustTest,
                         ::testing::Values(Trusting{"system", by_system, "localhost", false},
                                           Trusting{"pin", by_pin, "other.example", true},
                                           Trusting{"wrong_pin", by_wrong_pin, "localhost", false},
                                           Trusting{"authority", by_authority, "localhost", true},
                                           Trusting{"address", by_authority, "127.0.0.1", true},
                                           Trusting{"wrong_name", by_authority, "other.example", false},
                                           Trusting{"exception", by_exception, "other.example", true}),
                         [](const auto& param_info) { return param_info.param.name; });

TEST_F(StreamTest, APayloadAndAnOrderlyEndOverTls) {
  TlsEcho echo(io, folder);
  char path[] = "/tmp/printrouter-net-XXXXXX";
  const int file = ::mkstemp(path);
  ::unlink(path);
  const std::string document = pattern(1'500'000);
  ASSERT_EQ(::write(file, document.data(), document.size()), static_cast<ssize_t>(document.size()));
  struct FileSource : MemorySource {
    using MemorySource::MemorySource;
    int fd = -1;
    Piece piece(std::uint64_t offset) override {
      Piece p;
      if (offset >= size()) return p;
      p.kind = Piece::Kind::file;
      p.descriptor = fd;
      p.file_offset = offset;
      p.length = size() - offset;
      return p;
    }
  } source(io, document);
  source.fd = file;
  DriverOptions options;
  options.trust.accept_anything = true;
  const std::vector<pr_segment> parts = {sdk::literal("head"), sdk::document()};
  Drive drive(
      io,
      [&](const pr_event& e, sdk::Action& a) {
        switch (e.kind) {
          case PR_EVENT_START:
            a.connect("127.0.0.1", echo.listener->local().port);
            return;
          case PR_EVENT_CONNECTED:
            a.start_tls("localhost");
            return;
          case PR_EVENT_TLS_STARTED:
            a.send_payload(parts, PR_LENGTH_TO_END);
            return;
          case PR_EVENT_PAYLOAD_SENT:
            a.shutdown_write();
            return;
          case PR_EVENT_WRITTEN:
            a.drain();
            return;
          default:
            a.done(PR_OUTCOME_DELIVERED, "ok");
        }
      },
      options);
  drive.driver->set_source(&source);
  drive.run();
  ASSERT_TRUE(io.run_until([&] { return echo.ended; })) << echo.broken.text;
  EXPECT_TRUE(echo.got == "head" + document);
  EXPECT_EQ(drive.script.events.back(), "drained");
  EXPECT_EQ(drive.result.outcome.document_bytes_sent, document.size());
  ::close(file);
}

TEST_F(StreamTest, WhoDoesNotSpeakTlsIsATlsError) {
  Peer peer(io);
  peer.on_connect = [&] { peer.send("220 plain old greeting\r\n"); };
  Drive drive(io, [&](const pr_event& e, sdk::Action& a) {
    switch (e.kind) {
      case PR_EVENT_START:
        a.connect("127.0.0.1", peer.port());
        return;
      case PR_EVENT_CONNECTED:
        a.start_tls("localhost");
        return;
      default:
        a.done(PR_OUTCOME_REJECTED, "tls");
    }
  });
  drive.run();
  EXPECT_EQ(drive.script.events.back(), "error 4");
}

TEST_F(StreamTest, ASilentHandshakeRunsOutOfTime) {
  Peer peer(io);
  DriverOptions options;
  options.answer_timeout = Milliseconds(50);
  Drive drive(
      io,
      [&](const pr_event& e, sdk::Action& a) {
        switch (e.kind) {
          case PR_EVENT_START:
            a.connect("127.0.0.1", peer.port());
            return;
          case PR_EVENT_CONNECTED:
            a.start_tls("localhost");
            return;
          default:
            a.done(PR_OUTCOME_NOT_SENT, "tls");
        }
      },
      options);
  drive.run();
  EXPECT_EQ(drive.script.events.back(), "error 2");
}

}  // namespace
}  // namespace printrouter::net
