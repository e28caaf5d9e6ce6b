// SPDX-License-Identifier: Apache-2.0
#include "snapshot/snapshot_store.hpp"

#include <nlohmann/json.hpp>

#include "env/state_file.hpp"

namespace printrouter {

std::string snapshot_path(const std::string& state_dir) {
  return state_dir + "/snapshot.json";
}

// The first line is ours, the rest the server's own text.
Status store_snapshot(const std::string& state_dir, const StoredSnapshot& snapshot) {
  const nlohmann::json head{
      {"etag", snapshot.etag}, {"confirmed_ms", snapshot.confirmed.ms}, {"size", snapshot.text.size()}};
  return env::replace_file(
      snapshot_path(state_dir),
      head.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace) + '\n' + snapshot.text);
}

Result<std::optional<StoredSnapshot>> load_snapshot(const std::string& state_dir) {
  const std::string path = snapshot_path(state_dir);
  auto text = env::read_small_file(path, std::size_t{65} << 20);
  if (!text) return fail(text.error());
  if (!*text) return std::optional<StoredSnapshot>();
  const std::size_t newline = (*text)->find('\n');
  const auto head = nlohmann::json::parse((*text)->substr(0, newline), nullptr, false);
  StoredSnapshot out;
  if (newline == std::string::npos || !head.is_object() || !head.contains("etag") ||
      !head["etag"].is_string())
    return fail(ErrorCode::corrupt, "does not begin as it was written", path);
  out.etag = head["etag"].get<std::string>();
  out.confirmed = {head.value("confirmed_ms", std::int64_t{0})};
  out.text = (*text)->substr(newline + 1);
  if (out.text.size() != head.value("size", std::size_t{0}))
    return fail(ErrorCode::corrupt, "is not as long as it was written", path);
  return std::optional(std::move(out));
}

}  // namespace printrouter
