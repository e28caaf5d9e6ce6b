// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace printrouter {

/// What a plugin says of itself in <id>.plugin.json, read before its library is touched.
/// Schema: sdk/docs/plugin-manifest.schema.json (a test holds the two together).
struct PluginManifest {
  std::string id;                              ///< lower-case letters, digits, '-', '.'; also the file's name
  std::string version;                         ///< as the library says it
  std::uint32_t abi_min = 0, abi_max = 0;      ///< drafts of the contract (PR_ABI_VERSION) it works with
  std::vector<std::string> provides;           ///< "printrouter.protocol/draft-1", at least one
  std::vector<std::string> permissions = {};   ///< "secrets:<name>"
  std::string library;                         ///< file name beside the manifest
  std::string sha256;                          ///< of the library, 64 lower-case hex digits
  std::string description = {}, license = {};  ///< for people; optional
};

/// Parses and checks a manifest of `file` (for the error's place, and its name must be <id>.plugin.json). The
/// error names file, line where the JSON itself is broken, field, and what was expected. Unknown fields are
/// errors.
Result<PluginManifest> parse_manifest(std::string_view text, std::string_view file);

}  // namespace printrouter
