// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <cstdlib>
#include <new>
#include <nlohmann/json.hpp>

#include "env/child_process.hpp"
#include "plugin/plugin_instance.hpp"
#include "plugin/plugin_scan.hpp"
#include "plugin/plugin_scan_protocol.hpp"
#include "plugin/plugin_smoke.hpp"

#if defined(__has_feature)
#define PR_HAS_FEATURE(x) __has_feature(x)
#else
#define PR_HAS_FEATURE(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || PR_HAS_FEATURE(address_sanitizer) || \
    PR_HAS_FEATURE(thread_sanitizer)
#define PR_SHADOW_MEMORY 1
#else
#define PR_SHADOW_MEMORY 0
#endif

namespace printrouter {
namespace {

using nlohmann::json;

/// Of address space. A sanitizer reserves terabytes of it, so there it stays unbounded.
constexpr std::uint64_t memory_limit = PR_SHADOW_MEMORY ? 0 : std::uint64_t{512} << 20;

bool tell(const json& line) {
  return env::child_side::write_line(line.dump(-1, ' ', true, json::error_handler_t::replace));
}

bool tell(const PluginFinding& finding) {
  return tell({{"found", {{"id", finding.id}, {"text", finding.text}}}});
}

void scan_one(const std::filesystem::path& manifest) {
  PluginFinding found;
  const auto stage = [](std::string_view name) { tell({{"stage", name}}); };
  const auto candidate = check_files(manifest, &found);
  auto library = candidate ? PluginLibrary::load(*candidate, &found) : std::nullopt;
  if (!library) {
    tell(found);
    return;
  }
  stage(scan_protocol::stage_create);
  HostServices services{.plugin = candidate->manifest.id, .permissions = candidate->manifest.permissions};
  services.log = [](std::uint32_t, std::string_view, std::string_view) {};
  auto instance = PluginInstance::create(*candidate, std::move(*library), std::move(services), &found);
  if (!instance) {
    tell(found);
    return;
  }
  for (const auto& finding : smoke(*instance, stage)) tell(finding);
  stage("destroy");
  instance.reset();
}

}  // namespace

int plugin_scan_child(const std::vector<std::filesystem::path>& manifests) {
  if (!env::child_side::own_output()) return 3;
  env::child_side::limit_self(memory_limit);
  std::set_new_handler([] { std::_Exit(scan_protocol::out_of_memory); });
  for (const auto& manifest : manifests) {
    if (!tell({{"plugin", manifest.string()}})) return 3;
    scan_one(manifest);
    if (!tell({{"done", manifest.string()}})) return 3;
  }
  return 0;
}

}  // namespace printrouter
