// SPDX-License-Identifier: Apache-2.0
#pragma once
/// A JSON object as the cells of one CSV line and back; for the .cpp files of server/ only. [any thread]
///
/// A column is the path of a member ("printing.fallback.enabled"). A cell is a text as it stands, or JSON:
/// numbers, true and false, [lists], and texts that would else be taken for one of these. Lists of texts and
/// of plain ports have a short form ("a;b", "raw:9100=plain"). An empty cell: there is no such member.
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "base/result.hpp"

namespace printrouter::server {

/// Errors: invalid, with the column as the field.
Status put_cell(nlohmann::json& body, const std::string& column, const std::string& cell);
/// By column. put_cell() of them all gives the same object again.
std::map<std::string, std::string> cells_of(const nlohmann::json& body);

}  // namespace printrouter::server
