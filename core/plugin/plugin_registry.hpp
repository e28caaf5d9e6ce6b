// SPDX-License-Identifier: Apache-2.0
#pragma once
/// All plugins of this process: found, checked, scanned, loaded, and looked up by name.
///
///     PluginFindings findings;
///     auto plugins = PluginRegistry::load(options, &findings);   // findings: what was left out, and why
///     const LoadedProtocol* raw = (*plugins)->protocol("raw");   // nullptr: not installed
///
/// A damaged plugin never fails the whole: it is left out and named in the findings. Main thread only;
/// tables, instances and identities stay valid until the registry ends, so it must outlive every session.
#include <printrouter/abi/language.h>
#include <printrouter/abi/protocol.h>
#include <printrouter/abi/receiver.h>
#include <printrouter/abi/server.h>
#include <printrouter/abi/vendor.h>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "plugin/plugin_finding.hpp"
#include "plugin/plugin_identity.hpp"

namespace printrouter {

template <class Table>
struct LoadedInterface {
  std::string name;  ///< table->name: "raw", "kyocera"
  const Table* table = nullptr;
  pr_plugin* instance = nullptr;
  const PluginIdentity* identity = nullptr;
};
using LoadedProtocol = LoadedInterface<pr_protocol>;
using LoadedReceiver = LoadedInterface<pr_receiver>;
using LoadedVendor = LoadedInterface<pr_vendor>;
using LoadedServer = LoadedInterface<pr_server>;

struct PluginOptions {
  /// Folders with <id>.plugin.json files; absolute, or taken relative to the working directory at load.
  std::vector<std::filesystem::path> folders = {};
  /// Where scan results and the quarantine are kept (plugin-scan.json, plugin-quarantine.json); empty:
  /// nowhere.
  std::filesystem::path state_dir = {};
  /// printrouter-plugin-scan; empty: beside the running program.
  std::filesystem::path scan_program = {};
  /// Each library that is not known good runs its smoke scripts in a child first. false: trusted tests only.
  bool scan = true;
  Milliseconds scan_timeout{2000};  ///< for one plugin call in the scan child
  /// The configuration's "plugins": plugin id -> key -> value as text.
  std::map<std::string, std::map<std::string, std::string>> config = {};
  /// A secret by name, asked only for names that the plugin's manifest permits. nullopt: none.
  std::function<std::optional<std::string>(std::string_view plugin, std::string_view name)> secret = {};
  /// Where plugins' log lines go, already sanitised; level is PR_LOG_*. Empty: spdlog's default logger. Any
  /// thread.
  std::function<void(std::uint32_t level, std::string_view plugin, std::string_view text)> log = {};
};

/// One line of `plugins list`.
struct PluginInfo {
  PluginIdentity identity;
  bool loaded = false;
  std::vector<std::string> names = {};  ///< "protocol raw", "receiver raw"
  PluginFindings findings = {};
};

class PluginRegistry {
 public:
  /// Errors: only what concerns the whole (a folder that cannot be read, a state folder that cannot be
  /// written). `findings` may be nullptr; list() has them too.
  static Result<std::unique_ptr<PluginRegistry>> load(const PluginOptions& options, PluginFindings* findings);
  ~PluginRegistry();
  PluginRegistry(const PluginRegistry&) = delete;
  PluginRegistry& operator=(const PluginRegistry&) = delete;

  const LoadedProtocol* protocol(std::string_view name) const;
  const LoadedReceiver* receiver(std::string_view name) const;
  const LoadedVendor* vendor(std::string_view name) const;
  const LoadedServer* server(std::string_view name) const;
  std::span<const LoadedProtocol> protocols() const;
  std::span<const LoadedReceiver> receivers() const;
  std::span<const LoadedVendor> vendors() const;  ///< by plugin id
  std::span<const LoadedServer> servers() const;

  /// Loaded ones and those left out, by id.
  std::vector<PluginInfo> list() const;
  /// Every loaded plugin, by slot.
  std::span<const PluginIdentity* const> identities() const;

  /// A fault that showed at work (step-loop, lied-not-sent, ...). Logged, listed, and kept in the state
  /// folder; the plugin stays loaded, for the host has defended itself. Repeats of one finding are kept once.
  void report(const PluginIdentity& plugin, std::string_view finding_id, std::string_view text);

 private:
  struct Impl;
  explicit PluginRegistry(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace printrouter
