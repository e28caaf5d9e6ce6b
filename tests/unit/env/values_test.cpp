// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <atomic>
#include <set>

#include "env/clock.hpp"
#include "env/post_queue.hpp"
#include "env/random.hpp"
#include "env/thread_pool.hpp"

namespace printrouter::env {
namespace {

TEST(Random, uuids_are_version_4_and_differ) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const std::string text = system_random().uuid().to_string();
    EXPECT_EQ(text[14], '4');
    EXPECT_NE(std::string("89ab").find(text[19]), std::string::npos) << text;
    seen.insert(text);
  }
  EXPECT_EQ(seen.size(), 100u);
}

TEST(Random, a_seed_repeats) {
  SeededRandom a(7), b(7), c(8);
  EXPECT_EQ(a.uuid(), b.uuid());
  EXPECT_NE(a.next(), c.next());
  EXPECT_EQ(SeededRandom(0).next(), 0xe220a8397b1dcdafu) << "splitmix64's published first value";
}

TEST(Random, jitter_stays_within_its_fraction_and_varies) {
  SeededRandom random(3);
  std::set<std::int64_t> seen;
  for (int i = 0; i < 1000; ++i) {
    const auto value = random.jitter(Milliseconds(1000), 0.2);
    EXPECT_GE(value.count(), 800);
    EXPECT_LE(value.count(), 1200);
    seen.insert(value.count());
  }
  EXPECT_LT(*seen.begin(), 850);
  EXPECT_GT(*seen.rbegin(), 1150);
}

TEST(Clock, the_fake_moves_only_when_told) {
  FakeClock clock;
  const auto wall = clock.now();
  const auto steady = clock.monotonic();
  clock.advance(Milliseconds(1500));
  EXPECT_EQ((clock.now() - wall).count(), 1500);
  clock.set_wall({5});
  EXPECT_EQ(clock.monotonic() - steady, Milliseconds(1500));
  EXPECT_GT(system_clock().now().ms, 1'700'000'000'000);
}

TEST(ThreadPool, runs_everything_before_it_ends) {
  std::atomic<int> done = 0;
  {
    ThreadPool pool(3);
    for (int i = 0; i < 500; ++i) pool.submit([&done] { ++done; });
  }
  EXPECT_EQ(done, 500);
}

TEST(PostQueue, runs_in_order_on_the_thread_that_asks) {
  PostQueue main;
  std::vector<int> order;
  const Post post = main.post();
  for (int i = 0; i < 3; ++i) post([&order, i] { order.push_back(i); });
  EXPECT_TRUE(order.empty());
  EXPECT_EQ(main.run_ready(), 3u);
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2}));
  EXPECT_FALSE(main.run_until([] { return false; }, std::chrono::milliseconds(1)));
}

}  // namespace
}  // namespace printrouter::env
