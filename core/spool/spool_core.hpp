// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What spool, writers and readers share. For spool/*.cpp only.
#include <condition_variable>
#include <mutex>
#include <set>

#include "spool/spool.hpp"

namespace printrouter::spool {

/// One fsync of a folder serves every rename that was done before it began.
class FolderSync {
 public:
  FolderSync(env::FileSystem& files, std::string folder) : files_(files), folder_(std::move(folder)) {}
  using Done = std::function<void(const Status&)>;
  /// [pool] Calls `done` (on any pool thread) after a sync that began after this call.
  void sync(Done done);

 private:
  env::FileSystem& files_;
  std::string folder_;
  std::mutex mutex_;
  std::vector<Done> waiting_;
  bool running_ = false;
};

/// Outlives the Spool as long as a document or a posted function needs it.
struct SpoolCore {
  SpoolCore(env::FileSystem& file_system, std::string root, env::ThreadPool& threads, env::Post to_main,
            Spool::Options given)
      : files(file_system),
        pool(threads),
        post(std::move(to_main)),
        options(given),
        path(std::move(root)),
        documents(path + "/documents"),
        incomplete(path + "/incomplete"),
        corrupt(path + "/corrupt"),
        folder_sync(files, documents) {}

  env::FileSystem& files;
  env::ThreadPool& pool;
  env::Post post;
  Spool::Options options;  // [main thread], as all that follows up to folder_sync
  const std::string path, documents, incomplete, corrupt;
  SpoolUsage usage;
  std::set<std::string> arriving;  ///< stems of documents under way or just stored
  FolderSync folder_sync;          // [pool]

  /// The spool has ended. What was posted before and runs only now finds no pool any more, and does nothing.
  bool closed = false;

  /// [main thread] Runs on the pool; the spool's destructor waits for it.
  void run(std::function<void()> work);
  void wait_idle();
  /// Ends what run() counted, for work that goes on in another pool job.
  void begin_work();
  void end_work();

  /// Is there room for `more` bytes in a document that already has `size`? Counts nothing.
  Status check_room(std::uint64_t size, std::uint64_t more);
  /// The bytes were taken: free space is measured anew only now and then.
  void took(std::uint64_t bytes);
  void forget_free_space() { free_.reset(); }

 private:
  std::optional<std::uint64_t> free_space(std::uint64_t needed);
  std::mutex work_mutex_;
  std::condition_variable idle_;
  std::size_t working_ = 0;
  std::optional<std::uint64_t> free_;  ///< as measured, less what was taken since
  std::uint64_t taken_since_ = 0;
  env::Monotonic measured_ = {};
};

/// A free name in `folder` for a file that is set aside: "name", else "name.1", ...
std::string free_name(env::FileSystem& files, const std::string& folder, const std::string& name);

}  // namespace printrouter::spool
