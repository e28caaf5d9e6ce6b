// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>

#include "env/executor.hpp"

namespace printrouter::env {

/// A main thread for tests and small tools: functions posted from anywhere run where run_* is called.
class PostQueue {
 public:
  /// The queue must outlive every holder of this function.
  Post post() {
    return [this](std::function<void()> work) {
      const std::lock_guard lock(mutex_);
      queue_.push_back(std::move(work));
      more_.notify_one();
    };
  }
  /// Runs what is there now; returns how many functions that were.
  std::size_t run_ready() {
    std::size_t count = 0;
    while (auto work = take(std::chrono::milliseconds(0))) work(), ++count;
    return count;
  }
  /// Runs until `done()` holds; false if it still does not after `limit`.
  template <class Done>
  bool run_until(Done done, std::chrono::milliseconds limit = std::chrono::seconds(20)) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (!done()) {
      const auto left = deadline - std::chrono::steady_clock::now();
      if (left.count() <= 0) return false;
      if (auto work = take(std::chrono::duration_cast<std::chrono::milliseconds>(left) +
                           std::chrono::milliseconds(1)))
        work();
    }
    return true;
  }

 private:
  std::function<void()> take(std::chrono::milliseconds wait) {
    std::unique_lock lock(mutex_);
    if (!more_.wait_for(lock, wait, [this] { return !queue_.empty(); })) return nullptr;
    auto work = std::move(queue_.front());
    queue_.pop_front();
    return work;
  }
  std::mutex mutex_;
  std::condition_variable more_;
  std::deque<std::function<void()>> queue_;
};

}  // namespace printrouter::env
