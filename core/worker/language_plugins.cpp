// SPDX-License-Identifier: Apache-2.0
#include "worker/language_plugins.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "plugin/plugin_files.hpp"
#include "plugin/plugin_library.hpp"
#include "plugin/plugin_manifest.hpp"

namespace printrouter::worker {
namespace {
constexpr std::size_t piece = 256 * 1024;
constexpr std::size_t most_text = 4'096;

/// The manifests that announce a language. Their libraries are not touched yet.
std::vector<std::pair<std::string, std::filesystem::path>> manifests(const std::filesystem::path& folder) {
  std::vector<std::pair<std::string, std::filesystem::path>> out;
  const auto files = manifest_files(std::filesystem::absolute(folder));
  if (!files) return out;
  for (const auto& file : *files) {
    std::ifstream in(file, std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    const auto manifest = parse_manifest(text.str(), file.string());
    if (manifest && std::ranges::find(manifest->provides, PR_LANGUAGE_ID) != manifest->provides.end())
      out.emplace_back(manifest->id, file);
  }
  return out;
}

Confidence sure(std::uint32_t confidence) {
  return confidence == PR_CONFIDENCE_EXACT      ? Confidence::exact
         : confidence == PR_CONFIDENCE_ESTIMATE ? Confidence::estimate
                                                : Confidence::unknown;
}
Known<std::int64_t> taken(const pr_number& n) {
  return {n.value, sure(n.confidence)};
}
std::string taken(pr_str s) {
  return s.data && s.size ? std::string(s.data, std::min(s.size, most_text)) : std::string();
}
Known<std::string> taken(const pr_word& w) {
  const Confidence confidence = sure(w.confidence);
  return {confidence == Confidence::unknown ? std::string() : taken(w.value), confidence};
}

Analysis taken(const pr_analysis& a) {
  Analysis out;
  out.pages = taken(a.pages);
  out.color_pages = taken(a.color_pages);
  out.mono_pages = taken(a.mono_pages);
  out.copies = taken(a.copies);
  out.number_up = taken(a.number_up);
  out.hold = taken(a.hold);
  out.sides = taken(a.sides);
  out.media = taken(a.media);
  out.color_mode = taken(a.color_mode);
  out.user = taken(a.user);
  out.title = taken(a.title);
  out.account = taken(a.account);
  out.why = taken(a.why);
  return out;
}

/// One part of the job as seekable input.
struct Window {
  const DocumentReader& job;
  std::uint64_t offset, size;
  static std::int64_t read(void* context, std::uint64_t at, std::uint8_t* out, std::size_t capacity) {
    const auto& self = *static_cast<const Window*>(context);
    if (at >= self.size) return 0;
    const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(capacity, self.size - at));
    const auto got = self.job.read_at(self.offset + at, reinterpret_cast<char*>(out), want);
    return got ? static_cast<std::int64_t>(*got) : -1;
  }
};
}  // namespace

void LanguagePlugins::load(const std::set<std::string>& languages) {
  std::set<std::string> missing = languages;
  std::vector<std::pair<std::string, std::filesystem::path>> found;
  for (const auto& folder : folders_)
    for (auto& manifest : manifests(folder)) found.push_back(std::move(manifest));
  // Only a guess at the order: the plugin for application/pdf is likely the one called "pdf".
  const auto likely = [&](const auto& manifest) {
    return std::ranges::any_of(languages, [&](const std::string& mime) {
      const auto language = language_of_mime(mime);
      return language ? manifest.first == to_string(*language) : mime == pjl_mime && manifest.first == "pjl";
    });
  };
  std::ranges::stable_partition(found, likely);
  for (const auto& [id, file] : found) {
    if (missing.empty()) return;
    PluginFinding finding;
    const auto candidate = check_files(file, &finding);
    if (!candidate) continue;
    auto library = PluginLibrary::load(*candidate, &finding);
    if (!library) continue;
    HostServices services{.plugin = id, .permissions = {}};
    if (pages_only_) services.config["depth"] = "pages";
    services.log = [](std::uint32_t, std::string_view, std::string_view) {};
    auto instance = PluginInstance::create(*candidate, std::move(*library), std::move(services), &finding);
    if (!instance || !instance->language()) continue;
    const std::string name = instance->language()->name;
    if (missing.erase(name) > 0) loaded_.emplace(name, std::move(instance));
  }
}

const PluginInstance* LanguagePlugins::of(const std::string& language) const {
  const auto found = loaded_.find(language);
  return found == loaded_.end() ? nullptr : found->second.get();
}

Analysis LanguagePlugins::analyse(const std::string& language, const DocumentReader& job,
                                  std::uint64_t offset, std::uint64_t size) const {
  Analysis out;
  out.language = language;
  const PluginInstance* plugin = of(language);
  if (!plugin) {
    out.why = language.empty() ? "its language is not known" : "no plugin reads " + language;
    return out;
  }
  const auto failed = [&](const std::string& what) {
    out = {};
    out.language = language;
    out.why = "the plugin for " + language + " " + what;
    return out;
  };
  const pr_language& table = *plugin->language();
  Window window{job, offset, size};
  const pr_document_reader reader{sizeof(pr_document_reader), 0, &window, size, Window::read};
  const bool seekable = table.input == PR_INPUT_SEEKABLE;
  pr_analyser* analyser = nullptr;
  PluginFinding finding;
  pr_status status = PR_ERROR;
  bool well = without_exception(
      &finding, "open", [&] { status = table.open(plugin->get(), seekable ? &reader : nullptr, &analyser); });
  if (!well || status != PR_OK || !analyser) return failed("did not begin");
  std::string buffer(seekable ? 0 : piece, '\0');
  for (std::uint64_t at = 0; well && !seekable && at < size && status == PR_OK;) {
    const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(piece, size - at));
    const auto got = job.read_at(offset + at, buffer.data(), want);
    if (!got || *got == 0) return failed("could not be given the whole document");
    const pr_bytes bytes{reinterpret_cast<const std::uint8_t*>(buffer.data()), *got};
    well = without_exception(&finding, "feed", [&] { status = table.feed(analyser, bytes); });
    at += *got;
  }
  if (!well || (status != PR_OK && status != PR_UNSUPPORTED)) return failed("failed while reading");
  pr_analysis said{};
  said.struct_size = sizeof said;
  well = without_exception(&finding, "finish", [&] { status = table.finish(analyser, &said); });
  if (!well || status != PR_OK) return failed("failed at the end");
  out = taken(said);
  out.language = language;
  (void)without_exception(&finding, "close", [&] { table.close(analyser); });
  return out;
}

}  // namespace printrouter::worker
