// SPDX-License-Identifier: Apache-2.0
#include "control/control_client.hpp"

#include <poll.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

namespace printrouter::control {
namespace {
namespace http = boost::beast::http;

class Socket {
 public:
  explicit Socket(int fd = -1) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&&) = delete;
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  int fd() const { return fd_; }

 private:
  int fd_;
};

Error unavailable(const std::string& path, int error) {
  return {ErrorCode::unavailable,
          "the print router does not answer: " + std::string(std::strerror(error)),
          {},
          path,
          "a running printrouterd; is it started, and is this its --socket?"};
}

Result<Socket> connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path))
    return fail({ErrorCode::invalid, "socket path too long", "--socket", path, "at most 107 bytes"});
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  Socket socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (socket.fd() < 0 || ::connect(socket.fd(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0)
    return fail(unavailable(path, errno));
  return socket;
}

bool send_all(int fd, const char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t n = ::send(fd, data, size, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    data += n;
    size -= static_cast<std::size_t>(n);
  }
  return true;
}

std::string head(std::string_view method, std::string_view path, std::uint64_t length,
                 std::string_view content_type, std::string_view more = {}) {
  std::string out(method);
  out.append(" ").append(path).append(" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
  if (length > 0 || method == "POST" || method == "PUT") {
    out.append("Content-Type: ").append(content_type).append("\r\nContent-Length: ");
    out.append(std::to_string(length)).append("\r\n");
  }
  return out.append(more).append("\r\n");
}

Result<Reply> read_reply(const Socket& socket, const std::string& place) {
  http::response_parser<http::string_body> parser;
  parser.body_limit(256ull * 1024 * 1024);
  parser.eager(true);
  std::string buffer;
  std::array<char, 16384> chunk{};
  boost::system::error_code ec;
  while (!parser.is_done()) {
    const ssize_t n = ::recv(socket.fd(), chunk.data(), chunk.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail(unavailable(place, errno));
    if (n == 0) {
      parser.put_eof(ec);
      if (ec || !parser.is_done()) return fail(unavailable(place, ECONNRESET));
      break;
    }
    buffer.append(chunk.data(), static_cast<std::size_t>(n));
    while (!buffer.empty() && !parser.is_done()) {
      const std::size_t used = parser.put(boost::asio::buffer(buffer), ec);
      buffer.erase(0, used);
      if (ec == http::error::need_more || (!ec && used == 0)) break;
      if (ec) return fail(ErrorCode::io, "the answer is no HTTP: " + ec.message(), place);
    }
  }
  return Reply{parser.get().result_int(), std::move(parser.get().body())};
}

}  // namespace

Result<Reply> Client::request(std::string_view method, std::string_view path, std::string_view body,
                              std::string_view content_type) const {
  auto socket = connect_to(socket_path_);
  if (!socket) return fail(socket.error());
  const std::string text = head(method, path, body.size(), content_type) + std::string(body);
  // A server that refuses early may close before everything is sent: its answer counts, not our broken pipe.
  send_all(socket->fd(), text.data(), text.size());
  return read_reply(*socket, socket_path_);
}

Result<Reply> Client::send_file(std::string_view path, int file_descriptor, std::uint64_t size,
                                std::string_view content_type) const {
  auto socket = connect_to(socket_path_);
  if (!socket) return fail(socket.error());
  const std::string text = head("POST", path, size, content_type);
  bool sending = send_all(socket->fd(), text.data(), text.size());
  std::array<char, 65536> chunk{};
  while (sending && size > 0) {
    const ssize_t n = ::read(file_descriptor, chunk.data(), std::min<std::uint64_t>(chunk.size(), size));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return fail(ErrorCode::io, "the file ended before its size", std::string(path));
    sending = send_all(socket->fd(), chunk.data(), static_cast<std::size_t>(n));
    size -= static_cast<std::uint64_t>(n);
  }
  return read_reply(*socket, socket_path_);
}

Status Client::events(std::string_view path, std::string_view last_event_id,
                      const std::function<bool(const ServerEvent&)>& on_event, Milliseconds idle,
                      const std::function<bool()>& on_idle) const {
  auto socket = connect_to(socket_path_);
  if (!socket) return fail(socket.error());
  std::string more = "Accept: text/event-stream\r\n";
  if (!last_event_id.empty()) more.append("Last-Event-ID: ").append(last_event_id).append("\r\n");
  const std::string text = head("GET", path, 0, {}, more);
  send_all(socket->fd(), text.data(), text.size());

  std::string buffer;
  std::array<char, 16384> chunk{};
  bool in_body = false;
  ServerEvent event;
  while (true) {
    pollfd wait{socket->fd(), POLLIN, 0};
    const int ready = ::poll(&wait, 1, idle.count() > 0 ? static_cast<int>(idle.count()) : -1);
    if (ready <= 0) {
      if (ready < 0 && errno != EINTR) return fail(unavailable(socket_path_, errno));
      if (on_idle && !on_idle()) return {};
      continue;
    }
    const ssize_t n = ::recv(socket->fd(), chunk.data(), chunk.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return fail(unavailable(socket_path_, n == 0 ? ECONNRESET : errno));
    buffer.append(chunk.data(), static_cast<std::size_t>(n));
    if (!in_body) {
      const std::size_t end = buffer.find("\r\n\r\n");
      if (end == std::string::npos) continue;
      if (!buffer.starts_with("HTTP/1.1 200"))
        return fail(ErrorCode::not_permitted, "events refused: " + buffer.substr(0, buffer.find("\r\n")),
                    socket_path_);
      buffer.erase(0, end + 4);
      in_body = true;
    }
    for (std::size_t end = buffer.find('\n'); end != std::string::npos; end = buffer.find('\n')) {
      const std::string line = buffer.substr(0, end);
      buffer.erase(0, end + 1);
      if (line.starts_with("id: ")) event.id = line.substr(4);
      if (line.starts_with("event: ")) event.type = line.substr(7);
      if (line.starts_with("data: ")) event.data += line.substr(6);
      if (line.empty() && !event.type.empty()) {
        if (!on_event(event)) return {};
        event = {};
      }
    }
  }
}

Status Client::wait_ready(Milliseconds limit) const {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  const std::filesystem::path path(socket_path_);
  // Woken by what happens in the socket's folder, not by guessing how long a start takes.
  const Socket watch(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  const std::string folder = path.has_parent_path() ? path.parent_path().string() : ".";
  ::inotify_add_watch(watch.fd(), folder.c_str(), IN_CREATE | IN_MOVED_TO | IN_ATTRIB | IN_MODIFY);
  while (true) {
    auto reply = request("GET", "/v1/status");
    if (reply && reply->status == 200) return {};
    const auto left = std::chrono::duration_cast<Milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0)
      return reply ? fail(ErrorCode::unavailable, "not ready: " + reply->body, socket_path_)
                   : fail(reply.error());
    pollfd wait{watch.fd(), POLLIN, 0};
    ::poll(&wait, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 50)));
    std::array<char, 4096> events{};
    while (::read(watch.fd(), events.data(), events.size()) > 0) {
    }
  }
}

std::string default_socket_path() {
  if (const char* set = std::getenv("PRINTROUTER_SOCKET"); set && *set) return set;
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  if (::geteuid() == 0 || !runtime || !*runtime) return "/run/printrouter/control.sock";
  return std::string(runtime) + "/printrouter/control.sock";
}

std::string percent_encode(std::string_view text) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) || (c && std::strchr("-._~", c))) {
      out += c;
    } else {
      out += '%';
      out += digits[byte >> 4];
      out += digits[byte & 15];
    }
  }
  return out;
}

}  // namespace printrouter::control
