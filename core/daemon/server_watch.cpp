// SPDX-License-Identifier: Apache-2.0
#include "daemon/server_watch.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace printrouter {

ServerWatch::ServerWatch(env::Random& random, std::unique_ptr<report::Alarm> alarm, Open open,
                         Changed changed)
    : random_(random), alarm_(std::move(alarm)), open_(std::move(open)), changed_(std::move(changed)) {}

void ServerWatch::start() {
  stop();
  supported_ = true;
  pause_ = first_pause;
  open();
}

void ServerWatch::stop() {
  alarm_->cancel();
  session_.reset();
  watching_ = waiting_ = false;
  error_.clear();
}

void ServerWatch::server_returned() {
  if (!waiting_) return;
  pause_ = first_pause;
  again();
}

void ServerWatch::open() {
  waiting_ = false;
  session_ = open_(
      [this] {
        if (!std::exchange(watching_, true)) spdlog::info("the server tells of changes");
        pause_ = first_pause;
        error_.clear();
        changed_();
      },
      [this](const Outcome& outcome) { ended(outcome); });
}

void ServerWatch::ended(const Outcome& outcome) {
  session_.reset();
  watching_ = false;
  if (outcome.reason == "not-supported") {
    supported_ = false;
    return;
  }
  const std::string error = outcome.text.empty() ? outcome.reason : outcome.reason + ": " + outcome.text;
  if (error != error_) spdlog::info("the server does not tell of changes: {}", error);
  error_ = error;
  again();
}

void ServerWatch::again() {
  waiting_ = true;
  alarm_->start(random_.jitter(pause_, 0.9), [this] { open(); });
  pause_ = std::min(pause_ * 2, longest_pause);
}

}  // namespace printrouter
