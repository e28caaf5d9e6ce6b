// SPDX-License-Identifier: Apache-2.0
#define BOOST_DLL_USE_STD_FS
#include "plugin/plugin_library.hpp"

#include <boost/dll/shared_library.hpp>
#include <cstring>
#include <exception>
#include <string_view>
#include <utility>

namespace printrouter {
namespace {

/// The text of a C string that a plugin points to, as far as 255 bytes.
std::string text_of(const char* text) {
  return text ? std::string(text, ::strnlen(text, 255)) : std::string();
}

/// Boost's text around dlerror's ends in an errno that has nothing to do with it.
std::string loader_text(std::string_view text) {
  constexpr std::string_view before = "dlerror system message: ";
  const auto start = text.find(before), end = text.rfind(')');
  if (start == text.npos || end == text.npos || end < start) return std::string(text);
  return std::string(text.substr(start + before.size(), end - start - before.size()));
}

}  // namespace

std::optional<PluginLibrary> PluginLibrary::load(const PluginCandidate& candidate, PluginFinding* out) {
  out->plugin = candidate.manifest.id;
  out->sha256 = candidate.manifest.sha256;
  out->place = candidate.library_path;
  const auto no = [out](std::string_view id, std::string text) {
    out->id = id;
    out->text = std::move(text);
    return std::nullopt;
  };
  auto library = std::make_shared<boost::dll::shared_library>();
  try {
    // The throwing overload, because only its text says what the dynamic linker complained of.
    library->load(candidate.library_path,
                  boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
  } catch (const std::exception& error) {
    return no(finding::load_failed, loader_text(error.what()));
  }
  if (!library->has(PR_PLUGIN_SYMBOL))
    return no(finding::symbol_missing, "does not export " PR_PLUGIN_SYMBOL);
  const auto& entry = library->get<const pr_plugin_entry>(PR_PLUGIN_SYMBOL);

  // The version first: what another draft's struct_size means is not known here.
  if (entry.abi_version != PR_ABI_VERSION)
    return no(finding::abi_version, "the library was built for ABI " + std::to_string(entry.abi_version) +
                                        ", this host speaks " + std::to_string(PR_ABI_VERSION));
  if (entry.struct_size < sizeof(pr_plugin_entry))
    return no(finding::struct_size, "pr_plugin_entry has " + std::to_string(entry.struct_size) +
                                        " bytes, expected " + std::to_string(sizeof(pr_plugin_entry)));
  if (!entry.create || !entry.destroy || !entry.get_extension)
    return no(finding::function_missing, "pr_plugin_entry lacks create, destroy or get_extension");
  const auto id = text_of(entry.id), version = text_of(entry.version);
  if (id != candidate.manifest.id)
    return no(finding::id_mismatch,
              "the library calls itself \"" + id + "\", its manifest \"" + candidate.manifest.id + "\"");
  if (version != candidate.manifest.version)
    return no(finding::id_mismatch, "the library is version \"" + version + "\", its manifest says \"" +
                                        candidate.manifest.version + "\"");
  return PluginLibrary(std::move(library), &entry);
}

}  // namespace printrouter
