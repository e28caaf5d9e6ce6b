// SPDX-License-Identifier: Apache-2.0
#include "net/name_lookup.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "net/io_detail.hpp"

namespace printrouter::net {
namespace {
constexpr unsigned most_threads = 16;
constexpr std::size_t most_remembered = 10'000;
constexpr std::chrono::hours remembered_for{24};

NameLookup::Answer ask_system(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
  const int system_error = errno;
  NameLookup::Answer out;
  if (error != 0) {
    out.text = error == EAI_SYSTEM ? errno_text(system_error) : ::gai_strerror(error);
    out.no_answer = error != EAI_NONAME && error != EAI_NODATA;
    return out;
  }
  for (const addrinfo* one = found; one; one = one->ai_next) {
    SocketAddress address;
    address.size = one->ai_addrlen;
    std::memcpy(&address.storage, one->ai_addr, one->ai_addrlen);
    if (std::ranges::find(out.addresses, address) == out.addresses.end()) out.addresses.push_back(address);
  }
  ::freeaddrinfo(found);
  return out;
}
}  // namespace

bool SocketAddress::operator==(const SocketAddress& other) const {
  return size == other.size && std::memcmp(&storage, &other.storage, size) == 0;
}

/// What the threads hold: it outlives the lookup where one of them still asks.
struct NameLookup::Shared {
  System system;
  std::mutex mutex = {};
  IoContext* io = nullptr;  ///< null: the end has come
  NameLookup* lookup = nullptr;
  std::deque<std::string> queue = {};
  unsigned threads = 0;

  static void serve(const std::shared_ptr<Shared>& self) {
    std::unique_lock lock(self->mutex);
    while (self->io && !self->queue.empty()) {
      const std::string host = std::move(self->queue.front());
      self->queue.pop_front();
      lock.unlock();
      Answer answer = self->system(host);
      lock.lock();
      if (self->io)
        self->io->post(
            [lookup = self->lookup, host, answer = std::move(answer)] { lookup->answered(host, answer); });
    }
    --self->threads;
  }
};

NameLookup& NameLookup::of(IoContext& io) {
  if (!io.impl().names) replace(io, ask_system);
  return *io.impl().names;
}

void NameLookup::replace(IoContext& io, System system) {
  io.impl().names = std::make_unique<NameLookup>(io, std::move(system));
}

NameLookup::NameLookup(IoContext& io, System system) : shared_(std::make_shared<Shared>()) {
  shared_->system = std::move(system);
  shared_->io = &io;
  shared_->lookup = this;
}

NameLookup::~NameLookup() {
  const std::lock_guard lock(shared_->mutex);
  shared_->io = nullptr;
}

void NameLookup::find(const std::string& host, Done done) {
  auto& waiting = waiting_[host];
  waiting.push_back(std::move(done));
  if (waiting.size() > 1) return;
  const std::lock_guard lock(shared_->mutex);
  shared_->queue.push_back(host);
  if (shared_->threads == most_threads) return;
  try {
    // Detached, for getaddrinfo cannot be called off: the program's end would wait for a dead name server.
    std::thread(Shared::serve, shared_).detach();
    ++shared_->threads;
  } catch (const std::system_error& e) {
    if (shared_->threads > 0) return;  // one that is there takes it
    shared_->queue.clear();
    shared_->io->post([this, host, text = std::string(e.what())] { answered(host, {{}, text, true}); });
  }
}

void NameLookup::answered(const std::string& host, const Answer& answer) {
  if (!answer.addresses.empty()) {
    if (memory_.size() >= most_remembered) memory_.clear();
    memory_[host] = {answer.addresses, std::chrono::steady_clock::now()};
  } else if (!answer.no_answer) {
    memory_.erase(host);
  }
  const auto waiting = waiting_.extract(host);
  if (waiting.empty()) return;
  for (const Done& done : waiting.mapped()) done(answer);
}

std::vector<SocketAddress> NameLookup::remembered(const std::string& host) const {
  const auto found = memory_.find(host);
  if (found == memory_.end() || std::chrono::steady_clock::now() - found->second.when > remembered_for)
    return {};
  return found->second.addresses;
}

std::string NameLookup::last_known(const std::string& host) const {
  const std::vector<SocketAddress> known = remembered(host);
  return known.empty() ? host : peer_address(known.front().storage).address;
}

void NameLookup::remembered_was_used(const std::string& host) {
  const auto found = memory_.find(host);
  if (found == memory_.end() || std::exchange(found->second.told, true)) return;
  spdlog::warn("{}: nobody answers for this name; its last known address is used", host);
}

}  // namespace printrouter::net
