// SPDX-License-Identifier: Apache-2.0
#include "delivery/server_exchange.hpp"

#include <array>

#include "plugin/attribute_bridge.hpp"

namespace printrouter {

net::TlsTrust trust_of(const TrustConfig& config) {
  net::TlsTrust trust;
  trust.authority_file = config.ca_file;
  trust.pins_sha256 = config.pins_sha256;
  trust.accept_anything = config.allow_any;
  return trust;
}

DeliveryInput server_input(const Config& config, PluginRegistry& plugins, PluginWatch* watch) {
  DeliveryInput in;
  in.server = ServerLink{plugins.server(config.server->plugin), config.server->target};
  in.find_protocol = [&plugins](std::string_view name) { return plugins.protocol(name); };
  in.trust = trust_of(config.server->trust);
  in.answer_timeout = config.timeouts.answer_timeout;
  in.progress_timeout = config.timeouts.progress_timeout;
  in.watch = watch;
  in.report = [&plugins](const PluginIdentity& plugin, std::string_view finding, std::string_view text) {
    plugins.report(plugin, finding, text);
  };
  return in;
}

std::optional<pr_server_facts> server_facts_of(const Config& config, const PluginRegistry& plugins,
                                               std::string* error) {
  const LoadedServer* server = config.server ? plugins.server(config.server->plugin) : nullptr;
  if (!server) return std::nullopt;
  const AbiAttributes target(config.server->target);
  const pr_attrs attributes = target.list();
  pr_server_facts facts{};
  facts.struct_size = sizeof facts;
  std::array<char, 512> text{};
  std::size_t size = 0;
  if (server->table->check(server->instance, &attributes, &facts, text.data(), text.size(), &size) == PR_OK)
    return facts;
  if (error) error->assign(text.data(), std::min(size, text.size()));
  return std::nullopt;
}

std::shared_ptr<void> ask_server(net::IoContext& io, DeliveryInput input, std::function<void(Outcome)> done) {
  auto run = std::make_shared<DeliveryRun>(io);
  run->start(std::move(input),
             [&io, weak = std::weak_ptr(run), done = std::move(done)](DeliveryReport report) {
               io.post([run = weak.lock()] {});  // ends after its own call
               done(std::move(report.outcome));
             });
  return run;
}

}  // namespace printrouter
