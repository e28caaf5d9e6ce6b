// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "document/analysis.hpp"
#include "plugin/plugin_instance.hpp"

namespace printrouter::worker {

/// The language plugins that one job needs. Each is checked as the daemon checks its own (owner, hash,
/// contract) before it is loaded.
class LanguagePlugins {
 public:
  explicit LanguagePlugins(std::vector<std::filesystem::path> folders, bool pages_only)
      : folders_(std::move(folders)), pages_only_(pages_only) {}

  /// Loads what reads these MIME types; what is not found is said by analyse(). As few as possible: loading
  /// is most of the time that a small document takes.
  void load(const std::set<std::string>& languages);
  /// What the plugin of `language` says of these bytes of `job`. Unknown with a reason if there is none, or
  /// it fails.
  Analysis analyse(const std::string& language, const DocumentReader& job, std::uint64_t offset,
                   std::uint64_t size) const;

 private:
  const PluginInstance* of(const std::string& language) const;
  std::vector<std::filesystem::path> folders_;
  bool pages_only_;
  std::map<std::string, std::unique_ptr<PluginInstance>> loaded_ = {};  ///< by MIME type
};

}  // namespace printrouter::worker
