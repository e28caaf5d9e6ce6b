// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The last snapshot, kept for the next start. [main thread; blocks on the disk, rarely]
#include <optional>
#include <string>

#include "base/result.hpp"
#include "base/time.hpp"

namespace printrouter {

struct StoredSnapshot {
  std::string etag = {};
  Timestamp confirmed = {};  ///< when the server last said that this is the newest
  std::string text = {};     ///< as the server sent it
};

/// "snapshot.json" in `state_dir`.
std::string snapshot_path(const std::string& state_dir);
/// Complete or not at all; mode 0600, for it holds people's codes.
Status store_snapshot(const std::string& state_dir, const StoredSnapshot& snapshot);
/// nullopt: there is none. Error corrupt: what is there does not read back.
Result<std::optional<StoredSnapshot>> load_snapshot(const std::string& state_dir);

}  // namespace printrouter
