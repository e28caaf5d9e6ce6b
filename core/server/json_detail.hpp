// SPDX-License-Identifier: Apache-2.0
#pragma once
/// JSON as this folder writes it; for the .cpp files of server/ only.
#include <nlohmann/json.hpp>
#include <string>

#include "base/error.hpp"

namespace printrouter::server {

/// Members sorted, no blanks, invalid UTF-8 replaced: equal content, equal text.
inline std::string dump(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// {"error": {"code", "message", "field", "expected"}}, as docs/openapi/server.yaml says.
std::string error_body(const Error& error);
unsigned error_status(ErrorCode code);

struct ReportedEntry;
/// ledger_store's read_content() for who has the content parsed: it is that of the entry.
std::string read_content(ReportedEntry& entry, const nlohmann::json& content);

}  // namespace printrouter::server
