// SPDX-License-Identifier: Apache-2.0
#pragma once
/// One delivery attempt, probe, query or cancellation, from dial to outcome. [main thread only]
///
///     auto run = std::make_unique<DeliveryRun>(io);
///     run->start(std::move(input), [](DeliveryReport report) { ... });   // never called inside start()
///
/// The outcome in the report is final: the host's own byte count has overruled the plugin where it had to.
#include <printrouter/abi/protocol.h>
#include <printrouter/abi/server.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/job.hpp"
#include "model/preparation.hpp"
#include "net/action_driver.hpp"
#include "plugin/plugin_registry.hpp"
#include "spool/spool_reader.hpp"

namespace printrouter {

enum class DeliveryOperation {
  print,
  probe,
  query,
  cancel,
  validate,
  void_job,
  snapshot,
  report,
  enrol,
  readiness,
  watch
};

/// pr_send_request with its own memory.
struct SendData {
  std::string host = {};  ///< name or address
  std::uint16_t port = 0;
  Tls tls = Tls::none;
  std::string queue = {};
  std::string user = {}, title = {};
  std::string job_uuid = {};  ///< without "urn:uuid:"
  std::string document_format = {};
  Attributes ticket = {};
  Attributes extra = {};  ///< further ones: IPP attributes; LPR lines, name = control-file letter
  std::string remote_job_id = {};
  bool truncated_discards = false;
  bool back_channel = false;
  Milliseconds close_timeout{30000};
  std::string local_host = {};
};

/// The administrator's server as a plugin sees it.
struct ServerLink {
  const LoadedServer* plugin = nullptr;
  Attributes target = {};      ///< the "server" object of the configuration
  Attributes attributes = {};  ///< SNAPSHOT, REPORT, ENROL
  std::string body = {};       ///< REPORT, READINESS
  /// WATCH: something changed. Called inside the session; must not end it there.
  std::function<void()> changed = {};
};

struct DeliveryInput {
  DeliveryOperation operation = DeliveryOperation::print;
  const LoadedProtocol* protocol = nullptr;  ///< the port's protocol; or
  std::optional<ServerLink> server = {};     ///< the management server
  /// By name, for a server that delegates (its first action) to a protocol's own sender.
  std::function<const LoadedProtocol*(std::string_view)> find_protocol = {};
  SendData send = {};

  std::shared_ptr<spool::SpoolReader> document = {};  ///< print; whole, or still arriving (cut-through)
  /// Edits, pjl_wrap and host_copies are carried out here; LPR lines and IPP attributes are added to
  /// send.extra.
  Preparation preparation = {};
  /// true: an edit without a place in this document is `rejected`, reason "edit-without-place", before a byte
  /// is sent; false: it is left out and named in the report.
  bool edits_required = true;

  Milliseconds answer_timeout{1000};
  Milliseconds progress_timeout{30000};
  net::TlsTrust trust = {};
  net::SessionTrace* trace = nullptr;  ///< borrowed

  PluginWatch* watch = nullptr;  ///< borrowed
  AttemptKey attempt = {};       ///< print: its mark is opened in `watch`
  /// Where a plugin's fault goes (PluginRegistry::report).
  std::function<void(const PluginIdentity&, std::string_view finding, std::string_view text)> report = {};
};

struct DeliveryReport {
  Outcome outcome = {};
  std::vector<std::string> edits_left_out = {};
  net::SteadyTime started = {};
  std::optional<net::SteadyTime> first_byte = {};  ///< the first document byte left
  std::optional<net::SteadyTime> last_byte = {};
  net::SteadyTime ended = {};
  bool source_broke_off = false;  ///< cut-through: the submitter went away; the connection was reset
};

class DeliveryRun {
 public:
  using Done = std::function<void(DeliveryReport)>;
  explicit DeliveryRun(net::IoContext& io);
  /// Ends the attempt without an outcome; connections are reset.
  ~DeliveryRun();
  DeliveryRun(const DeliveryRun&) = delete;
  DeliveryRun& operator=(const DeliveryRun&) = delete;

  /// Once. `first_byte` (optional) runs just before the first document byte leaves.
  void start(DeliveryInput input, Done done, std::function<void()> first_byte = {});
  /// The outcome follows: `cancelled`, or what really became of it.
  void cancel();
  std::uint64_t document_bytes_sent() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

/// Host rules over what the plugin said (design section 5): bytes left and the target keeps or prints
/// truncated jobs
/// -> `not-sent` becomes `unknown`; before the end marker at a target that discards, `unknown` becomes
/// `not-sent`. Returns true if a plugin's `not-sent` was a lie by the host's count (finding lied-not-sent).
bool overrule(Outcome& outcome, bool truncated_discards);

}  // namespace printrouter
