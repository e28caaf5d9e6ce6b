// SPDX-License-Identifier: Apache-2.0
#include "http_target.hpp"

namespace printrouter::http_server {
namespace {

bool has_blank_or_control(std::string_view text) {
  for (char c : text)
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f) return true;
  return false;
}

}  // namespace

std::string read_target(const sdk::Attributes& target, Target& out) {
  out.host = target.text("host");
  if (out.host.empty() || has_blank_or_control(out.host) || out.host.find('/') != std::string::npos)
    return "host: \"" + out.host.substr(0, 100) + "\", expected a host name or an address";
  const int64_t tls = target.integer("tls", 0);
  if (tls != 0 && tls != 1) return "tls: \"upgrade\", expected true or false";
  out.tls = tls == 1;
  const int64_t port = target.integer("port", out.tls ? 443 : 80);
  if (port < 1 || port > 65535)
    return "port: \"" + std::to_string(port) + "\", expected a port number 1..65535";
  out.port = static_cast<uint32_t>(port);
  if (!target.text("queue").empty()) return "queue: expected none: the server's API has fixed paths";

  pr_server_facts& facts = out.facts;
  facts.struct_size = sizeof facts;
  facts.holds_on_arrival = target.text("on-arrival") == "hold";
  // A job is there when its PUT was answered, and not before (docs/openapi/server.yaml, putJob).
  facts.truncated_discards = 1;
  facts.unknown_length = 1;
  facts.can_void = 1;
  facts.can_report = 1;
  return {};
}

}  // namespace printrouter::http_server
