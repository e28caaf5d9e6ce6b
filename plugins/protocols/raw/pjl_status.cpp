// SPDX-License-Identifier: Apache-2.0
#include "pjl_status.hpp"

#include <charconv>

namespace printrouter::raw {
namespace {

std::string_view trimmed(std::string_view s) {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t' || s.front() == '\r' || s.front() == '\n'))
    s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t' || s.back() == '\r' || s.back() == '\n'))
    s.remove_suffix(1);
  return s;
}

std::string_view next_line(std::string_view& rest) {
  const size_t end = rest.find('\n');
  std::string_view line = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return trimmed(line);
}

std::string_view unquoted(std::string_view s) {
  if (s.size() >= 2 && s.front() == '"' && s.back() == '"') return s.substr(1, s.size() - 2);
  return s;
}

int64_t number(std::string_view s, int64_t otherwise) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), value);
  return error == std::errc() && end != s.data() ? value : otherwise;
}

bool take_word(std::string_view& s, std::string_view word) {
  if (!s.starts_with(word)) return false;
  if (s.size() > word.size() && s[word.size()] != ' ' && s[word.size()] != '\t') return false;
  s = trimmed(s.substr(word.size()));
  return true;
}

PjlMessage::Kind kind_of(std::string_view head, PjlMessage& message) {
  using Kind = PjlMessage::Kind;
  if (!take_word(head, "@PJL")) return Kind::other;
  if (take_word(head, "ECHO")) {
    message.echo = head;
    return Kind::echo;
  }
  if (take_word(head, "INFO")) return head == "STATUS" ? Kind::info_status : Kind::other;
  if (!take_word(head, "USTATUS")) return Kind::other;
  if (head == "DEVICE") return Kind::device;
  if (head == "JOB") return Kind::job;
  if (head == "PAGE") return Kind::page;
  if (head == "TIMED") return Kind::timed;
  return Kind::other;
}

}  // namespace

bool PjlMessage::waits_for_person() const {
  if (kind == Kind::echo || kind == Kind::job || kind == Kind::page) return false;
  // 30xxx..34xxx and 36xxx..39xxx: attendance with auto-continue; 40xxx: operator; 41xxx: load this paper;
  // 42xxx: jam; 43xxx, 44xxx: trouble in an input or output unit. 35xxx are notices such as power save.
  return offline || (code >= 30000 && code < 45000 && code / 1000 != 35);
}

PjlMessage parse_pjl_message(std::string_view text) {
  PjlMessage message;
  // A device may still send the end of something older first: the message begins at its last "@PJL".
  if (const size_t start = text.rfind("@PJL"); start != std::string_view::npos) text.remove_prefix(start);
  message.text = text;
  message.kind = kind_of(next_line(text), message);
  while (!text.empty()) {
    const std::string_view line = next_line(text);
    if (message.kind == PjlMessage::Kind::job) {
      if (line == "START") message.job_event = PjlMessage::JobEvent::start;
      if (line == "END") message.job_event = PjlMessage::JobEvent::end;
      if (line == "CANCELED" || line == "CANCELLED" || line == "CANCEL")
        message.job_event = PjlMessage::JobEvent::cancelled;
    }
    const size_t equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view key = trimmed(line.substr(0, equals));
    const std::string_view value = unquoted(trimmed(line.substr(equals + 1)));
    if (key == "CODE") message.code = number(value, 0);
    if (key == "DISPLAY") message.display = value;
    if (key == "ONLINE") message.offline = value == "FALSE";
    if (key == "PAGES") message.pages = number(value, -1);
    if (key == "NAME") message.name = value;
  }
  return message;
}

std::optional<PjlMessage> PjlReader::feed(std::string_view bytes, size_t* used) {
  const size_t end = bytes.find('\f');
  const std::string_view part = bytes.substr(0, end);
  *used = end == std::string_view::npos ? bytes.size() : end + 1;
  if (!dropping_ && pending_.size() + part.size() > max_message) {
    dropping_ = overflowed_ = true;
    pending_.clear();
  }
  if (!dropping_) pending_ += part;
  if (end == std::string_view::npos) return std::nullopt;
  const bool whole = !dropping_;
  dropping_ = false;
  const std::string text = std::move(pending_);
  pending_.clear();
  if (!whole) return std::nullopt;
  return parse_pjl_message(text);
}

}  // namespace printrouter::raw
