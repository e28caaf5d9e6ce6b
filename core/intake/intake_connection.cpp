// SPDX-License-Identifier: Apache-2.0
#include "intake/intake_connection.hpp"

#include <spdlog/spdlog.h>

#include <charconv>

#include "net/plugin_guard.hpp"

namespace printrouter {

namespace {
/// job-id, else the number at the end of job-uri.
JobId named_job(const Attributes& attributes) {
  constexpr std::int64_t largest = 0x7fffffff;
  if (const auto id = integer_of(attributes, "job-id"))
    return *id > 0 && *id <= largest ? static_cast<JobId>(*id) : 0;
  const std::string_view uri = text_of(attributes, "job-uri");
  const std::string_view last = uri.substr(uri.rfind('/') + 1);
  JobId job = 0;
  const auto [end, error] = std::from_chars(last.data(), last.data() + last.size(), job);
  return error == std::errc() && end == last.data() + last.size() && job > 0 ? job : 0;
}
}  // namespace

IntakeConnection::IntakeConnection(const IntakeContext& context, const LoadedReceiver& receiver,
                                   const IntakeListenerOptions& options, IntakeClient client, Ended ended)
    : context_(context),
      receiver_(receiver),
      options_(options),
      client_(std::move(client)),
      ended_(std::move(ended)) {}

void IntakeConnection::start(net::StreamPtr stream, std::uint16_t local_port) {
  if (!options_.tls_from_start) return open(std::move(stream), local_port);
  handshake_.emplace(*context_.io);
  handshake_->start_server(
      std::move(stream), options_.tls_identity,
      [this, local_port](const net::IoStatus& status, net::StreamPtr secured, bool) {
        if (status.ok()) {
          client_.tls = true;
          return open(std::move(secured), local_port);
        }
        spdlog::info("{}: {}: TLS handshake failed: {}", client_.listener, client_.peer, status.text);
        end();
      },
      options_.idle_timeout);
}

void IntakeConnection::open(net::StreamPtr stream, std::uint16_t local_port) {
  const std::string peer_address = stream->peer().address;
  pr_receive_request request{};
  request.struct_size = sizeof request;
  request.tls = client_.tls;
  request.peer_address = abi_str(peer_address);
  request.peer_port = stream->peer().port;
  request.local_port = local_port;
  request.queue = abi_str(client_.queue);
  request.local_host = abi_str(options_.local_host);
  pr_session* session = nullptr;
  pr_status status = PR_ERROR;
  const auto escaped = net::call_plugin(context_.watch, receiver_.identity, nullptr, "open", [&] {
    status = receiver_.table->open(receiver_.instance, &request, &session);
  });
  if (escaped && context_.report && receiver_.identity)
    context_.report(*receiver_.identity, finding::exception_escaped, *escaped);
  if (status != PR_OK || !session) {
    spdlog::error("{}: plugin {} does not take the connection of {} (status {})", client_.listener,
                  receiver_.name, client_.peer, status);
    return end();
  }
  net::DriverOptions options;
  options.receiver = true;
  options.answer_timeout = options_.idle_timeout;
  options.progress_timeout = options_.progress_timeout;
  options.tls_identity = options_.tls_identity;
  options.decoded_limit = options_.document_limit;
  options.watch = context_.watch;
  driver_.emplace(*context_.io, std::move(options), *this);
  driver_->set_connection(std::move(stream));
  driver_->start({&receiver_.table->session, session, receiver_.identity});
}

JobId IntakeConnection::job_of(const Attributes& attributes) const {
  const JobId named = named_job(attributes);
  return named || find(attributes, "job-id") || find(attributes, "job-uri") ? named : last_job_;
}

void IntakeConnection::on_request(std::uint32_t op, pr_attrs attributes) {
  asked_ = from_abi(attributes);
  const std::uint64_t number = ++request_;
  IntakeAnswer answer = [weak = weak_from_this(), number, op](IntakeReply given) {
    if (const auto self = weak.lock()) self->reply(number, op, std::move(given));
  };
  IntakeHandler& handler = *context_.handler;
  switch (op) {
    case PR_OP_CREATE_JOB:
      // A session that starts the next job without committing the last one has given that up.
      if (current_job_ && flag_of(asked_, "beside-current-job").value_or(false))
        beside_.push_back(std::exchange(current_job_, 0));
      else
        drop_job(false, "the client began another job");
      waits_for_documents_ = !flag_of(asked_, "last-document").value_or(true);
      return handler.create_job(client_, asked_, std::move(answer));
    case PR_OP_ADD_DOCUMENT:
      current_job_ = job_of(asked_);
      return handler.add_document(client_, current_job_, asked_, std::move(answer));
    case PR_OP_COMMIT:
      return handler.commit(client_, job_of(asked_), asked_, std::move(answer));
    case PR_OP_CLOSE_JOB:
      return handler.close_job(client_, job_of(asked_), asked_, std::move(answer));
    case PR_OP_VALIDATE:
      return handler.validate(client_, asked_, std::move(answer));
    case PR_OP_GET_JOBS:
      return handler.get_jobs(client_, asked_, std::move(answer));
    case PR_OP_GET_JOB:
      return handler.get_job(client_, job_of(asked_), asked_, std::move(answer));
    case PR_OP_CANCEL_JOB:
      return handler.cancel_job(client_, job_of(asked_), asked_, std::move(answer));
    case PR_OP_CANCEL_MY_JOBS:
      return handler.cancel_my_jobs(client_, asked_, std::move(answer));
    case PR_OP_PRINTER_ATTRIBUTES:
      return handler.printer_attributes(client_, asked_, std::move(answer));
    case PR_OP_IDENTIFY_PRINTER:
      return handler.identify_printer(client_, asked_, std::move(answer));
    default:
      return answer(IntakeReply::refuse(Refusal::internal, "no such request"));
  }
}

void IntakeConnection::reply(std::uint64_t request, std::uint32_t op, IntakeReply given) {
  if (request != request_ || !driver_) return;  // answered twice, or the session is over
  reply_ = std::move(given);
  reply_list_.assign(reply_.shared ? *reply_.shared : reply_.attributes);
  net::RequestAnswer answer;
  answer.attributes = reply_list_.list();
  answer.text = reply_.text;
  if (reply_.refused) {
    answer.kind = net::RequestAnswer::Kind::refused;
    answer.refusal = static_cast<std::uint32_t>(*reply_.refused);
    if (op == PR_OP_ADD_DOCUMENT || op == PR_OP_COMMIT) sink_.reset();
    // The host has decided about this job; there is nothing left to abandon.
    if (op == PR_OP_COMMIT && std::erase(beside_, job_of(asked_)) > 0) return driver_->answer(answer);
    if (op == PR_OP_COMMIT || (op == PR_OP_ADD_DOCUMENT && current_job_ != last_job_)) current_job_ = 0;
    return driver_->answer(answer);
  }
  switch (op) {
    case PR_OP_CREATE_JOB:
      last_job_ = reply_.job;
      current_job_ = waits_for_documents_ ? 0 : reply_.job;
      break;
    case PR_OP_ADD_DOCUMENT:
      sink_ = std::move(reply_.sink);
      break;
    case PR_OP_COMMIT:
      answer.kind = net::RequestAnswer::Kind::committed;
      answer.job_id = static_cast<std::uint64_t>(reply_.job ? reply_.job : current_job_);
      sink_.reset();
      if (std::erase(beside_, job_of(asked_)) == 0) current_job_ = 0;
      break;
    default:
      break;
  }
  driver_->answer(answer);
}

void IntakeConnection::drop_job(bool keep_incomplete, const std::string& why) {
  sink_.reset();
  if (const JobId job = std::exchange(current_job_, 0))
    context_.handler->abandoned(client_, job, keep_incomplete, why);
  for (const JobId job : std::exchange(beside_, {}))
    context_.handler->abandoned(client_, job, keep_incomplete, why);
}

void IntakeConnection::on_done(net::DriverResult result) {
  const auto self = shared_from_this();
  ++request_;
  if (!result.finding.empty()) {
    spdlog::error("{}: plugin {}: {}: {}", client_.listener, receiver_.name, result.finding,
                  result.finding_text);
    if (context_.report && receiver_.identity)
      context_.report(*receiver_.identity, result.finding, result.finding_text);
  }
  const bool keep = (result.flags & PR_DONE_KEEP_INCOMPLETE) || !result.finding.empty();
  drop_job(keep,
           result.finding.empty() ? "the connection ended before the job was whole" : result.finding_text);
  driver_.reset();
  end();
}

void IntakeConnection::abandon(const std::string& why) {
  ++request_;
  handshake_.reset();
  driver_.reset();
  drop_job(true, why);
}

void IntakeConnection::end() {
  if (std::exchange(ended_called_, true)) return;
  if (ended_) ended_(client_.connection);
}

}  // namespace printrouter
