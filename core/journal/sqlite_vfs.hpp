// SPDX-License-Identifier: Apache-2.0
#pragma once
/// SQLite's file access over env::FileSystem, so that lost writes and full disks of tests reach the journal
/// too. For journal/*.cpp only.
#include <memory>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "env/file_system.hpp"

struct sqlite3_vfs;

namespace printrouter::journal {

/// Registers a VFS of its own name for as long as it lives; every connection opened with it must be closed
/// before. No shared memory: connections must use locking_mode=EXCLUSIVE. The main database file is locked
/// against other processes while it is open.
class SqliteVfs {
 public:
  explicit SqliteVfs(env::FileSystem& files);
  ~SqliteVfs();
  SqliteVfs(const SqliteVfs&) = delete;
  SqliteVfs& operator=(const SqliteVfs&) = delete;

  const std::string& name() const { return name_; }
  /// What really went wrong below the last I/O error of SQLite, which knows only its kind. Clears it.
  std::optional<Error> take_error();

  struct Context;

 private:
  std::unique_ptr<Context> context_;
  std::unique_ptr<sqlite3_vfs> vfs_;
  std::string name_;
};

}  // namespace printrouter::journal
