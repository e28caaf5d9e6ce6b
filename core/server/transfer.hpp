// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Profiles, printers, groups, users, assignments, prices and accounts from and to files. [any thread]
///
/// JSON: {"id": {…}} as the API takes it. CSV: a header line names the columns, the first is id, the others
/// are members as transfer_cells.hpp says; of users also "code.<name>" for a maker's code and the columns of
/// accounts (account_fields). Prices are JSON only.
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/accounts.hpp"
#include "server/catalog.hpp"

namespace printrouter::server {

struct Imported {
  std::size_t entries = 0;
  std::vector<ResourceWrite> writes = {};
  std::vector<std::pair<std::string, std::string>> accounts = {};  ///< user, JSON for take_account()
  std::vector<std::string> warnings = {};
};

/// "profiles", "printers", "groups", "users", "assignments", "prices".
std::optional<Kind> kind_of_words(std::string_view what);
/// The words above and "accounts", for texts.
extern const char* const transfer_words;
/// All or nothing. `name` (of the file) decides between CSV and JSON and stands in errors with its line.
/// `catalog` takes the entries, so that later ones may name earlier ones. Errors: invalid.
Result<Imported> import_text(Catalog& catalog, std::string_view what, std::string_view text,
                             const std::string& name);
/// Members that no account has are refused. Errors: invalid with the field.
Status check_account(std::string_view json);
/// Codes of users are not exported. Errors: invalid.
Result<std::string> export_text(const Catalog& catalog, const std::map<std::string, Account>& accounts,
                                std::string_view what, std::string_view format);

}  // namespace printrouter::server
