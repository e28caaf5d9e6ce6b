// SPDX-License-Identifier: Apache-2.0
// The ledger, and what an administrator does about what the server refused of it.
#include <charconv>

#include "control/control_routes.hpp"
#include "control/ledger_view.hpp"
#include "control/route_help_detail.hpp"

namespace printrouter::control {
namespace {

bool number(const std::string& text, std::int64_t& out) {
  const char* end = text.data() + text.size();
  return std::from_chars(text.data(), end, out).ptr == end && !text.empty() && out > 0;
}

void reply_text(const Exchange& x, const Result<std::string>& text) {
  text ? x->reply(200, *text) : reply_error(x, text.error());
}

void list(ControlContext& c, const Exchange& x) {
  LedgerQuery asked;
  std::int64_t limit = 1000;
  if (!number(query(*x, "from", "1"), asked.from) || !number(query(*x, "limit", "1000"), limit) ||
      limit > 10'000)
    return reply_error(x,
                       {ErrorCode::invalid, "no number", "from, limit", x->path, "from 1; limit 1..10000"});
  asked.limit = static_cast<std::size_t>(limit);
  asked.rejected = query(*x, "rejected") == "true";
  reply_text(x, ledger_list(*c.services.journal, asked));
}

std::function<void(Status)> reply_done(const Exchange& x) {
  return [x](const Status& done) { done ? ok(x, {{"done", true}}) : reply_error(x, done.error()); };
}

void correct(ControlContext& c, const Exchange& x, std::int64_t seq) {
  const auto body = body_of(x);
  if (!body) return;
  report::Correction correction;
  if (const auto user = body->find("user"); user != body->end()) {
    if (!user->is_string() || user->get<std::string>().empty())
      return reply_error(x, {ErrorCode::invalid, "is no user name", "user", x->path, "a text"});
    correction.user = user->get<std::string>();
  }
  for (const auto& [name, into] :
       {std::pair{"pages_mono", &correction.pages_mono}, std::pair{"pages_color", &correction.pages_color}})
    if (const auto pages = body->find(name); pages != body->end()) {
      if (!pages->is_number_unsigned())
        return reply_error(x,
                           {ErrorCode::invalid, "no page count", name, x->path, "a whole number, 0 or more"});
      *into = pages->get<std::int64_t>();
    }
  c.daemon.correct(seq, correction, reply_done(x));
}

}  // namespace

void ledger_routes(ControlContext& c, const Exchange& x, const std::vector<std::string>& parts) {
  if (x->method == "GET" && parts.size() == 2) return list(c, x);
  if (x->method == "GET" && parts.size() == 3 && parts[2] == "verify")
    return reply_text(x, ledger_verification(*c.services.journal));
  if (x->method == "POST" && parts.size() == 3 && parts[2] == "resend")
    return c.daemon.resend(std::nullopt, reply_done(x));
  std::int64_t seq = 0;
  if (x->method == "POST" && parts.size() == 4 && number(parts[2], seq)) {
    if (parts[3] == "resend") return c.daemon.resend(seq, reply_done(x));
    if (parts[3] == "correct") return correct(c, x, seq);
  }
  reply_error(x, {ErrorCode::not_found, "there is nothing at " + x->method + " " + x->path});
}

void enrol(ControlContext& c, const Exchange& x) {
  const auto body = body_of(x);
  if (!body) return;
  const auto token = body->find("token");
  if (token == body->end() || !token->is_string() || token->get<std::string>().empty())
    return reply_error(x,
                       {ErrorCode::invalid, "missing or no text", "token", x->path, "a token of the server"});
  c.daemon.enrol(token->get<std::string>(), reply_done(x));
}

}  // namespace printrouter::control
