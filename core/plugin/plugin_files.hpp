// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "plugin/plugin_finding.hpp"
#include "plugin/plugin_manifest.hpp"

namespace printrouter {

/// A plugin whose files passed every check that needs no loading.
struct PluginCandidate {
  PluginManifest manifest;
  std::filesystem::path manifest_path;  ///< absolute
  std::filesystem::path library_path;   ///< absolute, links resolved
};

/// The *.plugin.json files of a folder, absolute, sorted by name. A folder that is not there has none.
Result<std::vector<std::filesystem::path>> manifest_files(const std::filesystem::path& folder);

/// Reads and checks manifest and library: trust in files and folders, JSON, ABI range, hash. Never loads.
/// On failure the finding is in *out (manifest-invalid, file-*, hash-mismatch, abi-version).
std::optional<PluginCandidate> check_files(const std::filesystem::path& manifest, PluginFinding* out);

/// SHA-256 of a file, lower-case hex.
Result<std::string> sha256_of(const std::filesystem::path& file);

}  // namespace printrouter
