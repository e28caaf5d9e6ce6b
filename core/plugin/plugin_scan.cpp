// SPDX-License-Identifier: Apache-2.0
#include "plugin/plugin_scan.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "env/child_process.hpp"
#include "env/machine.hpp"
#include "plugin/plugin_scan_protocol.hpp"

namespace printrouter {
namespace {

using nlohmann::json;

std::string text_at(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// One child and what it has told so far.
class Batch {
 public:
  Batch(env::ChildProcess child, const std::vector<const PluginCandidate*>& todo)
      : child_(std::move(child)), todo_(todo) {}

  /// Reads to the child's end. Afterwards done() plugins are finished and fallen() names the one it fell
  /// over.
  void run(Milliseconds timeout) {
    std::string line;
    for (;;) {
      const auto got = child_.read_line(line, timeout);
      if (got == env::ChildProcess::Read::line) {
        take(json::parse(line, nullptr, false));
        continue;
      }
      hung_ = got == env::ChildProcess::Read::timeout;
      if (hung_) child_.kill();
      end_ = child_.wait();
      return;
    }
  }

  std::size_t done() const { return done_; }
  bool hung() const { return hung_; }
  const PluginFindings& findings() const { return findings_; }
  /// The candidate at which the child fell; nullptr: it came to its own end.
  const PluginCandidate* fallen() const { return begun_ && done_ < todo_.size() ? todo_[done_] : nullptr; }

  PluginFinding fall() const {
    PluginFinding finding;
    if (hung_) {
      finding.id = finding::call_timeout;
      finding.text = "did not return from: " + stage_;
    } else if (!end_.signalled && end_.code == scan_protocol::out_of_memory) {
      finding.id = finding::memory_limit;
      finding.text = "allocates without end in: " + stage_;
    } else {
      const bool in_init = stage_ == scan_protocol::stage_load || stage_ == scan_protocol::stage_create;
      finding.id = in_init ? finding::crash_in_init : finding::crash_at_work;
      finding.text = "ended its process (" + end_.describe() + ") in: " + stage_;
    }
    return finding;
  }
  std::string describe_end() const { return end_.describe(); }

 private:
  void take(const json& line) {
    if (!line.is_object()) return;
    if (line.contains("plugin")) {
      begun_ = true;
      stage_ = scan_protocol::stage_load;
    } else if (line.contains("stage")) {
      stage_ = text_at(line, "stage");
    } else if (const auto found = line.find("found"); found != line.end() && found->is_object()) {
      PluginFinding finding;
      finding.id = text_at(*found, "id");
      finding.text = text_at(*found, "text");
      if (begun_ && done_ < todo_.size()) findings_.push_back(blame(*todo_[done_], std::move(finding)));
    } else if (line.contains("done") && begun_) {
      begun_ = false;
      ++done_;
    }
  }

 public:
  static PluginFinding blame(const PluginCandidate& candidate, PluginFinding finding) {
    finding.plugin = candidate.manifest.id;
    finding.sha256 = candidate.manifest.sha256;
    finding.place = candidate.library_path;
    finding.quarantined = true;
    return finding;
  }

 private:
  env::ChildProcess child_;
  const std::vector<const PluginCandidate*>& todo_;
  std::size_t done_ = 0;
  bool begun_ = false, hung_ = false;
  std::string stage_;
  env::ChildExit end_;
  PluginFindings findings_;
};

}  // namespace

Result<PluginFindings> scan_plugins(const std::vector<PluginCandidate>& candidates,
                                    const ScanOptions& options) {
  auto program = options.program;
  if (program.empty()) program = env::program_path().parent_path() / scan_protocol::program;
  PluginFindings findings;
  std::vector<const PluginCandidate*> todo;
  for (const auto& candidate : candidates) todo.push_back(&candidate);
  const PluginCandidate* hung_before = nullptr;
  while (!todo.empty()) {
    std::vector<std::string> arguments{scan_protocol::child_flag};
    for (const auto* candidate : todo) arguments.push_back(candidate->manifest_path);
    auto child = env::ChildProcess::start(program, arguments);
    if (!child) return fail(child.error());
    Batch batch(std::move(*child), todo);
    batch.run(options.timeout);
    findings.insert(findings.end(), batch.findings().begin(), batch.findings().end());
    auto done = static_cast<std::ptrdiff_t>(batch.done());
    if (const auto* fallen = batch.fallen()) {
      // A machine under load can be slow once; what is kept for good must happen twice.
      const bool again = batch.hung() && fallen != hung_before;
      hung_before = batch.hung() ? fallen : nullptr;
      if (!again) {
        findings.push_back(Batch::blame(*fallen, batch.fall()));
        ++done;
      }
    } else if (batch.done() < todo.size()) {
      return fail(ErrorCode::unavailable, "ended before its work (" + batch.describe_end() + ")", program);
    }
    todo.erase(todo.begin(), todo.begin() + done);
  }
  return findings;
}

}  // namespace printrouter
