// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What a server says to a batch (docs/openapi/server.yaml, reportLedger).
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace printrouter::report {

struct Rejected {
  std::int64_t seq = 0;
  std::string reason = {}, text = {};
};

struct Answer {
  std::vector<std::pair<std::int64_t, std::int64_t>> ranges = {};  ///< ends included; ascending, apart
  std::vector<Rejected> rejected = {};

  bool has(std::int64_t seq) const;
  /// The number through which every entry from 1 on is at the server or among `answered`; at most `last`.
  std::int64_t through(const std::set<std::int64_t>& answered, std::int64_t last) const;
};

/// Errors: invalid, with the field.
Result<Answer> read_answer(std::string_view json);

}  // namespace printrouter::report
