// SPDX-License-Identifier: Apache-2.0
#include "server/transfer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "config/json_tree.hpp"
#include "server/csv.hpp"
#include "server/json_detail.hpp"
#include "server/server_config.hpp"
#include "server/transfer_cells.hpp"

namespace printrouter::server {
namespace {
using nlohmann::json;
using Columns = std::vector<std::string>;

Error unknown_word() {
  return {ErrorCode::invalid, "is unknown", "what", {}, transfer_words};
}

bool is_account_field(std::string_view name) {
  return std::ranges::find(account_fields, name, &AccountField::name) != account_fields.end();
}

/// One entry of a file.
struct Line {
  std::string id, file;
  int line = 0;                    ///< where it begins
  const JsonNode* node = nullptr;  ///< of a JSON file
  json body = json::object(), account = json::object();
};

/// The line of the member that an error names: the deepest one there is on its path.
int line_of(const JsonNode& node, std::string_view field) {
  const JsonNode* at = &node;
  while (!field.empty()) {
    const std::size_t end = std::min(field.find_first_of(".["), field.size());
    const JsonNode* next = end > 0 ? at->member(field.substr(0, end)) : nullptr;
    std::size_t used = end;
    if (end == 0 && field.front() == '[') {
      std::size_t index = 0;
      std::from_chars(field.data() + 1, field.data() + field.size(), index);
      if (index < at->items.size()) next = &at->items[index];
      used = std::min(field.find(']'), field.size() - 1) + 1;
    }
    if (!next) break;
    at = next;
    field.remove_prefix(used);
    if (field.starts_with('.')) field.remove_prefix(1);
  }
  return at->line;
}

std::string place_of(const Line& line, std::string_view field) {
  return line.file + ":" + std::to_string(line.node ? line_of(*line.node, field) : line.line);
}

Error placed(Error error, const Line& line) {
  error.place = place_of(line, error.field);
  return error;
}

Status put_column(Line& line, std::optional<Kind> kind, const std::string& column, const std::string& cell) {
  if (kind == Kind::user && column.starts_with("code.")) {
    if (!cell.empty()) line.body["codes"][column.substr(5)] = cell;
    return {};
  }
  // Nobody's spreadsheet may hold what cannot be exported, under a second name.
  if (kind == Kind::user && (column == "codes" || column.starts_with("codes.")))
    return fail(
        {ErrorCode::invalid, "is no column", column, {}, "code.<name>, like code.kyocera-account-code"});
  if (kind == Kind::group && column == "members" && cell.empty()) {
    line.body[column] = json::array();
    return {};
  }
  const bool account = !kind || (kind == Kind::user && is_account_field(column));
  return put_cell(account ? line.account : line.body, column, cell);
}

Result<std::vector<Line>> lines_of_csv(std::optional<Kind> kind, std::string_view text,
                                       const std::string& name) {
  const auto rows = parse_csv(text, name);
  if (!rows) return fail(rows.error());
  std::vector<Line> out;
  if (rows->empty() || rows->front().cells.front() != "id")
    return fail({ErrorCode::invalid,
                 rows->empty() || !rows->front().cells.front().starts_with("id;")
                     ? "has no header line"
                     : "has semicolons between its columns",
                 "id", name + ":1", "a first line that begins with id and a comma"});
  const Columns& header = rows->front().cells;
  for (std::size_t i = 1; i < rows->size(); ++i) {
    const CsvLine& row = (*rows)[i];
    Line line;
    line.file = name;
    line.line = row.line;
    if (row.cells.size() != header.size())
      return fail({ErrorCode::invalid,
                   "has " + std::to_string(row.cells.size()) + " columns",
                   {},
                   place_of(line, {}),
                   std::to_string(header.size()) + " as the header"});
    line.id = row.cells.front();
    for (std::size_t c = 1; c < header.size(); ++c)
      if (const Status put = put_column(line, kind, header[c], row.cells[c]); !put)
        return fail(placed(put.error(), line));
    out.push_back(std::move(line));
  }
  return out;
}

Result<std::vector<Line>> lines_of_json(std::optional<Kind> kind, std::string_view text, const JsonNode& root,
                                        const std::string& name) {
  if (root.kind != JsonNode::Kind::object)
    return fail({ErrorCode::invalid, "is no object", {}, name, "{\"id\": {…}, …}"});
  json whole = json::parse(text, nullptr, false);
  std::vector<Line> out;
  for (const auto& [id, node] : root.members) {
    Line line;
    line.id = id;
    line.file = name;
    line.node = &node;
    (kind ? line.body : line.account) = std::move(whole[id]);
    out.push_back(std::move(line));
  }
  return out;
}

/// Columns of each kind that every table has; others follow where they are used.
Columns columns_of(std::optional<Kind> kind) {
  Columns out;
  if (!kind)
    for (const AccountField& field : account_fields) out.emplace_back(field.name);
  if (kind == Kind::printer) out = {"name", "place", "address", "maker", "model", "price_list", "ports"};
  if (kind == Kind::group) out = {"members"};
  if (kind == Kind::user) out = {"name", "groups", "desktops"};
  if (kind == Kind::profile) out = {"name", "printing.fallback.enabled"};
  if (kind == Kind::assignment) out = {"profile", "order", "hosts", "ranges", "user_groups"};
  return out;
}

std::string table_of(const std::map<std::string, json>& entries, Columns columns) {
  std::map<std::string, std::map<std::string, std::string>> rows;
  std::set<std::string> more;
  for (const auto& [id, body] : entries)
    for (auto& [column, cell] : rows[id] = cells_of(body)) more.insert(column);
  for (const std::string& column : columns) more.erase(column);
  columns.insert(columns.end(), more.begin(), more.end());
  std::string out = "id";
  for (const std::string& column : columns) out += "," + csv_cell(column);
  out += "\n";
  for (auto& [id, cells] : rows) {
    out += csv_cell(id);
    for (const std::string& column : columns) out += "," + csv_cell(cells[column]);
    out += "\n";
  }
  return out;
}
}  // namespace

const char* const transfer_words = "profiles, printers, groups, users, assignments, prices or accounts";

std::optional<Kind> kind_of_words(std::string_view what) {
  static constexpr std::array<std::pair<std::string_view, Kind>, 6> words = {
      {{"profiles", Kind::profile},
       {"printers", Kind::printer},
       {"groups", Kind::group},
       {"users", Kind::user},
       {"assignments", Kind::assignment},
       {"prices", Kind::prices}}};
  for (const auto& [word, kind] : words)
    if (word == what) return kind;
  return std::nullopt;
}

Status check_account(std::string_view text) {
  Account account;
  if (const Status read = take_account(text, account); !read) return read;
  const json body = json::parse(text, nullptr, false);
  for (const auto& [name, value] : body.items())
    if (!is_account_field(name))
      return fail({ErrorCode::invalid, "is not known here", name, {}, "one of " + account_field_names()});
  return {};
}

Result<Imported> import_text(Catalog& catalog, std::string_view what, std::string_view text,
                             const std::string& name) {
  const auto kind = kind_of_words(what);
  if (!kind && what != "accounts") return fail(unknown_word());
  JsonNode root;
  ConfigFindings findings;
  Result<std::vector<Line>> lines = std::vector<Line>();
  if (!name.ends_with(".csv")) {
    if (!parse_json(text, name, root, findings)) return fail(first_error(findings));
    lines = lines_of_json(kind, text, root, name);
  } else if (kind == Kind::prices) {
    return fail({ErrorCode::invalid, "are not read from CSV", "what", name, "JSON for prices"});
  } else {
    lines = lines_of_csv(kind, text, name);
  }
  if (!lines) return fail(lines.error());
  Imported out;
  std::set<std::string> seen;
  for (Line& line : *lines) {
    if (line.id.empty())
      return fail({ErrorCode::invalid, "is empty", "id", place_of(line, {}), "an id of its own"});
    if (!seen.insert(line.id).second)
      return fail({ErrorCode::invalid, "\"" + line.id + "\" is given twice", "id", place_of(line, {}),
                   "an id of its own"});
    if (kind) {
      auto checked = catalog.check(*kind, line.id, dump(line.body), line.file);
      if (!checked) return fail(placed(checked.error(), line));
      for (ConfigFinding f : checked->warnings) {
        f.file = place_of(line, f.field);
        f.line = 0;
        out.warnings.push_back(f.message());
      }
      catalog.put(*kind, line.id, checked->body);
      out.writes.push_back({*kind, line.id, std::move(checked->body)});
    }
    if (!kind || !line.account.empty()) {
      const std::string account = dump(line.account);
      if (const Status good = check_account(account); !good) return fail(placed(good.error(), line));
      out.accounts.emplace_back(line.id, account);
    }
  }
  out.entries = lines->size();
  return out;
}

Result<std::string> export_text(const Catalog& catalog, const std::map<std::string, Account>& accounts,
                                std::string_view what, std::string_view format) {
  const auto kind = kind_of_words(what);
  if (!kind && what != "accounts") return fail(unknown_word());
  if (kind == Kind::prices && format == "csv")
    return fail({ErrorCode::invalid, "have no columns", "what", {}, "json for prices"});
  std::map<std::string, json> entries;
  if (kind)
    for (const auto& [id, body] : catalog.of(*kind)) {
      json& entry = entries[id] = json::parse(kind == Kind::user ? catalog.shown_user(body) : body);
      entry.erase("code_names");
    }
  else
    for (const auto& [user, account] : accounts) entries[user] = json::parse(account_json(account));
  if (format == "csv") return table_of(entries, columns_of(kind));
  return json(entries).dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace printrouter::server
