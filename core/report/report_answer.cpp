// SPDX-License-Identifier: Apache-2.0
#include "report/report_answer.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace printrouter::report {
namespace {
tl::unexpected<Error> wrong(const char* field, const char* expected) {
  return fail(
      {ErrorCode::invalid, "cannot be understood", field, "the server's answer to a report", expected});
}
}  // namespace

bool Answer::has(std::int64_t seq) const {
  return std::ranges::any_of(ranges, [&](const auto& r) { return r.first <= seq && seq <= r.second; });
}

std::int64_t Answer::through(const std::set<std::int64_t>& answered, std::int64_t last) const {
  std::int64_t through = 0;
  auto range = ranges.begin();
  while (through < last) {
    while (range != ranges.end() && range->second <= through) ++range;
    if (range != ranges.end() && range->first <= through + 1)
      through = range->second;
    else if (answered.contains(through + 1))
      ++through;
    else
      break;
  }
  return std::min(through, last);
}

Result<Answer> read_answer(std::string_view text) {
  const auto j = nlohmann::json::parse(text, nullptr, false);
  if (!j.is_object()) return wrong("", "an object");
  const auto acknowledged = j.find("acknowledged"), rejected = j.find("rejected");
  if (acknowledged == j.end() || !acknowledged->is_array())
    return wrong("acknowledged", "a list of [first, last]");
  if (rejected == j.end() || !rejected->is_array()) return wrong("rejected", "a list of {seq, reason, text}");
  Answer out;
  for (const auto& range : *acknowledged) {
    if (!range.is_array() || range.size() != 2 || !range[0].is_number_integer() ||
        !range[1].is_number_integer())
      return wrong("acknowledged", "a list of [first, last]");
    out.ranges.emplace_back(range[0].get<std::int64_t>(), range[1].get<std::int64_t>());
    if (out.ranges.back().first < 1 || out.ranges.back().second < out.ranges.back().first)
      return wrong("acknowledged", "numbers from 1, first before last");
  }
  std::ranges::sort(out.ranges);
  for (const auto& entry : *rejected) {
    if (!entry.is_object() || !entry.contains("seq") || !entry["seq"].is_number_integer() ||
        !entry.contains("reason") || !entry["reason"].is_string())
      return wrong("rejected", "a list of {seq, reason, text}");
    const auto words = entry.find("text");
    out.rejected.push_back({entry["seq"].get<std::int64_t>(), entry["reason"].get<std::string>(),
                            words != entry.end() && words->is_string() ? words->get<std::string>() : ""});
  }
  return out;
}

}  // namespace printrouter::report
