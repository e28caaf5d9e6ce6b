// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>

namespace printrouter {

/// Where this desktop's key at the server lies: "server-key" in the state folder, mode 0600.
std::string server_key_path(const std::string& state_dir);
/// nullopt: none, or others may read it (logged).
std::optional<std::string> server_key(const std::string& state_dir);

}  // namespace printrouter
