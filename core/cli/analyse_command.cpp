// SPDX-License-Identifier: Apache-2.0
// `printrouter analyse`: what is in a file, told by the language plugins. Needs no daemon.
#include <spdlog/fmt/fmt.h>

#include "cli/cli_context.hpp"
#include "document/analysis_run.hpp"

namespace printrouter::cli {
namespace {
using nlohmann::json;

const char* sure(const Context& c, Confidence confidence) {
  switch (confidence) {
    case Confidence::exact:
      return c.say("exact", "genau");
    case Confidence::estimate:
      return c.say("estimate", "geschätzt");
    case Confidence::unknown:
      break;
  }
  return c.say("unknown", "unbekannt");
}

std::string sides_words(const Context& c, const std::string& sides) {
  if (sides == "one-sided") return c.say("one-sided", "einseitig");
  if (sides == "two-sided-long-edge") return c.say("two-sided, long edge", "zweiseitig, lange Kante");
  if (sides == "two-sided-short-edge") return c.say("two-sided, short edge", "zweiseitig, kurze Kante");
  return plain(sides);
}

void print_analysis(const Context& c, const std::string& file, const Analysis& a) {
  print_line(plain(file));
  const auto line = [&](const char* name, const std::string& value, Confidence confidence) {
    const bool known = confidence != Confidence::unknown;
    print_line(
        "  " + padded(name, 14) +
        (known ? fmt::format("{} ({})", value, sure(c, confidence)) : std::string(sure(c, confidence))));
  };
  const auto count = [&](const char* name, const Known<std::int64_t>& n) {
    line(name, std::to_string(n.value), n.confidence);
  };
  print_line("  " + padded(c.say("language", "Sprache"), 14) +
             (a.language.empty() ? sure(c, Confidence::unknown) : plain(a.language)));
  count(c.say("pages", "Seiten"), a.pages);
  count(c.say("in colour", "farbig"), a.color_pages);
  count(c.say("black", "schwarz"), a.mono_pages);
  count(c.say("copies", "Exemplare"), a.copies);
  count(c.say("sheets", "Blätter"), a.sheets);
  line(c.say("sides", "Seitendruck"), sides_words(c, a.sides.value), a.sides.confidence);
  line(c.say("media", "Papier"), plain(a.media.value), a.media.confidence);
  line(c.say("user", "Benutzer"), plain(a.user.value), a.user.confidence);
  line(c.say("title", "Titel"), plain(a.title.value), a.title.confidence);
  if (!a.why.empty()) print_line("  " + padded(c.say("because", "Grund"), 14) + plain(a.why));
}
}  // namespace

int run_analyse(const Context& c, const AnalyseOptions& wanted) {
  AnalysisOptions options;
  options.pages_only = wanted.pages_only;
  options.plugins.assign(wanted.plugins.begin(), wanted.plugins.end());
  int exit = exit_ok;
  for (const std::string& file : wanted.files) {
    const auto analysis = analyse_file(file, {}, {}, options);
    if (!analysis) {
      exit = exit_failed;
      if (c.json)
        print_line(json{{"file", file}, {"error", analysis.error().message()}}.dump(
            -1, ' ', false, json::error_handler_t::replace));
      else
        report(c, analysis.error());
      continue;
    }
    if (!analysis->pages.known() && exit == exit_ok) exit = exit_findings;
    if (!c.json) {
      print_analysis(c, file, *analysis);
      continue;
    }
    json object = json::parse(analysis_json(*analysis));
    object["file"] = file;
    print_line(object.dump(-1, ' ', false, json::error_handler_t::replace));
  }
  return exit;
}

}  // namespace printrouter::cli
