// SPDX-License-Identifier: Apache-2.0
#include "plugin/plugin_host.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <exception>

namespace printrouter {
namespace {

/// Length of the UTF-8 sequence at the start of `text` and its code point; 0 if it is not one (RFC 3629).
std::size_t decode(std::string_view text, std::uint32_t& point) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto lead = byte(0);
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xC2 ? 0
                             : lead < 0xE0 ? 2
                             : lead < 0xF0 ? 3
                             : lead < 0xF5 ? 4
                                           : 0;
  if (length == 0 || text.size() < length) return 0;
  point = length == 1 ? lead : lead & (0xFFu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
    point = point << 6 | (byte(i) & 0x3Fu);
  }
  constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
  return point < least[length] || surrogate || point > 0x10FFFF ? 0 : length;
}

/// Control characters, line and paragraph separators, and what turns the reading direction.
bool must_escape(std::uint32_t point) {
  return point < 0x20 || (point >= 0x7F && point < 0xA0) || point == 0x2028 || point == 0x2029 ||
         point == 0x200E || point == 0x200F || (point >= 0x202A && point <= 0x202E) ||
         (point >= 0x2066 && point <= 0x2069);
}

spdlog::level::level_enum level_of(std::uint32_t level) {
  switch (level) {
    case PR_LOG_DEBUG:
      return spdlog::level::debug;
    case PR_LOG_WARNING:
      return spdlog::level::warn;
    case PR_LOG_ERROR:
      return spdlog::level::err;
    default:
      return spdlog::level::info;
  }
}

template <class Clock>
std::int64_t milliseconds() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now().time_since_epoch()).count();
}

std::string_view view(pr_str text) {
  return text.size ? std::string_view(text.data, text.size) : std::string_view();
}

}  // namespace

std::string log_text(std::string_view raw, std::size_t limit) {
  std::string out;
  for (std::size_t at = 0; at < raw.size();) {
    std::uint32_t point = 0;
    const auto length = decode(raw.substr(at), point);
    std::string part(raw.substr(at, length));
    if (length == 0) {
      part = fmt::format("\\x{:02x}", static_cast<unsigned char>(raw[at]));
    } else if (must_escape(point)) {
      part = point < 0x80 ? fmt::format("\\x{:02x}", point) : fmt::format("\\u{{{:x}}}", point);
    }
    if (out.size() + part.size() > limit) return out + "...";
    out += part;
    at += std::max<std::size_t>(length, 1);
  }
  return out;
}

PluginHost::PluginHost(HostServices services)
    : table_{sizeof(pr_host), this, &PluginHost::get_service}, services_(std::move(services)) {}

const void* PluginHost::get_service(const pr_host*, const char* id) {
  static const pr_host_log log{sizeof(pr_host_log), &PluginHost::write_log};
  static const pr_host_clock clock{sizeof(pr_host_clock),
                                   [](const pr_host*) { return milliseconds<std::chrono::system_clock>(); },
                                   [](const pr_host*) { return milliseconds<std::chrono::steady_clock>(); }};
  static const pr_host_config config{sizeof(pr_host_config), &PluginHost::get_config};
  static const pr_host_secrets secrets{sizeof(pr_host_secrets), &PluginHost::get_secret};
  const std::string_view wanted(id ? id : "");
  if (wanted == PR_HOST_LOG_ID) return &log;
  if (wanted == PR_HOST_CLOCK_ID) return &clock;
  if (wanted == PR_HOST_CONFIG_ID) return &config;
  if (wanted == PR_HOST_SECRETS_ID) return &secrets;
  return nullptr;
}

// The plugin calls these: nothing may be thrown back into it.
void PluginHost::write_log(const pr_host* host, std::uint32_t level, pr_str text) {
  try {
    const auto& services = of(host).services_;
    const auto line = log_text(view(text));
    if (services.log)
      services.log(level, services.plugin, line);
    else
      spdlog::log(level_of(level), "plugin {}: {}", services.plugin, line);
  } catch (const std::exception&) {
    // No memory for a log line: the plugin goes on without it.
  }
}

pr_status PluginHost::get_config(const pr_host* host, pr_str key, pr_str* value) {
  try {
    const auto& config = of(host).services_.config;
    const auto found = config.find(std::string(view(key)));
    if (found == config.end()) return PR_UNSUPPORTED;
    *value = {found->second.data(), found->second.size()};
    return PR_OK;
  } catch (const std::exception&) {
    return PR_NO_MEMORY;
  }
}

pr_status PluginHost::get_secret(const pr_host* host, pr_str name, pr_str* value) {
  try {
    auto& self = of(host);
    const auto& services = self.services_;
    const auto wanted = view(name);
    const auto permitted = std::find(services.permissions.begin(), services.permissions.end(),
                                     "secrets:" + std::string(wanted)) != services.permissions.end();
    if (!permitted || !services.secret) return PR_UNSUPPORTED;
    auto secret = services.secret(services.plugin, wanted);
    if (!secret) return PR_UNSUPPORTED;
    auto& given = self.secrets_[std::string(wanted)];
    if (given.empty() || given.back() != *secret) given.push_back(std::move(*secret));
    *value = {given.back().data(), given.back().size()};
    return PR_OK;
  } catch (const std::exception&) {
    return PR_NO_MEMORY;
  }
}

}  // namespace printrouter
