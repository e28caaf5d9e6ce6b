// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Tables for printrouter.protocol and printrouter.receiver from session classes.
///
///     static constexpr pr_protocol protocol = sdk::protocol<RawSender>("raw", 9100, {.receipt = false});
///
/// The session class has a constructor (const sdk::Plugin&, const pr_send_request&) or, for a receiver,
/// (const sdk::Plugin&, const pr_receive_request&); it copies what it needs later.
#include <printrouter/abi/protocol.h>
#include <printrouter/abi/receiver.h>
#include <printrouter/session.hpp>

namespace printrouter::sdk {

struct ProtocolFacts {
  bool unknown_length = false;
  bool receipt = false;
  bool can_query = false;
};

template <class S>
constexpr pr_protocol protocol(const char* name, uint32_t default_port, ProtocolFacts facts) {
  return {sizeof(pr_protocol), facts.unknown_length, facts.receipt, facts.can_query, name, default_port, 0,
          session_table, [](pr_plugin* plugin, const pr_send_request* request, pr_session** out) noexcept -> pr_status {
            return guarded(&self(plugin), pr_status{PR_ERROR}, [&]() -> pr_status {
              *out = handle(new S(self(plugin), *request));
              return PR_OK;
            });
          }};
}

template <class S>
constexpr pr_receiver receiver(const char* name, uint32_t default_port) {
  return {sizeof(pr_receiver), default_port, name, session_table,
          [](pr_plugin* plugin, const pr_receive_request* request, pr_session** out) noexcept -> pr_status {
            return guarded(&self(plugin), pr_status{PR_ERROR}, [&]() -> pr_status {
              *out = handle(new S(self(plugin), *request));
              return PR_OK;
            });
          }};
}

}  // namespace printrouter::sdk
