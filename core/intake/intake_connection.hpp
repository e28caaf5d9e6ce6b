// SPDX-License-Identifier: Apache-2.0
#pragma once
/// One accepted connection and its receiver session; for intake/ alone.
#include <memory>
#include <optional>

#include "intake/intake_listener.hpp"
#include "net/action_driver.hpp"
#include "plugin/attribute_bridge.hpp"

namespace printrouter {

class IntakeConnection final : public net::DriverEvents,
                               public std::enable_shared_from_this<IntakeConnection> {
 public:
  using Ended = std::function<void(std::uint64_t connection)>;
  IntakeConnection(const IntakeContext& context, const LoadedReceiver& receiver,
                   const IntakeListenerOptions& options, IntakeClient client, Ended ended);
  /// With TLS from the start the handshake comes first.
  void start(net::StreamPtr stream, std::uint16_t local_port);
  /// Ends the session without asking it.
  void abandon(const std::string& why);

  void on_request(std::uint32_t op, pr_attrs attributes) override;
  net::PayloadSink* payload_sink() override { return sink_.get(); }
  void on_done(net::DriverResult result) override;

 private:
  void open(net::StreamPtr stream, std::uint16_t local_port);
  void reply(std::uint64_t request, std::uint32_t op, IntakeReply reply);
  JobId job_of(const Attributes& attributes) const;
  void drop_job(bool keep_incomplete, const std::string& why);
  void end();

  IntakeContext context_;
  const LoadedReceiver& receiver_;
  const IntakeListenerOptions& options_;
  IntakeClient client_;
  Ended ended_;
  std::optional<net::TlsHandshake> handshake_ = {};
  std::optional<net::ActionDriver> driver_ = {};
  JobId current_job_ = 0;             ///< created here, or given a document here, and not committed
  std::vector<JobId> beside_ = {};    ///< others that are not committed (beside-current-job)
  JobId last_job_ = 0;                ///< the session's current job in the contract's sense
  bool waits_for_documents_ = false;  ///< created with last-document = false: kept from the reply on
  std::shared_ptr<DocumentSink> sink_ = {};
  std::uint64_t request_ = 0;  ///< number of the open one
  Attributes asked_ = {};
  IntakeReply reply_ = {};
  AbiAttributes reply_list_ = {};
  bool ended_called_ = false;
};

}  // namespace printrouter
