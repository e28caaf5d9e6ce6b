// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Sections that the configuration of the desktop and that of the management server have in common. The
/// caller calls done().
#include "config/config.hpp"
#include "config/field_reader.hpp"

namespace printrouter {

void read_trust(FieldReader& in, TrustConfig& out);
void read_plugins(FieldReader& in, PluginsConfig& out);
void read_log(FieldReader& in, LogConfig& out);
void read_timeouts(FieldReader& in, TimeoutsConfig& out);
/// A path relative to the folder of `file`.
std::string beside(const std::string& file, const std::string& name);
/// A file of at most 64 MiB.
Result<std::string> read_whole_file(const std::string& path);

}  // namespace printrouter
