// SPDX-License-Identifier: Apache-2.0
// What this machine's disk and SQLite allow: the fsyncs and group commits of a print job without any
// protocol, and without any of our code. The benchmark divides the daemon's figures by these.
//   ceiling --dir FOLDER [--seconds S] [--large-mib N]
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t document_bytes = 10 * 1024;
constexpr std::size_t row_bytes = 1500;  // about a job's row

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

[[noreturn]] void die(const std::string& what) {
  std::fprintf(stderr, "ceiling: %s: %s\n", what.c_str(), std::strerror(errno));
  std::exit(1);
}

void write_all(int descriptor, const char* bytes, std::size_t size) {
  while (size != 0) {
    const ssize_t n = ::write(descriptor, bytes, size);
    if (n <= 0) die("write");
    bytes += n;
    size -= static_cast<std::size_t>(n);
  }
}

/// Write, fsync, rename, fsync the folder.
void store_document(const std::string& folder, int folder_descriptor, std::uint64_t number) {
  static const std::string bytes(document_bytes, 'd');
  const std::string last = folder + "/" + std::to_string(number);
  const std::string part = last + ".part";
  const int descriptor = ::open(part.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  if (descriptor < 0) die(part);
  write_all(descriptor, bytes.data(), bytes.size());
  if (::fsync(descriptor) != 0) die("fsync");
  ::close(descriptor);
  if (std::rename(part.c_str(), last.c_str()) != 0) die("rename");
  if (::fsync(folder_descriptor) != 0) die("fsync of the folder");
}

/// SQLite, WAL, synchronous=FULL, with group commit: whoever finds no commit under way commits for all who
/// wait.
class Rows {
 public:
  explicit Rows(const std::string& path) : row_(row_bytes, 'r') {
    if (sqlite3_open(path.c_str(), &database_) != SQLITE_OK) die(path);
    run("PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
        "CREATE TABLE jobs(id INTEGER PRIMARY KEY, state INTEGER, json TEXT);");
    sqlite3_prepare_v2(database_, "INSERT OR REPLACE INTO jobs VALUES(?1,?2,?3)", -1, &put_, nullptr);
  }
  ~Rows() {
    sqlite3_finalize(put_);
    sqlite3_close(database_);
  }
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;

  /// Returns when the row is durable.
  void put(std::uint64_t id, int state) {
    std::unique_lock lock(mutex_);
    waiting_.push_back({id, state});
    const std::uint64_t mine = ++queued_;
    while (durable_ < mine) {
      if (committing_) {
        done_.wait(lock);
        continue;
      }
      committing_ = true;
      std::vector<std::pair<std::uint64_t, int>> group;
      group.swap(waiting_);
      const std::uint64_t through = queued_;
      lock.unlock();
      commit(group);
      lock.lock();
      committing_ = false;
      durable_ = through;
      done_.notify_all();
    }
  }

 private:
  void run(const char* sql) {
    if (sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) die(sqlite3_errmsg(database_));
  }
  void commit(const std::vector<std::pair<std::uint64_t, int>>& group) {
    run("BEGIN IMMEDIATE");
    for (const auto& [id, state] : group) {
      sqlite3_bind_int64(put_, 1, static_cast<sqlite3_int64>(id));
      sqlite3_bind_int(put_, 2, state);
      sqlite3_bind_text(put_, 3, row_.data(), static_cast<int>(row_.size()), SQLITE_STATIC);
      if (sqlite3_step(put_) != SQLITE_DONE) die("insert");
      sqlite3_reset(put_);
    }
    run("COMMIT");
  }

  sqlite3* database_ = nullptr;
  sqlite3_stmt* put_ = nullptr;
  std::string row_;
  std::mutex mutex_;
  std::condition_variable done_;
  std::vector<std::pair<std::uint64_t, int>> waiting_;
  std::uint64_t queued_ = 0, durable_ = 0;
  bool committing_ = false;
};

/// How often `work(number)` is done in a second by so many threads.
template <class Work>
double rate(int threads, double seconds, Work work) {
  std::atomic<std::uint64_t> next = 0, done = 0;
  std::atomic<bool> end = false;
  const auto start = Clock::now();
  std::vector<std::thread> all;
  for (int i = 0; i < threads; ++i)
    all.emplace_back([&] {
      while (!end) {
        work(next++);
        ++done;
        if (seconds_since(start) > seconds) end = true;
      }
    });
  for (auto& thread : all) thread.join();
  return static_cast<double>(done) / seconds_since(start);
}

/// MB/s (10^6 bytes) of writing `bytes` and one fsync.
double large_write(const std::string& path, std::uint64_t bytes) {
  const std::string piece(1 << 20, 'l');
  const int descriptor = ::open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  if (descriptor < 0) die(path);
  const auto start = Clock::now();
  for (std::uint64_t left = bytes; left != 0;) {
    const auto now = std::min<std::uint64_t>(left, piece.size());
    write_all(descriptor, piece.data(), now);
    left -= now;
  }
  if (::fsync(descriptor) != 0) die("fsync");
  const double seconds = seconds_since(start);
  ::close(descriptor);
  ::unlink(path.c_str());
  return static_cast<double>(bytes) / 1e6 / seconds;
}

struct Folder {
  explicit Folder(const std::string& where) : path(where) {
    if (::mkdir(path.c_str(), 0700) != 0) die(path);
    descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  }
  std::string path;
  int descriptor = -1;
};

}  // namespace

int main(int count, char** arguments) {
  std::string dir;
  double seconds = 3;
  std::uint64_t large_mib = 1024;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string name = arguments[i];
    if (name == "--dir") dir = arguments[i + 1];
    if (name == "--seconds") seconds = std::atof(arguments[i + 1]);
    if (name == "--large-mib") large_mib = std::strtoull(arguments[i + 1], nullptr, 10);
  }
  if (dir.empty()) {
    std::fputs("usage: ceiling --dir EMPTY-FOLDER [--seconds S] [--large-mib N]\n", stderr);
    return 2;
  }
  const auto files = [&](int threads) {
    const Folder folder(dir + "/files-" + std::to_string(threads));
    return rate(threads, seconds,
                [&](std::uint64_t n) { store_document(folder.path, folder.descriptor, n); });
  };
  const auto commits = [&](int threads) {
    Rows rows(dir + "/commits-" + std::to_string(threads) + ".db");
    return rate(threads, seconds, [&](std::uint64_t n) { rows.put(n, 0); });
  };
  const auto jobs = [&](int threads) {
    const Folder folder(dir + "/jobs-" + std::to_string(threads));
    Rows rows(dir + "/jobs-" + std::to_string(threads) + ".db");
    return rate(threads, seconds, [&](std::uint64_t n) {
      store_document(folder.path, folder.descriptor, n);
      for (int state = 0; state < 3; ++state) rows.put(n, state);
    });
  };
  std::printf("{\"file_per_s_1\": %.0f, \"file_per_s_16\": %.0f,\n", files(1), files(16));
  std::printf(" \"commit_per_s_1\": %.0f, \"commit_per_s_16\": %.0f,\n", commits(1), commits(16));
  const double one = jobs(1), sixteen = jobs(16), many = jobs(64);
  std::printf(" \"job_per_s_1\": %.0f, \"job_per_s_16\": %.0f, \"job_per_s_64\": %.0f,\n", one, sixteen,
              many);
  std::printf(" \"large_mb_per_s\": %.0f, \"large_mib\": %llu}\n",
              large_write(dir + "/large", large_mib << 20), static_cast<unsigned long long>(large_mib));
  return 0;
}
