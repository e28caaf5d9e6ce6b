// SPDX-License-Identifier: Apache-2.0
#include "net/name_lookup.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <vector>

#include "net/dialer.hpp"
#include "net/listener.hpp"

namespace printrouter::net {
namespace {

SocketAddress loopback(const char* text = "127.0.0.1") {
  SocketAddress out;
  auto& four = reinterpret_cast<sockaddr_in&>(out.storage);
  four.sin_family = AF_INET;
  EXPECT_EQ(::inet_pton(AF_INET, text, &four.sin_addr), 1);
  out.size = sizeof four;
  return out;
}

/// A name service that answers when it is told to. Outlives the test's context: a thread may still ask.
struct Service {
  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::string, NameLookup::Answer> answers;
  std::map<std::string, int> asked;
  bool ended = false;

  NameLookup::Answer ask(const std::string& host) {
    std::unique_lock lock(mutex);
    ++asked[host];
    changed.wait(lock, [&] { return ended || answers.contains(host); });
    const auto found = answers.find(host);
    return found == answers.end() ? NameLookup::Answer{{}, "the end", true} : found->second;
  }
  void set(const std::string& host, NameLookup::Answer answer) {
    const std::lock_guard lock(mutex);
    answers[host] = std::move(answer);
    changed.notify_all();
  }
  void silent(const std::string& host) {
    const std::lock_guard lock(mutex);
    answers.erase(host);
  }
};

class NameLookupTest : public testing::Test {
 protected:
  void SetUp() override {
    NameLookup::replace(io, [service = service](const std::string& host) { return service->ask(host); });
    auto opened = Listener::tcp(io, "127.0.0.1", 0);
    ASSERT_TRUE(opened) << opened.error().message();
    listener = std::move(*opened);
    port = listener->local().port;
    listener->start([this](StreamPtr stream) { served.push_back(std::move(stream)); });
  }
  void TearDown() override {
    const std::lock_guard lock(service->mutex);
    service->ended = true;
    service->changed.notify_all();
  }
  struct Connection {
    explicit Connection(IoContext& io) : dialer(io) {}
    Dialer dialer;
    std::optional<IoStatus> status = {};
    std::string peer = {};
  };
  std::unique_ptr<Connection> connect(const std::string& host) {
    auto out = std::make_unique<Connection>(io);
    out->dialer.connect(host, port, [c = out.get()](const IoStatus& status, StreamPtr stream) {
      c->status = status;
      if (stream) c->peer = stream->peer().address;
    });
    return out;
  }
  bool ends(const std::unique_ptr<Connection>& c) {
    return io.run_until([&] { return c->status.has_value(); });
  }

  IoContext io;
  std::shared_ptr<Service> service = std::make_shared<Service>();
  std::unique_ptr<Listener> listener;
  std::vector<StreamPtr> served;
  std::uint16_t port = 0;
};

TEST_F(NameLookupTest, ANameThatNobodyAnswersForKeepsNoOtherWaiting) {
  const auto dead = connect("server.example");
  service->set("printer.example", {{loopback()}});
  const auto alive = connect("printer.example");
  ASSERT_TRUE(ends(alive));
  EXPECT_TRUE(alive->status->ok()) << alive->status->text;
  EXPECT_FALSE(dead->status);
}

TEST_F(NameLookupTest, ThoseWhoWaitForOneNameShareItsLookup) {
  const auto first = connect("printer.example"), second = connect("printer.example");
  service->set("printer.example", {{loopback()}});
  ASSERT_TRUE(ends(first));
  ASSERT_TRUE(ends(second));
  EXPECT_TRUE(second->status->ok());
  EXPECT_EQ(service->asked["printer.example"], 1);
}

TEST_F(NameLookupTest, MoreNamesThanThreadsAreAllAnswered) {
  std::vector<std::unique_ptr<Connection>> all;
  for (int i = 0; i < 50; ++i) all.push_back(connect("printer" + std::to_string(i)));
  for (int i = 0; i < 50; ++i) service->set("printer" + std::to_string(i), {{loopback()}});
  for (const auto& one : all) {
    ASSERT_TRUE(ends(one));
    EXPECT_TRUE(one->status->ok());
  }
}

TEST_F(NameLookupTest, WhereNobodyAnswersTheLastKnownAddressServes) {
  EXPECT_EQ(NameLookup::of(io).last_known("printer.example"), "printer.example");
  service->set("printer.example", {{loopback()}});
  ASSERT_TRUE(ends(connect("printer.example")));
  EXPECT_EQ(NameLookup::of(io).last_known("printer.example"), "127.0.0.1");
  service->set("printer.example", {{}, "temporary failure", true});
  const auto failing = connect("printer.example");
  ASSERT_TRUE(ends(failing));
  EXPECT_TRUE(failing->status->ok()) << failing->status->text;
  service->silent("printer.example");
  const auto silent = connect("printer.example");
  ASSERT_TRUE(ends(silent));
  EXPECT_TRUE(silent->status->ok()) << silent->status->text;
}

TEST_F(NameLookupTest, AnUnknownNameIsRefusedAndForgotten) {
  service->set("printer.example", {{}, "temporary failure", true});
  const auto never_known = connect("printer.example");
  ASSERT_TRUE(ends(never_known));
  EXPECT_EQ(never_known->status->fault, IoFault::refused);
  EXPECT_EQ(never_known->status->text, "name printer.example not found: temporary failure");

  service->set("printer.example", {{loopback()}});
  ASSERT_TRUE(ends(connect("printer.example")));
  service->set("printer.example", {{}, "no such name", false});
  const auto removed = connect("printer.example");
  ASSERT_TRUE(ends(removed));
  EXPECT_FALSE(removed->status->ok()) << "somebody said that it is no more";
  service->set("printer.example", {{}, "temporary failure", true});
  const auto after = connect("printer.example");
  ASSERT_TRUE(ends(after));
  EXPECT_FALSE(after->status->ok());
}

TEST_F(NameLookupTest, AnAnswerThatComesLateStillCounts) {
  service->set("printer.example", {{loopback("127.0.0.9")}});  // refuses
  const auto moved = connect("printer.example");
  ASSERT_TRUE(ends(moved));
  EXPECT_FALSE(moved->status->ok());
  service->silent("printer.example");
  const auto late = connect("printer.example");
  EXPECT_FALSE(io.run_until([&] { return late->status.has_value(); }, Milliseconds(600)))
      << "the old address refuses, the name service may still know a new one";
  service->set("printer.example", {{loopback()}});
  ASSERT_TRUE(ends(late));
  EXPECT_TRUE(late->status->ok()) << late->status->text;
  EXPECT_EQ(late->peer, "127.0.0.1");
}

TEST_F(NameLookupTest, WhoLeavesIsNotCalledAndTheEndWaitsForNobody) {
  auto leaver = connect("server.example");
  leaver->dialer.cancel();
  auto never = std::make_unique<IoContext>();
  NameLookup::replace(*never, [service = service](const std::string& host) { return service->ask(host); });
  Dialer(*never).connect("server.example", 1, [](const IoStatus&, StreamPtr) { FAIL(); });
  never.reset();
  service->set("server.example", {{loopback()}});
  EXPECT_FALSE(io.run_until([&] { return leaver->status.has_value(); }, Milliseconds(50)));
}

}  // namespace
}  // namespace printrouter::net
