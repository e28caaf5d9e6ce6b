// SPDX-License-Identifier: Apache-2.0
#pragma once
/// One configured door: accepts connections, looks up who is there, and lets a receiver plugin speak.
#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "intake/intake_handler.hpp"
#include "net/io_context.hpp"
#include "net/tls.hpp"
#include "plugin/plugin_registry.hpp"
#include "plugin/plugin_watch.hpp"

namespace printrouter {

struct IntakeListenerOptions {
  std::string name = {};      ///< "ipp", "office-raw"
  std::string protocol = {};  ///< a receiver's name
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0: the kernel chooses
  int descriptor = -1;     ///< a listening socket handed over by systemd; instead of address and port
  std::string queue = {};
  std::string path = {};        ///< shown in status: "/ipp/print"
  std::string local_host = {};  ///< the name under which this listener presents itself; empty: its address
  std::shared_ptr<net::TlsIdentity> tls_identity = {};
  bool tls_from_start = false;

  std::size_t max_connections = 200;     ///< at once; more wait in the kernel's queue
  Milliseconds idle_timeout{30000};      ///< between requests, and for a header that does not end
  Milliseconds progress_timeout{60000};  ///< silence in the middle of a document
  std::uint64_t document_limit = std::uint64_t{4} << 30;  ///< bytes after decoding
};

/// Everything a listener borrows; must outlive it.
struct IntakeContext {
  net::IoContext* io = nullptr;
  IntakeHandler* handler = nullptr;
  env::PeerIdentitySource* identities = nullptr;
  PluginWatch* watch = nullptr;  ///< optional
  std::function<void(const PluginIdentity&, std::string_view finding, std::string_view text)> report = {};
};

/// [main thread only]
class IntakeListener {
 public:
  /// Binds and accepts. Errors: address in use or not permitted (`place` = address:port).
  static Result<std::unique_ptr<IntakeListener>> open(const IntakeContext& context,
                                                      const LoadedReceiver& receiver,
                                                      IntakeListenerOptions options);
  /// Ends all sessions at once; uncommitted jobs are reported as abandoned.
  ~IntakeListener();
  IntakeListener(const IntakeListener&) = delete;
  IntakeListener& operator=(const IntakeListener&) = delete;

  /// No new connections; `idle` runs once when the last open one has ended.
  void drain(std::function<void()> idle);
  const IntakeListenerOptions& options() const;  ///< with the actual port
  std::size_t connections() const;

  struct Impl;
  explicit IntakeListener(std::shared_ptr<Impl> impl);

 private:
  std::shared_ptr<Impl> impl_;
};

}  // namespace printrouter
