// SPDX-License-Identifier: Apache-2.0
#include "server/csv.hpp"

#include <algorithm>
#include <printrouter/text.hpp>

namespace printrouter::server {

Result<std::vector<CsvLine>> parse_csv(std::string_view text, const std::string& name) {
  std::vector<CsvLine> out;
  CsvLine row{1, {}};
  std::string cell;
  bool quoted = false, was_quoted = false, comment = false;
  int line = 1;
  const auto end_cell = [&] {
    if (row.cells.empty()) comment = !was_quoted && cell.starts_with('#');
    row.cells.push_back(std::move(cell));
    cell.clear();
    was_quoted = false;
  };
  const auto end_row = [&] {
    end_cell();
    const bool empty = row.cells.size() == 1 && row.cells.front().empty();
    if (!empty && !comment) out.push_back(std::move(row));
    row = CsvLine{line, {}};
  };
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // as spreadsheets write it
  if (const std::size_t good = sdk::utf8_prefix(text); good < text.size()) {
    const auto lines = 1 + std::ranges::count(text.substr(0, good), '\n');
    return fail({ErrorCode::invalid,
                 "is no UTF-8 text",
                 {},
                 name + ":" + std::to_string(lines),
                 "a file that was saved as \"CSV UTF-8\""});
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') ++line;
    if (quoted) {
      if (c != '"')
        cell += c;
      else if (i + 1 < text.size() && text[i + 1] == '"')
        cell += '"', ++i;
      else
        quoted = false, was_quoted = true;
      continue;
    }
    if (c == '"' && cell.empty() && !was_quoted)
      quoted = true;
    else if (c == ',')
      end_cell();
    else if (c == '\n')
      end_row();
    else if (c != '\r')
      cell += c;
  }
  if (quoted)
    return fail(
        {ErrorCode::invalid, "a quote is not closed", {}, name + ":" + std::to_string(row.line), "\""});
  if (!cell.empty() || !row.cells.empty()) end_row();
  return out;
}

std::string csv_cell(std::string_view text) {
  if (text.find_first_of(",\"\n\r") == std::string_view::npos && !text.starts_with('#'))
    return std::string(text);
  std::string out = "\"";
  for (const char c : text) out.append(c == '"' ? 2 : 1, c);
  return out + '"';
}

}  // namespace printrouter::server
