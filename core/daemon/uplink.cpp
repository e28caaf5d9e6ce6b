// SPDX-License-Identifier: Apache-2.0
#include "daemon/uplink.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <printrouter/text.hpp>

#include "daemon/server_key.hpp"
#include "daemon/server_watch.hpp"
#include "delivery/server_exchange.hpp"
#include "env/local_users.hpp"
#include "env/machine.hpp"
#include "env/state_file.hpp"
#include "report/report_file.hpp"
#include "routing/check_fallback.hpp"
#include "snapshot/snapshot_store.hpp"

namespace printrouter {
namespace {
using nlohmann::json;

// Under a watch the poll is only the net; without one it is how changes are noticed.
constexpr Milliseconds poll_watched = std::chrono::minutes(1), poll_alone = std::chrono::seconds(10);
// After news, so that a fleet does not ask in one moment for what changed for all of it.
constexpr Milliseconds gather_news{500};
// So often at once, then once in that time: each booking is news, and a desktop that prints all day must not
// fetch its snapshot all day.
constexpr double most_news = 5;
constexpr Milliseconds news_spacing{5'000};
constexpr Milliseconds confirm_interval = std::chrono::minutes(1), store_interval = std::chrono::minutes(5);
// The newest users come first: the server answers for as many as one desktop may have. A request's first line
// should pass proxies that take 8 KiB of it.
constexpr std::size_t most_users = 500, most_user_bytes = 6 * 1024;

class TimerAlarm final : public report::Alarm {
 public:
  explicit TimerAlarm(net::IoContext& io) : timer_(io) {}
  void start(Milliseconds after, std::function<void()> ring) override {
    timer_.start(after, std::move(ring));
  }
  void cancel() override { timer_.cancel(); }

 private:
  net::Timer timer_;
};

/// How a name is written in a request's path, at the most: three bytes for what is no letter or digit.
std::size_t length_in_path(const std::string& name) {
  const auto plain =
      std::ranges::count_if(name, [](unsigned char c) { return c < 128 && std::isalnum(c) != 0; });
  return 3 * name.size() - 2 * static_cast<std::size_t>(plain);
}
/// A list of names in a path is divided by commas.
bool can_be_asked_for(const std::string& user) {
  return !user.empty() && user.find(',') == std::string::npos && sdk::is_plain_text(user);
}

std::string words_of(const Outcome& outcome) {
  return outcome.text.empty() ? outcome.reason : outcome.reason + ": " + outcome.text;
}

/// The host's own refusals say nothing about a batch.
bool is_about_the_batch(const Outcome& outcome) {
  return outcome.kind == OutcomeKind::rejected && outcome.reason != "not-supported" &&
         outcome.reason != "plugin-refused" && outcome.reason != "tls-failed";
}

report::Reply reply_of(const Outcome& outcome) {
  report::Reply out;
  out.reason = outcome.reason;
  out.text = outcome.text;
  if (outcome.kind == OutcomeKind::delivered) {
    out.kind = report::Reply::Kind::taken;
    for (const Attribute& a : outcome.attributes)
      if (a.name == "body") out.body = a.text;
  } else if (is_about_the_batch(outcome)) {
    out.kind = report::Reply::Kind::refused;
  } else {
    out.text = words_of(outcome);
  }
  return out;
}

json note_json(const journal::LedgerNote& note) {
  return {{"seq", note.seq}, {"state", to_string(note.state)}, {"reason", note.reason}, {"text", note.text}};
}

}  // namespace

struct Uplink::Impl final : RouterObserver, std::enable_shared_from_this<Uplink::Impl> {
  Impl(const RouterServices& s, Router& r, env::ThreadPool& p, std::string dir, Apply a)
      : services(s),
        router(r),
        pool(p),
        state_dir(std::move(dir)),
        apply(std::move(a)),
        poll(*s.io),
        news(*s.io),
        watch(
            *s.random, std::make_unique<TimerAlarm>(*s.io),
            [this](auto changed, auto ended) { return open_watch(std::move(changed), std::move(ended)); },
            [this] { changed(); }) {}

  RouterServices services;
  Router& router;
  env::ThreadPool& pool;
  std::string state_dir;
  Apply apply;

  // report
  enum class Target { none, server, file } target = Target::none;
  std::unique_ptr<report::Outbox> outbox;
  std::shared_ptr<void> reporting;

  // snapshot
  net::Timer poll, news;
  ServerWatch watch;
  double news_left = most_news;
  net::SteadyTime news_at = {};
  unsigned failed_fetches = 0;  ///< in a row
  std::shared_ptr<void> fetching;
  bool fetch_again = false;
  std::shared_ptr<const Snapshot> snapshot;
  std::string etag, snapshot_error;
  std::vector<std::string> asked_for;  ///< the users of the last answer
  std::vector<std::string> asking_for;
  bool refused = false;  ///< the newest one is not in use
  Timestamp snapshot_heard = {}, stored_at = {};

  std::shared_ptr<void> enrolling;
  std::string readiness;  ///< not at the server yet
  std::shared_ptr<void> readying;

  const Config& config() const { return *router.setup().config; }
  bool talks() const { return can_report; }
  bool can_report = false;

  void configured() {
    const auto facts = server_facts_of(config(), *services.plugins);
    can_report = facts && facts->can_report;
    const Target wanted = !config().report_file.empty() ? Target::file
                          : can_report                  ? Target::server
                                                        : Target::none;
    if (wanted != target || !outbox) {
      target = wanted;
      reporting.reset();
      outbox.reset();
      if (target != Target::none)
        outbox = std::make_unique<report::Outbox>(
            *services.journal, *services.clock, *services.random, std::make_unique<TimerAlarm>(*services.io),
            [this](const report::Batch& batch, report::Replied done) { send(batch, std::move(done)); });
    }
    if (outbox) outbox->start();
    news.cancel();
    if (talks()) {
      watch.start();
      fetch();
    } else {
      watch.stop();
      poll.cancel();
    }
  }

  // -- report
  void send(const report::Batch& batch, report::Replied done) {
    if (target == Target::file) return append(batch, std::move(done));
    DeliveryInput in = server_input(config(), *services.plugins, services.watch);
    in.operation = DeliveryOperation::report;
    in.server->attributes = {Attribute::word("ledger", batch.ledger.to_string(), AttributeKind::text)};
    in.server->body = batch.lines;
    reporting = ask_server(*services.io, std::move(in),
                           [done = std::move(done)](const Outcome& outcome) { done(reply_of(outcome)); });
  }
  void append(const report::Batch& batch, report::Replied done) {
    pool.submit([batch, done = std::move(done), path = config().report_file, io = services.io] {
      const Status written = report::append_to_file(env::real_file_system(), path, batch);
      io->post([written, done] {
        report::Reply reply;
        reply.kind = written ? report::Reply::Kind::taken : report::Reply::Kind::failed;
        if (!written) reply.text = written.error().message();
        done(reply);
      });
    });
  }

  // -- snapshot
  std::vector<std::string> users() const {
    std::vector<std::string> out;
    std::size_t bytes = 0;
    const auto add = [&](const std::string& name) {
      if (!can_be_asked_for(name) || out.size() >= most_users || std::ranges::find(out, name) != out.end())
        return;
      bytes += 1 + length_in_path(name);
      if (bytes <= most_user_bytes) out.push_back(name);
    };
    const auto& map = config().identity.map;
    for (const std::string& name : router.users()) add(name);
    for (const auto& [local, name] : map) add(name);
    for (const std::string& local : env::people_here(most_users)) {
      const auto mapped = map.find(local);
      add(mapped == map.end() ? local : mapped->second);
    }
    return out;
  }

  std::shared_ptr<void> open_watch(ServerWatch::Changed changed, ServerWatch::Ended ended) {
    DeliveryInput in = server_input(config(), *services.plugins, services.watch);
    in.operation = DeliveryOperation::watch;
    in.server->changed = std::move(changed);
    return ask_server(*services.io, std::move(in), std::move(ended));
  }
  void changed() {
    if (news.running()) return;
    const net::SteadyTime t = std::chrono::steady_clock::now();
    news_left = std::min(most_news, news_left + std::chrono::duration<double>(t - news_at) / news_spacing);
    news_at = t;
    const bool soon = news_left >= 1;
    if (soon) news_left -= 1;
    news.start(services.random->jitter(soon ? gather_news : news_spacing, soon ? 0.9 : 0.3),
               [this] { fetch(); });
  }
  void fetch_later() {
    Milliseconds interval = config().health.snapshot_interval;
    if (interval.count() == 0) {
      interval = watch.watching() ? poll_watched : poll_alone;
      // A server that is gone is noticed by its health, which fetches when it is back.
      for (unsigned i = 1; i < failed_fetches && interval < poll_watched; ++i) interval *= 2;
    }
    poll.start(services.random->jitter(interval, 0.3), [this] { fetch(); });
  }
  void fetch() {
    if (!talks()) return;
    if (fetching) {
      fetch_again = true;
      return;
    }
    asking_for = users();
    DeliveryInput in = server_input(config(), *services.plugins, services.watch);
    in.operation = DeliveryOperation::snapshot;
    Attributes& with = in.server->attributes;
    for (const std::string& user : asking_for)
      with.push_back(Attribute::word("users", user, AttributeKind::text));
    if (!etag.empty()) with.push_back(Attribute::word("if-none-match", etag, AttributeKind::text));
    fetching = ask_server(*services.io, std::move(in), [this](const Outcome& outcome) { fetched(outcome); });
  }
  void fetched(const Outcome& outcome) {
    fetching.reset();
    failed_fetches = outcome.kind == OutcomeKind::delivered ? 0 : failed_fetches + 1;
    if (std::exchange(fetch_again, false))
      services.io->post([weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->fetch();
      });
    else
      fetch_later();
    if (outcome.kind != OutcomeKind::delivered) {
      say(words_of(outcome));
      return;
    }
    snapshot_heard = services.clock->now();
    asked_for = asking_for;
    if (outcome.reason == "not-modified") return still_true();
    std::string text;
    std::string tag;
    for (const Attribute& a : outcome.attributes) {
      if (a.name == "body") text = a.text;
      if (a.name == "etag") tag = a.text;
    }
    etag = tag;  // also of one that is refused: the same would be refused again
    const SnapshotResult read = parse_snapshot(text, snapshot_path(state_dir));
    if (!read.snapshot) return refuse(read.error());
    const bool same_rules = snapshot && snapshot->rules == read.snapshot->rules;
    if (const Status applied = apply(read.snapshot, same_rules); !applied) return refuse(applied.error());
    spdlog::info("snapshot {} of {} is in use, with {} users", read.snapshot->version,
                 read.snapshot->as_of.to_string(), read.snapshot->users);
    snapshot = read.snapshot;
    refused = false;
    stored_at = services.clock->now();
    const Status stored = store_snapshot(state_dir, {tag, services.clock->now(), text});
    say(stored ? "" : "not stored: " + stored.error().message());
  }
  /// What is in use was confirmed: balances are as old as that, not as when they changed last.
  void still_true() {
    const Timestamp now = services.clock->now();
    if (!snapshot || refused || now - snapshot->as_of < confirm_interval) return;
    auto fresh = confirmed(*snapshot, now);
    if (!apply(fresh, true)) return;
    snapshot = std::move(fresh);
    if (now - stored_at < store_interval) return;
    stored_at = now;
    if (auto kept = load_snapshot(state_dir); kept && *kept && (*kept)->etag == etag) {
      (*kept)->confirmed = now;
      if (const Status stored = store_snapshot(state_dir, **kept); !stored)
        say("not stored: " + stored.error().message());
    }
  }
  void refuse(const Error& error) {
    refused = true;
    say("refused as a whole: " + error.message());
  }
  void say(const std::string& error) {
    if (error != snapshot_error && !error.empty()) spdlog::warn("snapshot: {}", error);
    snapshot_error = error;
  }

  // -- readiness
  void send_readiness() {
    if (readiness.empty() || readying || !talks()) return;
    DeliveryInput in = server_input(config(), *services.plugins, services.watch);
    in.operation = DeliveryOperation::readiness;
    in.server->body = readiness;
    readying = ask_server(*services.io, std::move(in), [this, sent = readiness](const Outcome& outcome) {
      readying.reset();
      if (outcome.kind == OutcomeKind::delivered || is_about_the_batch(outcome)) {
        if (outcome.kind != OutcomeKind::delivered)
          spdlog::warn("readiness: the server refuses it: {}", words_of(outcome));
        if (readiness == sent)
          readiness.clear();
        else
          send_readiness();
      }
      // Else it goes when the server is back.
    });
  }

  // RouterObserver
  void on_job(const Job& job) override {
    // Any durable change of a job may have brought an entry; the outbox looks.
    if (outbox && !job.attempts.empty()) outbox->entries_added();
    const std::string& user = job.owner.user;
    if (talks() && can_be_asked_for(user) && std::ranges::find(asked_for, user) == asked_for.end() &&
        std::ranges::find(asking_for, user) == asking_for.end())
      fetch();
  }
  void on_question(const Question&) override {}
  void on_notification(const Notification&) override {}
  void on_server(const std::string&, bool up, const std::string&) override {
    if (!up) return;
    if (outbox && target == Target::server) outbox->target_returned();
    watch.server_returned();
    fetch();
    send_readiness();
  }
  void on_check(const FallbackCheck& check) override {
    const json said = json::parse(to_json_text(check), nullptr, false);
    readiness =
        json{{"checked", check.when.to_string()}, {"devices", said.value("devices", json::array())}}.dump();
    send_readiness();
  }
};

Uplink::Uplink(const RouterServices& services, Router& router, env::ThreadPool& pool, std::string state_dir,
               Apply apply)
    : impl_(std::make_shared<Impl>(services, router, pool, std::move(state_dir), std::move(apply))) {}

Uplink::~Uplink() {
  impl_->router.unobserve(impl_.get());
}

std::shared_ptr<const Snapshot> Uplink::stored(const std::string& state_dir, std::string& etag,
                                               std::string& error) {
  const auto kept = load_snapshot(state_dir);
  if (!kept) {
    error = kept.error().message();
    return nullptr;
  }
  if (!*kept) return nullptr;
  SnapshotResult read = parse_snapshot((*kept)->text, snapshot_path(state_dir));
  if (!read.snapshot)
    error = "refused as a whole: " + read.error().message();
  else
    etag = (*kept)->etag;
  return read.snapshot ? confirmed(*read.snapshot, (*kept)->confirmed) : nullptr;
}

void Uplink::start(std::shared_ptr<const Snapshot> in_use, const std::string& etag,
                   const std::string& error) {
  impl_->snapshot = std::move(in_use);
  impl_->etag = etag;
  impl_->say(error);
  impl_->router.observe(impl_.get());
  impl_->configured();
}

void Uplink::configured() {
  impl_->configured();
}

std::string Uplink::status() const {
  const Impl& self = *impl_;
  static constexpr const char* targets[] = {"none", "server", "file"};
  json report{{"target", targets[static_cast<int>(self.target)]}};
  if (self.outbox) {
    const report::OutboxState state = self.outbox->state();
    report["unreported"] = state.unreported;
    report["acknowledged_through"] = state.acknowledged_through;
    report["error"] = state.error;
    report["alarms"] = state.alarms;
    json rejected = json::array();
    for (const journal::LedgerNote& note : state.notes)
      if (note.state != journal::LedgerNote::State::corrected) rejected.push_back(note_json(note));
    report["rejected"] = std::move(rejected);
    if (state.last_success.set()) report["last_success"] = state.last_success.to_string();
  }
  json out{{"report", std::move(report)}};
  if (self.talks()) {
    json snapshot{{"error", self.snapshot_error}};
    if (self.snapshot) {
      const Timestamp now = self.services.clock->now();
      snapshot["version"] = self.snapshot->version;
      snapshot["as_of"] = self.snapshot->as_of.to_string();
      snapshot["age_s"] = (now - self.snapshot->as_of).count() / 1000;
      snapshot["users"] = self.snapshot->users;
      json balances = json::object();
      for (const auto& [user, balance] : self.snapshot->balances.balances_)
        balances[user] = (now - balance.as_of).count() / 1000;
      snapshot["balance_age_s"] = std::move(balances);
    }
    snapshot["watching"] = self.watch.watching();
    if (!self.watch.error().empty()) snapshot["watch_error"] = self.watch.error();
    if (self.snapshot_heard.set()) snapshot["confirmed"] = self.snapshot_heard.to_string();
    out["snapshot"] = std::move(snapshot);
    out["enrolled"] = server_key(self.state_dir).has_value();
    out["readiness_reported"] = self.readiness.empty();
  }
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

void Uplink::enrol(const std::string& token, const std::string& version, Done done) {
  Impl& self = *impl_;
  if (!self.talks())
    return done(fail({ErrorCode::conflict, "there is no management server to enrol at", "server",
                      self.config().file, "a server with a plugin that takes reports, like \"http\""}));
  if (self.enrolling) return done(fail(ErrorCode::conflict, "an enrolment is under way"));
  DeliveryInput in = server_input(self.config(), *self.services.plugins, self.services.watch);
  in.operation = DeliveryOperation::enrol;
  in.server->attributes = {
      Attribute::word("token", token, AttributeKind::text),
      Attribute::word("host-name", env::host_name(), AttributeKind::text),
      Attribute::word("ledger", self.services.journal->ledger_id().to_string(), AttributeKind::text),
      Attribute::word("version", version, AttributeKind::text)};
  self.enrolling =
      ask_server(*self.services.io, std::move(in), [this, done = std::move(done)](const Outcome& outcome) {
        impl_->enrolling.reset();
        if (outcome.reason == "tls-failed")
          return done(fail({ErrorCode::unavailable, words_of(outcome), "server.trust", impl_->config().file,
                            "a CA file or a pin that the server's certificate fits"}));
        if (outcome.kind == OutcomeKind::auth_required || outcome.kind == OutcomeKind::rejected)
          return done(fail({ErrorCode::not_permitted,
                            words_of(outcome),
                            "token",
                            {},
                            "a token of the server that is still good"}));
        if (outcome.kind != OutcomeKind::delivered)
          return done(fail(ErrorCode::unavailable, words_of(outcome)));
        json answer;
        for (const Attribute& a : outcome.attributes)
          if (a.name == "body") answer = json::parse(a.text, nullptr, false);
        const auto key = answer.is_object() ? answer.find("key") : answer.end();
        if (!answer.is_object() || key == answer.end() || !key->is_string() ||
            key->get<std::string>().empty())
          return done(fail(ErrorCode::internal, "the server's answer has no key"));
        if (Status stored =
                env::replace_file(server_key_path(impl_->state_dir), key->get<std::string>() + "\n");
            !stored)
          return done(std::move(stored));
        spdlog::info("enrolled at the management server");
        if (impl_->outbox) impl_->outbox->target_returned();
        impl_->watch.start();
        impl_->fetch();
        impl_->send_readiness();
        done({});
      });
}

void Uplink::resend(std::optional<std::int64_t> seq, Done done) {
  if (!impl_->outbox) return done(fail(ErrorCode::conflict, "the ledger is not reported to anybody"));
  impl_->outbox->resend(seq, std::move(done));
}

void Uplink::correct(std::int64_t seq, const report::Correction& correction, Done done) {
  if (!impl_->outbox) return done(fail(ErrorCode::conflict, "the ledger is not reported to anybody"));
  impl_->outbox->correct(seq, correction, std::move(done));
}

}  // namespace printrouter
