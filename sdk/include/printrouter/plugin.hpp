// SPDX-License-Identifier: Apache-2.0
#pragma once
/// C++20 glue over the C ABI: write a small class, end the file with PRINTROUTER_PLUGIN.
///
///     class Acme : public printrouter::sdk::Plugin {
///      public:
///       explicit Acme(const pr_host* host) : Plugin(host) {}
///       const void* extension(std::string_view id) override;
///     };
///     PRINTROUTER_PLUGIN(Acme, "acme", "1.0.0")
///
/// Nothing here allocates or throws across the border: every entry point catches what the class throws, logs it
/// and answers PR_ERROR.
#include <printrouter/abi/host.h>

#include <cstring>
#include <exception>
#include <new>
#include <string>
#include <string_view>

namespace printrouter::sdk {

inline std::string_view view(pr_str s) { return s.size ? std::string_view(s.data, s.size) : std::string_view(); }
inline std::string_view view(pr_bytes b) {
  return b.size ? std::string_view(reinterpret_cast<const char*>(b.data), b.size) : std::string_view();
}
inline pr_str str(std::string_view s) { return {s.data(), s.size()}; }
inline pr_bytes bytes(std::string_view s) { return {reinterpret_cast<const uint8_t*>(s.data()), s.size()}; }

/// The attributes of one call, by name. Borrows what it looks at.
class Attributes {
 public:
  explicit Attributes(pr_attrs attrs) : attrs_(attrs) {}
  const pr_attr* begin() const { return attrs_.items; }
  const pr_attr* end() const { return attrs_.items + attrs_.count; }
  /// The first value of `name` (in group `group`), nullptr if there is none.
  const pr_attr* find(std::string_view name, uint32_t group = 0) const {
    for (const pr_attr& a : *this)
      if (a.group == group && view(a.name) == name) return &a;
    return nullptr;
  }
  std::string_view text(std::string_view name, std::string_view otherwise = {}) const {
    const pr_attr* a = find(name);
    return a ? view(a->text) : otherwise;
  }
  int64_t integer(std::string_view name, int64_t otherwise) const {
    const pr_attr* a = find(name);
    return a ? a->integer : otherwise;
  }
  pr_tristate boolean(std::string_view name) const {
    const pr_attr* a = find(name);
    return !a || a->kind != PR_ATTR_BOOLEAN ? PR_UNKNOWN : a->integer ? PR_YES : PR_NO;
  }

 private:
  pr_attrs attrs_;
};

inline pr_attr attr_text(std::string_view name, std::string_view text, uint32_t kind = PR_ATTR_KEYWORD,
                         uint32_t group = 0) {
  return {str(name), kind, group, 0, 0, str(text)};
}
inline pr_attr attr_integer(std::string_view name, int64_t value, uint32_t kind = PR_ATTR_INTEGER,
                            uint32_t group = 0) {
  return {str(name), kind, group, value, 0, {nullptr, 0}};
}

/// Base of a plugin's own class.
class Plugin {
 public:
  explicit Plugin(const pr_host* host)
      : host_(host), log_(static_cast<const pr_host_log*>(host->get_service(host, PR_HOST_LOG_ID))) {}
  virtual ~Plugin() = default;
  Plugin(const Plugin&) = delete;
  Plugin& operator=(const Plugin&) = delete;
  /// The static table for an interface id, nullptr if this plugin does not provide it.
  virtual const void* extension(std::string_view interface_id) = 0;
  void log(uint32_t level, std::string_view text) const noexcept {
    if (log_) log_->write(host_, level, str(text));
  }
  /// The configured value at `key`, or `otherwise`.
  std::string_view config(std::string_view key, std::string_view otherwise = {}) const {
    auto* service = static_cast<const pr_host_config*>(host_->get_service(host_, PR_HOST_CONFIG_ID));
    pr_str value{};
    return service && service->get(host_, str(key), &value) == PR_OK ? view(value) : otherwise;
  }
  /// A secret that the manifest permits, as it is now; empty: there is none. Never log it.
  std::string_view secret(std::string_view name) const {
    auto* service = static_cast<const pr_host_secrets*>(host_->get_service(host_, PR_HOST_SECRETS_ID));
    pr_str value{};
    return service && service->get(host_, str(name), &value) == PR_OK ? view(value) : std::string_view();
  }
  /// Milliseconds that never run backwards; 0 on a host without a clock.
  int64_t monotonic_ms() const {
    auto* clock = static_cast<const pr_host_clock*>(host_->get_service(host_, PR_HOST_CLOCK_ID));
    return clock ? clock->monotonic_ms(host_) : 0;
  }
  /// Wall clock, milliseconds since 1970 UTC; 0 on a host without a clock.
  int64_t unix_ms() const {
    auto* clock = static_cast<const pr_host_clock*>(host_->get_service(host_, PR_HOST_CLOCK_ID));
    return clock ? clock->unix_ms(host_) : 0;
  }
  const pr_host* host() const { return host_; }

 private:
  const pr_host* host_;
  const pr_host_log* log_;
};

inline Plugin& self(pr_plugin* p) { return *reinterpret_cast<Plugin*>(p); }

/// Runs `f`; what it throws becomes a line in the log and `failed`.
template <class F, class R>
R guarded(const Plugin* plugin, R failed, F&& f) noexcept {
  try {
    return f();
  } catch (const std::exception& e) {
    if (plugin) plugin->log(PR_LOG_ERROR, e.what());
  } catch (...) {
    if (plugin) plugin->log(PR_LOG_ERROR, "unknown exception");
  }
  return failed;
}

template <class P>
constexpr pr_plugin_entry entry(const char* id, const char* version) {
  return {sizeof(pr_plugin_entry),
          PR_ABI_VERSION,
          id,
          version,
          [](const pr_host* host, pr_plugin** out) noexcept -> pr_status {
            return guarded(nullptr, pr_status{PR_ERROR}, [&]() -> pr_status {
              *out = reinterpret_cast<pr_plugin*>(static_cast<Plugin*>(new P(host)));
              return PR_OK;
            });
          },
          [](pr_plugin* plugin) noexcept { delete &self(plugin); },
          [](pr_plugin* plugin, const char* id_text) noexcept -> const void* {
            return guarded(&self(plugin), static_cast<const void*>(nullptr),
                           [&] { return self(plugin).extension(id_text); });
          }};
}

}  // namespace printrouter::sdk

#define PRINTROUTER_PLUGIN(Class, id, version)                                         \
  extern "C" __attribute__((visibility("default"))) const pr_plugin_entry printrouter_plugin_v1; \
  const pr_plugin_entry printrouter_plugin_v1 = printrouter::sdk::entry<Class>(id, version);
