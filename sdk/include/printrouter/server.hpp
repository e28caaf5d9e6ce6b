// SPDX-License-Identifier: Apache-2.0
#pragma once
/// A connection to a management server as a class; `server_table<Class>` makes its printrouter.server table.
///
///     class Acme : public sdk::Server {
///      public:
///       using Server::Server;
///       std::string check(const sdk::Attributes& target, pr_server_facts& facts) override;
///       std::unique_ptr<sdk::Session> open(const pr_server_request& request) override;
///       const void* extension(std::string_view id) override { return id == PR_SERVER_ID ? &table : nullptr;
///       }
///     };
#include <printrouter/abi/server.h>
#include <printrouter/session.hpp>

#include <algorithm>
#include <cstring>
#include <memory>

namespace printrouter::sdk {

/// Base of a server plugin.
class Server : public Plugin {
 public:
  using Plugin::Plugin;
  /// Empty if the administrator's target is complete and right (`facts` filled in, which start out as those
  /// of a server that prints on arrival), else one sentence that names the field and what was expected.
  virtual std::string check(const Attributes& target, pr_server_facts& facts) = 0;
  /// nullptr: the request has an operation that this server does not have.
  virtual std::unique_ptr<Session> open(const pr_server_request& request) = 0;
};

inline Server& server(pr_plugin* p) {
  return static_cast<Server&>(self(p));
}

constexpr pr_server server_table(const char* name) {
  return {sizeof(pr_server),
          0,
          name,
          session_table,
          [](pr_plugin* p, const pr_attrs* target, pr_server_facts* out, char* error, size_t capacity,
             size_t* error_size) noexcept -> pr_status {
            return guarded(&self(p), pr_status{PR_ERROR}, [&]() -> pr_status {
              pr_server_facts facts{};
              facts.struct_size = sizeof facts;
              const std::string wrong = server(p).check(Attributes(*target), facts);
              if (!wrong.empty()) {
                *error_size = std::min(wrong.size(), capacity);
                std::memcpy(error, wrong.data(), *error_size);
                return PR_INVALID;
              }
              *error_size = 0;
              *out = facts;
              return PR_OK;
            });
          },
          [](pr_plugin* p, const pr_server_request* request, pr_session** out) noexcept -> pr_status {
            return guarded(&self(p), pr_status{PR_ERROR}, [&]() -> pr_status {
              std::unique_ptr<Session> session = server(p).open(*request);
              if (!session) return PR_UNSUPPORTED;
              *out = handle(session.release());
              return PR_OK;
            });
          }};
}

}  // namespace printrouter::sdk
