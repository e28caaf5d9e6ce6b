// SPDX-License-Identifier: Apache-2.0
#include "plugin/plugin_quarantine.hpp"

#include <printrouter/abi/base.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "env/state_file.hpp"
#include "plugin/plugin_smoke.hpp"

namespace printrouter {
namespace {

using nlohmann::json;
constexpr std::size_t largest_file = 1 << 20;
constexpr std::size_t most_findings = 500;

/// What must be equal for an old scan to count: the contract and the scripts.
std::string scanner() {
  return std::to_string(PR_ABI_VERSION) + "." + std::to_string(smoke_version);
}

/// The object in a file; an empty one if there is none or it is damaged (then kept aside).
Result<json> read_object(const std::filesystem::path& path) {
  auto text = env::read_small_file(path, largest_file);
  if (!text && text.error().code != ErrorCode::limit) return fail(text.error());
  if (text && !*text) return json::object();
  json value = text ? json::parse(**text, nullptr, false) : json();
  if (value.is_object()) return value;
  auto aside = path;
  aside += ".corrupt";
  std::error_code error;
  std::filesystem::rename(path, aside, error);
  if (error) return fail(ErrorCode::corrupt, "is damaged and cannot be set aside: " + error.message(), path);
  return json::object();
}

std::string text_at(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

Result<PluginQuarantine> PluginQuarantine::open(const std::filesystem::path& state_dir) {
  PluginQuarantine quarantine;
  if (state_dir.empty()) return quarantine;
  quarantine.findings_file_ = state_dir / "plugin-quarantine.json";
  quarantine.good_file_ = state_dir / "plugin-scan.json";
  auto stored = read_object(quarantine.findings_file_);
  if (!stored) return fail(stored.error());
  for (const auto& item : stored->value("findings", json::array())) {
    if (!item.is_object()) continue;
    PluginFinding finding{text_at(item, "id"),    text_at(item, "plugin"), text_at(item, "sha256"),
                          text_at(item, "place"), text_at(item, "text"),   false};
    const auto flag = item.find("quarantined");
    finding.quarantined = flag != item.end() && flag->is_boolean() && flag->get<bool>();
    if (!finding.id.empty() && !finding.sha256.empty()) quarantine.findings_.push_back(std::move(finding));
  }
  auto good = read_object(quarantine.good_file_);
  if (!good) return fail(good.error());
  if (text_at(*good, "scanner") == scanner())
    for (const auto& hash : good->value("good", json::array()))
      if (hash.is_string()) quarantine.good_.insert(hash.get<std::string>());
  return quarantine;
}

const PluginFinding* PluginQuarantine::quarantined(std::string_view sha256) const {
  const auto found = std::find_if(findings_.begin(), findings_.end(), [&](const PluginFinding& finding) {
    return finding.quarantined && finding.sha256 == sha256;
  });
  return found == findings_.end() ? nullptr : &*found;
}

Status PluginQuarantine::add(PluginFinding finding) {
  for (auto& known : findings_) {
    if (known.id != finding.id || known.sha256 != finding.sha256) continue;
    if (known.quarantined || !finding.quarantined) return {};
    known = std::move(finding);
    return write_findings();
  }
  if (findings_.size() >= most_findings) findings_.erase(findings_.begin());
  if (finding.quarantined && good_.erase(finding.sha256) > 0)
    if (auto kept = set_good(good_); !kept) return kept;
  findings_.push_back(std::move(finding));
  return write_findings();
}

Status PluginQuarantine::forget(std::string_view sha256) {
  std::erase_if(findings_, [&](const PluginFinding& finding) { return finding.sha256 == sha256; });
  auto rest = good_;
  if (const auto at = rest.find(sha256); at != rest.end()) rest.erase(at);
  if (auto kept = set_good(std::move(rest)); !kept) return kept;
  return write_findings();
}

Status PluginQuarantine::set_good(std::set<std::string, std::less<>> hashes) {
  good_ = std::move(hashes);
  if (good_file_.empty()) return {};
  return env::replace_file(good_file_, json{{"scanner", scanner()}, {"good", good_}}.dump(1) + "\n");
}

Status PluginQuarantine::write_findings() const {
  if (findings_file_.empty()) return {};
  auto items = json::array();
  for (const auto& finding : findings_)
    items.push_back({{"id", finding.id},
                     {"plugin", finding.plugin},
                     {"sha256", finding.sha256},
                     {"place", finding.place},
                     {"text", finding.text},
                     {"quarantined", finding.quarantined}});
  const json file{{"findings", std::move(items)}};
  return env::replace_file(findings_file_, file.dump(1, ' ', false, json::error_handler_t::replace) + "\n");
}

}  // namespace printrouter
