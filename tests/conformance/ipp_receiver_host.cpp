// SPDX-License-Identifier: Apache-2.0
// A host in one file for the ipp plugin's receiver, so that foreign clients can be set on it without a
// daemon: blocking sockets, one thread a connection, jobs in memory, documents in a folder.
//
//   ipp_receiver_host PLUGIN.so OUT_FOLDER [FORMAT...]   prints {"ready":true,"port":n}, serves 127.0.0.1
//   until SIGTERM.
//
// Each committed job N leaves OUT_FOLDER/N.doc (decoded) and OUT_FOLDER/N.attributes.
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>
#include <printrouter/testing.hpp>

#include <algorithm>
#include <chrono>
#include <deque>
#include <fstream>
#include <iostream>
#include <mutex>
#include <thread>

namespace {

using namespace printrouter;
using sdk::view;

struct Job {
  int64_t id = 0;
  std::string uuid;
  std::vector<pr_attr> attributes;
  std::deque<std::string> texts;
  std::string document;
  int64_t created = 0;
  int64_t done_at = 0;  // ms
  int state = 3;
  bool has_document = false;

  void keep(pr_attr a) {
    a.name = sdk::str(texts.emplace_back(view(a.name)));
    a.text = sdk::str(texts.emplace_back(view(a.text)));
    attributes.push_back(a);
  }
  std::string_view text(std::string_view name) const {
    for (const pr_attr& a : attributes)
      if (view(a.name) == name) return view(a.text);
    return {};
  }
};

struct Host {
  testing::FakeHost fake;
  std::mutex mutex;
  std::deque<Job> jobs;
  std::string out;
  std::vector<std::string> formats{"application/octet-stream",
                                   "application/pdf",
                                   "application/postscript",
                                   "image/jpeg",
                                   "image/pwg-raster",
                                   "image/urf",
                                   "text/plain"};
  const pr_receiver* receiver = nullptr;
  pr_plugin* plugin = nullptr;
} host;

int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

Job* find(int64_t id) {
  for (Job& j : host.jobs)
    if (j.id == id) return &j;
  return nullptr;
}

void refresh(Job& job) {
  if (job.state == 3 && job.done_at && now_ms() >= job.done_at) job.state = 9;
}

/// A reply and what it points to.
struct Reply {
  std::vector<pr_attr> items;
  std::deque<std::string> texts;
  void text(std::string_view name, std::string_view value, uint32_t kind = PR_ATTR_KEYWORD,
            uint32_t group = 0) {
    items.push_back(sdk::attr_text(name, texts.emplace_back(value), kind, group));
  }
  void number(std::string_view name, int64_t value, uint32_t kind = PR_ATTR_INTEGER, uint32_t group = 0) {
    items.push_back(sdk::attr_integer(name, value, kind, group));
  }
  void range(std::string_view name, int64_t lower, int64_t upper, uint32_t kind = PR_ATTR_RANGE) {
    items.push_back(sdk::attr_integer(name, lower, kind));
    items.back().upper = upper;
  }
  void job(Job& j, uint32_t group = 0) {
    refresh(j);
    number("job-id", j.id, PR_ATTR_INTEGER, group);
    text("job-uuid", j.uuid, PR_ATTR_TEXT, group);
    number("job-state", j.state, PR_ATTR_ENUM, group);
    text("job-state-reasons", j.state == 7 ? "job-canceled-by-user" : "none", PR_ATTR_KEYWORD, group);
    text("job-name", j.text("job-name"), PR_ATTR_TEXT, group);
    text("job-originating-user-name", j.text("requesting-user-name"), PR_ATTR_TEXT, group);
    number("date-time-at-creation", j.created, PR_ATTR_DATETIME, group);
    if (j.state > 6) number("date-time-at-completed", j.created + 1, PR_ATTR_DATETIME, group);
    number("job-k-octets", static_cast<int64_t>((j.document.size() + 1023) / 1024), PR_ATTR_INTEGER, group);
    for (pr_attr a : j.attributes) {
      const std::string_view name = view(a.name);
      if (name == "job-name" || name == "requesting-user-name" || name.starts_with("document-") ||
          name == "printer-path" || name == "last-document" || name == "ipp-attribute-fidelity" ||
          name == "compression" || name == "job-k-octets" || name == "job-uuid")
        continue;
      a.group = group;
      items.push_back(a);
    }
  }
  void printer() {
    text("printer-name", "conformance", PR_ATTR_TEXT);
    text("printer-uuid", "0d8a1cf1-83c7-4f63-9a4c-3f5a3c5c2a01", PR_ATTR_TEXT);
    number("printer-state", 3, PR_ATTR_ENUM);
    text("printer-state-reasons", "none");
    number("printer-is-accepting-jobs", 1, PR_ATTR_BOOLEAN);
    number("queued-job-count", std::count_if(host.jobs.begin(), host.jobs.end(), [](Job& j) {
             refresh(j);
             return j.state < 7;
           }));
    for (const std::string& mime : host.formats) text("document-format-supported", mime, PR_ATTR_MIME);
    for (const char* media :
         {"iso_a4_210x297mm", "na_letter_8.5x11in", "iso_a3_297x420mm", "na_index-4x6_4x6in"})
      text("media-supported", media);
    for (const char* sides : {"one-sided", "two-sided-long-edge", "two-sided-short-edge"})
      text("sides-supported", sides);
    for (int quality : {3, 4, 5}) number("print-quality-supported", quality, PR_ATTR_ENUM);
  }
};

struct Connection {
  int fd = -1;
  std::string unread;
  size_t shown = 0;
  Job pending;  // the session's current job
  Job* target = nullptr;
  z_stream inflate{};
  bool inflating = false;
  bool stream_end = false;

  /// Reads more; 0 at the end, -1 on error.
  ssize_t more() {
    char buffer[65536];
    const ssize_t n = ::recv(fd, buffer, sizeof buffer, 0);
    if (n > 0) unread.append(buffer, static_cast<size_t>(n));
    return n;
  }
  bool store(std::string_view data, uint32_t coding) {
    Job& job = target ? *target : pending;
    if (coding == PR_CODING_NONE) return job.document.append(data), true;
    if (!inflating) {
      // RFC 8011 5.4.32 means raw deflate (RFC 1951); many clients send it within a zlib frame (RFC 1950).
      const auto first = static_cast<uint8_t>(data[0]);
      const bool framed = (first & 0x0f) == 8 && first >> 4 <= 7;
      inflating = inflateInit2(&inflate, coding == PR_CODING_GZIP ? 31 : framed ? 15 : -15) == Z_OK;
      stream_end = false;
    }
    inflate.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
    inflate.avail_in = static_cast<uInt>(data.size());
    char out[65536];
    while (inflate.avail_in && !stream_end) {
      inflate.next_out = reinterpret_cast<Bytef*>(out);
      inflate.avail_out = sizeof out;
      const int result = ::inflate(&inflate, Z_NO_FLUSH);
      if (result != Z_OK && result != Z_STREAM_END) return false;
      stream_end = result == Z_STREAM_END;
      job.document.append(out, sizeof out - inflate.avail_out);
    }
    return true;
  }
};

/// Answers a REQUEST; false: refused with `error`.
bool answer(Connection& c, uint32_t op, pr_attrs list, Reply& reply, uint32_t& error, int64_t& committed) {
  const sdk::Attributes in(list);
  if (in.text("printer-path") != "/ipp/print") return error = PR_REFUSED_NOT_FOUND, false;
  Job* named = find(in.integer("job-id", 0));
  const bool needs_job = op == PR_OP_GET_JOB || op == PR_OP_CANCEL_JOB || op == PR_OP_CLOSE_JOB;
  if (needs_job && !named) return error = PR_REFUSED_NOT_FOUND, false;
  if (named) refresh(*named);
  switch (op) {
    case PR_OP_PRINTER_ATTRIBUTES:
      reply.printer();
      return true;
    case PR_OP_CREATE_JOB: {
      Job job;
      job.id = static_cast<int64_t>(host.jobs.size()) + 1;
      const std::string number = std::to_string(job.id);
      job.uuid = "11111111-2222-4333-8444-" +
                 std::string(12 - std::min<std::size_t>(12, number.size()), '0') + number;
      job.created = now_ms() / 1000;
      for (const pr_attr& a : in) job.keep(a);
      reply.job(job);
      host.jobs.push_back(std::move(job));
      c.target = in.boolean("last-document") == PR_NO ? nullptr : &host.jobs.back();
      return true;
    }
    case PR_OP_ADD_DOCUMENT:
      if (named && (named->state > 3 || named->has_document)) return error = PR_REFUSED_NOT_POSSIBLE, false;
      if (in.integer("job-id", 0) && !named) return error = PR_REFUSED_NOT_FOUND, false;
      if (named) c.target = named;
      for (const pr_attr& a : in)
        if (view(a.name) == "document-format") c.target->keep(a);
      c.target->has_document = true;
      return true;
    case PR_OP_COMMIT: {
      if (c.inflating && !c.stream_end) return error = PR_REFUSED_FORMAT, false;
      Job& job = *c.target;
      std::ofstream(host.out + '/' + std::to_string(job.id) + ".doc", std::ios::binary) << job.document;
      std::ofstream attributes(host.out + '/' + std::to_string(job.id) + ".attributes");
      for (const pr_attr& a : job.attributes) attributes << testing::describe(a) << '\n';
      job.done_at = now_ms() + 300;
      committed = job.id;
      reply.job(job);
      if (c.inflating) inflateEnd(&c.inflate);
      c.inflating = false;
      c.target = nullptr;
      return true;
    }
    case PR_OP_CLOSE_JOB:
      named->done_at = now_ms() + 300;
      reply.job(*named);
      return true;
    case PR_OP_GET_JOB:
      reply.job(*named);
      return true;
    case PR_OP_CANCEL_JOB:
      if (named->state > 6) return error = PR_REFUSED_NOT_POSSIBLE, false;
      named->state = 7;
      return true;
    case PR_OP_CANCEL_MY_JOBS:
      for (Job& j : host.jobs)
        if (j.state < 7) j.state = 7;
      return true;
    case PR_OP_GET_JOBS: {
      const std::string_view which = in.text("which-jobs");
      const bool mine = in.boolean("my-jobs") == PR_YES;
      const int64_t limit = in.integer("limit", INT32_MAX);
      uint32_t group = 0;
      const auto take = [&](Job& j) {
        refresh(j);
        const bool over = j.state > 6;
        if ((which == "completed" && !over) || (which == "not-completed" && over)) return;
        if (mine && j.text("requesting-user-name") != in.text("requesting-user-name")) return;
        if (group < limit) reply.job(j, group++);
      };
      if (which == "completed")
        std::for_each(host.jobs.rbegin(), host.jobs.rend(), take);
      else
        std::for_each(host.jobs.begin(), host.jobs.end(), take);
      return true;
    }
    default:
      return true;
  }
}

void serve(int fd) {
  Connection c;
  c.fd = fd;
  pr_receive_request request{};
  request.struct_size = sizeof request;
  request.peer_address = sdk::str("127.0.0.1");
  request.local_host = sdk::str("localhost");
  pr_session* session = nullptr;
  std::unique_lock lock(host.mutex);
  if (host.receiver->open(host.plugin, &request, &session) != PR_OK) return;
  pr_event event = testing::Conversation::event(PR_EVENT_START);
  Reply reply;
  std::string text;
  for (;;) {
    host.fake.now_ms = now_ms();
    pr_action a{};
    const bool showed = event.kind == PR_EVENT_BYTES || event.kind == PR_EVENT_EOF;
    if (host.receiver->session.step(session, &event, &a) != PR_OK) break;
    if (showed) {
      c.unread.erase(0, static_cast<size_t>(a.consumed));
      c.shown = c.unread.size();
    } else {
      c.shown = 0;
    }
    for (const std::string& line : host.fake.log) std::cerr << line << '\n';
    host.fake.log.clear();
    event = testing::Conversation::event(PR_EVENT_WRITTEN);
    if (a.kind == PR_ACTION_DONE) break;
    if (a.kind == PR_ACTION_WRITE) {
      std::string_view left = view(a.bytes);
      while (!left.empty()) {
        const ssize_t n = ::send(fd, left.data(), left.size(), MSG_NOSIGNAL);
        if (n <= 0) break;
        left.remove_prefix(static_cast<size_t>(n));
      }
    } else if (a.kind == PR_ACTION_SHUTDOWN_WRITE) {
      ::shutdown(fd, SHUT_WR);
    } else if (a.kind == PR_ACTION_READ) {
      event.kind = PR_EVENT_BYTES;
      lock.unlock();
      pollfd waiting{fd, POLLIN, 0};
      const bool here = c.unread.size() > c.shown;
      const bool late = !here && a.timeout_ms && ::poll(&waiting, 1, static_cast<int>(a.timeout_ms)) == 0;
      const ssize_t n = here ? 1 : late ? -1 : c.more();
      lock.lock();
      if (n <= 0) event.kind = n == 0 ? PR_EVENT_EOF : PR_EVENT_IO_ERROR;
      event.error = late ? PR_IO_TIMEOUT : PR_IO_RESET;
      text = c.unread;
      event.bytes = sdk::bytes(text);
    } else if (a.kind == PR_ACTION_RECEIVE_PAYLOAD) {
      event.kind = PR_EVENT_PAYLOAD_RECEIVED;
      while (event.count < a.count) {
        if (c.unread.empty()) {
          lock.unlock();
          const ssize_t n = c.more();
          lock.lock();
          if (n <= 0) {
            event.kind = n == 0 ? PR_EVENT_EOF : PR_EVENT_IO_ERROR;
            event.error = PR_IO_RESET;
            break;
          }
        }
        const size_t n = static_cast<size_t>(std::min<uint64_t>(c.unread.size(), a.count - event.count));
        if (!c.store(std::string_view(c.unread).substr(0, n), a.coding)) {
          event.kind = PR_EVENT_IO_ERROR;
          event.error = PR_IO_DECODE;
          break;
        }
        c.unread.erase(0, n);
        event.count += n;
      }
    } else if (a.kind == PR_ACTION_REQUEST) {
      reply = Reply();
      int64_t committed = 0;
      event.kind = PR_EVENT_REPLY;
      if (!answer(c, a.op, a.attributes, reply, event.error, committed)) event.kind = PR_EVENT_REFUSED;
      if (committed) event.kind = PR_EVENT_COMMITTED;
      event.count = static_cast<uint64_t>(committed);
      event.attributes = {reply.items.data(), reply.items.size()};
    }
  }
  host.receiver->session.close(session);
  ::close(fd);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return std::cerr << "usage: ipp_receiver_host PLUGIN.so OUT_FOLDER [FORMAT...]\n", 2;
  host.out = argv[2];
  if (argc > 3) host.formats.assign(argv + 3, argv + argc);
  void* library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  if (!library) return std::cerr << dlerror() << '\n', 1;
  auto* entry = static_cast<const pr_plugin_entry*>(dlsym(library, PR_PLUGIN_SYMBOL));
  host.fake.now_ms = now_ms();
  testing::LoadedPlugin plugin(host.fake, *entry);
  host.plugin = plugin.get();
  host.receiver = plugin.extension<pr_receiver>(PR_RECEIVER_ID);
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener, reinterpret_cast<sockaddr*>(&address), size) || ::listen(listener, 16) ||
      ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size))
    return std::perror("listen"), 1;
  std::cout << R"({"ready":true,"port":)" << ntohs(address.sin_port) << "}" << std::endl;
  std::thread([listener] {
    for (int fd; (fd = ::accept(listener, nullptr, nullptr)) >= 0;) {
      const int on = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      std::thread(serve, fd).detach();
    }
  }).detach();
  for (;;) ::pause();  // until SIGTERM
}
