// SPDX-License-Identifier: Apache-2.0
// The simulated machine: its jobs, its engine, its counters, its moods. Thread-safe unless said otherwise.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "device_options.hpp"
#include "fault_board.hpp"
#include "page_count.hpp"
#include "print_job.hpp"

namespace simulator {

struct Counters {
  uint64_t life = 0, mono = 0, color = 0, sheets = 0, jobs = 0;
  std::map<std::string, uint64_t> by_account, by_user;
};

// Why a job was not taken.
struct Refusal {
  std::string id;    // authentication-error | unknown-id-rejected | wrong-account-code | ...
  std::string text;  // for the peer
};

class Device {
 public:
  explicit Device(Options options);
  ~Device();
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  const Options& options() const { return options_; }
  FaultBoard& faults() { return faults_; }
  TruthTable& truth() { return truth_; }
  const std::atomic<bool>& stopping() const { return stopping_; }
  // Ends the engine and wakes every wait.
  void stop();

  // --- receiving; `job` belongs to the calling thread until finish() ---
  std::shared_ptr<Job> begin_job(const PortIdentity& port, const std::string& peer);
  // Starts the next document of the job (a new file).
  void begin_document(Job& job);
  void append(Job& job, const char* data, size_t size);
  // The submission ended. Applies the device's rules; a refusal is also the job's outcome.
  std::optional<Refusal> finish(const std::shared_ptr<Job>& job, bool complete);
  // Forgets a job that never had a byte (a probe).
  void forget(const std::shared_ptr<Job>& job);
  // Refuses a job before or while it comes in.
  void refuse(const std::shared_ptr<Job>& job, const Refusal& refusal);
  // What identity alone decides, before the document: device-spooling ports.
  std::optional<Refusal> check_identity(const Job& job) const;
  bool sender_permitted(const std::string& address) const;

  // --- looking and acting ---
  std::shared_ptr<Job> find(int id) const;
  std::vector<nlohmann::json> jobs() const;
  std::vector<std::shared_ptr<Job>> job_list() const;
  // Runs `read` under the lock.
  void read(const std::function<void()>& read) const;
  // False if there is no such job or it has ended.
  bool release(int id, std::string& error);
  bool cancel(int id, const std::string& outcome, std::string& error);
  // Waits until the predicate, evaluated under the lock, holds; false when stopping or after timeout_ms (< 0:
  // none).
  bool wait(const std::function<bool()>& done, int timeout_ms) const;
  Counters counters() const;

  bool paper() const { return paper_; }
  void set_paper(bool loaded);
  bool paper_out() const;
  bool asleep() const { return asleep_; }
  void set_asleep(bool asleep);
  // Called after changes that listeners must look at (faults, sleep).
  void changed();
  // `notice` runs after each such change and at the stop, on whatever thread causes it; it must not block.
  // Before the threads that cause changes run.
  void on_change(std::function<void()> notice) { notices_.push_back(std::move(notice)); }
  uint64_t generation() const { return generation_; }
  bool processing() const;

 private:
  std::optional<Refusal> judge(Job& job) const;
  void end(Job& job, const std::string& state, const std::string& outcome, const std::string& reason);
  void log(const Job& job, const char* event);
  void run_engine();
  void count(Job& job, std::unique_lock<std::mutex>& lock);
  void print(const std::shared_ptr<Job>& job, std::unique_lock<std::mutex>& lock);
  void book(const Job& job, int impressions);

  const Options options_;
  FaultBoard faults_;
  TruthTable truth_;
  std::atomic<bool> stopping_{false}, paper_{true}, asleep_{false};
  std::atomic<uint64_t> generation_{0};
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::map<int, std::shared_ptr<Job>> jobs_;
  std::vector<std::function<void()>> notices_;
  std::deque<int> queue_;
  Counters counters_;
  int next_id_ = 1;
  int log_fd_ = -1;
  std::thread engine_;
};

}  // namespace simulator
