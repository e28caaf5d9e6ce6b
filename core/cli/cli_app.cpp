// SPDX-License-Identifier: Apache-2.0
#include "cli/cli_app.hpp"

#include <CLI/CLI.hpp>

#include "cli/cli_context.hpp"
#include "control/error_words.hpp"

namespace printrouter::cli {
namespace {
using nlohmann::json;

/// What the arguments said; the commands are run after parsing is done.
struct Arguments {
  std::string socket = control::default_socket_path();
  std::string language = control::german_environment() ? "de" : "en";
  bool json = false;

  int id = 0;
  bool all = false, wait_ready = false, now = false;
  int wait_seconds = 30;
  std::string device, filter, user, file, folder;
  AnalyseOptions analyse;
  PrintOptions print;
  WatchOptions watch;
  LedgerOptions ledger;
  std::string token;
  bool printed = false, not_printed = false, reprint = false;
  int pages = -1;
};

using Run = std::function<int(const Context&)>;

/// Adds the subcommand; `chosen` becomes `run` if it is the one.
CLI::App* command(CLI::App& app, Run& chosen, const char* name, const char* text, Run run) {
  CLI::App* sub = app.add_subcommand(name, text);
  sub->fallthrough();
  sub->callback([&chosen, run = std::move(run)] { chosen = run; });
  return sub;
}

void add_job_commands(CLI::App& app, Arguments& a, Run& chosen) {
  auto* print = command(app, chosen, "print", "Print a file (- for standard input)",
                        [&a](const Context& c) { return run_print(c, a.print); });
  print->add_option("FILE", a.print.file)->required();
  print->add_option("--title,-t", a.print.title, "name of the job");
  print->add_option("--format", a.print.format, "MIME type, e.g. application/pdf; default: looked at");
  print->add_option("--copies,-n", a.print.copies, "1..999")->check(CLI::Range(1, 999));
  print->add_option("--sides", a.print.sides, "one-sided | two-sided-long-edge | two-sided-short-edge")
      ->check(CLI::IsMember({"one-sided", "two-sided-long-edge", "two-sided-short-edge"}));
  print->add_option("--media", a.print.media, "PWG name, e.g. iso_a4_210x297mm");
  print->add_option("--color-mode", a.print.color, "auto | color | monochrome")
      ->check(CLI::IsMember({"auto", "color", "monochrome"}));
  print->add_flag("--wait", a.print.wait_for_paper, "until it is done, held or given up");

  command(app, chosen, "jobs", "List the jobs", [&a](const Context& c) {
    return run_jobs(c, a.all);
  })->add_flag("--all,-a", a.all, "finished ones too");
  const auto with_id = [&a](CLI::App* sub) {
    sub->add_option("JOB", a.id, "number of the job")->required();
    return sub;
  };
  with_id(command(app, chosen, "job", "Show one job", [&a](const Context& c) { return run_job(c, a.id); }));
  with_id(command(app, chosen, "explain", "Say for each device and port which rule takes it or leaves it out",
                  [&a](const Context& c) { return run_explain(c, a.id); }));
  with_id(command(app, chosen, "release", "Print a waiting job on a device of your choice",
                  [&a](const Context& c) {
                    return run_action(c, a.id, "release", {{"device", a.device}});
                  }))
      ->add_option("--to", a.device, "device, see: printrouter devices")
      ->required();
  for (const auto& [name, text] : {std::pair{"wait", "Let a job wait for the server"},
                                   {"cancel", "Cancel a job"},
                                   {"retry", "Try a held job again now"}})
    with_id(command(app, chosen, name, text, [&a, action = std::string(name)](const Context& c) {
      return run_action(c, a.id, action, nullptr);
    }));

  auto* settle = with_id(command(
      app, chosen, "settle", "Say what became of a job whose outcome is unknown", [&a](const Context& c) {
        json body{{"result", a.printed ? "printed" : a.not_printed ? "not-printed" : "reprint"}};
        if (a.pages >= 0) body["pages"] = a.pages;
        return run_action(c, a.id, "settle", body);
      }));
  auto* result = settle->add_option_group("result");
  result->add_flag("--printed", a.printed, "it came out");
  result->add_flag("--not-printed", a.not_printed, "it did not come out; it is held for another try");
  result->add_flag("--reprint", a.reprint, "send it again, as a new attempt");
  result->require_option(1);
  settle->add_option("PAGES", a.pages, "with --printed: pages that came out")->check(CLI::Range(0, 1000000));

  auto* watch = command(app, chosen, "watch", "Notifications, refusals and questions, here in the terminal",
                        [&a](const Context& c) { return run_watch(c, a.watch); });
  watch->add_flag("--notify", a.watch.notify, "also as desktop notifications");
  watch->add_flag("--once", a.watch.once, "show what is open now and end");
  watch->add_option("--filter", a.watch.filter, "search filter for the lists");
}

void add_device_commands(CLI::App& app, Arguments& a, Run& chosen) {
  command(app, chosen, "devices", "List the devices", [&a](const Context& c) {
    return run_devices(c, a.filter);
  })->add_option("--filter,-f", a.filter, "words, or color, mono, wide, duplex, finishing:staple");
  auto* status = command(app, chosen, "status", "State of the daemon, its server and its listeners",
                         [&a](const Context& c) { return run_status(c, a.wait_ready, a.wait_seconds); });
  status->add_flag("--wait-ready", a.wait_ready, "wait until the daemon is ready");
  status->add_option("--timeout", a.wait_seconds, "seconds to wait at most")->check(CLI::Range(0, 3600));
  auto* check = app.add_subcommand("check", "Checks while all is well");
  check->require_subcommand(1);
  check->fallthrough();
  auto* fallback = command(*check, chosen, "fallback",
                           "For each permitted device: would paper come if the server died now?",
                           [&a](const Context& c) { return run_check_fallback(c, a.user, !a.all); });
  fallback->add_option("--user", a.user, "for this user (administrators)");
  fallback->add_flag("--cached", a.all, "the last daily check instead of a new one");
  auto* history = app.add_subcommand("history", "Which printers a user has used");
  history->require_subcommand(1);
  history->fallthrough();
  command(*history, chosen, "import", "Import a history (CSV user,device,last_used or JSON)",
          [&a](const Context& c) { return run_history_import(c, a.file); })
      ->add_option("FILE", a.file)
      ->required();
}

void add_admin_commands(CLI::App& app, Arguments& a, Run& chosen) {
  auto* plugins = app.add_subcommand("plugins", "The plugins of the daemon, or one on its own");
  plugins->require_subcommand(1);
  plugins->fallthrough();
  command(*plugins, chosen, "list", "What is loaded, what was left out and why",
          [](const Context& c) { return run_plugins_list(c); });
  for (const auto& [name, text] : {std::pair{"inspect", "Show a plugin's manifest and interfaces"},
                                   {"check", "Run every check on a plugin, in a child process"}})
    command(*plugins, chosen, name, text,
            [&a, what = std::string(name)](const Context& c) { return run_plugin_file(c, what, a.file); })
        ->add_option("MANIFEST", a.file, "<id>.plugin.json, or a folder of them")
        ->required();
  auto* ledger = app.add_subcommand("ledger", "The accounting entries of this desktop");
  ledger->require_subcommand(1);
  ledger->fallthrough();
  const auto entries = [&](const char* name, const char* text) {
    return command(*ledger, chosen, name, text, [&a, what = std::string(name)](const Context& c) {
      a.ledger.what = what;
      return run_ledger(c, a.ledger);
    });
  };
  for (const auto& [name, text] : {std::pair{"show", "List the entries"},
                                   {"verify", "Check that none is missing or changed"},
                                   {"export", "All of them, as JSON"}}) {
    auto* sub = entries(name, text);
    sub->add_option("--state-dir", a.ledger.state_dir, "of a stopped daemon; it is only read");
    if (std::string_view(name) == "verify") continue;
    sub->add_option("--from", a.ledger.from, "number of the first entry")->check(CLI::PositiveNumber);
    sub->add_option("--limit", a.ledger.limit, "so many at most")->check(CLI::PositiveNumber);
    sub->add_flag("--rejected", a.ledger.rejected, "only what the server refused");
  }
  entries("resend", "Report once more what the server refused")
      ->add_option("ENTRY", a.ledger.seq, "number of the entry; without: all that were refused")
      ->check(CLI::PositiveNumber);
  auto* correct = entries("correct", "Say a refused claim right, as a new entry");
  correct->add_option("ENTRY", a.ledger.seq, "number of the refused entry")
      ->required()
      ->check(CLI::PositiveNumber);
  correct->add_option("--user", a.ledger.user, "as the server names the user");
  correct->add_option("--pages-mono", a.ledger.pages_mono)->check(CLI::NonNegativeNumber);
  correct->add_option("--pages-color", a.ledger.pages_color)->check(CLI::NonNegativeNumber);
  command(app, chosen, "enrol", "Make this desktop known to the management server",
          [&a](const Context& c) { return run_enrol(c, a.token); })
      ->add_option("--token", a.token,
                   "a token of the server's administrator; - reads it from standard input")
      ->required();
  auto* config = app.add_subcommand("config", "The configuration");
  config->require_subcommand(1);
  config->fallthrough();
  command(*config, chosen, "check", "Check a configuration file",
          [&a](const Context& c) { return run_config_check(c, a.file); })
      ->add_option("FILE", a.file)
      ->required();
  command(*config, chosen, "reload", "Let the daemon read its configuration again",
          [](const Context& c) { return run_reload(c); });
  auto* analyse = command(app, chosen, "analyse", "Say what is in a file: pages, colours, sheets, paper",
                          [&a](const Context& c) { return run_analyse(c, a.analyse); });
  analyse->add_option("FILE", a.analyse.files)->required();
  analyse->add_flag("--pages-only", a.analyse.pages_only, "do not look for colours");
  analyse->add_option("--plugins", a.analyse.plugins,
                      "folder of language plugins instead of the installed ones");
  command(app, chosen, "doctor", "What is wrong here, and what to do about it",
          [](const Context& c) { return run_doctor(c); });
}

}  // namespace

int run(int argc, char** argv) {
  CLI::App app("printrouter: prints although the print server is down, and accounts for it once",
               "printrouter");
  app.set_version_flag("--version", PRINTROUTER_VERSION);
  app.require_subcommand(1);
  Arguments a;
  Run chosen;
  app.add_option("--socket,-S", a.socket, "control socket of the daemon");
  app.add_flag("--json", a.json, "answer as JSON");
  app.add_option("--lang", a.language, "en | de")->check(CLI::IsMember({"en", "de"}));
  add_job_commands(app, a, chosen);
  add_device_commands(app, a, chosen);
  add_admin_commands(app, a, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? exit_ok : exit_usage;
  }
  const Context context{control::Client(a.socket), a.json, a.language == "de"};
  return chosen(context);
}

}  // namespace printrouter::cli
