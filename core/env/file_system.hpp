// SPDX-License-Identifier: Apache-2.0
#pragma once
/// All file I/O of spool and journal goes through this interface, so that tests can lose unsynced writes,
/// fill the disk or cut the power at any operation (env/faulty_file_system.hpp). Calls block: keep them off
/// the main thread, except where a caller says why it may.
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace printrouter::env {

enum class OpenMode {
  read,        ///< must exist
  read_write,  ///< must exist
  create,      ///< read and write; made empty if absent, kept as it is if present
  create_new   ///< read and write; must not exist (Error conflict)
};

/// One open file. [any thread], but one call at a time unless both only read. Closed by its destructor, which
/// reports nothing: what must last was synced before. Errors: disk_full, io, not_permitted.
class File {
 public:
  virtual ~File() = default;
  /// Fills `into` as far as the file goes; fewer bytes than asked mean end of file.
  virtual Result<std::size_t> pread(std::span<char> into, std::uint64_t offset) = 0;
  /// Like pread but never waits for the disk: nullopt if it would have to.
  virtual Result<std::optional<std::size_t>> pread_cached(std::span<char> into, std::uint64_t offset) = 0;
  /// All bytes or an error; after an error any part may have been written.
  virtual Status pwrite(std::string_view bytes, std::uint64_t offset) = 0;
  virtual Status truncate(std::uint64_t size) = 0;
  /// Content and size survive a power cut afterwards. The name does only after sync_folder of its folder.
  virtual Status sync() = 0;
  virtual Result<std::uint64_t> size() = 0;
  /// Asks the kernel to start writing this range back, so that a later sync is short. A hint, no promise.
  virtual void start_writeback(std::uint64_t offset, std::uint64_t length) = 0;
  /// Held by this process alone until the file is closed; conflict if another open file has the lock.
  virtual Status lock() = 0;
  /// For sendfile(2); -1 if there is no descriptor behind this file. Owned by the File.
  virtual int descriptor() const = 0;
};

struct FileInfo {
  std::string name = {};  ///< without folder
  std::uint64_t size = 0;
  Timestamp modified = {};
  bool folder = false;
};

struct DiskSpace {
  std::uint64_t free = 0;   ///< bytes that an unprivileged user may still write
  std::uint64_t total = 0;  ///< bytes
};

/// [any thread] A folder tree. Paths are absolute or relative to the process; never with symbolic links at
/// the end. Errors: not_found, conflict (exists), not_permitted (also a read-only disk), disk_full, io;
/// `place` is the path.
class FileSystem {
 public:
  virtual ~FileSystem() = default;
  virtual Result<std::unique_ptr<File>> open(const std::string& path,
                                             OpenMode mode) = 0;              ///< new files are 0600
  virtual Status rename(const std::string& from, const std::string& to) = 0;  ///< replaces `to`
  virtual Status remove(const std::string& path) = 0;                         ///< a file
  virtual Status create_folder(
      const std::string& path) = 0;  ///< 0700; parents must exist; success if it exists
  virtual Status sync_folder(const std::string& path) = 0;  ///< names made, renamed and removed in it last
  virtual Result<std::vector<FileInfo>> list(const std::string& folder) = 0;  ///< sorted by name
  virtual Result<FileInfo> info(const std::string& path) = 0;
  virtual Result<DiskSpace> space(const std::string& path) = 0;
};

/// The machine's own files. Lives as long as the process.
FileSystem& real_file_system();

}  // namespace printrouter::env
