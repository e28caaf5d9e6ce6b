// SPDX-License-Identifier: Apache-2.0
#pragma once
/// A step machine as a class (see abi/action.h for what the events and actions mean).
#include <printrouter/abi/action.h>
#include <printrouter/plugin.hpp>

#include <span>

namespace printrouter::sdk {

using Event = pr_event;

/// One action, named by what it asks for. What it points to must stay valid until the next step.
struct Action : pr_action {
  Action& connect(std::string_view host, uint32_t to_port) { return set(PR_ACTION_CONNECT).to(host, to_port); }
  Action& start_tls(std::string_view server_name, std::string_view alpn = {}) {
    text = str(alpn);
    return set(PR_ACTION_START_TLS).to(server_name, 0);
  }
  Action& write(std::string_view data) {
    bytes = sdk::bytes(data);
    return set(PR_ACTION_WRITE);
  }
  Action& send_payload(std::span<const pr_segment> parts, uint64_t length, uint32_t frame = PR_FRAMING_NONE,
                       uint32_t code = PR_CODING_NONE) {
    segments = parts.data();
    segment_count = parts.size();
    count = length;
    framing = frame;
    coding = code;
    return set(PR_ACTION_SEND_PAYLOAD);
  }
  Action& shutdown_write() { return set(PR_ACTION_SHUTDOWN_WRITE); }
  Action& drain() { return set(PR_ACTION_DRAIN); }
  Action& read(uint32_t max = 64 * 1024) { return set(PR_ACTION_READ).reading(max); }
  Action& wait(uint32_t milliseconds) { return set(PR_ACTION_WAIT).within(milliseconds); }
  Action& close_connection() { return set(PR_ACTION_CLOSE); }
  Action& go_on() { return set(PR_ACTION_CONTINUE); }
  Action& request(uint32_t operation, std::span<const pr_attr> with) {
    op = operation;
    attributes = {with.data(), with.size()};
    return set(PR_ACTION_REQUEST);
  }
  Action& receive_payload(uint64_t length, uint32_t code = PR_CODING_NONE) {
    count = length;
    coding = code;
    return set(PR_ACTION_RECEIVE_PAYLOAD);
  }
  Action& delegate(std::string_view protocol, std::string_view host, uint32_t to_port, std::string_view to_queue) {
    text = str(protocol);
    queue = str(to_queue);
    return set(PR_ACTION_DELEGATE).to(host, to_port);
  }
  Action& done(uint32_t outcome_kind, std::string_view reason, std::string_view words = {}, uint32_t with_flags = 0) {
    outcome.kind = outcome_kind;
    outcome.reason = str(reason);
    outcome.text = str(words);
    flags = with_flags;
    return set(PR_ACTION_DONE);
  }
  /// The end of a receiver's session.
  Action& done(uint32_t with_flags = 0) {
    flags = with_flags;
    return set(PR_ACTION_DONE);
  }

  // What goes with an action:
  Action& on(uint32_t which) { return connection = which, *this; }
  Action& used(uint64_t bytes_consumed) { return consumed = bytes_consumed, *this; }
  Action& reading(uint32_t max) { return read_max = max, *this; }
  Action& within(uint32_t milliseconds) { return timeout_ms = milliseconds, *this; }
  Action& to(std::string_view host, uint32_t to_port) { return target = str(host), port = to_port, *this; }

 private:
  Action& set(uint32_t what) { return kind = what, *this; }
};
static_assert(sizeof(Action) == sizeof(pr_action));

inline pr_segment literal(std::string_view data) { return {PR_SEGMENT_LITERAL, 0, bytes(data), 0, data.size()}; }
inline pr_segment document(uint64_t offset = 0, uint64_t length = PR_LENGTH_TO_END) {
  return {PR_SEGMENT_DOCUMENT, 0, {nullptr, 0}, offset, length};
}

/// Base of a session's own class. `step` fills in the action; it starts out empty with struct_size set and
/// outcome.impressions = -1.
class Session {
 public:
  explicit Session(const Plugin* plugin) : plugin_(plugin) {}
  virtual ~Session() = default;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  virtual void step(const Event& event, Action& action) = 0;
  const Plugin& plugin() const { return *plugin_; }

 private:
  const Plugin* plugin_;
};

inline constexpr pr_session_table session_table = {
    sizeof(pr_session_table), 0,
    [](pr_session* session, const pr_event* event, pr_action* action) noexcept -> pr_status {
      auto& s = *reinterpret_cast<Session*>(session);
      return guarded(&s.plugin(), pr_status{PR_ERROR}, [&]() -> pr_status {
        auto& a = *static_cast<Action*>(action);
        static_cast<pr_action&>(a) = pr_action{};
        a.struct_size = sizeof(pr_action);
        a.outcome.struct_size = sizeof(pr_outcome);
        a.outcome.impressions = -1;
        s.step(*event, a);
        return PR_OK;
      });
    },
    [](pr_session* session) noexcept { delete reinterpret_cast<Session*>(session); }};

inline pr_session* handle(Session* session) { return reinterpret_cast<pr_session*>(session); }

}  // namespace printrouter::sdk
