// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Hears from the management server that something of this desktop changed, over one connection that stays.
/// [main thread only]
///
/// Comes again after each break, with pauses that grow and jitter: a server that is gone is not hammered, and
/// one that comes back meets its desktops one by one. The snapshot itself is fetched by whoever is told.
#include <functional>
#include <memory>
#include <string>

#include "env/random.hpp"
#include "model/outcome.hpp"
#include "report/outbox.hpp"

namespace printrouter {

class ServerWatch {
 public:
  using Changed = std::function<void()>;
  using Ended = std::function<void(const Outcome&)>;
  /// Opens the watch; it ends with the last copy of what is returned, or calls `ended` once, not inside the
  /// call. `changed` may come inside a session and must not end it.
  using Open = std::function<std::shared_ptr<void>(Changed changed, Ended ended)>;

  /// The pause after the first break (± 90 % of it), doubled up to the longest.
  static constexpr Milliseconds first_pause{2'000}, longest_pause{120'000};

  /// `random` outlives it. `changed`: something changed, or may have while nobody watched.
  ServerWatch(env::Random& random, std::unique_ptr<report::Alarm> alarm, Open open, Changed changed);

  /// Begins, or begins anew: another server, another key.
  void start();
  void stop();
  /// The server answers again: the next try comes soon. Nothing while a watch is open.
  void server_returned();

  bool watching() const { return watching_; }          ///< the server said that the watch is in place
  bool supported() const { return supported_; }        ///< false: this server tells nothing by itself
  const std::string& error() const { return error_; }  ///< of the last one that ended; empty: none

 private:
  void open();
  void ended(const Outcome& outcome);
  void again();

  env::Random& random_;
  std::unique_ptr<report::Alarm> alarm_;
  Open open_;
  Changed changed_;
  std::shared_ptr<void> session_;
  Milliseconds pause_ = first_pause;
  bool watching_ = false, supported_ = true, waiting_ = false;
  std::string error_;
};

}  // namespace printrouter
