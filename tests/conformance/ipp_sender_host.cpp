// SPDX-License-Identifier: Apache-2.0
// A host in one file for the ipp plugin's sender, so that it can be set on foreign printers without a daemon.
//
//   ipp_sender_host PLUGIN.so OPERATION HOST PORT PATH [key=value...]   OPERATION: print probe query cancel
//   validate
//
// Keys: file, format, title, uuid, user, tls, id (remote job), length=unknown, and any ticket attribute as
// integer:copies=3, keyword:sides=one-sided, enum:finishings=4, boolean:ipp-attribute-fidelity=1.
// Prints the outcome as one line of JSON. TLS is not verified here: trust is the daemon's business.
#include <dlfcn.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>
#include <printrouter/testing.hpp>

#include <algorithm>
#include <deque>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace {

using namespace printrouter;
using sdk::view;

class Line {
 public:
  bool connect(const std::string& host, uint32_t port) {
    close();
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    if (getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list)) return false;
    for (addrinfo* a = list; a && fd_ < 0; a = a->ai_next) {
      fd_ = ::socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
      if (fd_ >= 0 && ::connect(fd_, a->ai_addr, a->ai_addrlen)) ::close(fd_), fd_ = -1;
    }
    freeaddrinfo(list);
    const int on = 1;
    if (fd_ >= 0) setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd_ >= 0;
  }
  bool start_tls(const std::string& name) {
    static SSL_CTX* context = SSL_CTX_new(TLS_client_method());
    ssl_ = SSL_new(context);
    SSL_set_fd(ssl_, fd_);
    SSL_set_tlsext_host_name(ssl_, name.c_str());
    return SSL_connect(ssl_) == 1;
  }
  bool write(std::string_view data) {
    while (!data.empty()) {
      const ssize_t n = ssl_ ? SSL_write(ssl_, data.data(), static_cast<int>(data.size()))
                             : ::send(fd_, data.data(), data.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      data.remove_prefix(static_cast<size_t>(n));
    }
    return true;
  }
  /// Waits up to `ms` for something to read.
  bool readable(int ms) {
    if (ssl_ && SSL_pending(ssl_)) return true;
    pollfd p{fd_, POLLIN, 0};
    return ::poll(&p, 1, ms) > 0;
  }
  ssize_t read(std::string& into) {
    char buffer[65536];
    const ssize_t n = ssl_ ? SSL_read(ssl_, buffer, sizeof buffer) : ::recv(fd_, buffer, sizeof buffer, 0);
    if (n > 0) into.append(buffer, static_cast<size_t>(n));
    return n;
  }
  void close() {
    if (ssl_) SSL_free(ssl_);
    if (fd_ >= 0) ::close(fd_);
    ssl_ = nullptr;
    fd_ = -1;
  }

 private:
  int fd_ = -1;
  SSL* ssl_ = nullptr;
};

struct Run {
  const pr_protocol* protocol;
  pr_session* session;
  const std::string* document;
  Line line;
  std::string unread;
  pr_action action{};
  std::string text;

  void step(const pr_event& event) {
    action = {};
    if (protocol->session.step(session, &event, &action) != PR_OK) throw std::runtime_error("step failed");
    if (event.kind == PR_EVENT_BYTES || event.kind == PR_EVENT_EOF) unread.erase(0, action.consumed);
  }
  static pr_event event(uint32_t kind, uint32_t error = 0) {
    pr_event e = testing::Conversation::event(kind);
    e.error = error;
    return e;
  }
  pr_event arrival(int ms) {
    if (!line.readable(ms)) return event(PR_EVENT_IO_ERROR, PR_IO_TIMEOUT);
    const ssize_t n = line.read(unread);
    pr_event e = event(n > 0 ? PR_EVENT_BYTES : n == 0 ? PR_EVENT_EOF : PR_EVENT_IO_ERROR, PR_IO_RESET);
    text = unread;
    e.bytes = sdk::bytes(text);
    return e;
  }
  /// The whole payload, coded and framed; false: another action has replaced it, or the event is in `after`.
  bool send_payload(pr_event& after) {
    std::string data = *document;
    if (action.coding == PR_CODING_GZIP) {
      std::string out(compressBound(data.size()) + 64, '\0');
      z_stream z{};
      deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY);
      z.next_in = reinterpret_cast<Bytef*>(data.data());
      z.avail_in = static_cast<uInt>(data.size());
      z.next_out = reinterpret_cast<Bytef*>(out.data());
      z.avail_out = static_cast<uInt>(out.size());
      deflate(&z, Z_FINISH);
      out.resize(z.total_out);
      deflateEnd(&z);
      data = std::move(out);
    }
    const bool chunked = action.framing == PR_FRAMING_HTTP_CHUNKED;
    for (size_t at = 0; at < data.size(); at += 16384) {
      std::string part = data.substr(at, 16384);
      if (chunked) {
        std::ostringstream size;
        size << std::hex << part.size();
        part = size.str() + "\r\n" + part + "\r\n";
      }
      if (line.readable(0)) {
        step(arrival(0));
        if (action.kind != PR_ACTION_CONTINUE) return false;
      }
      if (!line.write(part)) return after = event(PR_EVENT_IO_ERROR, PR_IO_RESET), true;
    }
    if (chunked && !line.write("0\r\n\r\n")) return after = event(PR_EVENT_IO_ERROR, PR_IO_RESET), true;
    after = event(PR_EVENT_PAYLOAD_SENT);
    after.count = document->size();
    return true;
  }
  void play() {
    step(event(PR_EVENT_START));
    while (action.kind != PR_ACTION_DONE) {
      pr_event next = event(PR_EVENT_WRITTEN);
      switch (action.kind) {
        case PR_ACTION_CONNECT:
          unread.clear();
          next = line.connect(std::string(view(action.target)), action.port)
                     ? event(PR_EVENT_CONNECTED)
                     : event(PR_EVENT_IO_ERROR, PR_IO_REFUSED);
          break;
        case PR_ACTION_START_TLS:
          next = line.start_tls(std::string(view(action.target))) ? event(PR_EVENT_TLS_STARTED)
                                                                  : event(PR_EVENT_IO_ERROR, PR_IO_TLS);
          break;
        case PR_ACTION_WRITE:
          if (!line.write(view(action.bytes))) next = event(PR_EVENT_IO_ERROR, PR_IO_RESET);
          break;
        case PR_ACTION_SEND_PAYLOAD:
          if (!send_payload(next)) continue;
          break;
        case PR_ACTION_READ:
          next = arrival(10'000);
          break;
        case PR_ACTION_CLOSE:
          line.close();
          break;
        default:
          throw std::runtime_error("unexpected action " + testing::describe(action));
      }
      step(next);
    }
    line.close();
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 6)
    return std::cerr << "usage: ipp_sender_host PLUGIN.so OPERATION HOST PORT PATH [key=value...]\n", 2;
  void* library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  if (!library) return std::cerr << dlerror() << '\n', 1;
  testing::FakeHost host;
  testing::LoadedPlugin plugin(host, *static_cast<const pr_plugin_entry*>(dlsym(library, PR_PLUGIN_SYMBOL)));
  const std::map<std::string, uint32_t> operations{{"print", PR_SEND_PRINT},
                                                   {"probe", PR_SEND_PROBE},
                                                   {"query", PR_SEND_QUERY},
                                                   {"cancel", PR_SEND_CANCEL},
                                                   {"validate", PR_SEND_VALIDATE}};
  std::map<std::string, std::string> keys;
  std::deque<std::string> texts;
  std::vector<pr_attr> ticket;
  for (int i = 6; i < argc; ++i) {
    const std::string word = argv[i];
    const size_t equals = word.find('=');
    const size_t colon = word.find(':');
    const std::string value = word.substr(equals + 1);
    if (colon == std::string::npos || colon > equals) {
      keys[word.substr(0, equals)] = value;
      continue;
    }
    const std::string kind = word.substr(0, colon);
    const std::string& name = texts.emplace_back(word.substr(colon + 1, equals - colon - 1));
    if (kind == "keyword")
      ticket.push_back(sdk::attr_text(name, texts.emplace_back(value)));
    else
      ticket.push_back(sdk::attr_integer(name, std::stoll(value),
                                         kind == "enum"      ? uint32_t{PR_ATTR_ENUM}
                                         : kind == "boolean" ? uint32_t{PR_ATTR_BOOLEAN}
                                                             : uint32_t{PR_ATTR_INTEGER}));
  }
  std::string document;
  if (keys.count("file")) {
    std::ifstream in(keys["file"], std::ios::binary);
    document.assign(std::istreambuf_iterator<char>(in), {});
  }
  pr_send_request request{};
  request.struct_size = sizeof request;
  request.operation = operations.at(argv[2]);
  request.host = sdk::str(argv[3]);
  request.port = static_cast<uint32_t>(std::stoul(argv[4]));
  request.queue = sdk::str(argv[5]);
  request.tls = keys.count("tls") ? static_cast<uint32_t>(std::stoul(keys["tls"])) : 0;
  request.user = sdk::str(keys["user"]);
  request.title = sdk::str(keys["title"]);
  request.job_uuid = sdk::str(keys["uuid"]);
  request.document_format = sdk::str(keys["format"]);
  request.document_size = keys["length"] == "unknown" ? PR_LENGTH_TO_END : document.size();
  request.remote_job_id = sdk::str(keys["id"]);
  request.ticket = {ticket.data(), ticket.size()};
  auto* protocol = plugin.extension<pr_protocol>(PR_PROTOCOL_ID);
  Run run{protocol, nullptr, &document, {}, {}, {}, {}};
  if (protocol->open(plugin.get(), &request, &run.session) != PR_OK) return std::cerr << "open failed\n", 1;
  run.play();
  for (const std::string& line : host.log) std::cerr << line << '\n';
  const pr_outcome& o = run.action.outcome;
  std::string words = testing::describe_outcome(o);
  nlohmann::json out{{"outcome", words.substr(words.empty() ? 0 : 1)},
                     {"text", std::string(view(o.text))},
                     {"device_text", std::string(view(o.device_text))},
                     {"remote_job_id", std::string(view(o.remote_job_id))}};
  for (const pr_attr& a : sdk::Attributes(o.attributes)) out["attributes"].push_back(testing::describe(a));
  std::cout << out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
  protocol->session.close(run.session);
  return 0;
}
