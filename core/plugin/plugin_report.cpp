// SPDX-License-Identifier: Apache-2.0
#include "plugin/plugin_report.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "plugin/plugin_files.hpp"
#include "plugin/plugin_quarantine.hpp"
#include "plugin/plugin_scan.hpp"

namespace printrouter {
namespace {

using nlohmann::json;

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(text.size() + 1, width), ' ');
  return text;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

struct Words {
  const char *loaded, *left_out, *quarantined, *good, *provides, *permissions, *library, *manifest, *version,
      *state;
};
constexpr Words english{"loaded",      "left out", "quarantined", "good",    "provides",
                        "permissions", "library",  "manifest",    "version", "state"};
constexpr Words german{"geladen", "ausgelassen", "in Quarantäne", "gut",     "bietet",
                       "Rechte",  "Bibliothek",  "Manifest",      "Version", "Zustand"};

const Words& words(ReportLanguage language) {
  return language == ReportLanguage::german ? german : english;
}

const char* state_of(const PluginInfo& plugin, const Words& w) {
  if (plugin.loaded) return w.loaded;
  for (const auto& finding : plugin.findings)
    if (finding.quarantined) return w.quarantined;
  return plugin.findings.empty() ? w.good : w.left_out;
}

}  // namespace

std::string plugins_json(const std::vector<PluginInfo>& plugins) {
  auto list = json::array();
  for (const auto& plugin : plugins) {
    auto findings = json::array();
    for (const auto& f : plugin.findings)
      findings.push_back(
          {{"id", f.id}, {"text", f.text}, {"place", f.place}, {"quarantined", f.quarantined}});
    const auto& who = plugin.identity;
    list.push_back({{"id", who.id},
                    {"version", who.version},
                    {"loaded", plugin.loaded},
                    {"provides", who.provides},
                    {"names", plugin.names},
                    {"permissions", who.permissions},
                    {"library", who.library.string()},
                    {"manifest", who.manifest.string()},
                    {"sha256", who.sha256},
                    {"findings", std::move(findings)}});
  }
  return list.dump(2, ' ', false, json::error_handler_t::replace);
}

std::string plugins_text(const std::vector<PluginInfo>& plugins, ReportLanguage language) {
  const auto& w = words(language);
  std::string out;
  for (const auto& plugin : plugins) {
    const auto& what = plugin.names.empty() ? plugin.identity.provides : plugin.names;
    out += padded(plugin.identity.id, 20) + padded(plugin.identity.version, 10) +
           padded(state_of(plugin, w), 14) + joined(what) + "\n";
    for (const auto& finding : plugin.findings)
      out += "  " + finding.id + ": " + finding.text + " (" + finding.place + ")\n";
  }
  return out;
}

std::string plugin_text(const PluginInfo& plugin, ReportLanguage language) {
  const auto& w = words(language);
  const auto& who = plugin.identity;
  std::string out;
  const auto line = [&](const char* name, const std::string& value) {
    out += padded(name, 14) + value + "\n";
  };
  line("id", who.id);
  line(w.version, who.version);
  line(w.state, state_of(plugin, w));
  line(w.provides, joined(who.provides));
  if (!plugin.names.empty()) line("", joined(plugin.names));
  line(w.permissions, joined(who.permissions));
  line(w.library, who.library.string());
  line(w.manifest, who.manifest.string());
  line("sha256", who.sha256);
  for (const auto& finding : plugin.findings)
    out += finding.id + ": " + finding.text + " (" + finding.place + ")\n";
  return out;
}

Result<std::vector<PluginInfo>> check_plugins(const std::vector<std::filesystem::path>& paths,
                                              const std::filesystem::path& scan_program,
                                              Milliseconds scan_timeout) {
  std::vector<std::filesystem::path> manifests;
  for (const auto& path : paths) {
    std::error_code error;
    const auto kind = std::filesystem::status(path, error);
    if (!std::filesystem::exists(kind))
      return fail(ErrorCode::not_found, "there is no such file or folder", path);
    if (!std::filesystem::is_directory(kind)) {
      manifests.push_back(std::filesystem::absolute(path).lexically_normal());
      continue;
    }
    auto inside = manifest_files(path);
    if (!inside) return fail(inside.error());
    manifests.insert(manifests.end(), inside->begin(), inside->end());
  }
  if (manifests.empty())
    return fail(ErrorCode::not_found, "there is no *.plugin.json", paths.empty() ? "" : paths[0]);

  std::vector<PluginInfo> plugins;
  std::vector<PluginCandidate> candidates;
  std::set<std::string> seen;
  for (const auto& manifest : manifests) {
    PluginInfo info;
    info.identity.manifest = manifest;
    PluginFinding finding;
    if (auto candidate = check_files(manifest, &finding)) {
      const auto& m = candidate->manifest;
      info.identity = {m.id,     m.version,  m.sha256,      candidate->library_path,
                       manifest, m.provides, m.permissions, 0};
      if (seen.insert(manifest).second) candidates.push_back(std::move(*candidate));
    } else {
      info.identity.id = finding.plugin;
      info.identity.sha256 = finding.sha256;
      info.findings.push_back(std::move(finding));
    }
    plugins.push_back(std::move(info));
  }
  auto fallen = scan_plugins(candidates, {scan_program, scan_timeout});
  if (!fallen) return fail(fallen.error());
  for (auto& finding : *fallen) {
    finding.quarantined = false;  // only looked at: nothing has been put away
    for (auto& plugin : plugins)
      if (plugin.identity.sha256 == finding.sha256 && plugin.identity.id == finding.plugin)
        plugin.findings.push_back(finding);
  }
  return plugins;
}

int plugin_exit_code(const std::vector<PluginInfo>& plugins) {
  const bool bad =
      std::any_of(plugins.begin(), plugins.end(), [](const auto& p) { return !p.findings.empty(); });
  return bad ? plugin_exit::findings : plugin_exit::good;
}

Result<int> release_plugin(const std::filesystem::path& state_dir, std::string_view id_or_hash) {
  auto quarantine = PluginQuarantine::open(state_dir);
  if (!quarantine) return fail(quarantine.error());
  std::set<std::string> hashes;
  int count = 0;
  for (const auto& finding : quarantine->findings())
    if (finding.plugin == id_or_hash || finding.sha256 == id_or_hash) {
      hashes.insert(finding.sha256);
      ++count;
    }
  if (count == 0)
    return fail(ErrorCode::not_found, "nothing is known of this plugin", std::string(id_or_hash));
  for (const auto& hash : hashes)
    if (auto forgotten = quarantine->forget(hash); !forgotten) return fail(forgotten.error());
  return count;
}

}  // namespace printrouter
