// SPDX-License-Identifier: Apache-2.0
#include "spool/spool_core.hpp"

#include <algorithm>

namespace printrouter::spool {

void FolderSync::sync(Done done) {
  std::unique_lock lock(mutex_);
  waiting_.push_back(std::move(done));
  if (running_) return;  // whoever syncs now takes this one into the next round
  running_ = true;
  while (!waiting_.empty()) {
    std::vector<Done> served;
    served.swap(waiting_);
    lock.unlock();
    const Status status = files_.sync_folder(folder_);
    for (auto& one : served) one(status);
    served.clear();
    lock.lock();
  }
  running_ = false;
}

void SpoolCore::begin_work() {
  const std::lock_guard lock(work_mutex_);
  ++working_;
}

void SpoolCore::end_work() {
  const std::lock_guard lock(work_mutex_);
  if (--working_ == 0) idle_.notify_all();
}

void SpoolCore::run(std::function<void()> work) {
  if (closed) return;
  begin_work();
  pool.submit([this, work = std::move(work)]() mutable {
    work();
    work = nullptr;
    end_work();
  });
}

void SpoolCore::wait_idle() {
  std::unique_lock lock(work_mutex_);
  idle_.wait(lock, [this] { return working_ == 0; });
}

std::optional<std::uint64_t> SpoolCore::free_space(std::uint64_t needed) {
  constexpr std::uint64_t often_enough = 4 << 20;
  const auto now = env::system_clock().monotonic();
  const bool tight = free_ && *free_ < needed + options.limits.keep_free_bytes;
  if (!free_ || tight || taken_since_ > often_enough || now - measured_ > std::chrono::seconds(1)) {
    // statvfs is answered from memory, so the main thread may ask.
    const auto space = files.space(documents);
    if (!space) return std::nullopt;
    free_ = space->free;
    taken_since_ = 0;
    measured_ = now;
  }
  return free_;
}

Status SpoolCore::check_room(std::uint64_t size, std::uint64_t more) {
  const SpoolLimits& limits = options.limits;
  if (limits.document_bytes != 0 && size + more > limits.document_bytes)
    return fail(Error{ErrorCode::limit,
                      "the document is larger than this spool takes",
                      "limits.document_bytes",
                      {},
                      "at most " + std::to_string(limits.document_bytes) + " bytes"});
  if (limits.total_bytes != 0 && usage.bytes + more > limits.total_bytes)
    return fail(Error{ErrorCode::limit,
                      "the spool holds as many bytes as it may",
                      "limits.total_bytes",
                      {},
                      "at most " + std::to_string(limits.total_bytes) + " bytes together"});
  const auto free = free_space(more);
  if (free && *free < more + limits.keep_free_bytes)
    return fail(Error{ErrorCode::disk_full, "too little room is left on the disk", "limits.keep_free_bytes",
                      documents, std::to_string(limits.keep_free_bytes) + " bytes left over"});
  return {};
}

void SpoolCore::took(std::uint64_t bytes) {
  usage.bytes += bytes;
  taken_since_ += bytes;
  if (free_) *free_ -= std::min(*free_, bytes);
}

std::string free_name(env::FileSystem& files, const std::string& folder, const std::string& name) {
  std::string path = folder + "/" + name;
  for (int i = 1; files.info(path); ++i) path = folder + "/" + name + "." + std::to_string(i);
  return path;
}

}  // namespace printrouter::spool
