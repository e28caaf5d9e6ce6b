// SPDX-License-Identifier: Apache-2.0
#include "net/stream.hpp"

#include <array>
#include <memory>

#include "net/io_detail.hpp"

namespace printrouter::net {

std::string_view to_string(IoFault fault) {
  switch (fault) {
    case IoFault::none:
      return "none";
    case IoFault::refused:
      return "refused";
    case IoFault::timeout:
      return "timeout";
    case IoFault::reset:
      return "reset";
    case IoFault::tls:
      return "tls";
    case IoFault::local:
      return "local";
  }
  return "local";
}

std::string PeerAddress::label() const {
  if (address.empty()) return "unix";
  const bool six = address.find(':') != std::string::npos;
  return (six ? '[' + address + ']' : address) + ':' + std::to_string(port);
}

void Stream::read_some(std::span<char> into, std::function<void(const IoStatus&, std::size_t)> done) {
  wait_readable([this, into, done = std::move(done)] { read_step(into, done); });
}

void Stream::read_step(std::span<char> into, const std::function<void(const IoStatus&, std::size_t)>& done) {
  const Transfer t = try_read(into);
  switch (t.kind) {
    case Transfer::Kind::some:
      return done({}, t.bytes);
    case Transfer::Kind::end:
      return done({}, 0);
    case Transfer::Kind::would_block:
      return read_some(into, done);
    case Transfer::Kind::failed:
      return done(IoStatus(last_error()), 0);
  }
}

void Stream::write_all(std::string_view data, std::function<void(const IoStatus&)> done) {
  wait_writable([this, data, done = std::move(done)] { write_step(data, done); });
}

void Stream::write_step(std::string_view data, const std::function<void(const IoStatus&)>& done) {
  for (;;) {
    const std::array<std::string_view, 1> part{data};
    const Transfer t = data.empty() ? try_flush() : try_write(part);
    if (t.kind == Transfer::Kind::failed) return done(IoStatus(last_error()));
    if (t.kind == Transfer::Kind::would_block) return write_all(data, done);
    if (data.empty()) return done({});
    data.remove_prefix(t.bytes);
  }
}

namespace {
/// Held by the loop until the peer has ended or the time is over.
struct GentleClose : std::enable_shared_from_this<GentleClose> {
  GentleClose(IoContext& context, StreamPtr s) : io(context), stream(std::move(s)), timer(context) {}
  void run() {
    static thread_local const auto waste = std::make_unique_for_overwrite<std::array<char, 64 * 1024>>();
    if (!timer.running()) timer.start_at(until, [this] { over(); });
    if (!shut) {
      const Transfer t = stream->try_shutdown_write();
      if (t.kind == Transfer::Kind::would_block) return stream->wait_writable([this] { run(); });
      if (t.kind == Transfer::Kind::failed) return over();
      shut = true;
    }
    for (int turns = 0; turns < 64; ++turns) {
      const Transfer t = stream->try_read(*waste);
      if (t.kind == Transfer::Kind::would_block) break;
      if (t.kind != Transfer::Kind::some) return over();
    }
    stream->wait_readable([this] { run(); });
  }
  void over() {
    const auto self = shared_from_this();
    io.impl().closing.erase(self);
    timer.cancel();
    stream->close();
  }
  IoContext& io;
  StreamPtr stream;
  Timer timer;
  SteadyTime until = {};
  bool shut = false;
};
}  // namespace

void close_gently(IoContext& io, StreamPtr stream, Milliseconds limit) {
  const auto closing = std::make_shared<GentleClose>(io, std::move(stream));
  closing->until = std::chrono::steady_clock::now() + limit;
  io.impl().closing.insert(closing);
  closing->run();
}

}  // namespace printrouter::net
