// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <printrouter/abi/action.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "plugin/plugin_finding.hpp"
#include "plugin/plugin_watch.hpp"

namespace printrouter {

/// How the scripted other side behaves.
struct SmokePeer {
  std::string_view name;                  ///< part of the stage's name
  std::uint32_t connect_error = 0;        ///< PR_IO_* for CONNECT and START_TLS; 0: they succeed
  std::string_view answer = {};           ///< what each of the first `answers` READs brings
  int answers = 8;                        ///< afterwards, or with an empty answer: the end of the stream
  std::uint32_t read_error = 0;           ///< PR_IO_* for READ and DRAIN instead
  std::uint32_t payload_error = 0;        ///< PR_IO_* in the middle of a payload, either way
  std::uint32_t error_after_payload = 0;  ///< PR_IO_* for everything after a payload
  std::uint32_t refuse = 0;               ///< receiver: PR_REFUSED_* for every request
  int cancel_at = -1;                     ///< the step that gets PR_EVENT_CANCEL instead; -1 none
};

enum class SmokeSide { sender, receiver };

/// One scripted conversation with one session; closes it at its end.
class SmokeSession {
 public:
  static constexpr std::uint64_t document_size = 4000;

  SmokeSession(const pr_session_table& table, pr_session* session, SmokeSide side, const SmokePeer& peer)
      : table_(table), session_(session), side_(side), peer_(peer) {}
  ~SmokeSession();
  SmokeSession(const SmokeSession&) = delete;
  SmokeSession& operator=(const SmokeSession&) = delete;

  /// Until DONE or DELEGATE. false: *out says what broke the contract.
  bool run(PluginFinding* out);
  /// The last action, for what the caller wants to know of it; valid until the end of this object.
  const pr_action& last() const { return action_; }
  /// If set, CONNECT must name this host: the request's own text has been overwritten since open.
  std::string_view expected_host = {};

 private:
  bool step(const pr_event& event, PluginFinding* out);
  bool check(const pr_event& event, PluginFinding* out);
  bool check_done(PluginFinding* out);
  pr_event answer();
  pr_event answer_request();
  pr_event read();
  pr_event payload(std::uint32_t kind, std::uint64_t size);
  pr_event event(std::uint32_t kind) const;
  pr_event error(std::uint32_t number) const;

  const pr_session_table& table_;
  pr_session* session_;
  const SmokeSide side_;
  const SmokePeer& peer_;
  pr_action action_{};
  std::array<std::string, 4> unread_;
  std::string shown_;  ///< what the last event pointed to
  std::uint64_t sent_ = 0;
  int reads_ = 0;
  bool payload_over_ = false;
  bool moved_ = false;  ///< the last answer stands for I/O
};

}  // namespace printrouter
