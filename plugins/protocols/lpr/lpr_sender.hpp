// SPDX-License-Identifier: Apache-2.0
#pragma once
/// LPR (RFC 1179) as a sender. `accepted` is the zero octet for the data file **and** for the control file,
/// whichever comes last.
///
/// Known length: data file first, then the control file, so that a server which loses us in the middle has
/// nothing that it could print. Unknown length: control file first, then the data file with count 0, whose
/// end is our FIN.
#include <printrouter/protocol.hpp>

#include <array>
#include <string>

#include "lpr_control_file.hpp"

namespace printrouter::lpr {

class LprSender : public sdk::Session {
 public:
  LprSender(const sdk::Plugin& plugin, const pr_send_request& request);
  void step(const sdk::Event& event, sdk::Action& action) override;

 private:
  /// What is being said, or whose answer is awaited.
  enum class Stage {
    idle,
    connect,
    handshake,
    queue,
    control_header,
    control_body,
    data_header,
    data_body,
    listing
  };

  void say_queue(sdk::Action& action);
  void say_control_header(sdk::Action& action);
  void say_control_body(sdk::Action& action);
  void say_data_header(sdk::Action& action);
  void say_data_body(sdk::Action& action);
  void say(sdk::Action& action, Stage stage, std::string line);
  void accepted(sdk::Action& action);
  void heard(const sdk::Event& event, sdk::Action& action);
  void heard_while_sending(const sdk::Event& event, sdk::Action& action);
  void read_refusal(const sdk::Event& event, sdk::Action& action);
  void refused(sdk::Action& action);
  void listed(const sdk::Event& event, sdk::Action& action);
  void broke(sdk::Action& action, std::string_view reason, std::string words);
  void failed(const sdk::Event& event, sdk::Action& action);
  void finish(sdk::Action& action, uint32_t outcome, std::string_view reason, std::string words,
              uint32_t flags = 0);
  bool unknown_length() const { return document_size_ == PR_LENGTH_TO_END; }

  const uint32_t operation_;
  const std::string host_;
  const uint32_t port_;
  const bool tls_;
  const bool truncated_discards_;
  const uint32_t close_timeout_ms_;
  const uint64_t document_size_;
  const std::string uuid_;
  std::string queue_;
  OutgoingJob job_;

  Stage stage_ = Stage::idle;
  bool sending_ = false;         // SEND_PAYLOAD is under way
  bool document_begun_ = false;  // bytes of the document may have left
  // All of it has left. Without the control file a server has nothing to print, but the host counts
  // documents, and a plugin that calls a document not sent that left whole is a liar to it.
  bool document_left_ = false;
  bool early_ack_ = false;  // a zero octet came before the data file was out
  bool refusing_ = false;   // a refusal's words are being read
  unsigned answer_ = 0;     // the octet of the refusal
  std::string line_, text_, device_text_;
  std::array<pr_segment, 2> segments_{};
  std::array<pr_attr, 1> attributes_{};
};

}  // namespace printrouter::lpr
