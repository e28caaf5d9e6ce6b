// SPDX-License-Identifier: Apache-2.0
#include "port_server.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <cstdio>

namespace simulator {

PortServer::PortServer(Device& device, PortOption option, Service service, std::shared_ptr<ssl_ctx_st> tls,
                       bool faulty)
    : device_(device),
      option_(std::move(option)),
      service_(std::move(service)),
      tls_(std::move(tls)),
      faulty_(faulty) {
  notice_ = std::make_shared<Fd>(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  device_.on_change([notice = notice_] { ::eventfd_write(notice->get(), 1); });
  identity_ = {option_.name, option_.protocol == "ipps" ? "ipp" : option_.protocol, option_.port_class, 0};
}

PortServer::~PortServer() {
  stop();
}

bool PortServer::start(const std::string& address, std::string& error) {
  if (!socket_.bind(address, option_.number, error)) return false;
  identity_.number = socket_.port();
  if (!enter(wanted_mode(), error)) return false;
  settled_ = device_.generation();
  thread_ = std::thread([this] { run(); });
  return true;
}

void PortServer::stop() {
  stopping_ = true;
  ::eventfd_write(notice_->get(), 1);
  if (thread_.joinable()) thread_.join();
  streams_.shut_all();
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [&] { return running_ == 0; });
}

std::string PortServer::uri() const {
  std::string where = socket_.address() + ":" + std::to_string(number());
  if (option_.protocol == "raw") return "socket://" + where;
  if (option_.protocol == "lpr")
    return "lpd://" + where + "/" + (option_.queue.empty() ? "lp" : option_.queue);
  if (option_.protocol == "http") return "http://" + where;
  return option_.protocol + "://" + where + (option_.queue.empty() ? "/ipp/print" : "/" + option_.queue);
}

nlohmann::json PortServer::describe() const {
  return {{"name", option_.name},   {"protocol", identity_.protocol},     {"address", socket_.address()},
          {"port", number()},       {"class", option_.port_class},        {"tls", option_.protocol == "ipps"},
          {"queue", option_.queue}, {"connections", connections_.load()}, {"uri", uri()}};
}

PortServer::Mode PortServer::wanted_mode() const {
  if (!faulty_) return Mode::Listen;
  if (auto refuse = device_.faults().peek(identity_, {"refuse"}); refuse && refuse->jobs_left < 0)
    return Mode::Refuse;
  if (device_.faults().peek(identity_, {"blackhole-syn"})) return Mode::Silent;
  if (device_.asleep() && option_.port_class == "device-spooling")
    return device_.options().sleep_answer == "refuse" ? Mode::Refuse : Mode::Silent;
  return Mode::Listen;
}

bool PortServer::enter(Mode mode, std::string& error) {
  socket_.stop_listening();
  fillers_.clear();
  mode_ = mode;
  if (mode == Mode::Refuse) return true;
  if (!socket_.listen(mode == Mode::Silent ? 0 : 512, error)) return false;
  if (mode == Mode::Silent) fill_backlog();
  return true;
}

// With a full accept queue the kernel drops further SYNs: to a client the machine does not answer at all.
void PortServer::fill_backlog() {
  for (int i = 0; i < 8; ++i) {
    fillers_.push_back(
        start_connect(socket_.address() == "0.0.0.0" ? "127.0.0.1" : socket_.address(), number()));
    pollfd entry{fillers_.back().get(), POLLOUT, 0};
    if (::poll(&entry, 1, 10) == 0) return;
  }
}

void PortServer::run() {
  while (!stopping_ && !device_.stopping()) {
    uint64_t generation = device_.generation();
    if (settled_ < generation) {
      Mode wanted = wanted_mode();
      std::string error;
      if (wanted != mode_ && !enter(wanted, error))
        std::fprintf(stderr, "printrouter-device: %s: %s\n", option_.name.c_str(), error.c_str());
      settled_ = generation;
    }
    pollfd entries[2] = {{notice_->get(), POLLIN, 0}, {mode_ == Mode::Listen ? socket_.fd() : -1, POLLIN, 0}};
    if (::poll(entries, 2, -1) <= 0) continue;
    eventfd_t ignored = 0;
    if (entries[0].revents != 0) ::eventfd_read(notice_->get(), &ignored);
    if (entries[1].revents != 0) accept_one();
  }
  socket_.stop_listening();
}

void PortServer::accept_one() {
  Fd fd(::accept4(socket_.fd(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!fd.valid()) return;
  ++connections_;
  bool refuse = faulty_ && device_.faults().take(identity_, {"refuse", "reset-at-accept"}).has_value();
  const Options& options = device_.options();
  refuse = refuse ||
           (faulty_ && options.sender_mode == "refuse" && !device_.sender_permitted(peer_address(fd.get())));
  if (refuse) {
    plain_stream(std::move(fd))->reset();
    return;
  }
  {
    std::lock_guard lock(mutex_);
    ++running_;
  }
  std::thread([this, raw = fd.release()] {
    serve(Fd(raw));
    std::lock_guard lock(mutex_);
    --running_;
    idle_.notify_all();
  }).detach();
}

void PortServer::serve(Fd fd) {
  auto waiting = plain_stream(std::move(fd));
  streams_.add(waiting.get());
  bool go_on = true;
  if (faulty_) {
    if (auto hole = device_.faults().take(identity_, {"blackhole"}))
      go_on = JobFaults(device_.faults(), {"", "", "", 0}, device_.stopping()).hold(*waiting, *hole);
  }
  if (go_on && tls_) {
    std::string error;
    auto secure = tls_stream(Fd(::fcntl(waiting->fd(), F_DUPFD_CLOEXEC, 0)), tls_.get(), error);
    if (secure) service_(*secure);
  } else if (go_on) {
    service_(*waiting);
  }
  streams_.remove(waiting.get());
}

}  // namespace simulator
