// SPDX-License-Identifier: Apache-2.0
#include "control/history_import.hpp"

#include <nlohmann/json.hpp>
#include <sstream>

#include "base/time_text.hpp"

namespace printrouter::control {
namespace {

Result<Router::HistoryEntry> entry_of(const std::string& user, const std::string& device,
                                      const std::string& when, const std::string& place, Timestamp now) {
  if (user.empty()) return fail({ErrorCode::invalid, "is empty", "user", place, "a user name"});
  if (device.empty()) return fail({ErrorCode::invalid, "is empty", "device", place, "the id of a device"});
  Timestamp last = now;
  if (!when.empty()) {
    const auto parsed = parse_time(when);
    if (!parsed)
      return fail({ErrorCode::invalid, "\"" + when + "\" is no time", "last_used", place,
                   "2026-01-31T08:15:30Z or 2026-01-31"});
    last = *parsed;
  }
  return Router::HistoryEntry{user, device, last};
}

}  // namespace

Result<std::vector<Router::HistoryEntry>> parse_history(std::string_view text, const std::string& name,
                                                        Timestamp now) {
  std::vector<Router::HistoryEntry> out;
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && text[first] == '[') {
    const auto list = nlohmann::json::parse(text, nullptr, false);
    if (!list.is_array())
      return fail({ErrorCode::invalid, "is no JSON", {}, name, "[{\"user\", \"device\", \"last_used\"}]"});
    for (std::size_t i = 0; i < list.size(); ++i) {
      const std::string place = name + "[" + std::to_string(i) + "]";
      if (!list[i].is_object())
        return fail({ErrorCode::invalid, "is no object", {}, place, "{\"user\", \"device\", \"last_used\"}"});
      const auto member = [&](const char* key) {
        return list[i].contains(key) && list[i][key].is_string() ? list[i][key].get<std::string>()
                                                                 : std::string();
      };
      auto entry = entry_of(member("user"), member("device"), member("last_used"), place, now);
      if (!entry) return fail(entry.error());
      out.push_back(std::move(*entry));
    }
    return out;
  }
  std::stringstream in{std::string(text)};
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty() || line.starts_with("#") || (number == 1 && line.starts_with("user,device"))) continue;
    std::vector<std::string> columns;
    std::stringstream cells(line);
    for (std::string cell; std::getline(cells, cell, ',');) columns.push_back(cell);
    const std::string place = name + ":" + std::to_string(number);
    if (columns.size() < 2 || columns.size() > 3)
      return fail({ErrorCode::invalid,
                   "has " + std::to_string(columns.size()) + " columns",
                   {},
                   place,
                   "user,device[,last_used]"});
    auto entry = entry_of(columns[0], columns[1], columns.size() > 2 ? columns[2] : "", place, now);
    if (!entry) return fail(entry.error());
    out.push_back(std::move(*entry));
  }
  return out;
}

}  // namespace printrouter::control
