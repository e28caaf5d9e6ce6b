// SPDX-License-Identifier: Apache-2.0
#include "server/transfer.hpp"

#include <array>
#include <charconv>
#include <set>

#include "server/json_detail.hpp"

namespace printrouter::server {
namespace {
using nlohmann::json;

std::vector<std::string> split_list(std::string_view text, char by = ';') {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(by));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    if (!part.empty()) out.emplace_back(part);
  }
  return out;
}

/// "ipp:631/ipp/print=plain".
Result<json> port_of(std::string_view text, const std::string& place) {
  const auto wrong = [&] {
    return fail({ErrorCode::invalid, "\"" + std::string(text) + "\" is no port", "ports", place,
                 "protocol:port[/queue][=plain|device-spooling]"});
  };
  json out = json::object();
  std::string_view rest = text;
  if (const std::size_t equal = rest.rfind('='); equal != std::string_view::npos) {
    out["class"] = std::string(rest.substr(equal + 1));
    rest = rest.substr(0, equal);
  }
  const std::size_t colon = rest.find(':');
  if (colon == std::string_view::npos) return wrong();
  out["protocol"] = std::string(rest.substr(0, colon));
  rest.remove_prefix(colon + 1);
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  int port = 0;
  const auto read = std::from_chars(rest.data(), rest.data() + slash, port);
  if (read.ec != std::errc() || read.ptr != rest.data() + slash) return wrong();
  out["port"] = port;
  if (slash < rest.size()) {
    // An IPP path begins with '/', an LPR queue does not.
    const std::string_view queue = out["protocol"] == "ipp" ? rest.substr(slash) : rest.substr(slash + 1);
    out["queue"] = std::string(queue);
  }
  return out;
}

struct Line {
  std::string id, place;
  json body = json::object();
  Account account = {};
};

Status put_cell(Line& line, Kind kind, const std::string& column, const std::string& cell) {
  const auto unknown = [&] {
    return fail(
        {ErrorCode::invalid, "is no column", column, line.place, "see printrouter-server(8), import"});
  };
  if (cell.empty()) return {};
  static const std::set<std::string, std::less<>> plain = {"name",  "place", "address",
                                                           "maker", "model", "price_list"};
  switch (kind) {
    case Kind::printer:
      if (plain.contains(column)) {
        line.body[column] = cell;
        return {};
      }
      if (column != "ports") return unknown();
      for (const std::string& text : split_list(cell)) {
        auto port = port_of(text, line.place);
        if (!port) return fail(port.error());
        line.body["ports"].push_back(std::move(*port));
      }
      return {};
    case Kind::group:
      if (column != "members") return unknown();
      line.body["members"] = split_list(cell);
      return {};
    case Kind::user:
      if (column == "name") return line.body["name"] = cell, Status();
      if (column == "groups") return line.body["groups"] = split_list(cell), Status();
      if (column.starts_with("code.")) return line.body["codes"][column.substr(5)] = cell, Status();
      if (column == "credit") {
        line.account.credit = Money::parse(cell);
        if (!line.account.credit)
          return fail({ErrorCode::invalid, "\"" + cell + "\" is no amount", column, line.place,
                       "12.50, at most four places"});
        return {};
      }
      if (column == "quota_pages") {
        std::int64_t pages = 0;
        const auto read = std::from_chars(cell.data(), cell.data() + cell.size(), pages);
        if (read.ec != std::errc() || read.ptr != cell.data() + cell.size())
          return fail({ErrorCode::invalid, "\"" + cell + "\" is no page count", column, line.place,
                       "a whole number"});
        line.account.quota_pages = pages;
        return {};
      }
      return unknown();
    case Kind::profile:
    case Kind::assignment:
    case Kind::prices:
      return fail(
          {ErrorCode::invalid, "is no CSV file that could be read", {}, line.place, "JSON for these"});
  }
  return {};
}

Result<std::vector<Line>> lines_of_csv(Kind kind, std::string_view text, const std::string& name) {
  const auto rows = parse_csv(text, name);
  if (!rows) return fail(rows.error());
  std::vector<Line> out;
  if (rows->empty()) return out;
  const std::vector<std::string>& header = rows->front().cells;
  if (header.empty() || header.front() != "id")
    return fail(
        {ErrorCode::invalid, "has no header line", "id", name + ":1", "a first line that begins with id,"});
  for (std::size_t i = 1; i < rows->size(); ++i) {
    const CsvLine& row = (*rows)[i];
    Line line;
    line.place = name + ":" + std::to_string(row.line);
    if (row.cells.size() != header.size())
      return fail({ErrorCode::invalid,
                   "has " + std::to_string(row.cells.size()) + " columns",
                   {},
                   line.place,
                   std::to_string(header.size()) + " as the header"});
    line.id = row.cells.front();
    for (std::size_t c = 1; c < header.size(); ++c)
      if (const Status put = put_cell(line, kind, header[c], row.cells[c]); !put) return fail(put.error());
    out.push_back(std::move(line));
  }
  return out;
}

Result<std::vector<Line>> lines_of_json(std::string_view text, const std::string& name) {
  const json whole = json::parse(text, nullptr, false);
  if (!whole.is_object())
    return fail({ErrorCode::invalid,
                 whole.is_discarded() ? "is no JSON" : "is no object",
                 {},
                 name,
                 "{\"id\": {…}, …}"});
  std::vector<Line> out;
  for (const auto& [id, body] : whole.items()) out.push_back({id, name + ": " + id, body});
  return out;
}
}  // namespace

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

Result<Imported> import_text(Catalog& catalog, std::string_view what, std::string_view text,
                             const std::string& name) {
  const auto kind = kind_of_words(what);
  if (!kind)
    return fail({ErrorCode::invalid,
                 "is unknown",
                 "what",
                 {},
                 "profiles, printers, groups, users, assignments or prices"});
  auto lines = name.ends_with(".csv") ? lines_of_csv(*kind, text, name) : lines_of_json(text, name);
  if (!lines) return fail(lines.error());
  Imported out;
  std::set<std::string> seen;
  for (Line& line : *lines) {
    if (!seen.insert(line.id).second)
      return fail(
          {ErrorCode::invalid, "\"" + line.id + "\" is given twice", "id", line.place, "an id of its own"});
    auto checked = catalog.check(*kind, line.id, dump(line.body), line.place);
    if (!checked) return fail(checked.error());
    for (const ConfigFinding& f : checked->warnings) out.warnings.push_back(f.message());
    catalog.put(*kind, line.id, checked->body);
    out.writes.push_back({*kind, line.id, std::move(checked->body)});
    if (line.account.credit || line.account.quota_pages) out.accounts.emplace_back(line.id, line.account);
  }
  return out;
}

Result<std::string> export_text(const Catalog& catalog, std::string_view what, std::string_view format) {
  const auto kind = kind_of_words(what);
  if (!kind)
    return fail({ErrorCode::invalid,
                 "is unknown",
                 "what",
                 {},
                 "profiles, printers, groups, users, assignments or prices"});
  const auto body_of = [&](const std::string& body) {
    json out = json::parse(*kind == Kind::user ? catalog.shown_user(body) : body);
    out.erase("code_names");
    return out;
  };
  if (format == "json") {
    json out = json::object();
    for (const auto& [id, body] : catalog.of(*kind)) out[id] = body_of(body);
    return out.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
  }
  std::vector<std::string> columns;
  if (*kind == Kind::printer)
    columns = {"name", "place", "address", "maker", "model", "price_list", "ports"};
  else if (*kind == Kind::group)
    columns = {"members"};
  else if (*kind == Kind::user)
    columns = {"name", "groups"};
  else
    return fail({ErrorCode::invalid, "has no columns", "what", {}, "json for " + std::string(what)});
  std::string out = "id";
  for (const std::string& column : columns) out += "," + column;
  out += "\n";
  for (const auto& [id, text] : catalog.of(*kind)) {
    const json body = body_of(text);
    out += csv_cell(id);
    for (const std::string& column : columns) {
      std::string cell;
      const json value = body.value(column, json());
      if (value.is_string()) cell = value.get<std::string>();
      if (value.is_array())
        for (const json& item : value) {
          if (!cell.empty()) cell += ';';
          if (item.is_string()) {
            cell += item.get<std::string>();
            continue;
          }
          const std::string queue = item.value("queue", "");
          cell += item.value("protocol", "") + ":" + std::to_string(item.value("port", 0)) +
                  (queue.empty() || queue.starts_with('/') ? queue : "/" + queue);
          if (item.contains("class")) cell += "=" + item.value("class", "");
        }
      out += "," + csv_cell(cell);
    }
    out += "\n";
  }
  return out;
}

Result<std::vector<CsvLine>> parse_csv(std::string_view text, const std::string& name) {
  std::vector<CsvLine> out;
  CsvLine row{1, {}};
  std::string cell;
  bool quoted = false, was_quoted = false;
  int line = 1;
  const auto end_cell = [&] {
    row.cells.push_back(std::move(cell));
    cell.clear();
    was_quoted = false;
  };
  const auto end_row = [&] {
    end_cell();
    const bool empty = row.cells.size() == 1 && row.cells.front().empty();
    if (!empty && !row.cells.front().starts_with('#')) out.push_back(std::move(row));
    row = CsvLine{line, {}};
  };
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // as spreadsheets write it
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
  if (text.find_first_of(",\"\n\r") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) out.append(c == '"' ? 2 : 1, c);
  return out + '"';
}

}  // namespace printrouter::server
