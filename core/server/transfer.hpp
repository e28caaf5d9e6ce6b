// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Profiles, printers, groups, users and assignments from and to files.
///
/// CSV: a header line names the columns. printers: id, name, place, address, maker, model, price_list, ports
/// ("raw:9100=plain;ipp:631/ipp/print=device-spooling"); groups: id, members ("a;b"); users: id, name, groups
/// ("a;b"), credit, quota_pages, and "code.<name>" for a maker's code. JSON: {"id": {…}} as the API takes it.
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/accounts.hpp"
#include "server/catalog.hpp"

namespace printrouter::server {

struct Imported {
  std::vector<ResourceWrite> writes = {};
  std::vector<std::pair<std::string, Account>> accounts = {};  ///< users with credit or quota
  std::vector<std::string> warnings = {};
};

/// "profiles", "printers", "groups", "users", "assignments", "prices".
std::optional<Kind> kind_of_words(std::string_view what);
/// All or nothing. `name` (of the file) decides between CSV and JSON and stands in errors with its line.
/// `catalog` takes the entries, so that later ones may name earlier ones.
Result<Imported> import_text(Catalog& catalog, std::string_view what, std::string_view text,
                             const std::string& name);
/// Codes of users are not exported.
Result<std::string> export_text(const Catalog& catalog, std::string_view what, std::string_view format);

/// Lines of cells; quotes as RFC 4180. `line` of each: where it began.
struct CsvLine {
  int line = 0;
  std::vector<std::string> cells;
};
Result<std::vector<CsvLine>> parse_csv(std::string_view text, const std::string& name);
std::string csv_cell(std::string_view text);

}  // namespace printrouter::server
