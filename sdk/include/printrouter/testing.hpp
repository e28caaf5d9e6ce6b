// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Drives a plugin from a script, without a daemon and without a socket: a host that remembers what was
/// logged, and a conversation that hands a session one event and says in words which action came back.
///
///     testing::FakeHost host;
///     testing::LoadedPlugin plugin(host, printrouter_plugin_v1);
///     auto* table = plugin.extension<pr_protocol>(PR_PROTOCOL_ID);
///     testing::Conversation talk(plugin, *table, request);
///     EXPECT_EQ(talk.start(), "connect 192.0.2.7:9100");
///     EXPECT_EQ(talk.connected(), "send [document(0,end)] length=12 reading=4096");
///     EXPECT_EQ(talk.io_error(PR_IO_RESET), "done unknown broke-off abort");
///     EXPECT_THAT(host.log, ElementsAre("warning: ..."));
///
/// What breaks the contract of abi/action.h (an action of no known kind, more consumed than was shown, a step
/// after DONE ...) throws std::logic_error. Needs no test framework. For tests only: it allocates and throws.
#include <printrouter/abi/host.h>
#include <printrouter/abi/server.h>
#include <printrouter/protocol.hpp>

#include <cstdio>
#include <initializer_list>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace printrouter::testing {

using sdk::view;

/// The host services. Change `config`, `secrets` and `now_ms` as the test needs, also between steps.
class FakeHost {
 public:
  FakeHost() {
    host_.base = {sizeof(pr_host), nullptr, &FakeHost::service};
    host_.owner = this;
  }
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;
  const pr_host* host() const { return &host_.base; }

  std::vector<std::string> log;  ///< "info: text", in order
  std::map<std::string, std::string, std::less<>> config;
  std::map<std::string, std::string, std::less<>> secrets;
  int64_t now_ms = 1'700'000'000'000;

 private:
  struct Handle {
    pr_host base{};
    FakeHost* owner = nullptr;
  };
  static FakeHost& of(const pr_host* host) { return *reinterpret_cast<const Handle*>(host)->owner; }
  static pr_status look_up(const std::map<std::string, std::string, std::less<>>& values, pr_str key,
                           pr_str* out) {
    auto found = values.find(view(key));
    if (found == values.end()) return PR_UNSUPPORTED;
    *out = sdk::str(found->second);
    return PR_OK;
  }
  static const void* service(const pr_host*, const char* id) {
    static const pr_host_log log_table{
        sizeof(pr_host_log), [](const pr_host* host, uint32_t level, pr_str text) {
          static const char* const names[] = {"?", "debug", "info", "warning", "error"};
          of(host).log.push_back(std::string(names[level <= PR_LOG_ERROR ? level : 0]) + ": " +
                                 std::string(view(text)));
        }};
    static const pr_host_clock clock_table{sizeof(pr_host_clock),
                                           [](const pr_host* host) { return of(host).now_ms; },
                                           [](const pr_host* host) { return of(host).now_ms; }};
    static const pr_host_config config_table{
        sizeof(pr_host_config),
        [](const pr_host* host, pr_str key, pr_str* out) { return look_up(of(host).config, key, out); }};
    static const pr_host_secrets secrets_table{
        sizeof(pr_host_secrets),
        [](const pr_host* host, pr_str name, pr_str* out) { return look_up(of(host).secrets, name, out); }};
    const std::string_view wanted(id);
    if (wanted == PR_HOST_LOG_ID) return &log_table;
    if (wanted == PR_HOST_CLOCK_ID) return &clock_table;
    if (wanted == PR_HOST_CONFIG_ID) return &config_table;
    if (wanted == PR_HOST_SECRETS_ID) return &secrets_table;
    return nullptr;
  }
  Handle host_;
};

/// One instance of a plugin, from its entry, destroyed with this object.
class LoadedPlugin {
 public:
  LoadedPlugin(const FakeHost& host, const pr_plugin_entry& entry) : entry_(entry) {
    if (entry.create(host.host(), &plugin_) != PR_OK) throw std::logic_error("plugin: create failed");
  }
  ~LoadedPlugin() { entry_.destroy(plugin_); }
  LoadedPlugin(const LoadedPlugin&) = delete;
  LoadedPlugin& operator=(const LoadedPlugin&) = delete;
  pr_plugin* get() const { return plugin_; }
  /// The table for `id`; throws if the plugin does not provide it.
  template <class Table>
  const Table* extension(const char* id) const {
    const void* table = entry_.get_extension(plugin_, id);
    if (!table) throw std::logic_error(std::string("plugin: no extension ") + id);
    return static_cast<const Table*>(table);
  }

 private:
  const pr_plugin_entry& entry_;
  pr_plugin* plugin_ = nullptr;
};

/// `data` in double quotes with control characters as \n, \r, \t or \xNN.
inline std::string quoted(std::string_view data) {
  std::string out = "\"";
  for (char c : data) {
    const auto byte = static_cast<unsigned char>(c);
    char hex[8];
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '"' || c == '\\') {
      out += '\\', out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      std::snprintf(hex, sizeof hex, "\\x%02x", byte);
      out += hex;
    } else {
      out += c;
    }
  }
  return out + '"';
}

inline std::string describe(const pr_attr& attr) {
  std::string out(view(attr.name));
  if (attr.group) out += '#' + std::to_string(attr.group);
  switch (attr.kind) {
    case PR_ATTR_INTEGER:
    case PR_ATTR_ENUM:
    case PR_ATTR_DATETIME:
      return out + '=' + std::to_string(attr.integer);
    case PR_ATTR_BOOLEAN:
      return out + (attr.integer ? "=true" : "=false");
    case PR_ATTR_RANGE:
      return out + '=' + std::to_string(attr.integer) + '-' + std::to_string(attr.upper);
    case PR_ATTR_RESOLUTION:
      return out + '=' + std::to_string(attr.integer) + 'x' + std::to_string(attr.upper);
    case PR_ATTR_NO_VALUE:
      return out + "=no-value";
    default:
      return out + '=' + quoted(view(attr.text));
  }
}

inline std::string describe_length(uint64_t length) {
  return length == PR_LENGTH_TO_END ? "end" : std::to_string(length);
}

inline std::string describe_outcome(const pr_outcome& outcome) {
  static const char* const names[] = {"",     "delivered",   "not-sent",  "rejected", "auth-required",
                                      "hold", "stop-target", "cancelled", "unknown"};
  if (outcome.kind == 0) return "";
  if (outcome.kind > PR_OUTCOME_UNKNOWN) throw std::logic_error("action: unknown outcome");
  std::string out = std::string(" ") + names[outcome.kind];
  if (outcome.kind == PR_OUTCOME_DELIVERED && outcome.confirmed)
    out +=
        outcome.impressions < 0 ? "(confirmed)" : "(confirmed " + std::to_string(outcome.impressions) + ")";
  if (outcome.busy) out += "(busy)";
  if (outcome.reason.size) out += ' ' + std::string(view(outcome.reason));
  return out;
}

/// The action in words, the form that tests compare. Not in the words: what was consumed (see
/// Conversation::unread), and the outcome's texts and attributes (see Conversation::last).
inline std::string describe(const pr_action& a) {
  static const char* const ops[] = {"",           "create-job",     "add-document",       "commit",
                                    "close-job",  "validate",       "get-jobs",           "get-job",
                                    "cancel-job", "cancel-my-jobs", "printer-attributes", "identify-printer"};
  std::string out;
  switch (a.kind) {
    case PR_ACTION_CONNECT:
      out = "connect " + std::string(view(a.target)) + ':' + std::to_string(a.port);
      break;
    case PR_ACTION_START_TLS:
      out = "start-tls " + std::string(view(a.target));
      if (a.text.size) out += " alpn=" + std::string(view(a.text));
      break;
    case PR_ACTION_WRITE:
      out = "write " + quoted(view(a.bytes));
      break;
    case PR_ACTION_SEND_PAYLOAD:
      out = "send [";
      for (size_t i = 0; i < a.segment_count; ++i) {
        const pr_segment& s = a.segments[i];
        if (i) out += ' ';
        if (s.kind == PR_SEGMENT_LITERAL)
          out += quoted(view(s.literal));
        else if (s.kind == PR_SEGMENT_DOCUMENT)
          out += "document(" + std::to_string(s.offset) + ',' + describe_length(s.length) + ')';
        else
          throw std::logic_error("action: unknown segment kind");
      }
      out += "] length=" + describe_length(a.count);
      if (a.framing == PR_FRAMING_HTTP_CHUNKED) out += " chunked";
      break;
    case PR_ACTION_SHUTDOWN_WRITE:
      out = "shutdown-write";
      break;
    case PR_ACTION_DRAIN:
      out = "drain";
      break;
    case PR_ACTION_READ:
      if (a.read_max == 0) throw std::logic_error("action: READ with read_max 0");
      out = "read";
      break;
    case PR_ACTION_WAIT:
      out = "wait";
      break;
    case PR_ACTION_CLOSE:
      out = "close";
      break;
    case PR_ACTION_CONTINUE:
      out = "continue";
      break;
    case PR_ACTION_REQUEST:
      if (a.op == PR_OP_CHANGED) return "request changed";
      if (a.op < PR_OP_CREATE_JOB || a.op > PR_OP_IDENTIFY_PRINTER)
        throw std::logic_error("action: unknown op");
      out = std::string("request ") + ops[a.op];
      for (size_t i = 0; i < a.attributes.count; ++i) out += ' ' + describe(a.attributes.items[i]);
      break;
    case PR_ACTION_RECEIVE_PAYLOAD:
      out = "receive " + describe_length(a.count);
      break;
    case PR_ACTION_DELEGATE:
      out = "delegate " + std::string(view(a.text)) + ' ' + std::string(view(a.target)) + ':' +
            std::to_string(a.port);
      if (a.queue.size) out += ' ' + std::string(view(a.queue));
      break;
    case PR_ACTION_DONE:
      out = "done" + describe_outcome(a.outcome);
      if (a.flags & PR_DONE_ABORT) out += " abort";
      if (a.flags & PR_DONE_KEEP_INCOMPLETE) out += " keep-incomplete";
      break;
    default:
      throw std::logic_error("action: unknown kind " + std::to_string(a.kind));
  }
  if (a.coding == PR_CODING_GZIP) out += " gzip";
  if (a.coding == PR_CODING_DEFLATE) out += " deflate";
  if (a.connection > 3) throw std::logic_error("action: connection above 3");
  if (a.connection) out += " connection=" + std::to_string(a.connection);
  if (a.read_max && a.kind != PR_ACTION_READ) out += " reading=" + std::to_string(a.read_max);
  if (a.timeout_ms) out += " within=" + std::to_string(a.timeout_ms);
  return out;
}

/// One session, from open to close. Each call hands it one event and returns the answer in words.
class Conversation {
 public:
  /// `Table` is pr_protocol, pr_receiver or pr_server; `Request` what its open takes.
  template <class Table, class Request>
  Conversation(const LoadedPlugin& plugin, const Table& table, const Request& request)
      : table_(table.session) {
    if (table.open(plugin.get(), &request, &session_) != PR_OK) throw std::logic_error("open failed");
  }
  ~Conversation() { table_.close(session_); }
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;

  std::string start() { return step(event(PR_EVENT_START)); }
  std::string connected(uint32_t on = 0) { return step(event(PR_EVENT_CONNECTED, on)); }
  std::string tls_started(uint32_t on = 0) { return step(event(PR_EVENT_TLS_STARTED, on)); }
  std::string written(uint32_t on = 0) { return step(event(PR_EVENT_WRITTEN, on)); }
  std::string drained(uint32_t on = 0) { return step(event(PR_EVENT_DRAINED, on)); }
  std::string timer() { return step(event(PR_EVENT_TIMER)); }
  std::string cancel() { return step(event(PR_EVENT_CANCEL)); }
  std::string payload_sent(uint64_t count, uint32_t on = 0) {
    return counted(PR_EVENT_PAYLOAD_SENT, count, on);
  }
  std::string payload_received(uint64_t count, uint32_t on = 0) {
    return counted(PR_EVENT_PAYLOAD_RECEIVED, count, on);
  }
  std::string committed(uint64_t job) { return counted(PR_EVENT_COMMITTED, job, 0); }
  std::string io_error(uint32_t error, std::string_view text = {}, uint32_t on = 0) {
    pr_event e = event(PR_EVENT_IO_ERROR, on);
    e.error = error;
    e.text = sdk::str(text);
    return step(e);
  }
  std::string refused(uint32_t error, std::string_view text = {},
                      std::initializer_list<pr_attr> attributes = {}) {
    pr_event e = event(PR_EVENT_REFUSED);
    e.error = error;
    e.text = sdk::str(text);
    e.attributes = {attributes.begin(), attributes.size()};
    return step(e);
  }
  std::string reply(std::initializer_list<pr_attr> attributes = {}) {
    pr_event e = event(PR_EVENT_REPLY);
    e.attributes = {attributes.begin(), attributes.size()};
    return step(e);
  }
  /// `data` arrives; the session sees it behind what it has not consumed yet.
  std::string bytes(std::string_view data, uint32_t on = 0) {
    unread_[on] += data;
    return show(PR_EVENT_BYTES, on);
  }
  /// What is not consumed yet is shown again, as the host does for a READ after some other action.
  std::string bytes_again(uint32_t on = 0) { return show(PR_EVENT_BYTES, on); }
  std::string eof(uint32_t on = 0) { return show(PR_EVENT_EOF, on); }

  /// Received and not consumed.
  const std::string& unread(uint32_t on = 0) const { return unread_[on]; }
  /// Takes it away, as a RECEIVE_PAYLOAD does.
  std::string take_unread(uint32_t on = 0) { return std::exchange(unread_[on], {}); }
  void put_back(std::string_view bytes, uint32_t on = 0) { unread_[on].insert(0, bytes); }
  /// The answer itself; what it points to is valid until the next event.
  const pr_action& last() const { return action_; }
  std::string_view outcome_text() const { return view(action_.outcome.text); }
  std::string_view device_text() const { return view(action_.outcome.device_text); }
  bool done() const { return done_; }

  std::string step(const pr_event& event) {
    if (done_) throw std::logic_error("step after DONE");
    action_ = {};
    if (table_.step(session_, &event, &action_) != PR_OK) throw std::logic_error("step failed");
    if (action_.struct_size < sizeof(pr_action)) throw std::logic_error("action: struct_size too small");
    const bool shown = event.kind == PR_EVENT_BYTES || event.kind == PR_EVENT_EOF;
    if (action_.consumed > (shown ? event.bytes.size : 0))
      throw std::logic_error("action: more consumed than was shown");
    if (action_.kind == PR_ACTION_CONTINUE && !shown)
      throw std::logic_error("action: CONTINUE answers no bytes");
    if (action_.kind == PR_ACTION_CONTINUE && last_kind_ == PR_ACTION_READ)
      throw std::logic_error("action: CONTINUE of a READ that is over");
    if (shown) unread_[event.connection].erase(0, static_cast<size_t>(action_.consumed));
    if (action_.kind != PR_ACTION_CONTINUE) last_kind_ = action_.kind;
    done_ = action_.kind == PR_ACTION_DONE || action_.kind == PR_ACTION_DELEGATE;
    return describe(action_);
  }
  static pr_event event(uint32_t kind, uint32_t on = 0) {
    pr_event e{};
    e.struct_size = sizeof e;
    e.kind = kind;
    e.connection = on;
    return e;
  }

 private:
  std::string counted(uint32_t kind, uint64_t count, uint32_t on) {
    pr_event e = event(kind, on);
    e.count = count;
    return step(e);
  }
  std::string show(uint32_t kind, uint32_t on) {
    const std::string copy = unread_[on];  // step erases from unread_ while the event still points at it
    pr_event e = event(kind, on);
    e.bytes = sdk::bytes(copy);
    return step(e);
  }
  const pr_session_table& table_;
  pr_session* session_ = nullptr;
  pr_action action_{};
  uint32_t last_kind_ = 0;
  bool done_ = false;
  std::string unread_[4];
};

}  // namespace printrouter::testing
