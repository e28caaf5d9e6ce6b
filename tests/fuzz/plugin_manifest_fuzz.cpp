// SPDX-License-Identifier: Apache-2.0
#include "fuzz_input.hpp"
#include "plugin/plugin_host.hpp"
#include "plugin/plugin_manifest.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace printrouter;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto manifest = parse_manifest(text, "/plugins/acme.plugin.json")) {
    // What passes is safe to use as a file name, to compare and to log.
    fuzz::require(manifest->id == "acme");
    fuzz::require(!manifest->library.empty() && manifest->library.find('/') == std::string::npos);
    fuzz::require(manifest->library[0] != '.');
    fuzz::require(manifest->sha256.size() == 64);
    fuzz::require(!manifest->provides.empty() && manifest->abi_min >= 1 &&
                  manifest->abi_min <= manifest->abi_max);
    for (const auto& permission : manifest->permissions) fuzz::require(permission.starts_with("secrets:"));
  } else {
    fuzz::require(manifest.error().code == ErrorCode::invalid && !manifest.error().text.empty());
    fuzz::require(manifest.error().place.starts_with("/plugins/acme.plugin.json"));
  }
  // Untrusted text never makes a second line in the log.
  const auto line = log_text(text, 300);
  fuzz::require(line.size() <= 303);
  for (const char c : line) fuzz::require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
  return 0;
}
