// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace printrouter::env {

/// Replaces a small file whole: written beside it, flushed, renamed, folder flushed. After a crash the old
/// text or the new one is there, never a part. Mode 0600. Blocks on the disk: for start-up and rare events.
Status replace_file(const std::filesystem::path& path, std::string_view text);

/// The whole text of a file of at most `limit` bytes; nullopt if there is none.
Result<std::optional<std::string>> read_small_file(const std::filesystem::path& path, std::size_t limit);

}  // namespace printrouter::env
