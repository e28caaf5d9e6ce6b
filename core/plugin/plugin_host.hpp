// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <printrouter/abi/host.h>

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace printrouter {

/// Untrusted text as one line for a log: control characters, invalid UTF-8 and characters that change the
/// reading direction become \xNN or \u{N}; at most `limit` bytes, then "...".
std::string log_text(std::string_view raw, std::size_t limit = 2000);

/// What the host gives one plugin. The services are asked for by id (abi/host.h).
struct HostServices {
  std::string plugin;                         ///< its id, the tag of its log lines
  std::vector<std::string> permissions = {};  ///< of its manifest
  std::map<std::string, std::string> config = {};
  std::function<std::optional<std::string>(std::string_view plugin, std::string_view name)> secret = {};
  /// Any thread; text is already sanitised. Empty: spdlog's default logger.
  std::function<void(std::uint32_t level, std::string_view plugin, std::string_view text)> log = {};
};

/// The pr_host of one instance; must outlive it, at a fixed address. Log and clock from any thread, the rest
/// main.
class PluginHost {
 public:
  explicit PluginHost(HostServices services);
  PluginHost(const PluginHost&) = delete;
  PluginHost& operator=(const PluginHost&) = delete;
  const pr_host* abi() const { return &table_; }

 private:
  static const void* get_service(const pr_host* host, const char* id);
  static PluginHost& of(const pr_host* host) { return *static_cast<PluginHost*>(host->context); }
  static void write_log(const pr_host* host, std::uint32_t level, pr_str text);
  static pr_status get_config(const pr_host* host, pr_str key, pr_str* value);
  static pr_status get_secret(const pr_host* host, pr_str name, pr_str* value);

  pr_host table_;
  HostServices services_;
  /// Handed out, each value kept until the plugin is destroyed; the last is the present one.
  std::map<std::string, std::list<std::string>, std::less<>> secrets_;
};

}  // namespace printrouter
