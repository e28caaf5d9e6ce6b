// SPDX-License-Identifier: Apache-2.0
#pragma once
/// CSV as RFC 4180 says it; lines that begin with # are comments. [any thread]
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace printrouter::server {

struct CsvLine {
  int line = 0;  ///< where it began, from 1
  std::vector<std::string> cells = {};
};
/// Empty lines and comments are left out. `name` stands in errors. Errors: invalid.
Result<std::vector<CsvLine>> parse_csv(std::string_view text, const std::string& name);
/// Quoted where that is needed.
std::string csv_cell(std::string_view text);

}  // namespace printrouter::server
