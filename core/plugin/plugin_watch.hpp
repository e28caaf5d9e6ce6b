// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The run-time watchdog. What the process is doing inside plugins stands in a small mapped file, so that it
/// is still known when the process is not: after an abort, a crash or a SIGKILL the next start reads which
/// plugin was to blame (if any) and of which attempts document bytes may have left.
///
///     auto last = read_in_flight(state_dir);                   // first of all; then load plugins, settle
///     attempts auto watch = PluginWatch::open(options); watch->know(registry->identities()); AttemptMark
///     mark = watch->begin({job, attempt}, *protocol->identity);  // before the session opens {
///     PluginCall guard(*watch, *protocol->identity, &mark); table->step(session, &event, &action); }
///     mark.bytes_left();                                       // just before the first document byte is
///     written
///
/// All of it on the main thread, except the watchdog's own thread inside. Calls may nest.
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "model/job.hpp"
#include "plugin/plugin_finding.hpp"
#include "plugin/plugin_identity.hpp"

namespace printrouter {

/// One attempt of one job.
struct AttemptKey {
  JobId job = 0;
  int number = 0;
  auto operator<=>(const AttemptKey&) const = default;
};

struct InFlightAttempt {
  AttemptKey attempt;
  std::string plugin_id, sha256;
  bool bytes_left = true;  ///< false: no document byte can have left; may be sent again
  bool open = true;        ///< false: it was over, but the journal may not have got its outcome
};

/// What the last process was doing when it ended.
struct InFlight {
  std::vector<InFlightAttempt> attempts;  ///< under way or over lately
  /// The record is of this boot of the machine and lacks nothing, so that `bytes_left == false` is a proof.
  bool trusted = false;
  /// The plugin that hung or crashed (call-timeout, crash-at-work); already quarantined. A SIGKILL blames
  /// nobody.
  std::optional<PluginFinding> culprit;
  std::optional<AttemptKey> culprit_attempt;

  /// For an attempt that the journal says is under way. Anything but a proof counts as yes. No mark is a
  /// proof too: a plugin that could have sent something is not called without one.
  bool may_have_left(AttemptKey attempt) const;
};

/// Reads the record in `state_dir` and puts the culprit's hash into quarantine there. Call before
/// PluginRegistry::load. No record is not an error. PluginWatch::open forgets the record: call that when the
/// journal has the consequences.
Result<InFlight> read_in_flight(const std::filesystem::path& state_dir);

struct PluginWatchOptions {
  std::filesystem::path state_dir = {};  ///< empty: the record is kept in memory only
  Milliseconds limit{2000};              ///< longest time inside one call
  /// Instead of abort(), for tests. Called on the watchdog's thread.
  std::function<void(const std::string& plugin_id)> on_timeout = {};
};

namespace detail {
struct WatchRecord;
struct WatchCall;
}  // namespace detail
class PluginWatch;

/// The open mark of one attempt in the record. Moves; its end closes the mark, and what it said stays
/// readable while the next 4,096 attempts begin. Must not outlive its watch.
class AttemptMark {
 public:
  AttemptMark() = default;
  AttemptMark(AttemptMark&& other) noexcept;
  AttemptMark& operator=(AttemptMark&& other) noexcept;
  ~AttemptMark();
  /// To be called before the first document byte is handed to the kernel. Cheap; no system call.
  void bytes_left() noexcept;

 private:
  friend class PluginWatch;
  friend class PluginCall;
  AttemptMark(PluginWatch* watch, std::uint32_t slot) : watch_(watch), slot_(slot) {}
  void close() noexcept;
  PluginWatch* watch_ = nullptr;
  std::uint32_t slot_ = 0;
};

class PluginWatch {
 public:
  static Result<std::unique_ptr<PluginWatch>> open(const PluginWatchOptions& options);
  ~PluginWatch();
  PluginWatch(const PluginWatch&) = delete;
  PluginWatch& operator=(const PluginWatch&) = delete;

  /// Writes the plugins' hashes into the record. At most 256 plugins.
  void know(std::span<const PluginIdentity* const> plugins);
  /// Opens the mark of an attempt that `plugin` carries out.
  AttemptMark begin(AttemptKey attempt, const PluginIdentity& plugin);

 private:
  friend class AttemptMark;
  friend class PluginCall;
  struct Impl;
  explicit PluginWatch(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
  detail::WatchCall* call_ = nullptr;  ///< in the mapped record
};

namespace detail {
/// The part of the record that every call touches. `sequence` is odd while a call is under way.
struct WatchCall {
  std::atomic<std::uint64_t> sequence;
  std::atomic<std::uint32_t> plugin;   ///< slot + 1; 0: none
  std::atomic<std::uint32_t> attempt;  ///< slot + 1; 0: none
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
}  // namespace detail

/// Scope of one call into a plugin. Some nanoseconds, no system call.
class PluginCall {
 public:
  PluginCall(PluginWatch& watch, const PluginIdentity& plugin, const AttemptMark* attempt = nullptr) noexcept
      : call_(*watch.call_),
        outer_plugin_(call_.plugin.load(std::memory_order_relaxed)),
        outer_attempt_(call_.attempt.load(std::memory_order_relaxed)),
        outer_sequence_(call_.sequence.load(std::memory_order_relaxed)) {
    call_.plugin.store(plugin.slot + 1, std::memory_order_relaxed);
    call_.attempt.store(attempt && attempt->watch_ ? attempt->slot_ + 1 : 0, std::memory_order_relaxed);
    call_.sequence.store((outer_sequence_ | 1) + (outer_sequence_ & 1) * 2, std::memory_order_release);
  }
  ~PluginCall() {
    const auto now = call_.sequence.load(std::memory_order_relaxed);
    call_.plugin.store(outer_plugin_, std::memory_order_relaxed);
    call_.attempt.store(outer_attempt_, std::memory_order_relaxed);
    // Back in an outer call: odd again but another number, so that its time starts anew.
    call_.sequence.store(now + (outer_sequence_ & 1 ? 2 : 1), std::memory_order_release);
  }
  PluginCall(const PluginCall&) = delete;
  PluginCall& operator=(const PluginCall&) = delete;

 private:
  detail::WatchCall& call_;
  const std::uint32_t outer_plugin_, outer_attempt_;
  const std::uint64_t outer_sequence_;
};

/// Counts a session's actions without I/O between them: more than the limit is the finding `step-loop`. I/O
/// is: bytes moved, a connection opened or failed, a timer of 1 ms or more ran out. A request to the host is
/// none.
class StepLimit {
 public:
  static constexpr std::uint32_t limit = 10'000;
  /// After each action. false: the session loops; end it and report finding::step_loop.
  [[nodiscard]] bool action() noexcept { return ++actions_ <= limit; }
  void io() noexcept { actions_ = 0; }

 private:
  std::uint32_t actions_ = 0;
};

}  // namespace printrouter
