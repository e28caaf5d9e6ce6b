// SPDX-License-Identifier: Apache-2.0
#include "lpr_plugin.hpp"

#include "lpr_receiver.hpp"
#include "lpr_sender.hpp"

namespace printrouter::lpr {
namespace {

constexpr pr_protocol protocol_table =
    sdk::protocol<LprSender>("lpr", 515, {.unknown_length = true, .receipt = true});
constexpr pr_receiver receiver_table = sdk::receiver<LprReceiver>("lpr", 515);

class LprPlugin : public sdk::Plugin {
 public:
  // A server of the old kind keeps files by this number: one that starts at 0 again after a restart would
  // write over a job that still waits there.
  explicit LprPlugin(const pr_host* host) : Plugin(host), number_(static_cast<unsigned>(unix_ms() % 1000)) {}
  const void* extension(std::string_view id) override {
    if (id == PR_PROTOCOL_ID) return &protocol_table;
    if (id == PR_RECEIVER_ID) return &receiver_table;
    return nullptr;
  }
  unsigned next_number() const { return number_++ % 1000; }

 private:
  mutable unsigned number_;
};

}  // namespace

unsigned next_job_number(const sdk::Plugin& plugin) {
  return static_cast<const LprPlugin&>(plugin).next_number();
}

}  // namespace printrouter::lpr

PRINTROUTER_PLUGIN(printrouter::lpr::LprPlugin, "lpr", "0.1.0")
