// SPDX-License-Identifier: Apache-2.0
/// The configuration and its smaller sisters: no input may crash them, and a file is taken whole or not at
/// all.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "config/config_load.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace printrouter;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto reader = [&](const std::string&) -> Result<std::string> {
    return std::string(text.substr(0, size / 2));
  };
  const ConfigResult result = parse_config(text, "fuzz.json", reader);
  if ((result.config == nullptr) != has_errors(result.findings) && !text.empty()) {
    if (result.config) std::abort();
    if (result.findings.empty()) std::abort();
  }
  for (const ConfigFinding& f : result.findings) {
    if (f.message("en").empty() || f.message("de").empty() || f.line < 0) std::abort();
  }
  const ProfileResult profile = parse_profile(text, "profile.json");
  if (!profile.profile && profile.findings.empty()) std::abort();
  return 0;
}
