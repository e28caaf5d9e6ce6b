// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "server/database.hpp"

namespace printrouter::server {

/// Brings the database forward to this program's schema, a transaction a step. Errors: conflict (made by a
/// newer program), and the database's own.
Status migrate(Database& database);
/// The schema this program works with; 1 is the oldest.
std::int64_t schema_version();

}  // namespace printrouter::server
