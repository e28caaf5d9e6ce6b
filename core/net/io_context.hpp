// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The main thread's event loop.
///
///     net::IoContext io;
///     io.on_signals({SIGTERM, SIGINT}, [&](int) { io.stop(); });
///     io.run();
///
/// Everything in net/, intake/, delivery/ and health/ runs on the thread that calls run(). Only post() and
/// stop() may be called from other threads.
#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "base/time.hpp"

namespace printrouter::net {

using Callback = std::function<void()>;
using SteadyTime = std::chrono::steady_clock::time_point;

class IoContext {
 public:
  /// Makes the process ignore SIGPIPE: a broken connection is an error of the write that met it.
  IoContext();
  ~IoContext();
  IoContext(const IoContext&) = delete;
  IoContext& operator=(const IoContext&) = delete;

  /// Serves until stop().
  void run();
  /// Serves until `done` holds (asked after each handler); false if it did not within `limit`. For tests and
  /// tools.
  bool run_until(const std::function<bool()>& done, Milliseconds limit = std::chrono::seconds(20));
  /// Makes run() return after the current handler. [any thread]
  void stop();
  /// Runs `work` soon, in order. [any thread]
  void post(Callback work);
  /// post() as a value (env::Post). The context must outlive it.
  std::function<void(Callback)> poster();
  /// Calls `handler` for each of these signals from now on.
  void on_signals(std::vector<int> signals, std::function<void(int)> handler);

  struct Impl;
  Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

/// One alarm. Its end cancels it; after cancel() or a new start() the old callback does not run any more.
class Timer {
 public:
  explicit Timer(IoContext& io);
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  void start(Milliseconds after, Callback callback);
  void start_at(SteadyTime when, Callback callback);
  void cancel();
  bool running() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace printrouter::net
