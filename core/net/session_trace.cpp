// SPDX-License-Identifier: Apache-2.0
#include "net/session_trace.hpp"

#include <array>
#include <string_view>

#include "plugin/attribute_bridge.hpp"

namespace printrouter::net {

namespace {
constexpr std::array<std::string_view, 16> kEvents = {
    "?",        "start",        "connected",        "tls-started", "written", "bytes",
    "eof",      "payload-sent", "payload-received", "drained",     "timer",   "cancel",
    "io-error", "reply",        "committed",        "refused"};
constexpr std::array<std::string_view, 15> kActions = {
    "?",    "connect", "start-tls", "write",   "send-payload",    "shutdown-write", "drain", "read",
    "wait", "close",   "continue",  "request", "receive-payload", "delegate",       "done"};
constexpr std::array<std::string_view, 9> kOutcomes = {
    "", "delivered", "not-sent", "rejected", "auth-required", "hold", "stop-target", "cancelled", "unknown"};

template <std::size_t N>
std::string_view name(const std::array<std::string_view, N>& names, std::uint32_t index) {
  return index < N ? names[index] : names[0];
}

void quote(std::string& out, std::string_view data, std::size_t limit) {
  static constexpr std::string_view hex = "0123456789abcdef";
  out += " \"";
  for (const char c : data.substr(0, limit)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (byte < 0x20 || byte > 0x7e) {
      out += "\\x";
      out += hex[byte >> 4];
      out += hex[byte & 15];
    } else {
      out += c;
    }
  }
  out += '"';
  if (data.size() > limit) out += " and " + std::to_string(data.size() - limit) + " bytes more";
}

void attributes(std::string& out, pr_attrs list, std::size_t limit) {
  for (std::size_t i = 0; i < list.count; ++i) {
    const pr_attr& a = list.items[i];
    out += ' ';
    out += text_view(a.name);
    // A password or an account code belongs in no log.
    if (text_view(a.name).find("password") != std::string_view::npos) {
      out += "=*";
      continue;
    }
    out += '=' + std::to_string(a.kind) + '#' + std::to_string(a.group) + ':' + std::to_string(a.integer);
    if (a.text.size) quote(out, text_view(a.text), limit);
  }
}
}  // namespace

SessionTrace::SessionTrace(Line line, std::size_t data_limit) : line_(std::move(line)), limit_(data_limit) {}

void SessionTrace::event(const pr_event& e) {
  std::string out = "< " + std::string(name(kEvents, e.kind)) + ' ' + std::to_string(e.connection);
  if (e.error) out += " error=" + std::to_string(e.error);
  if (e.count) out += " count=" + std::to_string(e.count);
  attributes(out, e.attributes, limit_);
  if (e.bytes.size) quote(out, bytes_view(e.bytes), limit_);
  if (e.text.size) quote(out, text_view(e.text), limit_);
  line_(out);
}

void SessionTrace::action(const pr_action& a) {
  std::string out = "> " + std::string(name(kActions, a.kind)) + ' ' + std::to_string(a.connection);
  if (a.consumed) out += " consumed=" + std::to_string(a.consumed);
  if (a.read_max) out += " reading=" + std::to_string(a.read_max);
  if (a.timeout_ms) out += " within=" + std::to_string(a.timeout_ms);
  if (a.op) out += " op=" + std::to_string(a.op);
  if (a.count) out += " count=" + std::to_string(a.count);
  if (a.framing) out += " framing=" + std::to_string(a.framing);
  if (a.coding) out += " coding=" + std::to_string(a.coding);
  if (a.flags) out += " flags=" + std::to_string(a.flags);
  if (a.target.size) quote(out, text_view(a.target), limit_);
  if (a.port) out += " port=" + std::to_string(a.port);
  if (a.queue.size) quote(out, text_view(a.queue), limit_);
  for (std::size_t i = 0; i < a.segment_count; ++i) {
    const pr_segment& s = a.segments[i];
    if (s.kind == PR_SEGMENT_LITERAL)
      quote(out, bytes_view(s.literal), limit_);
    else
      out += " document(" + std::to_string(s.offset) + ',' +
             (s.length == PR_LENGTH_TO_END ? "end" : std::to_string(s.length)) + ')';
  }
  attributes(out, a.attributes, limit_);
  if (a.kind == PR_ACTION_WRITE) quote(out, bytes_view(a.bytes), limit_);
  if (a.text.size) quote(out, text_view(a.text), limit_);
  if (a.kind == PR_ACTION_DONE && a.outcome.kind) {
    out += ' ';
    out += name(kOutcomes, a.outcome.kind);
    if (a.outcome.reason.size) quote(out, text_view(a.outcome.reason), limit_);
  }
  line_(out);
}

void SessionTrace::note(const std::string& text) {
  line_("# " + text);
}

}  // namespace printrouter::net
