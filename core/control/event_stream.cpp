// SPDX-License-Identifier: Apache-2.0
#include "control/event_stream.hpp"

#include <charconv>

#include "control/job_view.hpp"

namespace printrouter::control {

EventStreams::EventStreams(ControlContext& context) : context_(context) {
  context_.router.observe(this);
}
EventStreams::~EventStreams() {
  context_.router.unobserve(this);
}

void EventStreams::open(const Exchange& exchange) {
  const Actor actor = context_.actor_of(*exchange);
  if (actor.uid < 0)
    return reply_error(exchange, {ErrorCode::not_permitted, "the account at this socket is not known"});
  exchange->start_events();
  std::uint64_t after = 0;
  std::from_chars(exchange->last_event_id.data(),
                  exchange->last_event_id.data() + exchange->last_event_id.size(), after);
  if (const auto q = exchange->query.find("replay");
      after > 0 || (q != exchange->query.end() && q->second == "true")) {
    const ServerFacts server = context_.router.server_facts();
    if (server.configured)
      exchange->send_event(
          {}, "server",
          text({{"name", server.name}, {"state", server.up ? "up" : "down"}, {"text", server.text}}));
    for (const Notification& n : context_.router.notifications(actor, after))
      exchange->send_event(std::to_string(n.number), "notification", text(view(n)));
    for (const Question& q2 : context_.router.questions(actor))
      exchange->send_event({}, "question", text(view(q2, *context_.router.setup().directory)));
  }
  exchange->send_event({}, "ready", "{}");
  clients_.push_back({exchange, actor});
  exchange->on_closed = [this, raw = exchange.get()] {
    std::erase_if(clients_, [raw](const Client& c) { return c.exchange.get() == raw; });
  };
}

void EventStreams::on_job(const Job& job) {
  if (clients_.empty()) return;
  const std::string body = text(view(job));
  const auto clients = clients_;  // a client that is dropped while we write leaves the list
  for (const Client& c : clients)
    if (context_.router.may_see(c.actor, job)) c.exchange->send_event({}, "job", body);
}

void EventStreams::on_question(const Question& question) {
  if (clients_.empty()) return;
  const std::string body = text(view(question, *context_.router.setup().directory));
  const auto clients = clients_;
  for (const Client& c : clients)
    if (context_.router.may_see(c.actor, question.user)) c.exchange->send_event({}, "question", body);
}

void EventStreams::on_notification(const Notification& n) {
  const auto clients = clients_;
  for (const Client& c : clients)
    if (context_.router.may_see(c.actor, n.user))
      c.exchange->send_event(std::to_string(n.number), "notification", text(view(n)));
}

void EventStreams::on_server(const std::string& name, bool up, const std::string& words) {
  const auto clients = clients_;
  for (const Client& c : clients)
    c.exchange->send_event({}, "server",
                           text({{"name", name}, {"state", up ? "up" : "down"}, {"text", words}}));
}

}  // namespace printrouter::control
