// SPDX-License-Identifier: Apache-2.0
#include "document/analysis_run.hpp"

#include <algorithm>
#include <chrono>
#include <sstream>

#include "document/analysis_protocol.hpp"
#include "env/child_process.hpp"
#include "env/machine.hpp"

namespace printrouter {
namespace {
namespace protocol = analysis_protocol;

// Linux' numbers; the child ran here.
constexpr int signal_bad_system_call = 31, signal_cpu = 24, signal_kill = 9;

std::string why_it_ended(const env::ChildExit& end) {
  if (end.signalled && end.code == signal_bad_system_call)
    return "the analysis did what it is not allowed to do (forbidden system call)";
  if (end.signalled && end.code == signal_cpu) return "the analysis needs more CPU time than it may have";
  if (end.signalled && end.code == signal_kill) return "the analysis was killed";
  if (!end.signalled && end.code == protocol::out_of_memory)
    return "the analysis needs more memory than it may have";
  if (!end.signalled && end.code == protocol::no_sandbox)
    return "the sandbox for the analysis cannot be set up on this machine";
  return "the analysis crashed (" + end.describe() + ")";
}

WorkerAnswer without_parts(std::string why) {
  WorkerAnswer answer;
  answer.complete = false;
  answer.why = std::move(why);
  return answer;
}
/// One line of Ghostscript's ink_cov; false: something else.
bool ink_line(const std::string& line, bool& color) {
  std::istringstream words(line);
  std::string cyan, magenta, yellow, black, model, ok, more;
  words >> cyan >> magenta >> yellow >> black >> model >> ok;
  if (model != "CMYK" || ok != "OK" || words >> more) return false;
  color = cyan != magenta || magenta != yellow;  // RGB grey is equal parts of the three
  return true;
}

/// What Ghostscript draws is what comes out: its count is exact, if it came to its end without an error. The
/// document can write to the same output: any line that is not one of a page, and nothing is believed; what
/// it may forge are pages that its user would pay. Answers why it is not believed; empty: it is.
std::string ask_ghostscript(const std::filesystem::path& program, const std::filesystem::path& file,
                            AnalysedPart& part, const AnalysisOptions& options) {
  const std::vector<std::string> arguments{protocol::ghostscript, options.ghostscript.string(),
                                           std::to_string(part.part.offset), std::to_string(part.part.size)};
  auto child = env::ChildProcess::start(program, arguments, file);
  if (!child) return "Ghostscript cannot be asked: " + child.error().message();
  const auto deadline = std::chrono::steady_clock::now() + options.deadline;
  std::int64_t pages = 0, color = 0;
  std::string line;
  for (;;) {
    const auto left = std::chrono::ceil<Milliseconds>(deadline - std::chrono::steady_clock::now());
    const auto got = child->read_line(line, std::max(left, Milliseconds(0)));
    if (got == env::ChildProcess::Read::end) break;
    bool in_color = false;
    if (got == env::ChildProcess::Read::timeout)
      return "Ghostscript was not through with it after " + std::to_string(options.deadline.count() / 1000) +
             " s";
    if (!ink_line(line, in_color)) return "it fails in Ghostscript, or writes among its answers";
    ++pages;
    color += in_color;
  }
  const env::ChildExit end = child->wait();
  if (end.signalled || end.code != 0) return "Ghostscript ended with an error (" + end.describe() + ")";
  Analysis& said = part.analysis;
  // It repeats pages for #copies and not for NumCopies: with copies only a count that fits is one of pages.
  if (said.copies.known() && said.copies.value > 1) {
    const bool fits =
        said.pages.known() && (pages == said.pages.value * said.copies.value || pages == said.pages.value);
    if (!fits) return "Ghostscript counts " + std::to_string(pages) + ", which does not fit its copies";
    if (pages != said.pages.value) pages /= said.copies.value, color /= said.copies.value;
  }
  said.pages = {pages, Confidence::exact};
  said.color_pages = {color, Confidence::exact};
  said.mono_pages = {pages - color, Confidence::exact};
  said.why.clear();
  return {};
}
}  // namespace

std::filesystem::path installed_ghostscript() {
  std::error_code ec;
  const std::filesystem::path usual = "/usr/bin/gs";
  return std::filesystem::exists(usual, ec) ? usual : std::filesystem::path();
}

Result<WorkerAnswer> run_analysis(const std::filesystem::path& file, const std::string& declared,
                                  const AnalysisOptions& options) {
  std::error_code ec;
  if (!std::filesystem::is_regular_file(file, ec))
    return fail(Error{
        ErrorCode::not_found, "it cannot be read", {}, file.string(), "a file, not a folder or a device"});
  const auto here = env::program_path().parent_path();
  const auto program = options.program.empty() ? here / protocol::program : options.program;
  std::vector<std::string> arguments{protocol::memory, std::to_string(options.memory_mb), protocol::cpu,
                                     std::to_string(options.cpu_seconds)};
  auto folders = options.plugins;
  if (folders.empty()) folders.push_back(here.parent_path() / "lib" / "printrouter" / "plugins");
  for (const auto& folder : folders) arguments.insert(arguments.end(), {protocol::plugins, folder.string()});
  if (!declared.empty()) arguments.insert(arguments.end(), {protocol::declared, declared});
  if (options.pages_only) arguments.emplace_back(protocol::pages_only);

  auto child = env::ChildProcess::start(program, arguments, file);
  if (!child) return fail(std::move(child).error());
  std::string line;
  const auto got = child->read_line(line, options.deadline);
  if (got == env::ChildProcess::Read::timeout) {
    child->kill();
    child->wait();
    return without_parts("the analysis takes longer than it may");
  }
  if (got == env::ChildProcess::Read::end) return without_parts(why_it_ended(child->wait()));
  child->kill();  // it has said all it can
  child->wait();
  auto answer = decode_worker_answer(line);
  if (answer && !options.ghostscript.empty() && !options.pages_only)
    for (AnalysedPart& part : answer->parts)
      if (part.part.language == Language::postscript && part.analysis.pages.confidence != Confidence::exact) {
        if (options.first_opinion)
          part.analysis.provisional = true;
        else if (const std::string why = ask_ghostscript(program, file, part, options); !why.empty())
          part.analysis.why.append(part.analysis.why.empty() ? "" : "; ").append(why);
      }
  return answer;
}

Result<Analysis> analyse_file(const std::filesystem::path& file, const std::string& declared,
                              const Attributes& ticket, const AnalysisOptions& options) {
  auto answer = run_analysis(file, declared, options);
  if (!answer) return fail(std::move(answer).error());
  Analysis joined = join_parts(answer->parts, answer->complete, ticket);
  if (!answer->why.empty()) joined.why = answer->why;
  return joined;
}

}  // namespace printrouter
