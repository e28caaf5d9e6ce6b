// SPDX-License-Identifier: Apache-2.0
// The accounting entries: of the running daemon, or read-only of a state folder whose daemon is stopped.
#include <spdlog/fmt/fmt.h>

#include <filesystem>
#include <iostream>
#include <memory>

#include "cli/cli_context.hpp"
#include "control/ledger_view.hpp"
#include "env/file_system.hpp"
#include "env/post_queue.hpp"

namespace printrouter::cli {
namespace {
using nlohmann::json;
namespace fs = std::filesystem;

constexpr std::int64_t page = 1000;

/// Where the entries come from.
class Source {
 public:
  virtual ~Source() = default;
  /// nullopt: printed, and the exit code is set.
  virtual std::optional<json> list(std::int64_t from, bool rejected, int& exit) = 0;
  virtual std::optional<json> verify(int& exit) = 0;
};

class DaemonSource final : public Source {
 public:
  explicit DaemonSource(const Context& c) : c_(c) {}
  std::optional<json> list(std::int64_t from, bool rejected, int& exit) override {
    return ask(c_, "GET",
               fmt::format("/v1/ledger?from={}&limit={}{}", from, page, rejected ? "&rejected=true" : ""),
               exit);
  }
  std::optional<json> verify(int& exit) override { return ask(c_, "GET", "/v1/ledger/verify", exit); }

 private:
  const Context& c_;
};

/// Works on a copy: opening a journal writes to it.
class FolderSource final : public Source {
 public:
  explicit FolderSource(const Context& c) : c_(c) {}
  ~FolderSource() override {
    journal_.reset();
    std::error_code ec;
    if (!copy_.empty()) fs::remove_all(copy_, ec);
  }
  Status open(const std::string& folder) {
    const fs::path from(folder);
    std::error_code ec;
    if (!fs::exists(from / "journal.db", ec))
      return fail(
          {ErrorCode::invalid, "holds no journal", "--state-dir", folder, "a state folder of printrouterd"});
    // The daemon holds this for as long as it runs.
    auto lock = env::real_file_system().open((from / "lock").string(), env::OpenMode::read);
    if (lock)
      if (const Status free = (*lock)->lock(); !free)
        return fail({ErrorCode::conflict, "a daemon works in this state folder", "--state-dir", folder,
                     "a stopped daemon, or the command without --state-dir"});
    std::string copy = (fs::temp_directory_path() / "printrouter-ledger-XXXXXX").string();
    if (::mkdtemp(copy.data()) == nullptr) return fail(ErrorCode::io, "cannot make a folder", copy);
    copy_ = copy;
    for (const char* name : {"journal.db", "journal.db-wal"}) {
      if (!fs::exists(from / name, ec)) continue;
      fs::copy_file(from / name, copy_ / name, ec);
      if (ec) return fail(ErrorCode::io, "cannot be copied: " + ec.message(), (from / name).string());
    }
    auto opened =
        journal::Journal::open(env::real_file_system(), (copy_ / "journal.db").string(), main_.post());
    if (!opened) return fail(opened.error());
    journal_ = std::move(*opened);
    return {};
  }
  std::optional<json> list(std::int64_t from, bool rejected, int& exit) override {
    return read(control::ledger_list(*journal_, {from, page, rejected}), exit);
  }
  std::optional<json> verify(int& exit) override {
    return read(control::ledger_verification(*journal_), exit);
  }

 private:
  std::optional<json> read(const Result<std::string>& text, int& exit) {
    exit = text ? exit_ok : report(c_, text.error());
    if (!text) return std::nullopt;
    return json::parse(*text, nullptr, false);
  }
  const Context& c_;
  env::PostQueue main_;
  fs::path copy_;
  std::unique_ptr<journal::Journal> journal_;
};

int verify(const Context& c, Source& source) {
  int exit = 0;
  const auto found = source.verify(exit);
  if (!found) return exit;
  const bool good = found->value("ok", false);
  if (c.json) {
    print_json(*found);
  } else {
    print_line(fmt::format("{} {}, {} {}, {} {}", found->value("entries", 0), c.say("entries", "Einträge"),
                           found->value("acknowledged_through", 0),
                           c.say("answered by the server", "vom Server beantwortet"),
                           found->value("rejected", 0), c.say("refused", "abgelehnt")));
    print_line(good
                   ? c.say("ok: none is missing, none was changed", "ok: keiner fehlt, keiner wurde geändert")
                   : plain(found->value("text", "")));
  }
  return good ? exit_ok : exit_findings;
}

std::string state_words(const Context& c, const json& entry) {
  if (const auto note = entry.find("note"); note != entry.end()) {
    const std::string state = note->value("state", "");
    const std::string why = ": " + plain(note->value("reason", ""));
    if (state == "rejected") return c.say("refused", "abgelehnt") + why;
    if (state == "resend") return c.say("to be sent again", "wird noch einmal gesendet");
    return fmt::format("{} {}", c.say("corrected by", "berichtigt durch"), note->value("corrected_by", 0));
  }
  return entry.value("acknowledged", false) ? c.say("at the server", "beim Server")
                                            : c.say("not yet", "noch nicht");
}

/// Ends with the first error; an array or lines, page by page.
int show(const Context& c, Source& source, const LedgerOptions& o) {
  const bool as_json = c.json || o.what == "export";
  json all = json::array();
  std::vector<std::vector<std::string>> rows{{c.say("No.", "Nr."), c.say("Kind", "Art"),
                                              c.say("Job", "Auftrag"), c.say("Attempt", "Versuch"),
                                              c.say("Reported", "Gemeldet"), c.say("Content", "Inhalt")}};
  std::int64_t left = o.limit > 0 ? o.limit : -1;
  for (std::int64_t from = o.from;;) {
    int exit = 0;
    const auto part = source.list(from, o.rejected, exit);
    if (!part) return exit;
    for (const json& e : *part) {
      if (left == 0) break;
      if (left > 0) --left;
      if (as_json)
        all.push_back(e);
      else
        rows.push_back({std::to_string(e.value("seq", 0)), e.value("kind", ""),
                        e.value("job_uuid", "").substr(0, 8), std::to_string(e.value("attempt", 0)),
                        state_words(c, e), plain(e.value("content", json()).dump().substr(0, 100))});
      from = e.value("seq", std::int64_t{0}) + 1;
    }
    if (left == 0 || part->size() < static_cast<std::size_t>(page)) break;
  }
  if (as_json)
    print_json(all);
  else
    print_table(rows);
  return exit_ok;
}

int act(const Context& c, const LedgerOptions& o) {
  json body = json::object();
  if (!o.user.empty()) body["user"] = o.user;
  if (o.pages_mono >= 0) body["pages_mono"] = o.pages_mono;
  if (o.pages_color >= 0) body["pages_color"] = o.pages_color;
  const std::string path =
      o.seq > 0 ? fmt::format("/v1/ledger/{}/{}", o.seq, o.what) : std::string("/v1/ledger/resend");
  int exit = 0;
  const auto done = ask(c, "POST", path, exit, body);
  if (!done) return exit;
  if (c.json)
    print_json(*done);
  else
    print_line(c.say("It goes to the server next.", "Geht als Nächstes an den Server."));
  return exit_ok;
}

}  // namespace

int run_ledger(const Context& c, const LedgerOptions& o) {
  if (o.what == "resend" || o.what == "correct") return act(c, o);
  std::unique_ptr<Source> source;
  if (o.state_dir.empty()) {
    source = std::make_unique<DaemonSource>(c);
  } else {
    auto folder = std::make_unique<FolderSource>(c);
    if (const Status opened = folder->open(o.state_dir); !opened) {
      report(c, opened.error());
      return opened.error().code == ErrorCode::invalid    ? exit_usage
             : opened.error().code == ErrorCode::conflict ? exit_conflict
                                                          : exit_failed;
    }
    source = std::move(folder);
  }
  return o.what == "verify" ? verify(c, *source) : show(c, *source, o);
}

int run_enrol(const Context& c, const std::string& token) {
  std::string said = token;
  if (said == "-") std::getline(std::cin, said);  // arguments are seen by every account of the machine
  int exit = 0;
  const auto done = ask(c, "POST", "/v1/enrol", exit, {{"token", said}});
  if (!done) return exit;
  if (c.json)
    print_json(*done);
  else
    print_line(
        c.say("This desktop is known to the server now.", "Der Server kennt diesen Arbeitsplatz jetzt."));
  return exit_ok;
}

}  // namespace printrouter::cli
