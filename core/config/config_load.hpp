// SPDX-License-Identifier: Apache-2.0
#pragma once
/// From file to Config. Nothing throws; a bad file yields findings and no Config, so nothing can be
/// half-applied.
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "config/config.hpp"
#include "model/reason.hpp"

namespace printrouter {

/// One thing to say about a configuration.
struct ConfigFinding {
  Severity severity = Severity::refusal;  ///< refusal: an error, the file is not used; warning; info
  std::string id = {};                    ///< "config.type", "config.unknown-key", ...; stable
  std::string file = {};
  int line = 0;            ///< from 1; 0: not one place
  std::string field = {};  ///< "printing.fallback.target", "devices[3].ports[0].port"
  std::string en = {}, de = {};
  std::string expected = {}, expected_de = {};  ///< what would have been right; empty where the text says it

  /// "desktop.json:12: devices[3].id: is missing (expected …)".
  std::string message(std::string_view language = "en") const;
};
using ConfigFindings = std::vector<ConfigFinding>;
bool has_errors(const ConfigFindings& findings);

struct ConfigResult {
  std::shared_ptr<const Config> config = {};  ///< null if there is an error among the findings
  ConfigFindings findings = {};               ///< in the order of the file; unknown keys are errors
  /// The first error. Only if `config` is null.
  Error error() const;
};

/// Reads a file that the configuration names (profile, devices). At most `limit` bytes.
using ConfigFileReader = std::function<Result<std::string>(const std::string& path)>;

/// Reads `path`, and what it refers to relative to its folder.
ConfigResult load_config(const std::string& path);
/// The same for a text in memory. `name` stands in the findings; `reader` answers for referred files.
ConfigResult parse_config(std::string_view text, const std::string& name, const ConfigFileReader& reader);

struct ProfileResult {
  std::optional<Profile> profile = {};
  ConfigFindings findings = {};
};
/// One configuration profile (docs/schema/configuration-profile.schema.json), as in a snapshot or a file of
/// its own.
ProfileResult parse_profile(std::string_view text, const std::string& name);

struct DevicesResult {
  std::vector<Device> devices = {};
  ConfigFindings findings = {};
};
/// A file of device entries: {"devices": [...]}.
DevicesResult parse_devices(std::string_view text, const std::string& name);

/// The identity facts of a user (named as at the server) for vendor rules; empty: none are known.
Attributes identity_codes(const IdentityConfig& identity, std::string_view user);

/// "500ms", "1s", "30m", "12h", "7d".
std::optional<Milliseconds> parse_duration(std::string_view text);
/// "4096", "512KiB", "200MiB", "4GiB".
std::optional<std::uint64_t> parse_size(std::string_view text);
/// "12.5" with `decimals` 2 -> 1250; more places than `decimals`, signs and exponents are refused.
std::optional<std::int64_t> parse_money(std::string_view text, int decimals);

}  // namespace printrouter
