// SPDX-License-Identifier: Apache-2.0
#include "journal/sqlite_vfs.hpp"

#include <sqlite3.h>

#include <atomic>
#include <cstring>
#include <mutex>
#include <new>
#include <optional>

namespace printrouter::journal {

struct SqliteVfs::Context {
  env::FileSystem& files;
  sqlite3_vfs* base;  ///< for randomness, sleep and time
  std::mutex mutex;
  std::optional<Error> error;

  int failed(const Error& why, int code) {
    const std::lock_guard lock(mutex);
    error = why;
    return why.code == ErrorCode::disk_full ? SQLITE_FULL : code;
  }
};

namespace {

using Context = SqliteVfs::Context;

/// What SQLite allocates for us, szOsFile bytes.
struct VfsFile {
  sqlite3_file base;
  Context* context;
  env::File* file;
  std::string* folder;  ///< set until the name of a file that may be new is durable
  /// What follows each other is written in one go: SQLite hands over a log's pages and their headers one by
  /// one. Written at the latest before the file is read, synced or closed.
  std::string* gathered;
  std::uint64_t gathered_at;
};
constexpr std::size_t most_gathered = 256 * 1024;

VfsFile& self(sqlite3_file* file) {
  return *reinterpret_cast<VfsFile*>(file);
}
Context& context(sqlite3_vfs* vfs) {
  return *static_cast<Context*>(vfs->pAppData);
}
std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

/// SQLITE_OK, or what SQLite is to be told.
int write_gathered(VfsFile& f) {
  if (f.gathered->empty()) return SQLITE_OK;
  const auto status = f.file->pwrite(*f.gathered, f.gathered_at);
  f.gathered->clear();  // also after an error: SQLite rolls back
  return status ? SQLITE_OK : f.context->failed(status.error(), SQLITE_IOERR_WRITE);
}

int close_file(sqlite3_file* file) {
  auto& f = self(file);
  const int code = write_gathered(f);
  delete f.file;
  delete f.folder;
  delete f.gathered;
  f.file = nullptr;
  f.folder = f.gathered = nullptr;
  return code;
}

int read_file(sqlite3_file* file, void* into, int amount, sqlite3_int64 offset) {
  auto& f = self(file);
  if (const int code = write_gathered(f); code != SQLITE_OK) return code;
  const std::span<char> buffer(static_cast<char*>(into), static_cast<std::size_t>(amount));
  const auto done = f.file->pread(buffer, static_cast<std::uint64_t>(offset));
  if (!done) return f.context->failed(done.error(), SQLITE_IOERR_READ);
  if (*done == buffer.size()) return SQLITE_OK;
  std::memset(buffer.data() + *done, 0, buffer.size() - *done);  // SQLite wants the rest zeroed
  return SQLITE_IOERR_SHORT_READ;
}

int write_file(sqlite3_file* file, const void* from, int amount, sqlite3_int64 offset) {
  auto& f = self(file);
  const std::string_view bytes(static_cast<const char*>(from), static_cast<std::size_t>(amount));
  const auto at = static_cast<std::uint64_t>(offset);
  if (at != f.gathered_at + f.gathered->size() || f.gathered->size() + bytes.size() > most_gathered) {
    if (const int code = write_gathered(f); code != SQLITE_OK) return code;
    f.gathered_at = at;
  }
  f.gathered->append(bytes);
  return SQLITE_OK;
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  if (const int code = write_gathered(self(file)); code != SQLITE_OK) return code;
  const auto status = self(file).file->truncate(static_cast<std::uint64_t>(size));
  return status ? SQLITE_OK : self(file).context->failed(status.error(), SQLITE_IOERR_TRUNCATE);
}

int sync_file(sqlite3_file* file, int) {
  auto& f = self(file);
  if (const int code = write_gathered(f); code != SQLITE_OK) return code;
  if (const auto status = f.file->sync(); !status)
    return f.context->failed(status.error(), SQLITE_IOERR_FSYNC);
  if (f.folder != nullptr) {
    // The first time a file is synced its name must last too, or a whole log would vanish with it. Also if it
    // was there already: a process killed before us may have made it.
    if (const auto status = f.context->files.sync_folder(*f.folder); !status)
      return f.context->failed(status.error(), SQLITE_IOERR_DIR_FSYNC);
    delete f.folder;
    f.folder = nullptr;
  }
  return SQLITE_OK;
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
  if (const int code = write_gathered(self(file)); code != SQLITE_OK) return code;
  const auto bytes = self(file).file->size();
  if (!bytes) return self(file).context->failed(bytes.error(), SQLITE_IOERR_FSTAT);
  *size = static_cast<sqlite3_int64>(*bytes);
  return SQLITE_OK;
}

// One connection in one process, kept out of others by the lock taken in open_file.
int lock_file(sqlite3_file*, int) {
  return SQLITE_OK;
}
int unlock_file(sqlite3_file*, int) {
  return SQLITE_OK;
}
int check_reserved_lock(sqlite3_file*, int* reserved) {
  *reserved = 0;
  return SQLITE_OK;
}
int file_control(sqlite3_file*, int, void*) {
  return SQLITE_NOTFOUND;
}
int sector_size(sqlite3_file*) {
  return 4096;
}
// As SQLite's own VFS assumes: a torn write harms no byte beside the range written.
int device_characteristics(sqlite3_file*) {
  return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

const sqlite3_io_methods methods = {1,
                                    close_file,
                                    read_file,
                                    write_file,
                                    truncate_file,
                                    sync_file,
                                    file_size,
                                    lock_file,
                                    unlock_file,
                                    check_reserved_lock,
                                    file_control,
                                    sector_size,
                                    device_characteristics,
                                    nullptr,
                                    nullptr,
                                    nullptr,
                                    nullptr,
                                    nullptr,
                                    nullptr};

int open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* out, int flags, int* out_flags) {
  auto& c = context(vfs);
  auto& f = self(out);
  f = {};
  // Temporary files have no name; temp_store=MEMORY keeps SQLite from asking for any.
  if (name == nullptr) return SQLITE_CANTOPEN;
  const std::string path = name;
  const bool create = (flags & SQLITE_OPEN_CREATE) != 0;
  const auto mode = (flags & SQLITE_OPEN_READONLY) != 0 ? env::OpenMode::read
                    : create                            ? env::OpenMode::create
                                                        : env::OpenMode::read_write;
  auto file = c.files.open(path, mode);
  if (!file) return c.failed(file.error(), SQLITE_CANTOPEN);
  if ((flags & SQLITE_OPEN_MAIN_DB) != 0)
    if (const auto status = (*file)->lock(); !status) return c.failed(status.error(), SQLITE_BUSY);
  f.context = &c;
  f.file = file->release();
  f.folder = create ? new std::string(folder_of(path)) : nullptr;
  f.gathered = new std::string;
  f.base.pMethods = &methods;
  if (out_flags != nullptr) *out_flags = flags;
  return SQLITE_OK;
}

int delete_file(sqlite3_vfs* vfs, const char* name, int sync_folder) {
  auto& c = context(vfs);
  if (const auto status = c.files.remove(name); !status)
    return status.error().code == ErrorCode::not_found ? SQLITE_IOERR_DELETE_NOENT
                                                       : c.failed(status.error(), SQLITE_IOERR_DELETE);
  if (sync_folder != 0)
    if (const auto status = c.files.sync_folder(folder_of(name)); !status)
      return c.failed(status.error(), SQLITE_IOERR_DIR_FSYNC);
  return SQLITE_OK;
}

int access_file(sqlite3_vfs* vfs, const char* name, int, int* result) {
  const auto info = context(vfs).files.info(name);
  if (!info && info.error().code != ErrorCode::not_found)
    return context(vfs).failed(info.error(), SQLITE_IOERR_ACCESS);
  *result = info.has_value() ? 1 : 0;
  return SQLITE_OK;
}

int full_path(sqlite3_vfs*, const char* name, int size, char* out) {
  if (static_cast<int>(std::strlen(name)) + 1 > size) return SQLITE_CANTOPEN;
  std::strcpy(out, name);
  return SQLITE_OK;
}

int randomness(sqlite3_vfs* vfs, int size, char* out) {
  return context(vfs).base->xRandomness(context(vfs).base, size, out);
}
int sleep_for(sqlite3_vfs* vfs, int micros) {
  return context(vfs).base->xSleep(context(vfs).base, micros);
}
int current_time(sqlite3_vfs* vfs, double* out) {
  return context(vfs).base->xCurrentTime(context(vfs).base, out);
}
int last_error(sqlite3_vfs*, int, char*) {
  return 0;
}

std::string next_name() {
  static std::atomic<unsigned> count = 0;
  return "printrouter-" + std::to_string(++count);
}

}  // namespace

SqliteVfs::SqliteVfs(env::FileSystem& files)
    : context_(new Context{files, sqlite3_vfs_find(nullptr), {}, {}}),
      vfs_(std::make_unique<sqlite3_vfs>()),
      name_(next_name()) {
  vfs_->iVersion = 1;
  vfs_->szOsFile = sizeof(VfsFile);
  vfs_->mxPathname = 4096;
  vfs_->zName = name_.c_str();
  vfs_->pAppData = context_.get();
  vfs_->xOpen = open_file;
  vfs_->xDelete = delete_file;
  vfs_->xAccess = access_file;
  vfs_->xFullPathname = full_path;
  vfs_->xRandomness = randomness;
  vfs_->xSleep = sleep_for;
  vfs_->xCurrentTime = current_time;
  vfs_->xGetLastError = last_error;
  sqlite3_vfs_register(vfs_.get(), 0);
}

SqliteVfs::~SqliteVfs() {
  sqlite3_vfs_unregister(vfs_.get());
}

std::optional<Error> SqliteVfs::take_error() {
  const std::lock_guard lock(context_->mutex);
  return std::exchange(context_->error, std::nullopt);
}

}  // namespace printrouter::journal
