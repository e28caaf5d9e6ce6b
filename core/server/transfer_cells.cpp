// SPDX-License-Identifier: Apache-2.0
#include "server/transfer_cells.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>
#include <vector>

#include "server/json_detail.hpp"

namespace printrouter::server {
namespace {
using nlohmann::json;

/// Members that are texts whatever they look like: a name may be 2024, a price list true.
constexpr std::array<std::string_view, 13> texts = {
    "address", "allowance", "contact",    "credit",  "group", "maker",         "model",
    "name",    "place",     "price_list", "printer", "queue", "outage_ceiling"};
constexpr std::array<std::string_view, 6> lists = {"desktops", "groups", "hosts",
                                                   "members",  "ports",  "ranges"};

bool any_of(const auto& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}
bool is_list(std::string_view name) {
  return any_of(lists, name) || name == "user_groups";
}
bool is_text(std::string_view column, std::string_view name) {
  return any_of(texts, name) || name == "profile" || name == "quota_money" || name == "period_money" ||
         column.starts_with("codes.");
}
std::string_view last_of(std::string_view column) {
  return column.substr(column.rfind('.') + 1);  // npos + 1 is 0
}

/// "ipp:631/ipp/print=plain".
std::optional<json> short_port(std::string_view text) {
  json out = json::object();
  if (const std::size_t equal = text.rfind('='); equal != std::string_view::npos) {
    out["class"] = std::string(text.substr(equal + 1));
    text = text.substr(0, equal);
  }
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  out["protocol"] = std::string(text.substr(0, colon));
  text.remove_prefix(colon + 1);
  const std::size_t slash = std::min(text.find('/'), text.size());
  int port = 0;
  const auto read = std::from_chars(text.data(), text.data() + slash, port);
  if (read.ec != std::errc() || read.ptr != text.data() + slash) return std::nullopt;
  out["port"] = port;
  // An IPP path begins with '/', an LPR queue does not.
  if (slash < text.size())
    out["queue"] = std::string(text.substr(out["protocol"] == "ipp" ? slash : slash + 1));
  return out;
}

std::string port_text(const json& port) {
  const std::string queue = port.value("queue", "");
  return port.value("protocol", "") + ":" + std::to_string(port.value("port", 0)) +
         (queue.empty() || queue.starts_with('/') ? queue : "/" + queue) +
         (port.contains("class") ? "=" + port.value("class", "") : "");
}

Result<json> list_of(std::string_view name, std::string_view cell) {
  json out = json::array();
  while (!cell.empty()) {
    const std::string_view part = cell.substr(0, cell.find(';'));
    cell.remove_prefix(std::min(cell.size(), part.size() + 1));
    if (part.empty()) continue;
    if (name != "ports") {
      out.push_back(std::string(part));
      continue;
    }
    auto port = short_port(part);
    if (!port)
      return fail({ErrorCode::invalid,
                   "\"" + std::string(part) + "\" is no port",
                   {},
                   {},
                   "protocol:port[/queue][=plain|device-spooling]"});
    out.push_back(std::move(*port));
  }
  return out;
}

Result<json> value_of(const std::string& column, const std::string& cell) {
  const std::string_view name = last_of(column);
  if (is_list(name) && !cell.starts_with('[')) return list_of(name, cell);
  const bool says_json = cell.starts_with('"') || is_list(name);  // else JSON where it is JSON
  if (is_text(column, name) && !says_json) return cell == "null" ? json() : json(cell);
  json value = json::parse(cell, nullptr, false);
  if (!value.is_discarded()) return value;
  if (!says_json) return json(cell);
  return fail({ErrorCode::invalid, "\"" + cell + "\" is no JSON", {}, {}, "JSON, as it begins like it"});
}

std::string cell_of(const std::string& column, const json& value) {
  const std::string_view name = last_of(column);
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    const auto read = text.empty() ? fail(ErrorCode::invalid, "") : value_of(column, text);
    return read && *read == value ? text : dump(value);
  }
  if (value.is_array() && is_list(name)) {
    std::string text;
    for (const json& item : value) {
      if (name == "ports" ? !item.is_object() : !item.is_string()) return dump(value);
      text += (text.empty() ? "" : ";") + (item.is_object() ? port_text(item) : item.get<std::string>());
    }
    if (const auto read = list_of(name, text);
        !text.empty() && !text.starts_with('[') && read && *read == value)
      return text;
  }
  return dump(value);
}

void add_cells(const json& object, const std::string& prefix, std::map<std::string, std::string>& out) {
  for (const auto& [name, value] : object.items()) {
    const std::string column = prefix + name;
    const auto plain = [](const json& member) {
      return std::ranges::none_of(member.items(), [](const auto& inner) {
        return inner.key().empty() || inner.key().find('.') != std::string::npos;
      });
    };
    if (value.is_object() && !value.empty() && plain(value))
      add_cells(value, column + ".", out);
    else
      out[column] = cell_of(column, value);
  }
}
}  // namespace

Status put_cell(json& body, const std::string& column, const std::string& cell) {
  if (cell.empty()) return {};
  auto value = value_of(column, cell);
  if (!value) {
    Error error = value.error();
    error.field = column;
    return fail(std::move(error));
  }
  json* place = &body;
  std::string_view rest = column;
  for (std::size_t dot = rest.find('.'); dot != std::string_view::npos; dot = rest.find('.')) {
    place = &(*place)[std::string(rest.substr(0, dot))];
    if (!place->is_object() && !place->is_null())
      return fail({ErrorCode::invalid,
                   "belongs into a member that another column gives",
                   column,
                   {},
                   "one of the two columns left empty"});
    rest.remove_prefix(dot + 1);
  }
  json& member = (*place)[std::string(rest)];
  if (!member.is_null())
    return fail({ErrorCode::invalid, "is given twice", column, {}, "one column for each member"});
  member = std::move(*value);
  return {};
}

std::map<std::string, std::string> cells_of(const json& body) {
  std::map<std::string, std::string> out;
  add_cells(body, {}, out);
  return out;
}

}  // namespace printrouter::server
