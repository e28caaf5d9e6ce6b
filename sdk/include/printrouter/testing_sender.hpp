// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Runs a whole sender session against a peer that says whatever it was told to: for fuzzers and for tests of
/// whole conversations.
#include <printrouter/testing.hpp>

namespace printrouter::testing {

class SenderRun {
 public:
  template <class Request>
  SenderRun(const LoadedPlugin& plugin, const pr_protocol& table, const Request& request)
      : talk_(plugin, table, request), document_size_(request.document_size) {}

  std::vector<std::string> says;  ///< what the peer says, a piece for each time that it is listened to
  bool talks_while_we_send = false;
  enum class End { eof, reset, silence } end = End::eof;  ///< after the last piece

  std::string written;  ///< what the peer got, the document as "<document>"
  std::string last;     ///< the last action in words

  /// Until DONE. Throws std::logic_error if the session does not end within `max_actions`.
  const pr_action& play(size_t max_actions = 100'000) {
    last = talk_.start();
    for (size_t i = 0; !talk_.done(); ++i) {
      if (i == max_actions) throw std::logic_error("step-loop: " + last);
      last = next();
    }
    return talk_.last();
  }

 private:
  bool has_more() const { return at_ < says.size(); }
  std::string listen() {
    if (has_more()) return talk_.bytes(says[at_++]);
    if (end == End::reset) return talk_.io_error(PR_IO_RESET, "connection reset");
    if (end == End::silence) return talk_.io_error(PR_IO_TIMEOUT, "silence");
    return talk_.eof();
  }
  std::string next() {
    const pr_action& a = talk_.last();
    if (a.kind != PR_ACTION_CONTINUE) running_ = a;
    const bool listens = a.read_max > 0 && talks_while_we_send && has_more();
    switch (running_.kind) {
      case PR_ACTION_CONNECT:
        return talk_.connected(running_.connection);
      case PR_ACTION_START_TLS:
        return talk_.tls_started(running_.connection);
      case PR_ACTION_READ:
        return listen();
      case PR_ACTION_WAIT:
        return listens ? listen() : talk_.timer();
      case PR_ACTION_WRITE:
        if (a.kind != PR_ACTION_CONTINUE) written += view(a.bytes);
        return listens ? listen() : talk_.written();
      case PR_ACTION_SEND_PAYLOAD:
        if (a.kind != PR_ACTION_CONTINUE)
          for (size_t i = 0; i < a.segment_count; ++i)
            written += a.segments[i].kind == PR_SEGMENT_LITERAL ? std::string(view(a.segments[i].literal))
                                                                : std::string("<document>");
        return listens ? listen()
                       : talk_.payload_sent(document_size_ == PR_LENGTH_TO_END ? 0 : document_size_);
      case PR_ACTION_SHUTDOWN_WRITE:
      case PR_ACTION_CLOSE:
        return listens ? listen() : talk_.written();
      case PR_ACTION_DRAIN:
        return listens ? listen() : talk_.drained();
      default:
        throw std::logic_error("not a sender's action: " + last);
    }
  }

  Conversation talk_;
  uint64_t document_size_;
  pr_action running_{};
  size_t at_ = 0;
};

}  // namespace printrouter::testing
