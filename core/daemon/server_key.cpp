// SPDX-License-Identifier: Apache-2.0
#include "daemon/server_key.hpp"

#include <spdlog/spdlog.h>

#include <filesystem>

#include "env/state_file.hpp"

namespace printrouter {

std::string server_key_path(const std::string& state_dir) {
  return state_dir + "/server-key";
}

std::optional<std::string> server_key(const std::string& state_dir) {
  namespace fs = std::filesystem;
  const std::string path = server_key_path(state_dir);
  std::error_code ec;
  const auto mode = fs::status(path, ec).permissions();
  if (ec || !fs::exists(path, ec)) return std::nullopt;
  if ((mode & (fs::perms::group_all | fs::perms::others_all)) != fs::perms::none) {
    spdlog::error("{} is not used: others than its owner may read it (expected mode 0600)", path);
    return std::nullopt;
  }
  auto text = env::read_small_file(path, 4096);
  if (!text || !*text) return std::nullopt;
  while (!(*text)->empty() && ((*text)->back() == '\n' || (*text)->back() == '\r')) (*text)->pop_back();
  return std::move(**text);
}

}  // namespace printrouter
