// SPDX-License-Identifier: Apache-2.0
#include "fault_board.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <thread>

namespace simulator {
namespace {

bool matches(const Fault& fault, const PortIdentity& port) {
  return fault.port == "*" || fault.port == port.name || fault.port == port.protocol ||
         fault.port == port.port_class || fault.port == std::to_string(port.number);
}

bool wanted(const Fault& fault, std::initializer_list<const char*> kinds) {
  return std::any_of(kinds.begin(), kinds.end(), [&](const char* kind) { return fault.kind == kind; });
}

std::string read_fields(const nlohmann::json& request, Fault& fault) {
  for (const auto& [key, value] : request.items()) {
    bool number = value.is_number_integer() && value.get<int64_t>() >= 0;
    if (key == "fault" && value.is_string())
      fault.kind = value;
    else if (key == "port" && value.is_string())
      fault.port = value;
    else if (key == "port" && number)
      fault.port = std::to_string(value.get<int64_t>());
    else if (key == "after_bytes" && number)
      fault.after_bytes = value;
    else if (key == "bytes_per_second" && number)
      fault.bytes_per_second = value;
    else if (key == "after_pages" && number)
      fault.after_pages = value;
    else if (key == "jobs" && number && value.get<int64_t>() > 0)
      fault.jobs_left = value;
    else if (key == "status" && value.is_string())
      fault.status = value;
    else if (key == "status" && number)
      fault.status = std::to_string(value.get<int64_t>());
    else if (key == "message" && value.is_string())
      fault.message = value;
    else if (key == "then" && (value == "reset" || value == "serve"))
      fault.then = value;
    else if (key == "at" && (value == "data" || value == "control" || value == "command"))
      fault.at = value;
    else
      return key;
  }
  return "";
}

}  // namespace

const std::vector<std::string>& fault_kinds() {
  static const std::vector<std::string> kinds = {
      "refuse",   "reset-at-accept", "blackhole", "blackhole-syn", "reset",      "stall",
      "slow",     "swallow-ack",     "paper-out", "panel-cancel",  "ipp-status", "http-status",
      "lpr-nack", "not-accepting"};
  return kinds;
}

nlohmann::json to_json(const Fault& fault) {
  nlohmann::json out = {{"id", fault.id}, {"fault", fault.kind}, {"port", fault.port}, {"then", fault.then}};
  out["jobs_left"] = fault.jobs_left < 0 ? nlohmann::json(nullptr) : nlohmann::json(fault.jobs_left);
  if (fault.after_bytes > 0) out["after_bytes"] = fault.after_bytes;
  if (fault.bytes_per_second > 0) out["bytes_per_second"] = fault.bytes_per_second;
  if (fault.after_pages > 0) out["after_pages"] = fault.after_pages;
  if (!fault.status.empty()) out["status"] = fault.status;
  if (!fault.message.empty()) out["message"] = fault.message;
  if (!fault.at.empty()) out["at"] = fault.at;
  return out;
}

int FaultBoard::add(const nlohmann::json& request, std::string& error) {
  if (!request.is_object()) {
    error = "expected a JSON object such as {\"fault\":\"refuse\",\"port\":\"raw-1\"}";
    return 0;
  }
  Fault fault;
  if (std::string field = read_fields(request, fault); !field.empty()) {
    error = "field \"" + field + "\": unknown, or its value is not allowed";
    return 0;
  }
  const auto& kinds = fault_kinds();
  if (std::find(kinds.begin(), kinds.end(), fault.kind) == kinds.end()) {
    error = "field \"fault\": expected one of";
    for (const auto& kind : kinds) error += " " + kind;
    return 0;
  }
  if (fault.kind == "slow" && fault.bytes_per_second == 0) {
    error = "field \"bytes_per_second\": slow needs a number above 0";
    return 0;
  }
  std::lock_guard lock(mutex_);
  fault.id = next_id_++;
  faults_.push_back(fault);
  return fault.id;
}

bool FaultBoard::remove(int id) {
  std::lock_guard lock(mutex_);
  return std::erase_if(faults_, [&](const Fault& fault) { return fault.id == id; }) > 0;
}

void FaultBoard::clear() {
  std::lock_guard lock(mutex_);
  faults_.clear();
}

nlohmann::json FaultBoard::list() const {
  std::lock_guard lock(mutex_);
  nlohmann::json out = nlohmann::json::array();
  for (const auto& fault : faults_) out.push_back(to_json(fault));
  return out;
}

std::optional<Fault> FaultBoard::take(const PortIdentity& port, std::initializer_list<const char*> kinds) {
  std::lock_guard lock(mutex_);
  for (auto& fault : faults_) {
    if (fault.jobs_left == 0 || !wanted(fault, kinds) || !matches(fault, port)) continue;
    if (fault.jobs_left > 0) --fault.jobs_left;
    return fault;
  }
  return std::nullopt;
}

std::optional<Fault> FaultBoard::peek(const PortIdentity& port,
                                      std::initializer_list<const char*> kinds) const {
  std::lock_guard lock(mutex_);
  for (const auto& fault : faults_)
    if (fault.jobs_left != 0 && wanted(fault, kinds) && matches(fault, port)) return fault;
  return std::nullopt;
}

bool FaultBoard::standing(int id) const {
  std::lock_guard lock(mutex_);
  return std::any_of(faults_.begin(), faults_.end(), [&](const Fault& fault) { return fault.id == id; });
}

JobFaults::JobFaults(FaultBoard& board, const PortIdentity& port, const std::atomic<bool>& stopping)
    : board_(board), stopping_(stopping) {
  break_ = board.take(port, {"reset", "stall"});
  slow_ = board.take(port, {"slow"});
}

size_t JobFaults::limit(size_t want, uint64_t done) const {
  uint64_t out = want;
  if (break_ && done < break_->after_bytes) out = std::min(out, break_->after_bytes - done);
  if (slow_) out = std::min<uint64_t>(out, std::max<uint64_t>(1, slow_->bytes_per_second / 20));
  return static_cast<size_t>(out);
}

bool JobFaults::before_read(Stream& stream, uint64_t done) {
  if (!break_ || done < break_->after_bytes) {
    if (break_ || slow_) {  // small kernel buffers, or the peer would be rid of everything before it notices
      int size = 8192;
      setsockopt(stream.fd(), SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    }
    return true;
  }
  Fault fault = *break_;
  break_.reset();
  if (fault.kind == "stall") return hold(stream, fault);
  stream.reset();
  return false;
}

void JobFaults::after_read(size_t got) const {
  if (slow_ && !stopping_)
    std::this_thread::sleep_for(std::chrono::microseconds(1000000 * got / slow_->bytes_per_second));
}

bool JobFaults::hold(Stream& stream, const Fault& fault) const {
  while (board_.standing(fault.id)) {
    if (stopping_ || stream.peer_gone()) {
      stream.reset();
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  if (fault.then == "serve") return true;
  stream.reset();
  return false;
}

}  // namespace simulator
