// SPDX-License-Identifier: Apache-2.0
#include "intake/intake_listener.hpp"

#include <spdlog/spdlog.h>

#include <unordered_map>

#include "intake/intake_connection.hpp"
#include "net/listener.hpp"

namespace printrouter {

namespace {
std::uint64_t next_connection() {
  static std::uint64_t number = 0;  // main thread only
  return ++number;
}
}  // namespace

struct IntakeListener::Impl : std::enable_shared_from_this<IntakeListener::Impl> {
  Impl(const IntakeContext& c, const LoadedReceiver& r, IntakeListenerOptions o)
      : context(c), receiver(r), options(std::move(o)) {}
  IntakeContext context;
  const LoadedReceiver& receiver;
  IntakeListenerOptions options;
  std::unique_ptr<net::Listener> listener = {};
  std::unordered_map<std::uint64_t, std::shared_ptr<IntakeConnection>> connections = {};
  std::function<void()> idle = {};
  bool draining = false, full = false, closed = false;

  void listen() {
    listener->start([weak = weak_from_this()](net::StreamPtr stream) {
      if (const auto self = weak.lock()) self->accepted(std::move(stream));
    });
  }
  void accepted(net::StreamPtr stream) {
    IntakeClient client;
    client.connection = next_connection();
    client.listener = options.name;
    client.protocol = options.protocol;
    client.queue = options.queue;
    client.listener_port = options.port;
    // At once: a client that has gone is nobody.
    if (context.identities) client.identity = context.identities->of_tcp(stream->descriptor());
    client.peer = stream->peer().label();
    const std::uint64_t number = client.connection;
    auto connection = std::make_shared<IntakeConnection>(context, receiver, options, std::move(client),
                                                         [weak = weak_from_this()](std::uint64_t ended) {
                                                           if (const auto self = weak.lock())
                                                             self->ended(ended);
                                                         });
    connections.emplace(number, connection);
    connection->start(std::move(stream), options.port);
    if (connections.size() < options.max_connections) return;
    if (!full)
      spdlog::warn("{}: {} connections are open; further clients wait", options.name, connections.size());
    full = true;
    listener->pause();
  }
  void ended(std::uint64_t number) {
    // Posted: the connection that ended is still on the stack.
    context.io->post([weak = weak_from_this(), number] {
      const auto self = weak.lock();
      if (!self || self->closed) return;
      self->connections.erase(number);
      if (self->draining) {
        if (self->connections.empty() && self->idle) std::exchange(self->idle, nullptr)();
      } else if (self->full) {
        self->full = false;
        self->listen();
      }
    });
  }
};

IntakeListener::IntakeListener(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

IntakeListener::~IntakeListener() {
  impl_->closed = true;
  impl_->listener.reset();
  for (const auto& [number, connection] : std::exchange(impl_->connections, {}))
    connection->abandon("the router is stopping");
}

Result<std::unique_ptr<IntakeListener>> IntakeListener::open(const IntakeContext& context,
                                                             const LoadedReceiver& receiver,
                                                             IntakeListenerOptions options) {
  if (options.tls_from_start && !options.tls_identity)
    return fail(
        {ErrorCode::invalid, "TLS without a certificate", "tls", options.name, "certificate and key files"});
  auto impl = std::make_shared<Impl>(context, receiver, std::move(options));
  IntakeListenerOptions& o = impl->options;
  auto listener = o.descriptor >= 0 ? net::Listener::adopt(*context.io, o.descriptor)
                                    : net::Listener::tcp(*context.io, o.address, o.port);
  if (!listener) return fail(listener.error());
  impl->listener = std::move(*listener);
  o.address = impl->listener->local().address;
  o.port = impl->listener->local().port;
  if (o.local_host.empty()) o.local_host = o.address;
  impl->listen();
  return std::make_unique<IntakeListener>(std::move(impl));
}

void IntakeListener::drain(std::function<void()> idle) {
  impl_->draining = true;
  impl_->listener->pause();
  if (!impl_->connections.empty()) {
    impl_->idle = std::move(idle);
  } else if (idle) {
    impl_->context.io->post(std::move(idle));
  }
}

const IntakeListenerOptions& IntakeListener::options() const {
  return impl_->options;
}
std::size_t IntakeListener::connections() const {
  return impl_->connections.size();
}

}  // namespace printrouter
