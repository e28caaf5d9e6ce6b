// SPDX-License-Identifier: Apache-2.0
#pragma once
/// A file system in memory that can go wrong on request. For tests; the daemon never uses it.

#include "env/file_system.hpp"

namespace printrouter::env {

/// What happens to writes and names that were not synced when the power goes.
enum class PowerCut {
  lose_unsynced,  ///< exactly the synced state comes back
  keep_some  ///< each unsynced write and each unsynced name survives or not, by the seed; the last write may
             ///< be torn
};

/// [any thread] Starts with an empty root folder "/". Counts every operation that changes something (pwrite,
/// truncate, sync, rename, remove, create, sync_folder); these counts are what the *_at calls refer to.
class FaultyFileSystem final : public FileSystem {
 public:
  explicit FaultyFileSystem(std::uint64_t seed = 1);
  ~FaultyFileSystem() override;

  /// Power fails instead of operation `n` (from 1, counted from construction): it and all after it fail with
  /// io.
  void cut_power_at(std::uint64_t n, PowerCut mode = PowerCut::lose_unsynced);
  void cut_power_now(PowerCut mode = PowerCut::lose_unsynced);
  bool powered() const;
  /// After a cut: what is on the disk becomes visible again. Open files of before stay dead.
  void power_on();
  /// The process is gone but the machine is not: operation `n` and all after it fail, nothing unsynced is
  /// lost.
  void kill_at(std::uint64_t n);
  /// Operation `n` alone fails with this code, half done where it can be (half of a write).
  void fail_at(std::uint64_t n, ErrorCode code);
  /// As long as set, every changing operation fails with not_permitted.
  void set_read_only(bool value);
  /// Bytes that fit; writes past it fail with disk_full. 0: no limit.
  void set_capacity(std::uint64_t bytes);
  /// pread_cached answers "would wait" while set.
  void set_cold(bool value);
  std::uint64_t operations() const;
  std::uint64_t syncs() const;  ///< of files and folders

  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status remove(const std::string& path) override;
  Status create_folder(const std::string& path) override;
  Status sync_folder(const std::string& path) override;
  Result<std::vector<FileInfo>> list(const std::string& folder) override;
  Result<FileInfo> info(const std::string& path) override;
  Result<DiskSpace> space(const std::string& path) override;

  struct State;  ///< shared with open files

 private:
  std::shared_ptr<State> state_;
};

}  // namespace printrouter::env
