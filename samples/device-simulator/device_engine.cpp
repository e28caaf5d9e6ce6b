// SPDX-License-Identifier: Apache-2.0
// The print engine: one job after the other, page by page, on one thread.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "device.hpp"
#include "socket_stream.hpp"

namespace simulator {
namespace {

class MappedFile {
 public:
  explicit MappedFile(const std::string& path) {
    Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat info {};
    if (!fd.valid() || ::fstat(fd.get(), &info) != 0 || info.st_size == 0) return;
    size_ = static_cast<size_t>(info.st_size);
    void* at = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, fd.get(), 0);
    if (at != MAP_FAILED) data_ = static_cast<const char*>(at);
  }
  ~MappedFile() {
    if (data_ != nullptr) ::munmap(const_cast<char*>(data_), size_);
  }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  std::string_view text() const {
    return data_ == nullptr ? std::string_view() : std::string_view(data_, size_);
  }

 private:
  const char* data_ = nullptr;
  size_t size_ = 0;
};

struct JobCount {
  std::optional<int> pages;
  std::string source;
  Ticket raster, truth;
};

void add_document(JobCount& total, std::string_view body, const std::string& scratch) {
  PageCount one = count_pages(body, sniff(body), scratch);
  if (one.pages) total.pages = total.pages.value_or(0) + *one.pages;
  if (total.source.find(one.source) == std::string::npos)
    total.source += (total.source.empty() ? "" : "+") + one.source;
  if (one.raster_copies > 1) total.raster.copies = one.raster_copies;
  if (!one.raster_sides.empty()) total.raster.sides = one.raster_sides;
}

}  // namespace

void Device::run_engine() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
    if (stopping_) return;
    auto job = jobs_.at(queue_.front());
    queue_.pop_front();
    job->state = "processing";
    log(*job, "processing");
    changed_.notify_all();
    count(*job, lock);
    print(job, lock);
    if (stopping_) return;
  }
}

void Device::count(Job& job, std::unique_lock<std::mutex>& lock) {
  if (options_.count == "none" || options_.discard) {
    job.pages_source = "not counted";
    return;
  }
  std::vector<std::string> files = job.files;
  std::string sha256 = job.sha256;
  lock.unlock();  // counting takes child processes; listeners and control go on meanwhile
  JobCount total;
  for (const auto& name : files) {
    MappedFile file(options_.output_dir + "/" + name);
    if (auto truth = truth_.find(file.text(), sha256)) {
      total.pages = total.pages.value_or(0) + truth->pages;
      total.source = "truth";
      if (truth->copies > 0) total.truth.copies = truth->copies;
      total.truth.sides = truth->sides;
      continue;
    }
    for (std::string_view body : documents(file.text())) add_document(total, body, options_.output_dir);
  }
  lock.lock();
  job.pages = total.pages;
  job.pages_source = total.source.empty() ? "unknown" : total.source;
  if (!total.raster.empty()) job.tickets["raster"] = total.raster;
  if (!total.truth.empty()) job.tickets["truth"] = total.truth;
  settle_ticket(job);
}

void Device::print(const std::shared_ptr<Job>& job, std::unique_lock<std::mutex>& lock) {
  auto panel = faults_.take(job->port, {"panel-cancel"});
  for (int page = 0;; ++page) {
    if (panel && page >= panel->after_pages) {
      job->cancel = true;
      job->outcome = "cancelled-at-panel";
    }
    if (page < job->impressions && paper_out() && !job->cancel) {
      job->state = "processing-stopped";
      job->reason = "media-empty";
      log(*job, "stopped");
      changed_.notify_all();
      changed_.wait(lock, [&] { return stopping_ || job->cancel || !paper_out(); });
      if (stopping_) return;
      job->state = "processing";
      job->reason.clear();
      changed_.notify_all();
    }
    if (job->cancel || page >= job->impressions) break;
    if (options_.ms_per_page > 0)
      changed_.wait_for(lock, std::chrono::milliseconds(options_.ms_per_page),
                        [&] { return stopping_ || job->cancel; });
    if (stopping_) return;
    if (job->cancel) break;
    ++job->impressions_done;
    book(*job, 1);
    changed_.notify_all();
  }
  ++counters_.jobs;
  if (job->cancel)
    end(*job, "cancelled", job->outcome,
        "stopped after " + std::to_string(job->impressions_done) + " impressions");
  else
    end(*job, "completed", job->complete ? "printed" : "printed-partial", "");
}

void Device::book(const Job& job, int impressions) {
  auto amount = static_cast<uint64_t>(impressions);
  counters_.life += amount;
  bool color = options_.color && job.color != "monochrome";
  (color ? counters_.color : counters_.mono) += amount;
  bool back_side = job.sides != "one-sided" && ((job.impressions_done - 1) % job.pages.value_or(1)) % 2 == 1;
  if (!back_side) ++counters_.sheets;
  if (!job.counted_on.empty()) counters_.by_account[job.counted_on] += amount;
  if (!job.user.empty()) counters_.by_user[job.user] += amount;
}

}  // namespace simulator
