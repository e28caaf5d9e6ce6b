// SPDX-License-Identifier: Apache-2.0
/// printrouter-plugin-scan: checks plugins in a process of their own. The daemon starts it with --child.
#include <charconv>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "plugin/plugin_report.hpp"
#include "plugin/plugin_scan.hpp"
#include "plugin/plugin_scan_protocol.hpp"

namespace {

constexpr const char* help =
    "usage: printrouter-plugin-scan [--json] [--timeout-ms N] PATH...\n"
    "Checks plugins: their files, their manifests, and how they behave, in a child process.\n"
    "PATH is a manifest (<id>.plugin.json) or a folder of manifests.\n"
    "  --json          the result as a JSON array\n"
    "  --timeout-ms N  how long one script may take (default 2000)\n"
    "exit codes: 0 every plugin is good, 1 findings, 2 wrong arguments, 3 the check could not run\n";

int usage(const std::string& what) {
  std::fprintf(stderr, "printrouter-plugin-scan: %s\n%s", what.c_str(), help);
  return printrouter::plugin_exit::usage;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace printrouter;
  std::vector<std::filesystem::path> paths;
  bool as_json = false;
  int timeout = 2000;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (i == 1 && word == scan_protocol::child_flag) return plugin_scan_child({argv + 2, argv + argc});
    if (word == "--help") {
      std::fputs(help, stdout);
      return plugin_exit::good;
    }
    if (word == "--json") {
      as_json = true;
    } else if (word == "--timeout-ms" && i + 1 < argc) {
      const std::string_view number = argv[++i];
      const auto parsed = std::from_chars(number.data(), number.data() + number.size(), timeout);
      if (parsed.ec != std::errc() || parsed.ptr != number.data() + number.size() || timeout < 1)
        return usage("--timeout-ms expects a number of 1 or more");
    } else if (word.starts_with("--")) {
      return usage("unknown option " + std::string(word));
    } else {
      paths.emplace_back(word);
    }
  }
  if (paths.empty()) return usage("no PATH given");
  const auto plugins = check_plugins(paths, {}, Milliseconds(timeout));
  if (!plugins) {
    std::fprintf(stderr, "printrouter-plugin-scan: %s\n", plugins.error().message().c_str());
    return plugins.error().code == ErrorCode::not_found ? plugin_exit::usage : plugin_exit::impossible;
  }
  const auto text = as_json ? plugins_json(*plugins) + "\n" : plugins_text(*plugins, ReportLanguage::english);
  std::fputs(text.c_str(), stdout);
  return plugin_exit_code(*plugins);
}
