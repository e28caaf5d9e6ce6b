// SPDX-License-Identifier: Apache-2.0
#include "server/server_cli.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>

#include "config/config_load.hpp"
#include "env/clock.hpp"
#include "server/accounts.hpp"
#include "server/catalog.hpp"
#include "server/desktops.hpp"
#include "server/secrets.hpp"
#include "server/server.hpp"
#include "server/store.hpp"
#include "server/transfer.hpp"

namespace printrouter::server {
namespace {
constexpr const char* actor = "command line";

int say(const Error& error, int code = 1) {
  std::cerr << "printrouter-server: " << error.message() << "\n";
  return code;
}

struct Common {
  std::string config_file, state_dir;
};

/// The store of a configuration, opened beside a server that may be running: it notices what is written here
/// within a second.
struct Desk {
  std::shared_ptr<const ServerConfig> config;
  std::unique_ptr<Store> store;
  std::unique_ptr<Catalog> catalog;

  static Result<Desk> open(const Common& common) {
    const ServerConfigResult read = load_server_config(common.config_file);
    if (!read.config) return fail(first_error(read.findings));
    if (const Status ready = start_secrets(); !ready) return fail(ready.error());
    const auto folder = state_folder(*read.config, common.state_dir);
    if (!folder) return fail(folder.error());
    const auto box = SecretBox::open(key_file_of(*read.config, *folder));
    if (!box) return fail(box.error());
    Desk out;
    out.config = read.config;
    auto store = Store::open(database_of(*read.config, *folder), [](std::function<void()> work) { work(); });
    if (!store) return fail(store.error());
    out.store = std::move(*store);
    ConfigFindings findings;
    out.catalog =
        std::make_unique<Catalog>(ModelLibrary::load(read.config->device_models, &findings), nullptr, *box);
    const Status loaded = out.store->run_now([&](Database& db) -> Status {
      const auto rows = read_resources(db);
      if (!rows) return fail(rows.error());
      out.catalog->replace_all(*rows);
      return {};
    });
    if (!loaded) return fail(loaded.error());
    return out;
  }
};

struct TokenWish {
  std::string kind = "once", name, label, expires;
  std::vector<std::string> ranges;
};

int make_token_command(const Common& common, const TokenWish& wish) {
  auto desk = Desk::open(common);
  if (!desk) return say(desk.error(), 2);
  const Timestamp now = env::system_clock().now();
  Timestamp expires;
  if (!wish.expires.empty()) {
    const auto span = parse_duration(wish.expires);
    if (!span)
      return say({ErrorCode::invalid, "is no time span", "--expires", {}, "a text like 12h or 30d"}, 2);
    expires = now + *span;
  }
  MadeToken made;
  const Status done = desk->store->run_now([&](Database& db) -> Status {
    Result<MadeToken> token = fail(ErrorCode::internal, "");
    if (const auto granted = role(wish.kind))
      token = make_administrator_token(db, {wish.name.empty() ? wish.kind : wish.name, *granted, expires},
                                       wish.label, now);
    else
      token = make_enrolment_token(db, {wish.kind == "fleet", wish.label, actor, expires, wish.ranges}, now);
    if (!token) return fail(token.error());
    made = *token;
    const auto revision = raise_revision(db);
    return revision ? Status() : fail(revision.error());
  });
  if (!done) return say(done.error());
  std::cout << made.token << "\n";
  return 0;
}

int import_command(const Common& common, const std::string& what, const std::string& file) {
  auto desk = Desk::open(common);
  if (!desk) return say(desk.error(), 2);
  std::ifstream in(file, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  if (!in) return say({ErrorCode::io, "cannot be read", {}, file, "a CSV or JSON file"}, 2);
  const auto imported = import_text(*desk->catalog, what, text, file);
  if (!imported) return say(imported.error());
  for (const std::string& warning : imported->warnings) std::cerr << "warning: " << warning << "\n";
  const Timestamp now = env::system_clock().now();
  const Status done = desk->store->run_now([&](Database& db) -> Status {
    // Rises the revision also where accounts are all there is.
    const auto written = write_resources(db, imported->writes, actor, now);
    if (!written) return fail(written.error());
    for (const auto& [user, said] : imported->accounts) {
      auto account = find_account(db, user, now);
      if (!account) return fail(account.error());
      Account changed = account->value_or(Account{});  // what the file does not name stays as it is
      if (const Status taken = take_account(said, changed); !taken) return taken;
      if (const auto set = set_account(db, user, changed, "import", actor, now); !set) {
        Error error = set.error();
        if (error.code == ErrorCode::invalid) error.place = file + ": " + user;
        return fail(std::move(error));
      }
    }
    return {};
  });
  if (!done) return say(done.error());
  std::cout << imported->entries << " " << what << " imported\n";
  return 0;
}

int export_command(const Common& common, const std::string& what, const std::string& format) {
  auto desk = Desk::open(common);
  if (!desk) return say(desk.error(), 2);
  std::map<std::string, Account> accounts;
  if (what == "accounts") {
    const Status read = desk->store->run_now([&](Database& db) -> Status {
      auto all = all_accounts(db, env::system_clock().now());
      if (!all) return fail(all.error());
      accounts = std::move(*all);
      return {};
    });
    if (!read) return say(read.error());
  }
  const auto text = export_text(*desk->catalog, accounts, what, format);
  if (!text) return say(text.error(), 2);
  std::cout << *text;
  return 0;
}

int set_command(const Common& common, const std::string& what, const std::string& id,
                const std::string& value) {
  auto desk = Desk::open(common);
  if (!desk) return say(desk.error(), 2);
  const Timestamp now = env::system_clock().now();
  if (what ==
      "administrator") {  // value: the role; the password comes on standard input, never as an argument
    const auto granted = role(value);
    if (!granted) return say({ErrorCode::invalid, "is unknown", "role", {}, "admin, operator or auditor"}, 2);
    std::string password;
    std::getline(std::cin, password);
    if (password.size() < 10)
      return say({ErrorCode::invalid, "is too short", "password", "standard input", "at least 10 characters"},
                 2);
    const auto hash = hash_password(password);
    if (!hash) return say(hash.error());
    const Status done = desk->store->run_now([&](Database& db) -> Status {
      const auto written = db.execute(
          "INSERT INTO administrators (name, role, password, created) VALUES ($1,$2,$3,$4) ON CONFLICT "
          "(name) DO UPDATE SET "
          "role = excluded.role, password = excluded.password",
          {id, value, *hash, now.ms});
      if (!written) return fail(written.error());
      return note_audit(db, actor, "put administrator", id, value, now);
    });
    return done ? 0 : say(done.error());
  }
  if (what == "accounts") {
    Account account;
    Status good = check_account(value);
    if (good) good = take_account(value, account);
    if (!good) return say(good.error());
    const Status done = desk->store->run_now([&](Database& db) -> Status {
      if (const auto set = set_account(db, id, account, "set", actor, now); !set) return fail(set.error());
      const auto revision = raise_revision(db);
      return revision ? Status() : fail(revision.error());
    });
    return done ? 0 : say(done.error());
  }
  const auto kind = kind_of_words(what);
  if (!kind)
    return say(
        {ErrorCode::invalid, "is unknown", "WHAT", {}, std::string(transfer_words) + ", or administrator"},
        2);
  const auto checked = desk->catalog->check(*kind, id, value, "VALUE");
  if (!checked) return say(checked.error());
  for (const ConfigFinding& f : checked->warnings) std::cerr << "warning: " << f.message() << "\n";
  const Status done = desk->store->run_now([&](Database& db) -> Status {
    const auto written = write_resources(db, {{*kind, id, checked->body}}, actor, now);
    return written ? Status() : fail(written.error());
  });
  return done ? 0 : say(done.error());
}

int serve_command(const Common& common, bool check_only) {
  if (check_only) {
    const ServerConfigResult read = load_server_config(common.config_file);
    for (const ConfigFinding& f : read.findings) std::cerr << f.message() << "\n";
    if (read.config) std::cout << common.config_file << " is good\n";
    return read.config ? 0 : 2;
  }
  auto server = Server::start({common.config_file, common.state_dir});
  if (!server) return say(server.error(), server.error().code == ErrorCode::invalid ? 2 : 1);
  return (*server)->run();
}
}  // namespace

int run_command_line(int argc, char** argv) {
  CLI::App app{"printrouter-server: the management server behind the desktops"};
  app.set_version_flag("--version", PRINTROUTER_VERSION);
  Common common;
  bool check_only = false;
  app.add_option("-c,--config", common.config_file, "configuration, JSON")->required();
  app.add_option("--state-dir", common.state_dir, "folder of store, key and documents; overrides state_dir");
  app.add_flag("--check-config", check_only, "say whether the configuration is good, and end");
  app.fallthrough();

  TokenWish wish;
  CLI::App* token = app.add_subcommand("token", "make a token and print it, this once");
  token
      ->add_option("kind", wish.kind,
                   "once or fleet (enrols desktops); admin, operator or auditor (opens the API)")
      ->required()
      ->check(CLI::IsMember({"once", "fleet", "admin", "operator", "auditor"}));
  token->add_option("--name", wish.name, "whose token it is, for the audit trail");
  token->add_option("--label", wish.label, "what it is for");
  token->add_option("--expires", wish.expires, "time span: 12h, 30d. A fleet token needs one");
  token->add_option("--range", wish.ranges, "only from these addresses: 192.0.2.0/24; may be repeated");

  std::string what, file, format = "json", id, value;
  CLI::App* import = app.add_subcommand("import", "profiles, printers, groups, users, ... from a file");
  import->add_option("what", what, transfer_words)->required();
  import->add_option("file", file, "CSV (by its name) or JSON")->required();
  CLI::App* export_ = app.add_subcommand("export", "the same the other way, to standard output");
  export_->add_option("what", what, transfer_words)->required();
  export_->add_option("--format", format, "json or csv")->check(CLI::IsMember({"json", "csv"}));
  CLI::App* set = app.add_subcommand("set", "one of them, or an administrator (password on standard input)");
  set->add_option("what", what, std::string(transfer_words) + ", or administrator")->required();
  set->add_option("id", id, "its id; prices: default")->required();
  set->add_option("value", value, "JSON; administrator: the role")->required();
  app.require_subcommand(0, 1);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  if (token->parsed()) return make_token_command(common, wish);
  if (import->parsed()) return import_command(common, what, file);
  if (export_->parsed()) return export_command(common, what, format);
  if (set->parsed()) return set_command(common, what, id, value);
  return serve_command(common, check_only);
}

}  // namespace printrouter::server
