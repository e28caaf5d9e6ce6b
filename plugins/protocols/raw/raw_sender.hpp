// SPDX-License-Identifier: Apache-2.0
#pragma once
/// RAW (port 9100, "AppSocket") as a sender. The protocol has no receipt of its own, so `accepted` is put
/// together: every byte written, write side shut, all of it acknowledged by the peer's TCP, **and** then the
/// peer's FIN or, with a back channel, its answer to the PJL ECHO that follows the document. Anything less is
/// `unknown`.
#include <printrouter/protocol.hpp>

#include <array>
#include <string>

#include "pjl_status.hpp"

namespace printrouter::raw {

class RawSender : public sdk::Session {
 public:
  RawSender(const sdk::Plugin& plugin, const pr_send_request& request);
  void step(const sdk::Event& event, sdk::Action& action) override;

 private:
  enum class State {
    idle,
    connecting,
    handshake,
    sending,
    shutting,
    draining,
    waiting,
    probe_writing,
    probe_reading
  };

  void connected(sdk::Action& action);
  void send_document(sdk::Action& action);
  void wait_for_receipt(sdk::Action& action, uint64_t used = 0);
  /// Bytes or EOF in whatever state; answers with the state's own way of going on.
  void heard(const sdk::Event& event, sdk::Action& action);
  /// Takes in the bytes; true if the session is over and `action` says how.
  bool understand(const sdk::Event& event, sdk::Action& action);
  bool understand(const PjlMessage& message, sdk::Action& action);
  void job_event(const PjlMessage& message);
  void note_status(const PjlMessage& message);
  void failed(const sdk::Event& event, sdk::Action& action);
  void broke(sdk::Action& action, bool everything_left, const sdk::Event& event);
  void delivered(sdk::Action& action);
  void probe_answered(const PjlMessage* message, sdk::Action& action);
  void finish(sdk::Action& action, uint32_t outcome, std::string_view reason, std::string words,
              uint32_t flags = 0);
  bool receipt_is_there() const { return echo_seen_ || (ended_ && !ended_early_); }
  void remember(std::string_view device_words);

  const uint32_t operation_;
  const std::string host_;
  const uint32_t port_;
  const bool tls_;
  const bool back_channel_;
  const bool truncated_discards_;
  const uint32_t close_timeout_ms_;
  const uint64_t document_size_;
  std::string begin_mark_, end_mark_, header_, trailer_;
  std::array<pr_segment, 3> segments_{};

  State state_ = State::idle;
  PjlReader reader_;
  bool ended_ = false;        // the peer's FIN has come
  bool ended_early_ = false;  // ... while the document was still being sent: no receipt
  bool begun_ = false;        // the device reads our stream: what it says of a job is said of ours
  bool echo_seen_ = false;
  bool job_started_ = false;  // it reports jobs: an END or CANCELED will come
  bool job_ended_ = false;
  bool cancelled_ = false;
  bool paused_ = false;  // the device waits for a person
  int64_t pages_ = -1;
  int64_t deadline_ms_ = 0;  // of waiting for the receipt, by the host's clock; 0: not yet waiting
  int64_t patience_ms_ = 0;  // the same while the device says that it waits for a person

  int64_t echo_ms_ = 0;  // when waiting for a report of the job began, 0: not yet

  std::string text_, device_text_, panel_;
  std::array<pr_attr, 3> attributes_{};
};

}  // namespace printrouter::raw
