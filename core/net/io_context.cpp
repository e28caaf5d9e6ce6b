// SPDX-License-Identifier: Apache-2.0
#include "net/io_context.hpp"

#include <boost/asio/post.hpp>
#include <csignal>

#include "net/io_detail.hpp"

namespace printrouter::net {

IoContext::IoContext() : impl_(std::make_unique<Impl>()) {
  ::signal(SIGPIPE, SIG_IGN);
}
IoContext::~IoContext() = default;

void IoContext::run() {
  impl_->io.restart();
  impl_->io.run();
}

bool IoContext::run_until(const std::function<bool()>& done, Milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  impl_->io.restart();
  while (!done()) {
    const auto now = std::chrono::steady_clock::now();
    if (now >= end) return false;
    impl_->io.run_one_for(end - now);
  }
  return true;
}

void IoContext::stop() {
  impl_->io.stop();
}

void IoContext::post(Callback work) {
  asio::post(impl_->io, std::move(work));
}

std::function<void(Callback)> IoContext::poster() {
  return [this](Callback work) { post(std::move(work)); };
}

namespace {
void await_signal(asio::signal_set& set, const std::function<void(int)>& handler) {
  set.async_wait([&set, handler](const boost::system::error_code& error, int signal) {
    if (error) return;
    await_signal(set, handler);
    handler(signal);
  });
}
}  // namespace

void IoContext::on_signals(std::vector<int> signals, std::function<void(int)> handler) {
  impl_->signals.push_back(std::make_unique<asio::signal_set>(impl_->io));
  for (int signal : signals) impl_->signals.back()->add(signal);
  await_signal(*impl_->signals.back(), handler);
}

struct Timer::Impl {
  explicit Impl(IoContext& io) : timer(io.impl().io) {}
  asio::steady_timer timer;
  Callback callback = {};
  std::uint64_t generation = 0;
};

Timer::Timer(IoContext& io) : impl_(std::make_shared<Impl>(io)) {}

Timer::~Timer() {
  cancel();
}

void Timer::start(Milliseconds after, Callback callback) {
  start_at(std::chrono::steady_clock::now() + after, std::move(callback));
}

void Timer::start_at(SteadyTime when, Callback callback) {
  impl_->callback = std::move(callback);
  impl_->timer.expires_at(when);
  impl_->timer.async_wait(
      [impl = impl_, generation = ++impl_->generation](const boost::system::error_code& error) {
        if (error || generation != impl->generation || !impl->callback) return;
        const Callback run = std::move(impl->callback);
        impl->callback = nullptr;
        run();
      });
}

void Timer::cancel() {
  if (!impl_->callback) return;
  ++impl_->generation;
  impl_->callback = nullptr;
  impl_->timer.cancel();
}

bool Timer::running() const {
  return static_cast<bool>(impl_->callback);
}

}  // namespace printrouter::net
