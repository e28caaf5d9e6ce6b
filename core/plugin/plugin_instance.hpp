// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <printrouter/abi/language.h>
#include <printrouter/abi/protocol.h>
#include <printrouter/abi/receiver.h>
#include <printrouter/abi/server.h>
#include <printrouter/abi/vendor.h>

#include <memory>
#include <string>
#include <vector>

#include "plugin/plugin_host.hpp"
#include "plugin/plugin_library.hpp"

namespace printrouter {

/// A plugin at work: its library mapped, its instance made, its tables checked. Ends in the opposite order.
class PluginInstance {
 public:
  /// `library` as loaded from `candidate`. Findings: init-failed, exception-escaped, extension-missing,
  /// struct-size, function-missing.
  static std::unique_ptr<PluginInstance> create(const PluginCandidate& candidate, PluginLibrary library,
                                                HostServices services, PluginFinding* out);
  ~PluginInstance();
  PluginInstance(const PluginInstance&) = delete;
  PluginInstance& operator=(const PluginInstance&) = delete;

  pr_plugin* get() const { return plugin_; }
  /// Tables that the manifest announces; nullptr if it does not.
  const pr_protocol* protocol() const { return protocol_; }
  const pr_receiver* receiver() const { return receiver_; }
  const pr_vendor* vendor() const { return vendor_; }
  const pr_language* language() const { return language_; }
  const pr_server* server() const { return server_; }
  /// "protocol raw", "receiver raw"
  std::vector<std::string> names() const;

 private:
  PluginInstance(PluginLibrary library, HostServices services)
      : library_(std::move(library)), host_(std::move(services)) {}
  bool take(const std::string& interface_id, PluginFinding* out);

  PluginLibrary library_;
  PluginHost host_;
  pr_plugin* plugin_ = nullptr;
  const pr_protocol* protocol_ = nullptr;
  const pr_receiver* receiver_ = nullptr;
  const pr_vendor* vendor_ = nullptr;
  const pr_language* language_ = nullptr;
  const pr_server* server_ = nullptr;
};

/// Calls `function`; what it throws becomes exception-escaped in *out and false. In production the action
/// driver uses this as well: the contract forbids exceptions, but one must not end the daemon.
template <class Function>
bool without_exception(PluginFinding* out, std::string_view where, Function&& function);

void note_exception(PluginFinding* out, std::string_view where, std::string_view what);

template <class Function>
bool without_exception(PluginFinding* out, std::string_view where, Function&& function) {
  try {
    function();
    return true;
  } catch (const std::exception& thrown) {
    note_exception(out, where, thrown.what());
  } catch (...) {
    note_exception(out, where, "not derived from std::exception");
  }
  return false;
}

}  // namespace printrouter
