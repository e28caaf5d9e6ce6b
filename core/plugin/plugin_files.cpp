// SPDX-License-Identifier: Apache-2.0
#include "plugin/plugin_files.hpp"

#include <openssl/evp.h>
#include <printrouter/abi/base.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <memory>
#include <system_error>

#include "env/file_trust.hpp"
#include "env/state_file.hpp"

namespace printrouter {
namespace {

constexpr std::string_view suffix = ".plugin.json";
constexpr std::size_t largest_manifest = 64 * 1024;

std::string_view finding_of(env::Distrust kind) {
  switch (kind) {
    case env::Distrust::missing:
      return finding::file_missing;
    case env::Distrust::owner:
      return finding::file_owner;
    case env::Distrust::writable:
      return finding::file_writable;
  }
  return finding::file_missing;
}

std::string plugin_of(const std::filesystem::path& manifest) {
  auto name = manifest.filename().string();
  return name.ends_with(suffix) ? name.substr(0, name.size() - suffix.size()) : name;
}

}  // namespace

Result<std::vector<std::filesystem::path>> manifest_files(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> found;
  std::error_code error;
  std::filesystem::directory_iterator entry(folder, error);
  if (error == std::errc::no_such_file_or_directory) return found;
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const auto name = entry->path().filename().string();
    if (name.size() > suffix.size() && name.ends_with(suffix) && name[0] != '.')
      found.push_back(std::filesystem::absolute(entry->path()).lexically_normal());
  }
  if (error) return fail(ErrorCode::io, "the plugin folder cannot be read: " + error.message(), folder);
  std::sort(found.begin(), found.end());
  return found;
}

std::optional<PluginCandidate> check_files(const std::filesystem::path& manifest, PluginFinding* out) {
  out->plugin = plugin_of(manifest);
  out->place = manifest;
  const auto no = [out](std::string_view id, std::string text, const std::filesystem::path& place) {
    out->id = id;
    out->text = std::move(text);
    out->place = place;
    return std::nullopt;
  };
  if (auto problem = env::distrust(manifest))
    return no(finding_of(problem->kind), problem->text, problem->path);
  auto text = env::read_small_file(manifest, largest_manifest);
  if (!text) return no(finding::manifest_invalid, text.error().message(), manifest);
  auto parsed = parse_manifest(text->value_or(std::string()), manifest.string());
  if (!parsed) return no(finding::manifest_invalid, parsed.error().message(), manifest);

  PluginCandidate candidate{*parsed, manifest, manifest.parent_path() / parsed->library};
  if (candidate.manifest.abi_min > PR_ABI_VERSION || candidate.manifest.abi_max < PR_ABI_VERSION)
    return no(finding::abi_version,
              "the manifest names ABI " + std::to_string(candidate.manifest.abi_min) + " to " +
                  std::to_string(candidate.manifest.abi_max) + ", this host speaks " +
                  std::to_string(PR_ABI_VERSION),
              manifest);
  if (auto problem = env::distrust(candidate.library_path))
    return no(finding_of(problem->kind), problem->text, problem->path);
  std::error_code error;
  candidate.library_path = std::filesystem::canonical(candidate.library_path, error);
  if (error) return no(finding::file_missing, error.message(), candidate.library_path);
  auto hash = sha256_of(candidate.library_path);
  if (!hash) return no(finding::file_missing, hash.error().message(), candidate.library_path);
  out->sha256 = *hash;
  if (*hash != candidate.manifest.sha256)
    return no(finding::hash_mismatch, "sha256 is " + *hash + ", expected " + candidate.manifest.sha256,
              candidate.library_path);
  return candidate;
}

Result<std::string> sha256_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(ErrorCode::io, "cannot be read", file);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  if (!context || EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1)
    return fail(ErrorCode::internal, "no SHA-256 in this OpenSSL", file);
  std::vector<char> part(256 * 1024);
  while (in) {
    in.read(part.data(), static_cast<std::streamsize>(part.size()));
    EVP_DigestUpdate(context.get(), part.data(), static_cast<std::size_t>(in.gcount()));
  }
  if (in.bad()) return fail(ErrorCode::io, "cannot be read", file);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_DigestFinal_ex(context.get(), digest.data(), &size);
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  for (unsigned i = 0; i < size; ++i) {
    hex += digits[digest[i] >> 4];
    hex += digits[digest[i] & 15];
  }
  return hex;
}

}  // namespace printrouter
