// SPDX-License-Identifier: Apache-2.0
#include "plugin/plugin_watch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>

#include "plugin/plugin_quarantine.hpp"
#include "temporary_folder.hpp"

namespace printrouter {
namespace {

using ::testing::SizeIs;

const PluginIdentity raw{.id = "raw", .version = "1", .sha256 = std::string(64, 'a'), .slot = 0};
const PluginIdentity acme{.id = "acme", .version = "1", .sha256 = std::string(64, 'b'), .slot = 1};
const std::vector<const PluginIdentity*> both{&raw, &acme};

std::unique_ptr<PluginWatch> opened(const std::filesystem::path& folder) {
  auto watch = PluginWatch::open({.state_dir = folder, .limit = Milliseconds(200)});
  if (!watch) return nullptr;
  (*watch)->know(both);
  return std::move(*watch);
}

/// In a child: attempt 3.1 of raw, where bytes have left; attempt 4.2 of acme, where none have; a call into
/// acme.
template <class End>
[[noreturn]] void die(const std::filesystem::path& folder, End&& end) {
  auto watch = opened(folder);
  if (!watch) std::_Exit(9);
  auto first = watch->begin({3, 1}, raw);
  first.bytes_left();
  auto second = watch->begin({4, 2}, acme);
  { PluginCall quick(*watch, raw, &first); }
  PluginCall call(*watch, acme, &second);
  end();
  std::_Exit(8);
}

void expect_attempts(const InFlight& last) {
  EXPECT_TRUE(last.trusted);
  EXPECT_THAT(last.attempts, SizeIs(2));
  EXPECT_TRUE(last.may_have_left({3, 1}));
  EXPECT_FALSE(last.may_have_left({4, 2}));
  EXPECT_FALSE(last.may_have_left({5, 1})) << "no plugin was called for it";
}

class PluginWatchDeath : public ::testing::Test {
 protected:
  PluginWatchDeath() { ::testing::FLAGS_gtest_death_test_style = "fast"; }
  InFlight read() {
    auto last = read_in_flight(folder.path);
    EXPECT_TRUE(last);
    return last.value_or(InFlight{});
  }
  void expect_culprit(const InFlight& last, std::string_view finding) {
    ASSERT_TRUE(last.culprit);
    EXPECT_EQ(last.culprit->id, finding);
    EXPECT_EQ(last.culprit->plugin, "acme");
    EXPECT_EQ(last.culprit->sha256, acme.sha256);
    EXPECT_EQ(last.culprit_attempt, (AttemptKey{4, 2}));
    const auto quarantine = PluginQuarantine::open(folder.path);
    ASSERT_TRUE(quarantine);
    EXPECT_NE(quarantine->quarantined(acme.sha256), nullptr);
    EXPECT_EQ(quarantine->quarantined(raw.sha256), nullptr);
  }
  TemporaryFolder folder;
};

TEST_F(PluginWatchDeath, ACallThatHangsEndsTheProcessAndIsNamed) {
  EXPECT_DEATH(die(folder.path,
                   [] {
                     for (volatile bool on = true; on;) {
                     }
                   }),
               "");
  const auto last = read();
  expect_attempts(last);
  expect_culprit(last, finding::call_timeout);
}

TEST_F(PluginWatchDeath, ACrashIsNamed) {
  EXPECT_DEATH(die(folder.path, [] { ::raise(SIGSEGV); }), "");
  const auto last = read();
  expect_attempts(last);
  expect_culprit(last, finding::crash_at_work);
}

TEST_F(PluginWatchDeath, AStackOverflowIsNamed) {
  struct Deep {
    static int fall(volatile int* depth) {
      volatile char room[4096];
      room[0] = static_cast<char>(*depth);
      *depth = *depth + 1;
      return *depth < 0 ? 0 : fall(depth) + room[0];
    }
  };
  const auto overflow = [] {
    volatile int depth = 0;
    Deep::fall(&depth);
  };
  EXPECT_DEATH(die(folder.path, overflow), "");
  expect_culprit(read(), finding::crash_at_work);
}

TEST_F(PluginWatchDeath, AnAbortIsNamed) {
  EXPECT_DEATH(die(folder.path, [] { std::abort(); }), "");
  expect_culprit(read(), finding::crash_at_work);
}

TEST_F(PluginWatchDeath, AnExitIsNamed) {
  EXPECT_EXIT(die(folder.path, [] { std::exit(0); }), ::testing::ExitedWithCode(0), "");
  expect_culprit(read(), finding::crash_at_work);
}

TEST_F(PluginWatchDeath, AKillBlamesNobody) {
  EXPECT_EXIT(die(folder.path, [] { ::raise(SIGKILL); }), ::testing::KilledBySignal(SIGKILL), "");
  const auto last = read();
  expect_attempts(last);
  EXPECT_FALSE(last.culprit);
}

TEST_F(PluginWatchDeath, ACrashOutsideOfCallsBlamesNobody) {
  const auto crash = [&] {
    auto watch = opened(folder.path);
    auto mark = watch->begin({3, 1}, raw);
    { PluginCall call(*watch, raw, &mark); }
    ::raise(SIGSEGV);
  };
  EXPECT_DEATH(crash(), "");
  EXPECT_FALSE(read().culprit);
  EXPECT_FALSE(read().may_have_left({3, 1}));
}

TEST_F(PluginWatchDeath, AnOtherBootProvesNothing) {
  EXPECT_EXIT(die(folder.path, [] { ::raise(SIGKILL); }), ::testing::KilledBySignal(SIGKILL), "");
  // The boot's id stands behind the eight bytes that name the format.
  FILE* file = std::fopen((folder.path / "plugin-in-flight").c_str(), "r+b");
  ASSERT_NE(file, nullptr);
  std::fseek(file, 8, SEEK_SET);
  std::fputs("another", file);
  std::fclose(file);
  const auto last = read();
  EXPECT_FALSE(last.trusted);
  EXPECT_TRUE(last.may_have_left({4, 2}));
}

TEST(PluginWatch, AnOrderlyEndLeavesNothing) {
  TemporaryFolder folder;
  {
    auto watch = opened(folder.path);
    ASSERT_NE(watch, nullptr);
    auto mark = watch->begin({3, 1}, raw);
    mark.bytes_left();
    PluginCall call(*watch, raw, &mark);
  }
  const auto last = read_in_flight(folder.path);
  ASSERT_TRUE(last);
  EXPECT_TRUE(last->trusted);
  EXPECT_FALSE(last->culprit);
  ASSERT_THAT(last->attempts, SizeIs(1));
  EXPECT_FALSE(last->attempts[0].open);
  EXPECT_TRUE(last->may_have_left({3, 1})) << "over, but the journal may not know how";
}

TEST(PluginWatch, AllMarksOfAnAttemptCount) {
  TemporaryFolder folder;
  {
    auto watch = opened(folder.path);
    ASSERT_NE(watch, nullptr);
    auto mark = watch->begin({3, 1}, acme);
    mark = {};
    mark = watch->begin({3, 1}, raw);
    mark.bytes_left();
    mark = watch->begin({3, 1}, acme);
    auto other = watch->begin({4, 1}, acme);
  }
  const auto last = read_in_flight(folder.path);
  ASSERT_TRUE(last);
  EXPECT_TRUE(last->may_have_left({3, 1}));
  EXPECT_FALSE(last->may_have_left({4, 1}));
  EXPECT_THAT(last->attempts, SizeIs(4));
}

TEST(PluginWatch, NoRecordIsNoError) {
  TemporaryFolder folder;
  const auto last = read_in_flight(folder.path);
  ASSERT_TRUE(last);
  EXPECT_FALSE(last->trusted);
}

TEST(PluginWatch, ManyShortCallsAreNotOneLongOne) {
  std::mutex mutex;
  std::string blamed;
  auto watch = PluginWatch::open({.limit = Milliseconds(300), .on_timeout = [&](const std::string& plugin) {
                                    const std::lock_guard lock(mutex);
                                    blamed = plugin;
                                  }});
  ASSERT_TRUE(watch);
  (*watch)->know(both);
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(700);
  while (std::chrono::steady_clock::now() < end) {
    PluginCall outer(**watch, raw);
    PluginCall inner(**watch, acme);
  }
  const std::lock_guard lock(mutex);
  EXPECT_EQ(blamed, "");
}

TEST(PluginWatch, TheInnerCallIsBlamed) {
  std::mutex mutex;
  std::condition_variable told;
  std::string blamed;
  auto watch = PluginWatch::open({.limit = Milliseconds(40), .on_timeout = [&](const std::string& plugin) {
                                    const std::lock_guard lock(mutex);
                                    blamed = plugin;
                                    told.notify_all();
                                  }});
  ASSERT_TRUE(watch);
  (*watch)->know(both);
  PluginCall outer(**watch, raw);
  PluginCall inner(**watch, acme);
  std::unique_lock lock(mutex);
  ASSERT_TRUE(told.wait_for(lock, std::chrono::seconds(5), [&] { return !blamed.empty(); }));
  EXPECT_EQ(blamed, "acme");
}

TEST(PluginWatch, MoreAttemptsThanItHolds) {
  TemporaryFolder folder;
  const auto overflow = [&] {
    auto watch = opened(folder.path);
    std::vector<AttemptMark> marks;
    for (int i = 1; i <= 5000; ++i) marks.push_back(watch->begin({i, 1}, raw));
    ::raise(SIGKILL);
  };
  EXPECT_EXIT(overflow(), ::testing::KilledBySignal(SIGKILL), "");
  const auto last = read_in_flight(folder.path);
  ASSERT_TRUE(last);
  EXPECT_TRUE(last->may_have_left({1, 1})) << "an incomplete record proves nothing";
}

TEST(PluginWatch, SlotsAreUsedAgain) {
  auto watch = PluginWatch::open({});
  ASSERT_TRUE(watch);
  for (int i = 1; i <= 20000; ++i) auto mark = (*watch)->begin({i, 1}, raw);
  AttemptMark a = (*watch)->begin({1, 1}, raw);
  AttemptMark b = std::move(a);
  b = (*watch)->begin({2, 1}, acme);
  b.bytes_left();
  a.bytes_left();  // moved from: nothing
}

TEST(PluginWatch, ACallCostsNanoseconds) {
  auto watch = PluginWatch::open({});
  ASSERT_TRUE(watch);
  constexpr int calls = 1'000'000;
  auto best = std::chrono::nanoseconds::max();
  for (int round = 0; round < 5; ++round) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < calls; ++i) PluginCall call(**watch, raw);
    best = std::min<std::chrono::nanoseconds>(best, std::chrono::steady_clock::now() - start);
  }
  const double each = static_cast<double>(best.count()) / calls;
  RecordProperty("nanoseconds", std::to_string(each));
  std::cout << "a guarded call costs " << each << " ns\n";
#ifdef __OPTIMIZE__
  EXPECT_LT(each, 50);
#endif
}

TEST(StepLimit, CountsActionsWithoutIo) {
  StepLimit limit;
  for (std::uint32_t i = 0; i < StepLimit::limit; ++i) ASSERT_TRUE(limit.action());
  limit.io();
  for (std::uint32_t i = 0; i < StepLimit::limit; ++i) ASSERT_TRUE(limit.action());
  EXPECT_FALSE(limit.action());
}

}  // namespace
}  // namespace printrouter
