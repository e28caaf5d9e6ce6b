// SPDX-License-Identifier: Apache-2.0
#include "daemon/server_watch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

namespace printrouter {
namespace {

struct FakeAlarm final : report::Alarm {
  void start(Milliseconds after, std::function<void()> ring) override {
    due = after, callback = std::move(ring);
  }
  void cancel() override { callback = nullptr; }
  void ring() { std::exchange(callback, nullptr)(); }
  Milliseconds due{0};
  std::function<void()> callback;
};

class ServerWatchTest : public ::testing::Test {
 protected:
  Outcome broken(const char* reason) {
    Outcome out;
    out.kind = OutcomeKind::not_sent;
    out.reason = reason;
    return out;
  }
  bool open() const { return !session.expired(); }

  env::SeededRandom random{7};
  FakeAlarm* alarm = new FakeAlarm;
  int opened = 0, news = 0;
  std::weak_ptr<void> session;
  ServerWatch::Changed changed;
  ServerWatch::Ended ended;
  ServerWatch watch{random, std::unique_ptr<report::Alarm>(alarm),
                    [this](ServerWatch::Changed c, ServerWatch::Ended e) {
                      ++opened;
                      changed = std::move(c), ended = std::move(e);
                      std::shared_ptr<void> made = std::make_shared<int>();
                      session = made;
                      return made;
                    },
                    [this] { ++news; }};
};

TEST_F(ServerWatchTest, tells_of_what_comes_as_long_as_it_holds) {
  watch.start();
  EXPECT_FALSE(watch.watching());
  changed();
  changed();
  EXPECT_TRUE(watch.watching());
  EXPECT_EQ(news, 2);
  EXPECT_FALSE(alarm->callback);
  watch.stop();
  EXPECT_FALSE(open());
  EXPECT_FALSE(watch.watching());
}

TEST_F(ServerWatchTest, comes_again_with_pauses_that_grow_and_begin_anew_once_it_was_in_place) {
  watch.start();
  Milliseconds base = ServerWatch::first_pause;
  for (int i = 1; i <= 12; ++i) {
    ended(broken("connect-refused"));
    EXPECT_FALSE(open());
    EXPECT_EQ(watch.error(), "connect-refused");
    ASSERT_TRUE(alarm->callback);
    EXPECT_GE(alarm->due, base / 10);
    EXPECT_LE(alarm->due, base * 19 / 10 + Milliseconds(1));
    alarm->ring();
    EXPECT_EQ(opened, 1 + i);
    base = std::min(base * 2, ServerWatch::longest_pause);
  }
  changed();
  EXPECT_EQ(watch.error(), "");
  ended(broken("no-heartbeat"));
  EXPECT_LE(alarm->due, ServerWatch::first_pause * 2);
}

TEST_F(ServerWatchTest, a_server_that_returned_is_not_left_waiting) {
  watch.start();
  watch.server_returned();  // under way already
  EXPECT_EQ(opened, 1);
  for (int i = 0; i < 8; ++i) {
    ended(broken("connect-refused"));
    if (i < 7) alarm->ring();
  }
  watch.server_returned();
  EXPECT_LE(alarm->due, ServerWatch::first_pause * 2);
  EXPECT_EQ(opened, 8);
}

TEST_F(ServerWatchTest, a_server_that_cannot_is_left_alone_until_there_is_another) {
  watch.start();
  ended(broken("not-supported"));
  EXPECT_FALSE(watch.supported());
  EXPECT_FALSE(alarm->callback);
  watch.server_returned();
  EXPECT_EQ(opened, 1);
  watch.start();
  EXPECT_EQ(opened, 2);
}

}  // namespace
}  // namespace printrouter
