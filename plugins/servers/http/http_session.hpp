// SPDX-License-Identifier: Apache-2.0
#pragma once
/// One request to the server and its answer.
///
/// A document starts only after 100 Continue, so that whatever the server refuses costs no document byte; an
/// answer that comes while it is on its way ends it there. The same uuid twice is one job: after a break a
/// GET tells whether it is there (PR_SERVER_QUERY), and a second PUT changes nothing.
#include <optional>
#include <printrouter/http.hpp>
#include <printrouter/server.hpp>

#include "http_target.hpp"
#include "http_verdict.hpp"

namespace printrouter::http_server {

namespace http = sdk::http;

/// The answer with its body, up to `limit` bytes.
class Answer final : public http::ResponseReader {
 public:
  explicit Answer(size_t limit) : limit_(limit) {}
  const std::string& body() const { return body_; }

 private:
  std::string on_body(std::string_view data) override {
    body_ += data;
    return body_.size() > limit_ ? "answer larger than " + std::to_string(limit_) + " bytes" : "";
  }
  size_t limit_;
  std::string body_;
};

/// What goes out for an operation.
struct Request {
  uint32_t operation = 0;
  http::RequestHead head;
  std::string body;
  bool document = false;       ///< the host's document is the body
  uint64_t document_size = 0;  ///< or PR_LENGTH_TO_END
};

/// `key`: this desktop's; empty: none, and the server will say so. nullopt: no such operation here.
std::optional<Request> make_request(const pr_server_request& asked, const Target& target,
                                    std::string_view key);

/// Stable id of a PR_IO_*.
const char* io_reason(uint32_t error);

class HttpSession final : public sdk::Session {
 public:
  HttpSession(const sdk::Plugin* plugin, Target target, Request request);
  void step(const sdk::Event& event, sdk::Action& action) override;

 private:
  enum class State { connecting, head, waiting_go_ahead, sending, answering };

  void send_head(sdk::Action& action);
  void send_document(sdk::Action& action);
  void written(sdk::Action& action);
  void bytes(const sdk::Event& event, sdk::Action& action, bool eof);
  void answered(sdk::Action& action);
  void io_error(const sdk::Event& event, sdk::Action& action);
  void broken(std::string reason, std::string text, sdk::Action& action);
  void done(Verdict verdict, sdk::Action& action, uint32_t flags = 0);
  /// The server works on what it got: it may take its time.
  void listen(sdk::Action& action);

  const Target target_;
  Request request_;
  State state_ = State::connecting;
  Sent sent_ = Sent::nothing;
  Answer answer_;
  std::string out_;
  std::vector<pr_segment> segments_;
  // What the outcome points to.
  Verdict verdict_;
  std::string etag_;
  std::vector<pr_attr> learned_;
};

}  // namespace printrouter::http_server
