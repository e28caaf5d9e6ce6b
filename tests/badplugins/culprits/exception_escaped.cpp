// SPDX-License-Identifier: Apache-2.0
#include "well_behaved.hpp"

#include <stdexcept>

namespace {
class Throwing : public bad::Sender {
 public:
  using Sender::Sender;
  void throw_if_armed(const pr_event& event) const {
    if (armed() && event.kind == PR_EVENT_PAYLOAD_SENT) throw std::runtime_error("not handled here");
  }
};

// A hand-written step without the guard that the SDK's wrappers put around every function.
pr_status throwing_step(pr_session* session, const pr_event* event, pr_action* action) {
  static_cast<Throwing*>(reinterpret_cast<printrouter::sdk::Session*>(session))->throw_if_armed(*event);
  return printrouter::sdk::session_table.step(session, event, action);
}

constexpr pr_protocol unguarded() {
  auto t = bad::table<Throwing>;
  t.session.step = throwing_step;
  return t;
}
constexpr pr_protocol throwing = unguarded();

class Careless : public printrouter::sdk::Plugin {
 public:
  using Plugin::Plugin;
  const void* extension(std::string_view id) override { return id == PR_PROTOCOL_ID ? &throwing : nullptr; }
};
}  // namespace
PRINTROUTER_PLUGIN(Careless, BAD_ID, "1.0.0")
