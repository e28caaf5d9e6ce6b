// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <printrouter/abi/action.h>

#include <cstdint>
#include <functional>
#include <string>

namespace printrouter::net {

/// Writes down what a session was told and what it answered, one line each, so that a conversation with a
/// device can be read, and replayed into the same plugin without the device:
///
///     < bytes 0 "HTTP/1.1 200 OK\r\n"
///     > done delivered
///
/// Bytes are quoted as in C. Long data is cut after `data_limit` bytes (the line says how much is missing;
/// such a trace no longer replays), document bytes are never written.
class SessionTrace {
 public:
  using Line = std::function<void(const std::string&)>;
  explicit SessionTrace(Line line, std::size_t data_limit = 64 * 1024);
  void event(const pr_event& event);
  void action(const pr_action& action);
  void note(const std::string& text);

 private:
  Line line_;
  std::size_t limit_;
};

}  // namespace printrouter::net
