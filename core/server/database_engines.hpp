// SPDX-License-Identifier: Apache-2.0
#pragma once
/// For database*.cpp only.
#include "server/database.hpp"

namespace printrouter::server {

Result<std::unique_ptr<Database>> open_sqlite(const std::string& file);
Result<std::unique_ptr<Database>> open_postgres(const std::string& uri);

}  // namespace printrouter::server
