// SPDX-License-Identifier: Apache-2.0
#include "plugin/plugin_registry.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <set>

#include "plugin/plugin_files.hpp"
#include "plugin/plugin_instance.hpp"
#include "plugin/plugin_quarantine.hpp"
#include "plugin/plugin_scan.hpp"

namespace printrouter {
namespace {

/// By id, then by place: the same plugins are loaded in the same order everywhere.
bool earlier(const PluginCandidate& a, const PluginCandidate& b) {
  return std::tie(a.manifest.id, a.manifest_path) < std::tie(b.manifest.id, b.manifest_path);
}

PluginIdentity identity_of(const PluginCandidate& candidate) {
  const auto& m = candidate.manifest;
  return {m.id,       m.version,     m.sha256, candidate.library_path, candidate.manifest_path,
          m.provides, m.permissions, 0};
}

PluginFinding finding_about(const PluginCandidate& candidate, std::string_view id, std::string text) {
  return {std::string(id), candidate.manifest.id, candidate.manifest.sha256, candidate.library_path,
          std::move(text)};
}

/// Languages work in a sandboxed process of their own; the daemon maps none of them.
bool only_languages(const PluginManifest& manifest) {
  return std::all_of(manifest.provides.begin(), manifest.provides.end(),
                     [](const std::string& id) { return id == PR_LANGUAGE_ID; });
}

template <class Table>
const LoadedInterface<Table>* named(const std::vector<LoadedInterface<Table>>& loaded,
                                    std::string_view name) {
  const auto found =
      std::find_if(loaded.begin(), loaded.end(), [&](const auto& item) { return item.name == name; });
  return found == loaded.end() ? nullptr : &*found;
}

}  // namespace

struct PluginRegistry::Impl {
  struct Plugin {
    PluginIdentity identity;
    std::unique_ptr<PluginInstance> instance;
  };

  explicit Impl(PluginOptions o) : options(std::move(o)) {}
  ~Impl() {
    while (!plugins.empty()) plugins.pop_back();  // the last made goes first
  }

  Status find(std::vector<PluginCandidate>& candidates);
  Status scan(std::vector<PluginCandidate>& candidates);
  void load(const PluginCandidate& candidate);
  void add_tables(Plugin& plugin);
  template <class Table>
  void add_table(std::vector<LoadedInterface<Table>>& to, const Table* table, Plugin& plugin,
                 const char* kind);
  void found(PluginFinding finding) {
    spdlog::warn("plugin {}: {}: {} ({})", finding.plugin, finding.id, finding.text, finding.place);
    findings.push_back(std::move(finding));
  }

  PluginOptions options;
  PluginQuarantine quarantine;
  PluginFindings findings;
  std::deque<Plugin> plugins;  ///< fixed addresses; in order of loading
  std::vector<const PluginIdentity*> identities;
  std::vector<PluginIdentity> not_loaded;
  std::vector<LoadedProtocol> protocols;
  std::vector<LoadedReceiver> receivers;
  std::vector<LoadedVendor> vendors;
  std::vector<LoadedServer> servers;
};

/// Files that pass, one for each id.
Status PluginRegistry::Impl::find(std::vector<PluginCandidate>& candidates) {
  for (const auto& folder : options.folders) {
    auto manifests = manifest_files(std::filesystem::absolute(folder));
    if (!manifests) return fail(manifests.error());
    for (const auto& manifest : *manifests) {
      PluginFinding finding;
      auto candidate = check_files(manifest, &finding);
      if (candidate) {
        candidates.push_back(std::move(*candidate));
        continue;
      }
      not_loaded.push_back({finding.plugin, "", finding.sha256, {}, manifest});
      found(std::move(finding));
    }
  }
  std::sort(candidates.begin(), candidates.end(), earlier);
  std::set<std::string> ids;
  std::erase_if(candidates, [&](const PluginCandidate& candidate) {
    if (ids.insert(candidate.manifest.id).second) return false;
    not_loaded.push_back(identity_of(candidate));
    found(finding_about(candidate, finding::id_taken, "another plugin of this id was found first"));
    return true;
  });
  return {};
}

/// Takes out what is in quarantine or falls in the scan.
Status PluginRegistry::Impl::scan(std::vector<PluginCandidate>& candidates) {
  const auto leave_out = [this](const PluginCandidate& candidate) {
    const auto* bad = quarantine.quarantined(candidate.manifest.sha256);
    if (!bad) return false;
    not_loaded.push_back(identity_of(candidate));
    found(*bad);
    return true;
  };
  std::erase_if(candidates, leave_out);
  for (const auto& kept : quarantine.findings())
    for (const auto& candidate : candidates)
      if (!kept.quarantined && kept.sha256 == candidate.manifest.sha256) findings.push_back(kept);
  if (!options.scan) return {};

  std::vector<PluginCandidate> unknown;
  for (const auto& candidate : candidates)
    if (!quarantine.known_good(candidate.manifest.sha256)) unknown.push_back(candidate);
  if (unknown.empty()) return {};
  auto fallen = scan_plugins(unknown, {options.scan_program, options.scan_timeout});
  if (!fallen) {
    // Not loaded unseen: a plugin that would take the daemon down in a loop is worse than one that is
    // missing.
    std::erase_if(candidates, [&](const PluginCandidate& candidate) {
      if (quarantine.known_good(candidate.manifest.sha256)) return false;
      not_loaded.push_back(identity_of(candidate));
      found(finding_about(candidate, finding::scan_failed, fallen.error().message()));
      return true;
    });
    return {};
  }
  for (auto& finding : *fallen)
    if (auto kept = quarantine.add(std::move(finding)); !kept) return kept;
  std::erase_if(candidates, leave_out);
  std::set<std::string, std::less<>> good;
  for (const auto& candidate : candidates) good.insert(candidate.manifest.sha256);
  return quarantine.set_good(std::move(good));
}

void PluginRegistry::Impl::load(const PluginCandidate& candidate) {
  if (only_languages(candidate.manifest)) {
    not_loaded.push_back(identity_of(candidate));
    return;
  }
  PluginFinding finding;
  std::unique_ptr<PluginInstance> instance;
  if (auto library = PluginLibrary::load(candidate, &finding)) {
    HostServices services{.plugin = candidate.manifest.id, .permissions = candidate.manifest.permissions};
    if (const auto config = options.config.find(candidate.manifest.id); config != options.config.end())
      services.config = config->second;
    services.secret = options.secret;
    services.log = options.log;
    instance = PluginInstance::create(candidate, std::move(*library), std::move(services), &finding);
  }
  if (!instance) {
    not_loaded.push_back(identity_of(candidate));
    found(std::move(finding));
    return;
  }
  auto identity = identity_of(candidate);
  identity.slot = static_cast<std::uint32_t>(plugins.size());
  plugins.push_back({std::move(identity), std::move(instance)});
  identities.push_back(&plugins.back().identity);
  add_tables(plugins.back());
}

template <class Table>
void PluginRegistry::Impl::add_table(std::vector<LoadedInterface<Table>>& to, const Table* table,
                                     Plugin& plugin, const char* kind) {
  if (!table) return;
  const std::string name(table->name, ::strnlen(table->name, 64));
  if (const auto* other = named(to, name)) {
    PluginFinding finding{std::string(finding::id_taken),
                          plugin.identity.id,
                          plugin.identity.sha256,
                          plugin.identity.library,
                          {}};
    finding.text =
        std::string(kind) + " \"" + name + "\" is already provided by plugin " + other->identity->id;
    found(std::move(finding));
    return;
  }
  to.push_back({name, table, plugin.instance->get(), &plugin.identity});
}

void PluginRegistry::Impl::add_tables(Plugin& plugin) {
  add_table(protocols, plugin.instance->protocol(), plugin, "protocol");
  add_table(receivers, plugin.instance->receiver(), plugin, "receiver");
  add_table(vendors, plugin.instance->vendor(), plugin, "vendor");
  add_table(servers, plugin.instance->server(), plugin, "server");
}

PluginRegistry::PluginRegistry(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PluginRegistry::~PluginRegistry() = default;

Result<std::unique_ptr<PluginRegistry>> PluginRegistry::load(const PluginOptions& options,
                                                             PluginFindings* findings) {
  auto impl = std::make_unique<Impl>(options);
  auto quarantine = PluginQuarantine::open(options.state_dir);
  if (!quarantine) return fail(quarantine.error());
  impl->quarantine = std::move(*quarantine);
  std::vector<PluginCandidate> candidates;
  if (auto found = impl->find(candidates); !found) return fail(found.error());
  if (auto scanned = impl->scan(candidates); !scanned) return fail(scanned.error());
  for (const auto& candidate : candidates) impl->load(candidate);
  if (findings) *findings = impl->findings;
  return std::unique_ptr<PluginRegistry>(new PluginRegistry(std::move(impl)));
}

const LoadedProtocol* PluginRegistry::protocol(std::string_view name) const {
  return named(impl_->protocols, name);
}
const LoadedReceiver* PluginRegistry::receiver(std::string_view name) const {
  return named(impl_->receivers, name);
}
const LoadedVendor* PluginRegistry::vendor(std::string_view name) const {
  return named(impl_->vendors, name);
}
const LoadedServer* PluginRegistry::server(std::string_view name) const {
  return named(impl_->servers, name);
}
std::span<const LoadedProtocol> PluginRegistry::protocols() const {
  return impl_->protocols;
}
std::span<const LoadedReceiver> PluginRegistry::receivers() const {
  return impl_->receivers;
}
std::span<const LoadedVendor> PluginRegistry::vendors() const {
  return impl_->vendors;
}
std::span<const LoadedServer> PluginRegistry::servers() const {
  return impl_->servers;
}
std::span<const PluginIdentity* const> PluginRegistry::identities() const {
  return impl_->identities;
}

std::vector<PluginInfo> PluginRegistry::list() const {
  std::vector<PluginInfo> list;
  const auto add = [&](const PluginIdentity& identity, const PluginInstance* instance) {
    PluginInfo info{identity, instance != nullptr, {}, {}};
    if (instance) info.names = instance->names();
    for (const auto& finding : impl_->findings)
      if (finding.plugin == identity.id && (finding.sha256.empty() || finding.sha256 == identity.sha256))
        info.findings.push_back(finding);
    list.push_back(std::move(info));
  };
  for (const auto& plugin : impl_->plugins) add(plugin.identity, plugin.instance.get());
  for (const auto& identity : impl_->not_loaded) add(identity, nullptr);
  std::sort(list.begin(), list.end(),
            [](const PluginInfo& a, const PluginInfo& b) { return a.identity.id < b.identity.id; });
  return list;
}

void PluginRegistry::report(const PluginIdentity& plugin, std::string_view finding_id,
                            std::string_view text) {
  const auto same = [&](const PluginFinding& f) { return f.id == finding_id && f.sha256 == plugin.sha256; };
  if (std::any_of(impl_->findings.begin(), impl_->findings.end(), same)) return;
  PluginFinding finding{std::string(finding_id), plugin.id, plugin.sha256, plugin.library,
                        log_text(text, 500)};
  if (auto kept = impl_->quarantine.add(finding); !kept)
    spdlog::error("plugin {}: finding {} cannot be kept: {}", plugin.id, finding_id, kept.error().message());
  impl_->found(std::move(finding));
}

}  // namespace printrouter
