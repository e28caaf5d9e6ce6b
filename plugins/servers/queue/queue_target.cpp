// SPDX-License-Identifier: Apache-2.0
#include "queue_target.hpp"

namespace printrouter::queue {
namespace {

struct KnownProtocol {
  std::string_view name;
  uint32_t port;
  std::string_view queue;
  bool unknown_length;  // every target of this protocol takes a document whose length is not known yet
  bool can_void;
};
// LPR has a way to say "length not known" (RFC 1179 section 6.3), and many servers that do not know it: the
// administrator says so.
constexpr KnownProtocol known[] = {
    {"raw", 9100, "", true, false}, {"lpr", 515, "lp", false, false}, {"ipp", 631, "/ipp/print", true, true}};

const KnownProtocol* find(std::string_view name) {
  for (const KnownProtocol& protocol : known)
    if (protocol.name == name) return &protocol;
  return nullptr;
}

bool has_blank_or_control(std::string_view text) {
  for (char c : text)
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f) return true;
  return false;
}

std::string wrong(std::string_view field, std::string_view value, std::string_view expected) {
  return std::string(field) + ": " +
         (value.empty() ? std::string("missing") : '"' + std::string(value.substr(0, 100)) + '"') +
         ", expected " + std::string(expected);
}

std::string read_port(const sdk::Attributes& target, std::string_view field, uint32_t& out) {
  const pr_attr* port = target.find(field);
  if (!port) return {};
  if (port->kind != PR_ATTR_INTEGER || port->integer < 1 || port->integer > 65535)
    return wrong(field, std::to_string(port->integer), "a port number 1..65535");
  out = static_cast<uint32_t>(port->integer);
  return {};
}

/// Sets `out` if the value is `yes`; any other of `allowed` leaves it alone.
std::string read_word(const sdk::Attributes& target, std::string_view field, std::string_view yes,
                      std::initializer_list<std::string_view> allowed, uint32_t& out) {
  const std::string_view value = target.text(field);
  std::string expected;
  for (std::string_view word : allowed) {
    if (value.empty() || value == word) {
      if (value == yes) out = 1;
      return {};
    }
    expected += (expected.empty() ? "\"" : ", \"") + std::string(word) + '"';
  }
  return wrong(field, value, "one of " + expected);
}

std::string read_queue(const sdk::Attributes& target, QueueAddress& jobs) {
  const std::string_view queue = target.text("queue");
  if (!queue.empty()) jobs.queue = queue;
  if (jobs.protocol == "lpr" && (has_blank_or_control(jobs.queue) || jobs.queue.size() > 255))
    return wrong("queue", queue, "an LPR queue name without blanks, at most 255 bytes");
  if (jobs.protocol == "ipp" && (has_blank_or_control(jobs.queue) || jobs.queue.front() != '/'))
    return wrong("queue", queue, "the path of an IPP queue, such as \"/ipp/print\"");
  if (jobs.protocol == "raw" && !queue.empty()) return wrong("queue", queue, "none: a RAW port has no queue");
  return {};
}

std::string read_probe(const sdk::Attributes& target, QueueTarget& out) {
  const std::string_view protocol = target.text("probe.protocol"), host = target.text("probe.host");
  const bool stated = !protocol.empty() || !host.empty() || target.find("probe.port");
  out.probe = out.jobs;
  if (!stated) {
    if (out.jobs.protocol != "raw") return {};
    return wrong(
        "probe.port", "",
        "the port of a service that answers while the server can take jobs: a connection to the RAW port "
        "itself would open a print job");
  }
  // "tcp" is a connection and nothing else, which is what the raw plugin's probe does.
  const std::string_view name = protocol == "tcp" || (protocol.empty() && out.jobs.protocol == "raw") ? "raw"
                                : protocol.empty() ? out.jobs.protocol
                                                   : protocol;
  const KnownProtocol* probe = find(name);
  if (!probe || protocol == "raw") return wrong("probe.protocol", protocol, "\"tcp\", \"lpr\" or \"ipp\"");
  if (name != out.jobs.protocol) {
    out.probe.protocol = name;
    out.probe.port = probe->port;
    out.probe.queue = probe->queue;
    out.probe.tls = 0;
  } else if (name == "raw") {
    out.probe.tls = 0;
  }
  if (!host.empty()) out.probe.host = host;
  if (has_blank_or_control(out.probe.host)) return wrong("probe.host", host, "a host name or an address");
  if (name == "raw" && !target.find("probe.port"))
    return wrong("probe.port", "", "the port that a probe connects to");
  return read_port(target, "probe.port", out.probe.port);
}

}  // namespace

std::string read_target(const sdk::Attributes& target, QueueTarget& out) {
  out.facts.struct_size = sizeof out.facts;
  const std::string_view name = target.text("protocol");
  const KnownProtocol* protocol = find(name);
  if (!protocol) return wrong("protocol", name, "\"raw\", \"lpr\" or \"ipp\"");
  QueueAddress& jobs = out.jobs;
  jobs = {std::string(name), std::string(target.text("host")), protocol->port, std::string(protocol->queue),
          0};
  if (jobs.host.empty() || has_blank_or_control(jobs.host))
    return wrong("host", jobs.host, "a host name or an address");
  if (std::string error = read_port(target, "port", jobs.port); !error.empty()) return error;
  if (std::string error = read_queue(target, jobs); !error.empty()) return error;

  const int64_t tls = target.integer("tls", 0);  // a boolean's value too
  if (tls < 0 || tls > 2) return wrong("tls", std::to_string(tls), "true, false or \"upgrade\"");
  if (tls == 2 && name != "ipp")
    return wrong("tls", "upgrade", "true or false: only IPP can upgrade a connection");
  jobs.tls = static_cast<uint32_t>(tls);

  pr_server_facts& facts = out.facts;
  if (std::string error = read_word(target, "on-arrival", "hold", {"hold", "print"}, facts.holds_on_arrival);
      !error.empty())
    return error;
  if (std::string error = read_word(target, "truncated", "discards", {"discards", "keeps", "prints"},
                                    facts.truncated_discards);
      !error.empty())
    return error;
  facts.unknown_length = protocol->unknown_length || target.boolean("unknown-length") == PR_YES;
  facts.can_void = protocol->can_void;
  return read_probe(target, out);
}

}  // namespace printrouter::queue
