// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What intake asks of the router. The router authorises each question by the peer's identity; intake knows
/// nothing of jobs but their numbers. [main thread only]
#include <printrouter/abi/receiver.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "env/peer_identity.hpp"
#include "model/attribute.hpp"
#include "model/device.hpp"
#include "model/job.hpp"
#include "net/payload.hpp"

namespace printrouter {

/// Who asks, and by which door. Lives as long as its connection.
struct IntakeClient {
  std::uint64_t connection = 0;     ///< number of the connection, unique in this process
  std::string listener = {};        ///< its configured name
  std::string protocol = {};        ///< "ipp"
  std::string queue = {};           ///< of the listener; IPP and LPR say theirs in the attributes
  env::PeerIdentity identity = {};  ///< looked up once, at accept
  std::string peer = {};            ///< "127.0.0.1:40213"
  std::uint16_t listener_port = 0;  ///< the local TCP port it came to
  bool tls = false;
  bool direct = false;  ///< the account itself, at the control socket: no spooler speaks for others there
};

/// Where a document is written. PayloadSink::write may fail with limit (too large) or disk_full; the receiver
/// then hears PR_EVENT_REFUSED (TOO_LARGE, BUSY), else IO_ERROR PR_IO_DISK.
using DocumentSink = net::PayloadSink;

/// numerically PR_REFUSED_* (sdk abi/receiver.h)
enum class Refusal : std::uint32_t {
  not_found = 1,
  not_authorized,
  not_possible,
  format,
  attribute,
  too_large,
  busy,
  not_accepting,
  internal
};

struct IntakeReply {
  std::optional<Refusal> refused = {};
  std::string text = {};  ///< of a refusal, for the user
  Attributes attributes = {};
  /// Instead of `attributes`: facts that many replies share (printer attributes).
  std::shared_ptr<const Attributes> shared = {};
  JobId job = 0;                            ///< create_job, commit
  std::shared_ptr<DocumentSink> sink = {};  ///< add_document

  static IntakeReply ok(Attributes attributes = {}) {
    IntakeReply r;
    r.attributes = std::move(attributes);
    return r;
  }
  static IntakeReply refuse(Refusal why, std::string text, Attributes attributes = {}) {
    IntakeReply r;
    r.refused = why;
    r.text = std::move(text);
    r.attributes = std::move(attributes);
    return r;
  }
};

/// Call it once, inside the question or later, on the main thread. If the connection has gone meanwhile
/// nothing happens.
using IntakeAnswer = std::function<void(IntakeReply)>;

/// `job` is 0 where the peer named none that exists as a number; `attributes` are those of
/// docs/receiver-attributes.md.
class IntakeHandler {
 public:
  virtual ~IntakeHandler() = default;
  virtual void create_job(const IntakeClient& client, const Attributes& attributes, IntakeAnswer answer) = 0;
  /// The answer carries the sink. A job's second document gets a second sink.
  virtual void add_document(const IntakeClient& client, JobId job, const Attributes& attributes,
                            IntakeAnswer answer) = 0;
  /// The document is whole. Answer when it and its row are durable.
  virtual void commit(const IntakeClient& client, JobId job, const Attributes& attributes,
                      IntakeAnswer answer) = 0;
  virtual void close_job(const IntakeClient& client, JobId job, const Attributes& attributes,
                         IntakeAnswer answer) = 0;
  virtual void validate(const IntakeClient& client, const Attributes& attributes, IntakeAnswer answer) = 0;
  virtual void get_jobs(const IntakeClient& client, const Attributes& attributes, IntakeAnswer answer) = 0;
  virtual void get_job(const IntakeClient& client, JobId job, const Attributes& attributes,
                       IntakeAnswer answer) = 0;
  virtual void cancel_job(const IntakeClient& client, JobId job, const Attributes& attributes,
                          IntakeAnswer answer) = 0;
  virtual void cancel_my_jobs(const IntakeClient& client, const Attributes& attributes,
                              IntakeAnswer answer) = 0;
  virtual void printer_attributes(const IntakeClient& client, const Attributes& attributes,
                                  IntakeAnswer answer) = 0;
  virtual void identify_printer(const IntakeClient& client, const Attributes& attributes,
                                IntakeAnswer answer) = 0;

  /// The session is over with this job created (or a document of it open) and not committed.
  /// `keep_incomplete`: the receiver wants what arrived kept aside. The sink is not used any more.
  virtual void abandoned(const IntakeClient& client, JobId job, bool keep_incomplete,
                         const std::string& why) = 0;
};

}  // namespace printrouter
