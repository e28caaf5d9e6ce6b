// SPDX-License-Identifier: Apache-2.0
/// Language plugins without the daemon: reads documents as the worker does and prints a JSON line for each.
///
///     language_driver --plugins DIR [--piece BYTES] [--language TYPE] FILE...
///         a line a file: language and what it says; of a named language the files are as they are, without
///         PJL
///     language_driver --plugins DIR --damage SEED FILE...        each file cut short and with bits flipped,
///     in
///         many ways; nothing may crash, the answer may not depend on the pieces; prints how many were tried
///     language_driver --plugins DIR --bench SECONDS FILE...      megabytes a second from memory
#include <printrouter/plugin.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "document/pjl_header.hpp"
#include "document/sniff.hpp"
#include "plugin/plugin_files.hpp"
#include "plugin/plugin_instance.hpp"

namespace {
using namespace printrouter;
using Json = nlohmann::ordered_json;

struct Languages {
  std::map<std::string, std::unique_ptr<PluginInstance>> by_type;

  explicit Languages(const std::string& folder) {
    const auto files = manifest_files(folder);
    if (!files) throw std::runtime_error("cannot read " + folder);
    for (const auto& file : *files) {
      PluginFinding finding;
      const auto candidate = check_files(file, &finding);
      if (!candidate) throw std::runtime_error(file.string() + ": " + finding.text);
      if (candidate->manifest.provides != std::vector<std::string>{PR_LANGUAGE_ID}) continue;
      auto library = PluginLibrary::load(*candidate, &finding);
      if (!library) throw std::runtime_error(file.string() + ": " + finding.text);
      auto plugin =
          PluginInstance::create(*candidate, std::move(*library), {candidate->manifest.id}, &finding);
      if (!plugin) throw std::runtime_error(file.string() + ": " + finding.text);
      const std::string name = plugin->language()->name;
      by_type.emplace(name, std::move(plugin));
    }
  }
  const PluginInstance* find(std::string_view type) const {
    const auto found = by_type.find(std::string(type));
    return found == by_type.end() ? nullptr : found->second.get();
  }
};

struct Document {
  std::string type;
  std::string_view body;  ///< without the PJL and the UEL marks around it
};

Document take_apart(std::string_view bytes, const std::string& language) {
  if (!language.empty()) return {language, bytes};
  constexpr std::string_view uel = "\x1b%-12345X";
  const PjlHeader pjl = parse_pjl_header(bytes.substr(0, 64 * 1024));
  Document out{std::string(mime_type(sniff(bytes.substr(0, 64 * 1024)).language)), bytes.substr(pjl.length)};
  while (out.body.starts_with(uel)) out.body.remove_prefix(uel.size());
  if (pjl.present)
    if (const auto end = out.body.rfind(uel); end != std::string_view::npos && out.body.size() - end < 4096)
      out.body = out.body.substr(0, end);
  return out;
}

const char* confidence(std::uint32_t c) {
  return c == PR_CONFIDENCE_EXACT ? "exact" : c == PR_CONFIDENCE_ESTIMATE ? "estimate" : "unknown";
}
void put(Json& out, const char* name, const pr_number& n) {
  if (n.confidence == PR_CONFIDENCE_UNKNOWN) return;
  out[name] = n.value;
  out[std::string(name) + "_confidence"] = confidence(n.confidence);
}
void put(Json& out, const char* name, const pr_word& w) {
  if (w.confidence == PR_CONFIDENCE_UNKNOWN) return;
  out[name] = std::string(sdk::view(w.value));
  out[std::string(name) + "_confidence"] = confidence(w.confidence);
}

Json analyse(const PluginInstance& plugin, std::string_view body, std::size_t piece) {
  const pr_language& table = *plugin.language();
  if (table.input != PR_INPUT_STREAM) return {{"why", "not a stream"}};
  pr_analyser* analyser = nullptr;
  if (table.open(plugin.get(), nullptr, &analyser) != PR_OK) throw std::runtime_error("open failed");
  const std::unique_ptr<pr_analyser, void (*)(pr_analyser*)> guard(analyser, table.close);
  for (std::size_t at = 0; at < body.size(); at += piece) {
    const pr_status status = table.feed(analyser, sdk::bytes(body.substr(at, piece)));
    if (status == PR_UNSUPPORTED) break;
    if (status != PR_OK) throw std::runtime_error("feed failed");
  }
  pr_analysis a{};
  a.struct_size = sizeof a;
  if (table.finish(analyser, &a) != PR_OK) throw std::runtime_error("finish failed");
  Json out;
  out["language"] = table.name;
  put(out, "pages", a.pages);
  put(out, "color_pages", a.color_pages);
  put(out, "mono_pages", a.mono_pages);
  put(out, "copies", a.copies);
  put(out, "number_up", a.number_up);
  put(out, "sides", a.sides);
  put(out, "media", a.media);
  put(out, "user", a.user);
  put(out, "title", a.title);
  if (a.why.size) out["why"] = std::string(sdk::view(a.why));
  return out;
}
std::string text(const Json& json) {
  return json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

/// One damaged relative of a document: cut short, bits flipped, a piece taken out, or said twice.
std::string damage(std::string_view whole, std::mt19937& random) {
  std::string out(whole);
  const auto below = [&](std::size_t n) { return n ? std::size_t{random()} % n : 0; };
  const auto how = below(6);
  if (how <= 1) out.resize(below(out.size() + 1));
  if (how == 2 || how == 3)
    for (std::size_t i = 0, n = 1 + below(8); i < n && !out.empty(); ++i) {
      // Most of what matters stands early.
      const std::size_t at =
          random() % 2 ? below(out.size()) : below(std::min<std::size_t>(out.size(), 4096));
      out[at] = static_cast<char>(how == 2 ? out[at] ^ 1 << below(8) : below(256));
    }
  if (how == 4 && !out.empty()) out.erase(below(out.size()), 1 + below(300));
  if (how == 5 && !out.empty()) {
    const std::size_t from = below(out.size());
    out.insert(below(out.size()), out.substr(from, 1 + below(1000)));
  }
  return out;
}

int hostile(const Languages& languages, unsigned seed, const std::vector<std::string>& documents) {
  std::mt19937 random(seed);
  long tried = 0;
  for (const std::string& bytes : documents) {
    const Document document = take_apart(bytes, {});
    const PluginInstance* plugin = languages.find(document.type);
    if (!plugin) continue;
    const long rounds = static_cast<long>(std::clamp<std::size_t>(4'000'000 / (bytes.size() + 1), 4, 200));
    for (long i = 0; i < rounds; ++i, ++tried) {
      const std::string bad = damage(document.body, random);
      const std::size_t piece = 1 + random() % 5000;
      if (const auto once = text(analyse(*plugin, bad, bad.size() + 1)),
          parts = text(analyse(*plugin, bad, piece));
          once != parts) {
        std::fprintf(stderr, "pieces of %zu bytes change the answer:\n%s\n%s\n", piece, once.c_str(),
                     parts.c_str());
        std::ofstream("different.bin", std::ios::binary) << bad;
        return 1;
      }
    }
  }
  std::printf("%s\n", text(Json{{"tried", tried}}).c_str());
  return 0;
}
}  // namespace

int main(int argc, char** argv) try {
  std::string folder, language;
  std::size_t piece = 64 * 1024;
  double bench = 0;
  long seed = -1;
  std::vector<std::string> names, documents;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const char* value = i + 1 < argc ? argv[i + 1] : "";
    if (word == "--plugins") {
      folder = value, ++i;
    } else if (word == "--language") {
      language = value, ++i;
    } else if (word == "--piece") {
      piece = std::strtoul(value, nullptr, 10), ++i;
    } else if (word == "--bench") {
      bench = std::strtod(value, nullptr), ++i;
    } else if (word == "--damage") {
      seed = std::strtol(value, nullptr, 10), ++i;
    } else {
      names.emplace_back(word);
    }
  }
  if (folder.empty() || names.empty() || piece == 0) {
    std::fprintf(
        stderr,
        "usage: language_driver --plugins DIR [--piece BYTES | --damage SEED | --bench SECONDS] FILE...\n");
    return 2;
  }
  const Languages languages(folder);
  for (const std::string& name : names) {
    std::ifstream in(name, std::ios::binary);
    documents.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    if (!in.good() && !in.eof()) throw std::runtime_error("cannot read " + name);
  }
  if (seed >= 0) return hostile(languages, static_cast<unsigned>(seed), documents);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Document document = take_apart(documents[i], language);
    const PluginInstance* plugin = languages.find(document.type);
    Json line{{"file", names[i]}};
    if (!plugin) {
      line["language"] = document.type;
    } else if (bench > 0) {
      // Of the processor, not of the clock on the wall: neighbours do not count.
      const std::clock_t start = std::clock();
      double seconds = 0;
      long rounds = 0;
      for (; seconds < bench; ++rounds, seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC)
        (void)analyse(*plugin, document.body, piece);
      line["language"] = document.type;
      line["bytes"] = document.body.size();
      line["ms"] = seconds * 1e3 / static_cast<double>(rounds);
      line["mb_per_s"] =
          static_cast<double>(document.body.size()) * static_cast<double>(rounds) / seconds / 1e6;
    } else {
      line.update(analyse(*plugin, document.body, piece));
    }
    std::printf("%s\n", text(line).c_str());
  }
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "language_driver: %s\n", error.what());
  return 1;
}
