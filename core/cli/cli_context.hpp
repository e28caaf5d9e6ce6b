// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What every command of `printrouter` shares. For the .cpp files of this folder only.
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/control_client.hpp"

namespace printrouter::cli {

/// Exit codes; documented in printrouter(1).
enum Exit : int {
  exit_ok = 0,
  exit_failed = 1,         ///< the daemon or the command says no
  exit_usage = 2,          ///< arguments
  exit_not_found = 3,      ///< no such job, device, question
  exit_not_permitted = 4,  ///< not yours
  exit_unavailable = 5,    ///< the daemon does not answer
  exit_conflict = 6,       ///< the job's state forbids it
  exit_findings = 7        ///< a check ran and found something
};

struct Context {
  control::Client client;
  bool json = false;
  bool german = false;

  /// The English or the German text.
  const char* say(const char* en, const char* de) const { return german ? de : en; }
  /// Member `en` or `de` of an object ("remedy_en": pick(o, "remedy_")).
  std::string pick(const nlohmann::json& object, const std::string& prefix = {}) const;
};

/// Sends a request; what went wrong is printed to stderr and answered as exit code in `exit`.
/// With --json errors are printed as the JSON they came as.
std::optional<nlohmann::json> ask(const Context& context, std::string_view method, const std::string& path,
                                  int& exit, const nlohmann::json& body = nullptr);
int report(const Context& context, const Error& error);

/// Removes control characters: text from the wire must not steer a terminal.
std::string plain(std::string_view text);
/// The job state of the API in words.
const char* job_state_words(const Context& context, const std::string& state);
/// Filled with blanks to so many characters (not bytes).
std::string padded(std::string_view text, std::size_t characters);
void print_json(const nlohmann::json& value);
void print_line(const std::string& line);
/// Left-aligned columns; the first row is the head.
void print_table(const std::vector<std::vector<std::string>>& rows);

// One function a command; each answers an exit code.
int run_jobs(const Context& context, bool all);
int run_job(const Context& context, int id);
int run_explain(const Context& context, int id);
int run_action(const Context& context, int id, const std::string& action, const nlohmann::json& body);
struct PrintOptions {
  std::string file, title, format;
  int copies = 0;
  std::string sides, media, color;
  bool wait_for_paper = false;
};
int run_print(const Context& context, const PrintOptions& options);
int run_devices(const Context& context, const std::string& filter);
int run_status(const Context& context, bool wait_ready, int wait_seconds);
int run_check_fallback(const Context& context, const std::string& user, bool now);
int run_history_import(const Context& context, const std::string& file);
int run_plugins_list(const Context& context);
int run_plugin_file(const Context& context, const std::string& what, const std::string& manifest);
struct LedgerOptions {
  std::string what;       ///< show, verify, export, resend, correct
  std::string state_dir;  ///< of a stopped daemon; empty: the running one is asked
  std::int64_t from = 1, limit = 0;
  bool rejected = false;
  std::int64_t seq = 0;
  std::string user;
  std::int64_t pages_mono = -1, pages_color = -1;
};
int run_ledger(const Context& context, const LedgerOptions& options);
int run_enrol(const Context& context, const std::string& token);
int run_doctor(const Context& context);
int run_config_check(const Context& context, const std::string& file);
struct AnalyseOptions {
  std::vector<std::string> files, plugins;
  bool pages_only = false;
};
int run_analyse(const Context& context, const AnalyseOptions& options);
struct WatchOptions {
  bool notify = false;
  bool once = false;  ///< what is open now, then end
  std::string filter;
};
int run_watch(const Context& context, const WatchOptions& options);
int run_reload(const Context& context);
/// A desktop notification (org.freedesktop.Notifications) on the session bus; false if there is none.
bool notify_desktop(const std::string& summary, const std::string& body);

}  // namespace printrouter::cli
