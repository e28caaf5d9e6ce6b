// SPDX-License-Identifier: Apache-2.0
#pragma once
/// One stream of server-sent events, held as long as it lives (PR_SERVER_WATCH).
///
/// The host is told that something changed when the stream opens and with each event after that; what it was
/// is for the snapshot to say. The server writes a line at least every 15 s, so silence is a dead connection,
/// also where no reset ever comes (a laptop that slept, a firewall that forgot).
#include <printrouter/http.hpp>
#include <printrouter/server.hpp>

#include "http_session.hpp"

namespace printrouter::http_server {

/// The event stream, or the short answer of a server that refuses it.
class EventReader final : public http::ResponseReader {
 public:
  /// An event came since the last call. What it says is not kept.
  bool take_event() { return std::exchange(event_, false); }
  bool is_stream() const { return stream_; }
  const std::string& body() const { return body_; }  ///< where it is no stream

 private:
  void on_head() override;
  std::string on_body(std::string_view data) override;

  std::string body_;
  size_t line_ = 0;  ///< bytes of the line that has not ended
  bool stream_ = false, event_ = false, data_ = false, comment_ = false;
};

class HttpWatch final : public sdk::Session {
 public:
  HttpWatch(const sdk::Plugin* plugin, Target target, const Request& request);
  void step(const sdk::Event& event, sdk::Action& action) override;

 private:
  void bytes(const sdk::Event& event, sdk::Action& action);
  void listen(sdk::Action& action) const;
  void done(Verdict verdict, sdk::Action& action);

  const Target target_;
  const std::string head_;
  EventReader answer_;
  bool told_ = false;  ///< that the watch is in place
  Verdict verdict_;    ///< what the outcome points to
};

}  // namespace printrouter::http_server
