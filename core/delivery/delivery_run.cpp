// SPDX-License-Identifier: Apache-2.0
#include "delivery/delivery_run.hpp"

#include "delivery/document_edit.hpp"
#include "delivery/edited_document.hpp"
#include "net/plugin_guard.hpp"
#include "plugin/attribute_bridge.hpp"

namespace printrouter {

namespace {
constexpr std::size_t kLookAt = 64 * 1024;  // of head and tail, for anchors

std::uint32_t send_operation(DeliveryOperation operation) {
  switch (operation) {
    case DeliveryOperation::print:
      return PR_SEND_PRINT;
    case DeliveryOperation::probe:
      return PR_SEND_PROBE;
    case DeliveryOperation::query:
      return PR_SEND_QUERY;
    case DeliveryOperation::cancel:
    case DeliveryOperation::void_job:
      return PR_SEND_CANCEL;
    case DeliveryOperation::validate:
      return PR_SEND_VALIDATE;
    default:
      return 0;
  }
}

std::uint32_t server_operation(DeliveryOperation operation) {
  switch (operation) {
    case DeliveryOperation::print:
      return PR_SERVER_DELIVER;
    case DeliveryOperation::probe:
      return PR_SERVER_PROBE;
    case DeliveryOperation::query:
      return PR_SERVER_QUERY;
    case DeliveryOperation::cancel:
    case DeliveryOperation::void_job:
      return PR_SERVER_VOID;
    case DeliveryOperation::snapshot:
      return PR_SERVER_SNAPSHOT;
    case DeliveryOperation::report:
      return PR_SERVER_REPORT;
    case DeliveryOperation::enrol:
      return PR_SERVER_ENROL;
    case DeliveryOperation::readiness:
      return PR_SERVER_READINESS;
    case DeliveryOperation::watch:
      return PR_SERVER_WATCH;
    default:
      return 0;
  }
}

Outcome outcome(OutcomeKind kind, std::string_view reason, std::string text) {
  Outcome out;
  out.kind = kind;
  out.reason = reason;
  out.text = std::move(text);
  return out;
}
}  // namespace

bool overrule(Outcome& o, bool truncated_discards) {
  const bool bytes_left = o.document_bytes_sent > 0;
  if (o.kind == OutcomeKind::not_sent && bytes_left && (o.document_complete || !truncated_discards)) {
    o.kind = OutcomeKind::unknown;
    return true;
  }
  if (o.kind == OutcomeKind::unknown && truncated_discards && !o.document_complete)
    o.kind = OutcomeKind::not_sent;
  // Nothing can come of a job of which nothing left.
  if (o.kind == OutcomeKind::unknown && !bytes_left && !o.document_complete) o.kind = OutcomeKind::not_sent;
  return false;
}

struct DeliveryRun::Impl final : net::DriverEvents, std::enable_shared_from_this<DeliveryRun::Impl> {
  explicit Impl(net::IoContext& context) : io(context) {}
  net::IoContext& io;
  DeliveryInput input = {};
  Done done = {};
  std::function<void()> first_byte = {};
  DeliveryReport report = {};
  std::optional<EditedDocument> document = {};
  AttemptMark mark = {};
  std::optional<net::ActionDriver> driver = {};
  const PluginIdentity* identity = nullptr;  ///< of the plugin that is at work
  std::string head = {}, tail = {};
  std::uint64_t looked = 0;  ///< bytes of head, then of tail, that were read
  bool cancelled = false, over = false;

  void finish(Outcome result) {
    if (std::exchange(over, true)) return;
    const auto self = shared_from_this();
    report.outcome = std::move(result);
    report.ended = std::chrono::steady_clock::now();
    driver.reset();
    mark = {};
    input.document.reset();
    const Done call = std::move(done);
    done = nullptr;
    if (call) call(std::move(report));
  }
  void begin() {
    if (over) return;
    if (cancelled) return finish(outcome(OutcomeKind::cancelled, "cancelled", "cancelled before it began"));
    if (input.operation == DeliveryOperation::print) {
      if (!input.document)
        return finish(outcome(OutcomeKind::not_sent, "no-document", "there is no document"));
      document.emplace(input.document);
      if (needs_whole_document(input.preparation)) return look();
    }
    open();
  }

  /// Waits until the whole document is there, reads its head and tail, and plans the edits.
  void look() {
    if (over) return;
    if (cancelled) return finish(outcome(OutcomeKind::cancelled, "cancelled", "cancelled before it began"));
    spool::SpoolReader& reader = *input.document;
    const auto again = [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->look();
    };
    const std::optional<std::uint64_t> size = reader.size();
    if (!size) {
      char probe = 0;
      const spool::Read read = reader.read(reader.available(), {&probe, 1});
      if (read.state == spool::ReadState::broken) return source_broke(read.error.message());
      return reader.when_ready(reader.available(), again);
    }
    const std::size_t length = static_cast<std::size_t>(std::min<std::uint64_t>(*size, kLookAt));
    head.resize(length);
    tail.resize(length);
    while (looked < 2 * length) {
      const bool of_tail = looked >= length;
      const std::uint64_t inside = of_tail ? looked - length : looked;
      const std::uint64_t offset = of_tail ? *size - length + inside : inside;
      const spool::Read read = reader.read(offset, std::span(of_tail ? tail : head).subspan(inside));
      if (read.state == spool::ReadState::wait) return reader.when_ready(offset, again);
      if (read.state != spool::ReadState::data) return source_broke(read.error.message());
      looked += read.bytes;
    }
    EditPlan plan = plan_edits(input.preparation, find_anchors(head, tail, *size), head, *size,
                               input.send.document_format);
    if (!plan.left_out.empty() && input.edits_required)
      return finish(outcome(
          OutcomeKind::rejected, "edit-without-place",
          "what the maker's rules add has no place in this document (" + plan.left_out.front() + ")"));
    report.edits_left_out = std::move(plan.left_out);
    document->set_plan(std::move(plan.parts));
    head = {}, tail = {};
    open();
  }
  void source_broke(const std::string& why) {
    report.source_broke_off = true;
    finish(outcome(OutcomeKind::not_sent, "document-unreadable", why));
  }

  void open() {
    if (input.server)
      open_server();
    else if (input.protocol)
      open_protocol(*input.protocol, {});
    else
      finish(outcome(OutcomeKind::not_sent, "no-protocol", "no plugin speaks this port's protocol"));
  }

  struct RequestParts {
    AbiAttributes ticket, extra;
    Attributes extra_owned;
    pr_send_request request{};
  };
  void fill(RequestParts& parts) {
    const SendData& s = input.send;
    parts.extra_owned = s.extra;
    for (const Attribute& a : input.preparation.ipp_attributes) parts.extra_owned.push_back(a);
    for (const LprLine& line : input.preparation.lpr_lines)
      parts.extra_owned.push_back(
          Attribute::word(std::string(1, line.letter), line.value, AttributeKind::text));
    parts.ticket.assign(s.ticket);
    parts.extra.assign(parts.extra_owned);
    pr_send_request& r = parts.request;
    r.struct_size = sizeof r;
    r.operation = send_operation(input.operation);
    r.host = abi_str(s.host);
    r.port = s.port;
    r.tls = static_cast<std::uint32_t>(s.tls);
    r.queue = abi_str(s.queue);
    r.user = abi_str(s.user);
    r.title = abi_str(s.title);
    r.job_uuid = abi_str(s.job_uuid);
    r.document_format = abi_str(s.document_format);
    r.document_size = document ? document->size() : 0;
    r.ticket = parts.ticket.list();
    r.extra = parts.extra.list();
    r.remote_job_id = abi_str(s.remote_job_id);
    r.truncated_discards = s.truncated_discards;
    r.back_channel = s.back_channel;
    r.close_timeout_ms = static_cast<std::uint32_t>(s.close_timeout.count());
    r.local_host = abi_str(s.local_host);
  }

  template <class Table, class Request>
  void open_session(const LoadedInterface<Table>& plugin, const Request& request) {
    identity = plugin.identity;
    if (input.watch && identity && input.operation == DeliveryOperation::print) {
      mark = {};
      mark = input.watch->begin(input.attempt, *identity);
    }
    pr_session* session = nullptr;
    pr_status status = PR_ERROR;
    const auto escaped = net::call_plugin(input.watch, identity, &mark, "open", [&] {
      status = plugin.table->open(plugin.instance, &request, &session);
    });
    if (escaped && input.report && identity) input.report(*identity, finding::exception_escaped, *escaped);
    if (status != PR_OK || !session)
      return finish(
          outcome(OutcomeKind::rejected, status == PR_UNSUPPORTED ? "not-supported" : "plugin-refused",
                  "plugin " + plugin.name + " does not do this (status " + std::to_string(status) + ")"));
    net::DriverOptions options;
    options.answer_timeout = input.answer_timeout;
    options.progress_timeout = input.progress_timeout;
    options.trust = input.trust;
    options.trace = input.trace;
    options.watch = input.watch;
    options.mark = &mark;
    options.watches = input.operation == DeliveryOperation::watch;
    driver.emplace(io, std::move(options), *this);
    if (document) driver->set_source(&*document);
    driver->start({&plugin.table->session, session, identity});
    if (cancelled) driver->cancel();
  }

  void open_protocol(const LoadedProtocol& protocol, const std::optional<net::DriverResult::Delegate>& to) {
    RequestParts parts;
    if (to) {
      if (!to->target.empty()) input.send.host = to->target;
      if (to->port) input.send.port = to->port;
      if (!to->queue.empty()) input.send.queue = to->queue;
      if (to->tls && *to->tls <= 2) input.send.tls = static_cast<Tls>(*to->tls);
    }
    fill(parts);
    if (!parts.request.operation)
      return finish(
          outcome(OutcomeKind::rejected, "not-supported", "no operation of protocol " + protocol.name));
    if (document && document->size() == PR_LENGTH_TO_END && !protocol.table->unknown_length)
      return finish(outcome(OutcomeKind::rejected, "length-required",
                            "protocol " + protocol.name + " needs the length before the document"));
    open_session(protocol, parts.request);
  }
  void open_server() {
    RequestParts parts;
    fill(parts);
    const AbiAttributes target(input.server->target), attributes(input.server->attributes);
    pr_server_request request{};
    request.struct_size = sizeof request;
    request.operation = server_operation(input.operation);
    request.target = target.list();
    request.send = &parts.request;
    request.body = abi_bytes(input.server->body);
    request.attributes = attributes.list();
    if (!request.operation)
      return finish(outcome(OutcomeKind::rejected, "not-supported", "no operation of a server"));
    open_session(*input.server->plugin, request);
  }

  // DriverEvents
  void on_document_leaving() override {
    mark.bytes_left();
    report.first_byte = std::chrono::steady_clock::now();
    if (first_byte) std::exchange(first_byte, nullptr)();
  }
  void on_document_left() override { report.last_byte = std::chrono::steady_clock::now(); }
  void on_request(std::uint32_t, pr_attrs) override {  // PR_OP_CHANGED: the driver lets no other through
    if (input.server && input.server->changed) input.server->changed();
    driver->answer({});
  }
  void on_done(net::DriverResult result) override {
    if (result.delegate) {
      const LoadedProtocol* protocol =
          input.find_protocol ? input.find_protocol(result.delegate->protocol) : nullptr;
      if (!protocol)
        return finish(outcome(OutcomeKind::not_sent, "no-protocol",
                              "no plugin speaks protocol " + result.delegate->protocol));
      driver.reset();
      return open_protocol(*protocol, result.delegate);
    }
    if (!result.finding.empty() && input.report && identity)
      input.report(*identity, result.finding, result.finding_text);
    Outcome what = std::move(result.outcome);
    report.source_broke_off = result.last_io_error == PR_IO_PAYLOAD;
    if (input.operation == DeliveryOperation::print) {
      const bool complete = what.document_complete;
      // A reset does not call back a document that left whole. That the device says it cancelled is another
      // thing.
      if (result.cancelled && complete && what.kind == OutcomeKind::cancelled)
        what.kind = OutcomeKind::unknown;
      if (overrule(what, input.send.truncated_discards) && input.report && identity)
        input.report(*identity, finding::lied_not_sent,
                     "said not-sent although " + std::to_string(what.document_bytes_sent) +
                         " document bytes left" + (complete ? ", the whole document" : ""));
    }
    finish(std::move(what));
  }
};

DeliveryRun::DeliveryRun(net::IoContext& io) : impl_(std::make_shared<Impl>(io)) {}

DeliveryRun::~DeliveryRun() {
  impl_->over = true;
  impl_->driver.reset();
  impl_->mark = {};
  if (impl_->input.document) impl_->input.document->when_ready(0, {});
}

void DeliveryRun::start(DeliveryInput input, Done done, std::function<void()> first_byte) {
  impl_->input = std::move(input);
  impl_->done = std::move(done);
  impl_->first_byte = std::move(first_byte);
  impl_->report.started = std::chrono::steady_clock::now();
  impl_->io.post([weak = std::weak_ptr(impl_)] {
    if (const auto self = weak.lock()) self->begin();
  });
}

void DeliveryRun::cancel() {
  if (impl_->over || impl_->cancelled) return;
  impl_->cancelled = true;
  if (impl_->driver)
    impl_->driver->cancel();
  else
    impl_->io.post([weak = std::weak_ptr(impl_)] {
      if (const auto self = weak.lock(); self && !self->driver)
        self->finish(outcome(OutcomeKind::cancelled, "cancelled", "cancelled before it began"));
    });
}

std::uint64_t DeliveryRun::document_bytes_sent() const {
  return impl_->driver ? impl_->driver->document_bytes() : impl_->report.outcome.document_bytes_sent;
}

}  // namespace printrouter
