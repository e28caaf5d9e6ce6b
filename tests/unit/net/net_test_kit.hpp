// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Sessions written as a lambda, and a peer on a real loopback socket, all on one thread.
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <printrouter/session.hpp>
#include <string>
#include <vector>

#include "net/action_driver.hpp"
#include "net/listener.hpp"

namespace printrouter::net {

/// A session whose steps a test writes down. Remembers the events in words.
class Script {
 public:
  using Step = std::function<void(const pr_event&, sdk::Action&)>;
  explicit Script(Step step) : step_(std::move(step)) {}
  DriverSession session() { return {&table(), reinterpret_cast<pr_session*>(this), nullptr}; }
  std::vector<std::string> events;
  bool closed = false;
  pr_status answer = PR_OK;

  static std::string words(const pr_event& e) {
    static const char* const names[] = {
        "?",     "start",        "connected",        "tls",     "written", "bytes",
        "eof",   "payload-sent", "payload-received", "drained", "timer",   "cancel",
        "error", "reply",        "committed",        "refused"};
    std::string out = names[e.kind];
    if (e.kind == PR_EVENT_IO_ERROR || e.kind == PR_EVENT_REFUSED) out += ' ' + std::to_string(e.error);
    if (e.count) out += ' ' + std::to_string(e.count);
    if (e.bytes.size)
      out += ' ' + std::string(sdk::view(e.bytes.size > 40 ? pr_bytes{e.bytes.data, 40} : e.bytes));
    return out;
  }

 private:
  static const pr_session_table& table() {
    static const pr_session_table table = {
        sizeof(pr_session_table), 0,
        [](pr_session* s, const pr_event* event, pr_action* action) -> pr_status {
          auto& self = *reinterpret_cast<Script*>(s);
          auto& a = *static_cast<sdk::Action*>(action);
          static_cast<pr_action&>(a) = pr_action{};
          a.struct_size = sizeof(pr_action);
          a.outcome.struct_size = sizeof(pr_outcome);
          a.outcome.impressions = -1;
          self.events.push_back(words(*event));
          self.step_(*event, a);
          return self.answer;
        },
        [](pr_session* s) { reinterpret_cast<Script*>(s)->closed = true; }};
    return table;
  }
  Step step_;
};

/// The other end of one connection.
class Peer {
 public:
  explicit Peer(IoContext& io, bool reading = true) : reading_(reading) {
    auto listener = Listener::tcp(io, "127.0.0.1", 0);
    if (!listener) throw std::runtime_error(listener.error().message());
    listener_ = std::move(*listener);
    listener_->start([this](StreamPtr s) {
      stream = std::move(s);
      ++connections;
      if (on_connect) on_connect();
      if (reading_ && stream) read();
    });
  }
  std::uint16_t port() const { return listener_->local().port; }
  void start_reading() {
    reading_ = true;
    if (stream) read();
  }
  void send(std::string data) {
    sent_.push_back(std::make_unique<std::string>(std::move(data)));
    stream->write_all(*sent_.back(), [](const IoStatus&) {});
  }

  StreamPtr stream;
  std::string got;
  bool ended = false;
  IoStatus broken = {};
  int connections = 0;
  std::function<void()> on_connect, on_data;

 private:
  void read() {
    stream->read_some(block_, [this](const IoStatus& status, std::size_t bytes) {
      if (!status.ok()) {
        broken = status;
        return;
      }
      if (bytes == 0) {
        ended = true;
        return;
      }
      got.append(block_.data(), bytes);
      if (on_data) on_data();
      if (stream && stream->is_open() && reading_) read();
    });
  }
  bool reading_;
  std::unique_ptr<Listener> listener_;
  std::vector<char> block_ = std::vector<char>(64 * 1024);
  std::vector<std::unique_ptr<std::string>> sent_;
};

/// A document in memory; can be made to grow, and to break off.
class MemorySource : public PayloadSource {
 public:
  MemorySource(IoContext& io, std::string data, bool whole = true)
      : io_(io), data_(std::move(data)), whole_(whole) {}
  Piece piece(std::uint64_t offset) override {
    Piece p;
    if (offset < data_.size()) {
      p.kind = Piece::Kind::memory;
      p.memory = std::string_view(data_).substr(offset);
    } else if (broken_) {
      p.kind = Piece::Kind::failed;
      p.text = "the submitter broke off";
    } else {
      p.kind = whole_ ? Piece::Kind::end : Piece::Kind::wait;
    }
    return p;
  }
  void wait_for_more(std::uint64_t, Callback more) override { more_ = std::move(more); }
  void cancel_wait() override { more_ = nullptr; }
  std::uint64_t size() const override { return whole_ ? data_.size() : PR_LENGTH_TO_END; }
  bool waited_for() const { return static_cast<bool>(more_); }
  void grow(std::string_view more, bool whole) {
    data_ += more;
    whole_ = whole;
    tell();
  }
  void break_off() {
    broken_ = true;
    tell();
  }

 private:
  void tell() {
    if (more_) io_.post(std::exchange(more_, nullptr));
  }
  IoContext& io_;
  std::string data_;
  bool whole_, broken_ = false;
  Callback more_;
};

/// Runs one session to its end.
class Drive : public DriverEvents {
 public:
  Drive(IoContext& context, Script::Step step, DriverOptions options = {})
      : io(context),
        script(std::move(step)),
        driver(std::make_unique<ActionDriver>(context, options, *this)) {}
  void start() { driver->start(script.session()); }
  DriverResult& run() {
    start();
    return finish();
  }
  DriverResult& finish() {
    EXPECT_TRUE(io.run_until([this] { return done; })) << ::testing::PrintToString(script.events);
    return result;
  }
  bool until(const std::string& event) {
    return io.run_until([&] { return !script.events.empty() && script.events.back() == event; });
  }
  void on_document_leaving() override { ++leaving; }
  void on_done(DriverResult r) override {
    result = std::move(r);
    done = true;
  }
  void on_request(std::uint32_t op, pr_attrs attributes) override {
    if (request) request(op, attributes);
  }
  PayloadSink* payload_sink() override { return sink; }

  IoContext& io;
  Script script;
  std::function<void(std::uint32_t, pr_attrs)> request;
  PayloadSink* sink = nullptr;
  int leaving = 0;
  bool done = false;
  DriverResult result;
  std::unique_ptr<ActionDriver> driver;
};

inline std::string pattern(std::size_t size) {
  std::string out(size, '\0');
  std::uint32_t x = 12345;
  for (char& c : out) c = static_cast<char>('a' + ((x = x * 1664525 + 1013904223) >> 24) % 26);
  return out;
}

}  // namespace printrouter::net
