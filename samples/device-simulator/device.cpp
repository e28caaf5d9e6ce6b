// SPDX-License-Identifier: Apache-2.0
#include "device.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace simulator {

namespace {
constexpr size_t kHeadSize = 65536;
}

Device::Device(Options options) : options_(std::move(options)) {
  paper_ = options_.paper;
  asleep_ = options_.asleep;
  counters_.life = options_.start_count;
  if (!options_.job_log.empty())
    log_fd_ = ::open(options_.job_log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  engine_ = std::thread([this] { run_engine(); });
}

Device::~Device() {
  stop();
  if (log_fd_ >= 0) ::close(log_fd_);
}

void Device::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (const auto& notice : notices_) notice();
  if (engine_.joinable()) engine_.join();
}

std::shared_ptr<Job> Device::begin_job(const PortIdentity& port, const std::string& peer) {
  auto job = std::make_shared<Job>();
  job->port = port;
  job->peer = peer;
  job->received_ms = now_ms();
  std::lock_guard lock(mutex_);
  job->id = next_id_++;
  jobs_[job->id] = job;
  return job;
}

void Device::begin_document(Job& job) {
  char name[64];
  std::string suffix = job.documents == 0 ? "" : "-" + std::to_string(job.documents + 1);
  std::snprintf(name, sizeof name, "job-%06d%s.prn", job.id, suffix.c_str());
  std::string path = options_.discard ? "" : options_.output_dir + "/" + name;
  job.file = std::make_unique<JobFile>(path, options_.hash);
  std::lock_guard lock(mutex_);
  ++job.documents;
  if (!options_.discard) job.files.emplace_back(name);
}

void Device::append(Job& job, const char* data, size_t size) {
  job.file->append(data, size);
  if (job.head.size() < kHeadSize) job.head.append(data, std::min(size, kHeadSize - job.head.size()));
  std::lock_guard lock(mutex_);
  job.bytes += size;
}

void Device::forget(const std::shared_ptr<Job>& job) {
  std::lock_guard lock(mutex_);
  jobs_.erase(job->id);
}

bool Device::sender_permitted(const std::string& address) const {
  const auto& list = options_.permitted_senders;
  return list.empty() || std::find(list.begin(), list.end(), address) != list.end();
}

std::optional<Refusal> Device::check_identity(const Job& job) const {
  if (options_.server || job.port.port_class != "device-spooling" || !job.user.empty()) return std::nullopt;
  return Refusal{"authentication-error", "this port takes jobs of known users only"};
}

std::optional<Refusal> Device::judge(Job& job) const {
  if (options_.server) return std::nullopt;
  if (auto refusal = check_identity(job)) return refusal;
  if (job.port.port_class == "device-spooling") {
    job.identity = true;
    return std::nullopt;
  }
  if (options_.network_manager) {
    for (const auto& key : options_.terminal_identity_keys)
      job.identity = job.identity || !job.received["pjl:" + key].empty();
    if (!job.identity) return Refusal{"authentication-error", "no terminal identity in the job"};
  }
  if (options_.accounting == "off") return std::nullopt;
  auto registered = [](const std::vector<std::string>& list, const std::string& code) {
    return std::find(list.begin(), list.end(), code) != list.end();
  };
  if (!job.account_code.empty()) {
    // A wrong code cancels the job also where unknown jobs are permitted.
    if (job.account_code.size() > static_cast<size_t>(options_.account_digits) ||
        !registered(options_.accounts, job.account_code))
      return Refusal{"wrong-account-code", "account code " + job.account_code + " is not registered"};
    job.counted_on = job.account_code;
  } else if (!job.user_code.empty()) {
    if (!registered(options_.user_codes, job.user_code))
      return Refusal{"wrong-user-code", "user code " + job.user_code + " is not registered"};
    job.counted_on = job.user_code;
  } else {
    if (options_.unknown_id == "reject")
      return Refusal{"unknown-id-rejected", "jobs without a code are rejected"};
    job.counted_on = "other";
  }
  return std::nullopt;
}

void Device::refuse(const std::shared_ptr<Job>& job, const Refusal& refusal) {
  std::lock_guard lock(mutex_);
  if (job->file) {
    job->file->close();
    if (job->sha256.empty()) job->sha256 = job->file->digest();
  }
  end(*job, "aborted", refusal.id, refusal.text);
}

std::optional<Refusal> Device::finish(const std::shared_ptr<Job>& job, bool complete) {
  Inspection seen = inspect(job->head, options_.pjl_account_keys);
  auto bodies = documents(job->head);
  std::string format = bodies.empty() ? "" : sniff(bodies.front());
  if (job->file) job->file->close();
  std::unique_lock lock(mutex_);
  if (job->terminal()) return std::nullopt;
  if (job->file) job->sha256 = job->file->digest();
  job->file.reset();
  job->head = std::string();
  job->complete = complete;
  if (job->user.empty()) job->user = seen.user;
  if (job->title.empty()) job->title = seen.title;
  if (job->uuid.empty()) job->uuid = seen.uuid;
  if (job->uuid.empty()) job->uuid = find_uuid(job->title);
  if (!seen.account_code.empty()) job->account_code = seen.account_code;
  if (!seen.user_code.empty()) job->user_code = seen.user_code;
  job->hold_requested = job->hold_requested || seen.hold;
  for (const auto& [key, value] : seen.pjl) job->received["pjl:" + key] = value;
  if (!seen.prescribe_code.empty()) job->received["prescribe:ACNT CODE"] = seen.prescribe_code;
  if (!options_.pjl_copies) seen.pjl_ticket.copies.reset();
  if (!options_.pjl_sides) seen.pjl_ticket.sides.clear();
  if (!options_.pjl_media) seen.pjl_ticket.media.clear();
  if (!options_.pjl_color) seen.pjl_ticket.color.clear();
  if (!seen.pjl_ticket.empty()) job->tickets["pjl"] = seen.pjl_ticket;
  job->simplex_only = !options_.duplex;
  job->quarrels = options_.quarrels;
  if (!seen.document_ticket.empty()) job->tickets["document"] = seen.document_ticket;
  job->format = format;
  job->counted_by = options_.server                             ? "server"
                    : job->port.port_class == "device-spooling" ? "device"
                                                                : "engine";
  settle_ticket(*job);
  if (!complete && (options_.truncated == "discards" || job->bytes == 0)) {
    end(*job, "aborted", "incomplete", "the sender broke off; discarded");
    return std::nullopt;
  }
  if (!sender_permitted(job->peer.substr(0, job->peer.rfind(':')))) {
    end(*job, "aborted", "dropped", "sender not permitted");  // the peer hears nothing of it
    return std::nullopt;
  }
  const auto& formats = options_.document_formats;
  if (options_.strict_language && std::find(formats.begin(), formats.end(), job->format) == formats.end()) {
    end(*job, "aborted", "format-not-supported", job->format);
    return std::nullopt;
  }
  if (auto refusal = judge(*job)) {
    end(*job, "aborted", refusal->id, refusal->text);
    return refusal;
  }
  if (job->port.port_class == "device-spooling" && !options_.server) job->counted_on = job->user;
  bool hold = options_.on_arrival == "hold" || (!complete && options_.truncated == "keeps") ||
              (job->port.port_class == "device-spooling" && options_.release == "at-device");
  job->state = hold ? "held" : "pending";
  job->outcome = hold ? "held" : "";
  log(*job, hold ? "held" : "received");
  if (!hold) queue_.push_back(job->id);
  changed_.notify_all();
  return std::nullopt;
}

void Device::end(Job& job, const std::string& state, const std::string& outcome, const std::string& reason) {
  job.state = state;
  job.outcome = outcome;
  job.reason = reason;
  job.finished_ms = now_ms();
  log(job, "ended");
  changed_.notify_all();
}

void Device::log(const Job& job, const char* event) {
  if (log_fd_ < 0) return;
  nlohmann::json line = to_json(job);
  line["event"] = event;
  line["logged"] = iso_time(now_ms());
  std::string text = line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  if (::write(log_fd_, text.data(), text.size()) < 0) std::perror("printrouter-device: job log");
}

std::shared_ptr<Job> Device::find(int id) const {
  std::lock_guard lock(mutex_);
  auto found = jobs_.find(id);
  return found == jobs_.end() ? nullptr : found->second;
}

std::vector<nlohmann::json> Device::jobs() const {
  std::lock_guard lock(mutex_);
  std::vector<nlohmann::json> out;
  for (const auto& [id, job] : jobs_) {
    // A job that is still coming in belongs to its connection; show only what is fixed or guarded.
    if (job->state == "receiving")
      out.push_back({{"id", id},
                     {"port", job->port.name},
                     {"protocol", job->port.protocol},
                     {"port_class", job->port.port_class},
                     {"peer", job->peer},
                     {"state", "receiving"},
                     {"bytes", job->bytes},
                     {"complete", false},
                     {"files", job->files},
                     {"received_ms", job->received_ms},
                     {"outcome", ""}});
    else
      out.push_back(to_json(*job));
  }
  return out;
}

std::vector<std::shared_ptr<Job>> Device::job_list() const {
  std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Job>> out;
  for (const auto& [id, job] : jobs_) out.push_back(job);
  return out;
}

void Device::read(const std::function<void()>& read) const {
  std::lock_guard lock(mutex_);
  read();
}

bool Device::release(int id, std::string& error) {
  std::lock_guard lock(mutex_);
  auto found = jobs_.find(id);
  if (found == jobs_.end() || found->second->state != "held") {
    error = found == jobs_.end() ? "no such job" : "the job is not held but " + found->second->state;
    return false;
  }
  found->second->state = "pending";
  found->second->outcome.clear();
  log(*found->second, "released");
  queue_.push_back(id);
  changed_.notify_all();
  return true;
}

bool Device::cancel(int id, const std::string& outcome, std::string& error) {
  std::lock_guard lock(mutex_);
  auto found = jobs_.find(id);
  if (found == jobs_.end() || found->second->terminal() || found->second->state == "receiving") {
    error = found == jobs_.end() ? "no such job" : "the job is " + found->second->state;
    return false;
  }
  Job& job = *found->second;
  job.outcome = outcome;
  if (job.state == "processing" || job.state == "processing-stopped") {
    job.cancel = true;  // the engine stops after the page in hand
    changed_.notify_all();
  } else {
    std::erase(queue_, id);
    end(job, "cancelled", outcome, "");
  }
  return true;
}

bool Device::wait(const std::function<bool()>& done, int timeout_ms) const {
  std::unique_lock lock(mutex_);
  auto ready = [&] { return stopping_ || done(); };
  if (timeout_ms < 0)
    changed_.wait(lock, ready);
  else
    changed_.wait_for(lock, std::chrono::milliseconds(timeout_ms), ready);
  return !stopping_ && done();
}

Counters Device::counters() const {
  std::lock_guard lock(mutex_);
  return counters_;
}

void Device::set_paper(bool loaded) {
  paper_ = loaded;
  changed();
}

void Device::set_asleep(bool asleep) {
  asleep_ = asleep;
  changed();
}

bool Device::paper_out() const {
  return !paper_ || faults_.peek({"", "", "", 0}, {"paper-out"}).has_value();
}

void Device::changed() {
  {
    std::lock_guard lock(mutex_);
    ++generation_;
  }
  changed_.notify_all();
  for (const auto& notice : notices_) notice();
}

bool Device::processing() const {
  std::lock_guard lock(mutex_);
  return std::any_of(jobs_.begin(), jobs_.end(), [](const auto& entry) {
    return entry.second->state == "processing" || entry.second->state == "processing-stopped";
  });
}

}  // namespace simulator
