// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include "env/file_system.hpp"

namespace printrouter::env {
namespace {

ErrorCode code_of(int number) {
  switch (number) {
    case ENOENT:
    case ENOTDIR:
      return ErrorCode::not_found;
    case EEXIST:
      return ErrorCode::conflict;
    case EACCES:
    case EPERM:
    case EROFS:
      return ErrorCode::not_permitted;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return ErrorCode::disk_full;
    default:
      return ErrorCode::io;
  }
}

tl::unexpected<Error> failed(const char* what, const std::string& path, int number = errno) {
  // std::strerror shares a buffer between threads; the category's message does not.
  return fail(code_of(number), std::string(what) + ": " + std::system_category().message(number), path);
}

class PosixFile final : public File {
 public:
  PosixFile(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}
  ~PosixFile() override { ::close(descriptor_); }

  Result<std::size_t> pread(std::span<char> into, std::uint64_t offset) override {
    std::size_t done = 0;
    while (done < into.size()) {
      const ssize_t n =
          ::pread(descriptor_, into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
      if (n == 0) break;
      if (n > 0)
        done += static_cast<std::size_t>(n);
      else if (errno != EINTR)
        return failed("cannot read", path_);
    }
    return done;
  }

  Result<std::optional<std::size_t>> pread_cached(std::span<char> into, std::uint64_t offset) override {
    const iovec part{into.data(), into.size()};
    const ssize_t n = ::preadv2(descriptor_, &part, 1, static_cast<off_t>(offset), RWF_NOWAIT);
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno == EAGAIN || errno == EINTR) return std::optional<std::size_t>();
    // Some file systems (overlays, FUSE) know no such read; theirs is memory or slow anyway.
    if (errno != EOPNOTSUPP && errno != ENOSYS && errno != EINVAL) return failed("cannot read", path_);
    const auto done = pread(into, offset);
    if (!done) return tl::unexpected(done.error());
    return *done;
  }

  Status pwrite(std::string_view bytes, std::uint64_t offset) override {
    while (!bytes.empty()) {
      const ssize_t n = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (n < 0) {
        if (errno == EINTR) continue;
        return failed("cannot write", path_);
      }
      if (n == 0) return failed("cannot write", path_, ENOSPC);
      bytes.remove_prefix(static_cast<std::size_t>(n));
      offset += static_cast<std::uint64_t>(n);
    }
    return {};
  }

  Status truncate(std::uint64_t size) override {
    if (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0) return failed("cannot truncate", path_);
    return {};
  }

  Status sync() override {
    // fdatasync writes the size too (it is needed to read the data back), but no mere time stamps.
    if (::fdatasync(descriptor_) != 0) return failed("cannot sync", path_);
    return {};
  }

  Result<std::uint64_t> size() override {
    struct stat info {};
    if (::fstat(descriptor_, &info) != 0) return failed("cannot stat", path_);
    return static_cast<std::uint64_t>(info.st_size);
  }

  void start_writeback(std::uint64_t offset, std::uint64_t length) override {
#ifdef __linux__
    // A hint: where it is not supported the final sync is longer, nothing else.
    (void)::sync_file_range(descriptor_, static_cast<off_t>(offset), static_cast<off_t>(length),
                            SYNC_FILE_RANGE_WRITE);
#else
    (void)offset, (void)length;
#endif
  }

  Status lock() override {
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return {};
    if (errno == EWOULDBLOCK) return fail(ErrorCode::conflict, "another process is using it", path_);
    return failed("cannot lock", path_);
  }

  int descriptor() const override {
    return descriptor_;
  }

 private:
  int descriptor_;
  std::string path_;
};

FileInfo info_of(std::string name, const struct stat& info) {
  FileInfo out;
  out.name = std::move(name);
  out.size = static_cast<std::uint64_t>(info.st_size);
  out.modified = {info.st_mtim.tv_sec * 1000 + info.st_mtim.tv_nsec / 1'000'000};
  out.folder = S_ISDIR(info.st_mode);
  return out;
}

class PosixFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
    int flags = O_CLOEXEC | O_NOFOLLOW;
    switch (mode) {
      case OpenMode::read:
        flags |= O_RDONLY;
        break;
      case OpenMode::read_write:
        flags |= O_RDWR;
        break;
      case OpenMode::create:
        flags |= O_RDWR | O_CREAT;
        break;
      case OpenMode::create_new:
        flags |= O_RDWR | O_CREAT | O_EXCL;
        break;
    }
    const int descriptor = ::open(path.c_str(), flags, 0600);
    if (descriptor < 0) return failed("cannot open", path);
    return std::make_unique<PosixFile>(descriptor, path);
  }

  Status rename(const std::string& from, const std::string& to) override {
    if (std::rename(from.c_str(), to.c_str()) != 0) return failed("cannot rename", from);
    return {};
  }

  Status remove(const std::string& path) override {
    if (::unlink(path.c_str()) != 0) return failed("cannot remove", path);
    return {};
  }

  Status create_folder(const std::string& path) override {
    if (::mkdir(path.c_str(), 0700) == 0) return {};
    const int number = errno;
    struct stat info {};
    if (number == EEXIST && ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return {};
    return failed("cannot create folder", path, number);
  }

  Status sync_folder(const std::string& path) override {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return failed("cannot open folder", path);
    const int number = ::fsync(descriptor) == 0 ? 0 : errno;
    ::close(descriptor);
    if (number != 0) return failed("cannot sync folder", path, number);
    return {};
  }

  Result<std::vector<FileInfo>> list(const std::string& folder) override {
    DIR* dir = ::opendir(folder.c_str());
    if (dir == nullptr) return failed("cannot list", folder);
    std::vector<FileInfo> out;
    errno = 0;
    while (const dirent* entry = ::readdir(dir)) {  // NOLINT(concurrency-mt-unsafe): its own stream
      const std::string name = entry->d_name;
      struct stat info {};
      if (name != "." && name != ".." &&
          ::fstatat(::dirfd(dir), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0)
        out.push_back(info_of(name, info));
      errno = 0;
    }
    const int number = errno;
    ::closedir(dir);
    if (number != 0) return failed("cannot list", folder, number);
    std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return out;
  }

  Result<FileInfo> info(const std::string& path) override {
    struct stat info {};
    if (::lstat(path.c_str(), &info) != 0) return failed("cannot stat", path);
    return info_of(path.substr(path.rfind('/') + 1), info);
  }

  Result<DiskSpace> space(const std::string& path) override {
    struct statvfs info {};
    if (::statvfs(path.c_str(), &info) != 0) return failed("cannot ask for free space", path);
    return DiskSpace{static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize,
                     static_cast<std::uint64_t>(info.f_blocks) * info.f_frsize};
  }
};

}  // namespace

FileSystem& real_file_system() {
  static PosixFileSystem files;
  return files;
}

}  // namespace printrouter::env
