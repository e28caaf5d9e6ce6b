// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace printrouter {

/// Who a loaded plugin is. Owned by the registry, at a fixed address until the registry ends.
struct PluginIdentity {
  std::string id;       ///< "raw", "kyocera"
  std::string version;  ///< as in the manifest and the library
  std::string sha256;   ///< of the library, 64 lower-case hex digits
  std::filesystem::path library = {};
  std::filesystem::path manifest = {};
  std::vector<std::string> provides = {};     ///< interface ids, "printrouter.protocol/draft-1"
  std::vector<std::string> permissions = {};  ///< "secrets:<name>"
  std::uint32_t slot = 0;                     ///< its number in the in-flight record, from 0
};

}  // namespace printrouter
