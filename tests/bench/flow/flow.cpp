// SPDX-License-Identifier: Apache-2.0
// Load on a print path from both ends: N clients submit, a RAW sink takes what comes out; both are measured
// by one clock.
//
//   bench_flow --clients 16 --jobs 2000 --size 10240
//     prints {"sink": PORT} first; then reads one line from stdin: the submission target
//       ipp HOST PORT /path | ipp-unix SOCKET /path | lpr HOST PORT queue
//     runs, and prints one JSON object with the figures. Deadline: --seconds (60).
// The driver (tests/bench/run.py) points the router, or CUPS, at the sink in between. Nothing here is the
// project's code.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <sstream>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace {
using Clock = std::chrono::steady_clock;
double ms_between(Clock::time_point a, Clock::time_point b) {
  return std::chrono::duration<double, std::milli>(b - a).count();
}

struct Options {
  unsigned clients = 1, jobs = 1;
  std::size_t size = 10240;
  double seconds = 60;
};

/// Takes everything on one thread; a connection's FIN is answered by ours.
class Sink {
 public:
  Sink() {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 1024) != 0)
      std::perror("sink"), std::exit(1);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~Sink() {
    ending_ = true;
    thread_.join();
  }
  int port() const { return port_; }
  unsigned documents() const { return documents_; }
  Clock::time_point last_byte() const { return last_byte_; }
  Clock::time_point first_byte() const { return first_byte_; }

 private:
  void run() {
    const int epoll = ::epoll_create1(0);
    epoll_event listen_event{EPOLLIN, {.fd = listener_}};
    ::epoll_ctl(epoll, EPOLL_CTL_ADD, listener_, &listen_event);
    std::vector<char> buffer(1 << 18);
    std::unordered_map<int, std::uint64_t> received;
    epoll_event events[64];
    while (!ending_) {
      const int n = ::epoll_wait(epoll, events, 64, 50);
      for (int i = 0; i < n; ++i) {
        const int fd = events[i].data.fd;
        if (fd == listener_) {
          for (int accepted; (accepted = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK)) >= 0;) {
            epoll_event event{EPOLLIN, {.fd = accepted}};
            ::epoll_ctl(epoll, EPOLL_CTL_ADD, accepted, &event);
          }
          continue;
        }
        for (;;) {
          const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), 0);
          if (got > 0) {
            if (received[fd] == 0) first_byte_ = Clock::now();
            received[fd] += static_cast<std::uint64_t>(got);
            last_byte_ = Clock::now();
            continue;
          }
          if (got < 0 && errno == EAGAIN) break;
          if (received[fd] > 0) ++documents_;
          received.erase(fd);
          ::close(fd);
          break;
        }
      }
    }
    ::close(epoll);
  }
  int listener_ = -1, port_ = 0;
  std::atomic<bool> ending_ = false;
  std::atomic<unsigned> documents_ = 0;
  std::atomic<Clock::time_point> last_byte_ = Clock::time_point{}, first_byte_ = Clock::time_point{};
  std::thread thread_;
};

struct Target {
  std::string kind, host, path;
  int port = 0;
};

int dial(const Target& t) {
  if (t.kind == "ipp-unix") {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, t.host.c_str(), sizeof address.sun_path - 1);
    return ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 ? fd : -1;
  }
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(t.port));
  ::inet_pton(AF_INET, t.host.c_str(), &address.sin_addr);
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 ? fd : -1;
}

bool send_all(int fd, const char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t n = ::send(fd, data, size, MSG_NOSIGNAL);
    if (n <= 0) return false;
    data += n;
    size -= static_cast<std::size_t>(n);
  }
  return true;
}

void attribute(std::string& out, char tag, const std::string& name, const std::string& value) {
  out += tag;
  for (const std::string* s : {&name, &value}) {
    out += static_cast<char>(s->size() >> 8);
    out += static_cast<char>(s->size() & 255);
    out += *s;
  }
}

/// Print-Job (RFC 8011 section 4.2.1) with the document behind it, one connection. True: 2xx and status
/// successful.
bool submit_ipp(const Target& t, const std::string& document, Clock::time_point* last_byte) {
  const int fd = dial(t);
  if (fd < 0) return false;
  std::string ipp("\x02\x00\x00\x02\x00\x00\x00\x01\x01", 9);
  attribute(ipp, '\x47', "attributes-charset", "utf-8");
  attribute(ipp, '\x48', "attributes-natural-language", "en");
  attribute(ipp, '\x45', "printer-uri", "ipp://localhost" + t.path);
  attribute(ipp, '\x42', "requesting-user-name", "bench");
  attribute(ipp, '\x42', "job-name", "bench");
  attribute(ipp, '\x49', "document-format", "application/octet-stream");
  ipp += '\x03';
  std::string head = "POST " + t.path +
                     " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/ipp\r\nContent-Length: " +
                     std::to_string(ipp.size() + document.size()) + "\r\nConnection: close\r\n\r\n" + ipp;
  bool good = send_all(fd, head.data(), head.size()) && send_all(fd, document.data(), document.size());
  *last_byte = Clock::now();
  std::string answer;
  char buffer[4096];
  std::size_t body = std::string::npos;
  while (good) {
    const ssize_t n = ::recv(fd, buffer, sizeof buffer, 0);
    if (n <= 0) break;
    answer.append(buffer, static_cast<std::size_t>(n));
    while (answer.starts_with("HTTP/1.1 100") && answer.find("\r\n\r\n") != std::string::npos)
      answer.erase(0, answer.find("\r\n\r\n") + 4);
    body = answer.find("\r\n\r\n");
    if (body != std::string::npos && answer.size() >= body + 12) break;
  }
  ::close(fd);
  if (!answer.starts_with("HTTP/1.1 200") || body == std::string::npos) return false;
  std::size_t at = body + 4;
  if (answer.find("chunked") < body) at = answer.find("\r\n", at) + 2;
  return answer.size() > at + 3 && static_cast<unsigned char>(answer[at + 2]) < 1;
}

bool acknowledged(int fd) {
  char octet = 1;
  return ::recv(fd, &octet, 1, 0) == 1 && octet == 0;
}

/// RFC 1179 section 6: control file, then data file.
bool submit_lpr(const Target& t, const std::string& document, Clock::time_point* last_byte) {
  static std::atomic<unsigned> number = 0;
  const int fd = dial(t);
  if (fd < 0) return false;
  char name[32];
  std::snprintf(name, sizeof name, "%03ubench", number++ % 1000);
  const std::string control =
      std::string("Hbench\nPbench\nJbench\nldfA") + name + "\nUdfA" + name + "\nNbench\n";
  const auto say = [&](const std::string& line) { return send_all(fd, line.data(), line.size()); };
  bool good = say("\x02" + t.path + "\n") && acknowledged(fd) &&
              say("\x02" + std::to_string(control.size()) + " cfA" + name + "\n") && acknowledged(fd) &&
              say(control + std::string(1, '\0')) && acknowledged(fd) &&
              say("\x03" + std::to_string(document.size()) + " dfA" + name + "\n") && acknowledged(fd) &&
              say(document) && say(std::string(1, '\0'));
  *last_byte = Clock::now();
  good = good && acknowledged(fd);
  ::close(fd);
  return good;
}

}  // namespace

int main(int argc, char** argv) {
  Options o;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    if (name == "--clients") o.clients = static_cast<unsigned>(std::atoi(argv[i + 1]));
    if (name == "--jobs") o.jobs = static_cast<unsigned>(std::atoi(argv[i + 1]));
    if (name == "--size") o.size = std::strtoull(argv[i + 1], nullptr, 10);
    if (name == "--seconds") o.seconds = std::atof(argv[i + 1]);
  }
  Sink sink;
  std::printf("{\"sink\": %d}\n", sink.port());
  std::fflush(stdout);
  std::string line;
  if (!std::getline(std::cin, line)) return 2;
  std::istringstream words(line);
  Target target;
  words >> target.kind;
  if (target.kind == "ipp-unix")
    words >> target.host >> target.path;
  else
    words >> target.host >> target.port >> target.path;

  std::string document = "%!PS-Adobe-3.0\n% benchmark\n";
  while (document.size() < o.size)
    document += "0 0 moveto 100 100 lineto stroke % some text to fill the line\n";
  document.resize(o.size);

  std::atomic<unsigned> next = 0, accepted = 0;
  std::vector<std::vector<double>> latencies(o.clients);
  Clock::time_point last_in{};
  const auto begin = Clock::now();
  std::vector<std::thread> clients;
  for (unsigned c = 0; c < o.clients; ++c)
    clients.emplace_back([&, c] {
      while (next++ < o.jobs && ms_between(begin, Clock::now()) < o.seconds * 1000) {
        const auto from = Clock::now();
        Clock::time_point last_byte;
        if (target.kind == "lpr" ? submit_lpr(target, document, &last_byte)
                                 : submit_ipp(target, document, &last_byte))
          ++accepted;
        if (o.clients == 1) last_in = last_byte;
        latencies[c].push_back(ms_between(from, Clock::now()));
      }
    });
  for (std::thread& t : clients) t.join();
  const double in_ms = ms_between(begin, Clock::now());
  while (sink.documents() < accepted && ms_between(begin, Clock::now()) < o.seconds * 1000)
    ::poll(nullptr, 0, 1);
  const auto end = std::max(sink.last_byte(), begin);
  const double total_ms = ms_between(begin, end);
  std::vector<double> all;
  for (const auto& l : latencies) all.insert(all.end(), l.begin(), l.end());
  std::ranges::sort(all);
  const auto at = [&](double q) {
    return all.empty() ? 0 : all[static_cast<std::size_t>(q * static_cast<double>(all.size() - 1))];
  };
  std::printf(
      "{\"jobs\": %u, \"accepted\": %u, \"delivered\": %u, \"in_per_s\": %.1f, \"out_per_s\": %.1f, "
      "\"total_ms\": %.1f, \"ack_ms_median\": %.2f, "
      "\"ack_ms_p99\": %.2f, \"mb_per_s\": %.1f, \"last_in_to_last_out_ms\": %.2f, "
      "\"begin_to_first_out_ms\": %.2f}\n",
      o.jobs, accepted.load(), sink.documents(), accepted / in_ms * 1000, sink.documents() / total_ms * 1000,
      total_ms, at(0.5), at(0.99), static_cast<double>(o.size) * sink.documents() / 1e6 / (total_ms / 1000),
      o.clients == 1 ? ms_between(last_in, sink.last_byte()) : 0.0,
      ms_between(begin, std::max(sink.first_byte(), begin)));
  return sink.documents() == accepted && accepted == o.jobs ? 0 : 1;
}
