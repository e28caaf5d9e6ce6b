// SPDX-License-Identifier: Apache-2.0
// POST /v1/jobs: `printrouter print`. The control socket is one more door to the same intake.
#include <charconv>

#include "control/control_routes.hpp"
#include "control/job_view.hpp"

namespace printrouter::control {
namespace {

/// One submission. The exchange's sink holds it until the document is whole.
struct Submission : std::enable_shared_from_this<Submission> {
  ControlContext& context;
  Exchange exchange;
  IntakeClient client;
  JobId job = 0;
  std::shared_ptr<DocumentSink> sink;

  Submission(ControlContext& c, Exchange x) : context(c), exchange(std::move(x)) {}

  void refuse(const IntakeReply& reply) {
    ErrorCode code = ErrorCode::internal;
    switch (*reply.refused) {
      case Refusal::not_found:
        code = ErrorCode::not_found;
        break;
      case Refusal::not_authorized:
        code = ErrorCode::not_permitted;
        break;
      case Refusal::not_possible:
        code = ErrorCode::conflict;
        break;
      case Refusal::format:
      case Refusal::attribute:
        code = ErrorCode::invalid;
        break;
      case Refusal::too_large:
        code = ErrorCode::limit;
        break;
      case Refusal::busy:
      case Refusal::not_accepting:
        code = ErrorCode::unavailable;
        break;
      case Refusal::internal:
        code = ErrorCode::internal;
        break;
    }
    reply_error(exchange, {code, reply.text});
  }

  void commit() {
    context.router.intake().commit(client, job, {}, [self = shared_from_this()](const IntakeReply& reply) {
      if (reply.refused) return self->refuse(reply);
      const auto job_now = self->context.router.job(Actor{{}, 0, true}, self->job);
      if (!job_now) return reply_error(self->exchange, job_now.error());
      self->exchange->reply(201, text(view(*job_now)));
    });
  }
};

}  // namespace

void take_job(ControlContext& context, const Exchange& exchange) {
  static std::uint64_t submissions = 0;
  const Config& config = *context.router.setup().config;
  const auto queue = exchange->query.find("queue");
  const ListenerConfig* listener = nullptr;
  for (const ListenerConfig& l : config.listeners)
    if (queue == exchange->query.end() || queue->second == l.queue) {
      listener = &l;
      break;
    }
  if (!listener)
    return reply_error(exchange, {ErrorCode::not_found, "there is no such print queue", "queue",
                                  exchange->path, "the queue of a listener"});

  auto submission = std::make_shared<Submission>(context, exchange);
  submission->client.connection =
      (std::uint64_t{1} << 63) + ++submissions;  // never that of a listener's connection
  submission->client.protocol = listener->protocol;
  submission->client.queue = listener->queue;
  submission->client.identity = exchange->peer;
  submission->client.peer = "control socket";
  submission->client.direct = true;
  Attributes attributes;
  attributes.push_back(Attribute::word("requesting-user-name", exchange->peer.user, AttributeKind::text));
  if (!exchange->content_type.empty() && exchange->content_type != "application/x-www-form-urlencoded")
    attributes.push_back(Attribute::word("document-format", exchange->content_type, AttributeKind::mime));
  for (const auto& [name, value] : exchange->query) {
    if (name == "title") attributes.push_back(Attribute::word("job-name", value, AttributeKind::text));
    if (name == "copies") {
      int copies = 0;
      std::from_chars(value.data(), value.data() + value.size(), copies);
      if (copies < 1 || copies > 999)
        return reply_error(exchange,
                           {ErrorCode::invalid, "out of range", "copies", exchange->path, "1..999"});
      attributes.push_back(Attribute::number("copies", copies));
    }
    if (name == "sides" || name == "media" || name == "print-color-mode")
      attributes.push_back(Attribute::word(name, value));
  }
  if (exchange->content_length > 0)
    attributes.push_back(
        Attribute::number("data-file-size", static_cast<std::int64_t>(exchange->content_length)));

  IntakeHandler& door = context.router.intake();
  door.create_job(submission->client, attributes, [submission, &door](const IntakeReply& created) {
    if (created.refused) return submission->refuse(created);
    submission->job = created.job;
    door.add_document(submission->client, created.job, {}, [submission](const IntakeReply& opened) {
      if (opened.refused) return submission->refuse(opened);
      submission->sink = opened.sink;
    });
  });
  if (!submission->sink) return;  // both answer at once; refused: answered
  exchange->sink = std::make_unique<HttpExchange::BodySink>();
  exchange->sink->data = [submission](std::string_view data) { return submission->sink->write(data); };
  exchange->sink->ready = [submission](net::Callback resume) {
    return submission->sink->ready(std::move(resume));
  };
  exchange->sink->end = [submission] { submission->commit(); };
  exchange->sink->broken = [submission] {
    submission->context.router.intake().abandoned(submission->client, submission->job, false,
                                                  "the client left");
  };
}

}  // namespace printrouter::control
