// SPDX-License-Identifier: Apache-2.0
/// The scripts for what speaks the step table: protocols, receivers, servers.
#include <array>
#include <span>

#include "plugin/plugin_smoke.hpp"
#include "plugin/smoke_session.hpp"

namespace printrouter {
namespace {

constexpr std::string_view host_name = "192.0.2.1";

/// Text that lives only until open has returned.
class Passing {
 public:
  pr_str operator()(std::string_view text) {
    const auto at = used_;
    for (char c : text) memory_[used_++] = c;
    return {memory_.data() + at, text.size()};
  }
  void scramble() { memory_.fill('X'); }

 private:
  std::array<char, 1024> memory_{};
  std::size_t used_ = 0;
};

pr_send_request send_request(std::uint32_t operation, Passing& text) {
  pr_send_request request{};
  request.struct_size = sizeof request;
  request.operation = operation;
  request.host = text(host_name);
  request.port = 9;
  request.queue = text("lp");
  request.user = text("smoke");
  request.title = text("smoke test");
  request.job_uuid = text("6b1c0c2e-0f0a-4b7e-9a59-000000000007");
  request.document_format = text("application/pdf");
  request.document_size = SmokeSession::document_size;
  request.remote_job_id = text("7");
  request.close_timeout_ms = 1000;
  request.local_host = text("smoke-host");
  return request;
}

/// A literal with its embedded NULs.
template <std::size_t N>
constexpr std::string_view whole(const char (&text)[N]) {
  return {text, N - 1};
}

constexpr std::string_view http_busy = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";
constexpr std::string_view garbage = whole("\xff\x00\x1b%-12345X@PJL \x01\x80\xfe\n\r\n\0\0");

const std::array<SmokePeer, 9>& sender_peers() {
  static const std::array<SmokePeer, 9> peers{
      SmokePeer{.name = "agreeing peer", .answer = whole("\0")},
      SmokePeer{.name = "peer that hangs up"},
      SmokePeer{.name = "refused connection", .connect_error = PR_IO_REFUSED},
      SmokePeer{.name = "silent peer", .read_error = PR_IO_TIMEOUT},
      SmokePeer{.name = "reset connection", .read_error = PR_IO_RESET},
      SmokePeer{.name = "break in the payload", .answer = whole("\0"), .payload_error = PR_IO_RESET},
      SmokePeer{.name = "break after the payload", .answer = whole("\0"), .error_after_payload = PR_IO_RESET},
      SmokePeer{.name = "busy web server", .answer = http_busy},
      SmokePeer{.name = "garbage", .answer = garbage}};
  return peers;
}

bool named(PluginFinding* out, std::string_view stage) {
  out->text = std::string(stage) + ": " + out->text;
  return false;
}

template <class Open>
bool converse(const pr_session_table& table, SmokeSide side, const SmokePeer& peer, std::string_view host,
              const std::string& stage, const SmokeProgress& progress, PluginFinding* out, Open&& open) {
  progress(stage);
  pr_session* session = nullptr;
  pr_status status = PR_ERROR;
  if (!without_exception(out, "open", [&] { status = open(&session); })) return named(out, stage);
  if (status != PR_OK || !session) return true;  // it may decline an operation
  SmokeSession talk(table, session, side, peer);
  talk.expected_host = host;
  return talk.run(out) || named(out, stage);
}

/// `peers`, then a cancellation at each of the first steps.
template <class Open>
bool converse_all(const pr_session_table& table, SmokeSide side, std::span<const SmokePeer> peers,
                  std::string_view host, const std::string& stage, const SmokeProgress& progress,
                  PluginFinding* out, Open&& open) {
  for (const auto& peer : peers)
    if (!converse(table, side, peer, host, stage + ", " + std::string(peer.name), progress, out, open))
      return false;
  for (int step = 1; step < 10; ++step) {
    auto peer = peers[0];
    peer.cancel_at = step;
    if (!converse(table, side, peer, host, stage + ", cancelled at step " + std::to_string(step), progress,
                  out, open))
      return false;
  }
  return true;
}

constexpr std::array<std::string_view, 5> operations{"print", "probe", "query", "cancel", "validate"};

}  // namespace

bool smoke_protocol(const PluginInstance& plugin, const SmokeProgress& progress, PluginFinding* out) {
  const auto& table = *plugin.protocol();
  for (std::uint32_t operation = PR_SEND_PRINT; operation <= PR_SEND_VALIDATE; ++operation) {
    const auto stage = "protocol " + std::string(operations[operation - 1]);
    const auto open = [&](pr_session** session) {
      Passing text;
      const auto request = send_request(operation, text);
      const auto status = table.open(plugin.get(), &request, session);
      text.scramble();
      return status;
    };
    if (!converse_all(table.session, SmokeSide::sender, sender_peers(), host_name, stage, progress, out,
                      open))
      return false;
  }
  return true;
}

bool smoke_receiver(const PluginInstance& plugin, const SmokeProgress& progress, PluginFinding* out) {
  static const std::array<SmokePeer, 10> peers{
      SmokePeer{.name = "plain document", .answer = "%!PS\nshowpage\n"},
      SmokePeer{.name = "client that hangs up"},
      SmokePeer{.name = "garbage", .answer = garbage},
      SmokePeer{.name = "lpd job",
                .answer = whole("\x02lp\n\x02"
                                "27 cfA001smoke\nHsmoke\nPsmoke\nldfA001smoke\n\0")},
      SmokePeer{.name = "lpd status", .answer = "\x03lp\n"},
      SmokePeer{.name = "web request", .answer = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"},
      SmokePeer{
          .name = "ipp request",
          .answer = whole("POST /ipp/print HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/ipp\r\n"
                          "Content-Length: 9\r\n\r\n\x02\x00\x00\x0b\x00\x00\x00\x01\x03")},
      SmokePeer{.name = "reset connection", .read_error = PR_IO_RESET},
      SmokePeer{.name = "break in the payload", .answer = "%!PS\n", .payload_error = PR_IO_RESET},
      SmokePeer{.name = "refusing host", .answer = "%!PS\n", .refuse = PR_REFUSED_BUSY}};
  const auto& table = *plugin.receiver();
  const auto open = [&](pr_session** session) {
    Passing text;
    pr_receive_request request{};
    request.struct_size = sizeof request;
    request.peer_address = text("127.0.0.1");
    request.peer_port = 40000;
    request.local_port = table.default_port;
    request.queue = text("office");
    request.local_host = text("localhost");
    const auto status = table.open(plugin.get(), &request, session);
    text.scramble();
    return status;
  };
  return converse_all(table.session, SmokeSide::receiver, peers, {}, "receiver", progress, out, open);
}

bool smoke_server(const PluginInstance& plugin, const SmokeProgress& progress, PluginFinding* out) {
  const auto& table = *plugin.server();
  const auto attribute = [](std::string_view name, std::string_view value) {
    return pr_attr{{name.data(), name.size()}, PR_ATTR_TEXT, 0, 0, 0, {value.data(), value.size()}};
  };
  const std::array<pr_attr, 4> good{attribute("protocol", "ipp"), attribute("host", host_name),
                                    attribute("queue", "/ipp/print"),
                                    pr_attr{{"port", 4}, PR_ATTR_INTEGER, 0, 631, 0, {nullptr, 0}}};
  for (const auto& target : {pr_attrs{nullptr, 0}, pr_attrs{good.data(), good.size()}}) {
    progress("server check");
    std::array<char, 300> error{};
    error.back() = '#';
    std::size_t size = 0;
    pr_server_facts facts{};
    facts.struct_size = sizeof facts;
    const auto call = [&] {
      table.check(plugin.get(), &target, &facts, error.data(), error.size() - 1, &size);
    };
    if (!without_exception(out, "check", call)) return false;
    if (size > error.size() - 1 || error.back() != '#') {
      out->id = finding::action_invalid;
      out->text = "check writes its error beyond the capacity";
      return false;
    }
  }
  for (std::uint32_t operation = PR_SERVER_PROBE; operation <= PR_SERVER_REPORT; ++operation) {
    const auto open = [&](pr_session** session) {
      Passing text;
      const auto send = send_request(PR_SEND_PRINT, text);
      pr_server_request request{};
      request.struct_size = sizeof request;
      request.operation = operation;
      request.target = {good.data(), good.size()};
      request.send = &send;
      const auto status = table.open(plugin.get(), &request, session);
      text.scramble();
      return status;
    };
    const auto stage = "server operation " + std::to_string(operation);
    if (!converse_all(table.session, SmokeSide::sender, sender_peers(), {}, stage, progress, out, open))
      return false;
  }
  return true;
}

}  // namespace printrouter
