// SPDX-License-Identifier: Apache-2.0
#pragma once
/// JSON as a tree that remembers its lines, which a finding about a configuration needs.
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/config_load.hpp"

namespace printrouter {

struct JsonNode {
  enum class Kind { null, boolean, integer, real, text, array, object } kind = Kind::null;
  int line = 0;  ///< of its first token, from 1
  bool boolean = false;
  std::int64_t integer = 0;
  std::string text = {};  ///< of a text; of a real: as written
  std::vector<JsonNode> items = {};
  std::vector<std::pair<std::string, JsonNode>> members = {};  ///< as they stand; a name occurs once

  const JsonNode* member(std::string_view name) const;
};
/// "a text", "ein Text".
std::string_view kind_name(JsonNode::Kind kind, bool german);

/// Parses `text`. On a syntax error, a name given twice, more than 64 levels or more than 64 MiB: false, with
/// a finding of file `name`. Never throws.
bool parse_json(std::string_view text, const std::string& name, JsonNode& out, ConfigFindings& findings);

}  // namespace printrouter
