// SPDX-License-Identifier: Apache-2.0
/// The vocabulary is complete: every reason speaks both languages, has its place in docs/reasons.md, and none
/// in the code is missing there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

#include "routing/explain.hpp"
#include "routing/rules.hpp"

namespace printrouter {
namespace {
using testing::HasSubstr;
const std::filesystem::path source = PRINTROUTER_SOURCE_DIR;

std::string read(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

TEST(Rules, StandInTheOrderOfTheirEnum) {
  std::size_t at = 0;
  for (const RuleText& text : rule_texts()) EXPECT_EQ(static_cast<std::size_t>(text.rule), at++) << text.id;
}

TEST(Rules, SpeakBothLanguagesAndRefusalsSayWhatToDo) {
  std::set<std::string_view> ids;
  for (const RuleText& text : rule_texts()) {
    EXPECT_FALSE(text.en.empty()) << text.id;
    EXPECT_FALSE(text.de.empty()) << text.id;
    EXPECT_NE(text.en, text.de) << text.id;
    EXPECT_EQ(text.remedy_en.empty(), text.remedy_de.empty()) << text.id;
    if (text.severity == Severity::refusal) {
      EXPECT_FALSE(text.remedy_en.empty()) << text.id;
    }
    for (const char digit : {'0', '1'}) {
      const std::string hole = std::string("{") + digit + "}";
      EXPECT_EQ(text.en.find(hole) == std::string_view::npos, text.de.find(hole) == std::string_view::npos)
          << text.id;
    }
    if (text.rule != Rule::ticket_lost_minor) {
      EXPECT_TRUE(ids.insert(text.id).second) << text.id;
    }
  }
}

TEST(Rules, EveryReasonInTheCodeStandsInTheManual) {
  const std::string manual = read(source / "docs/reasons.md");
  std::set<std::string> ids;
  const std::regex literal(
      "\"((routing|policy|vendor|kyocera|generic|ricoh|delivery|intake|people|router|spool)\\.[a-z][a-z-]*)"
      "\"");
  for (const char* folder : {"core/routing", "core/policy", "core/devices", "core/router", "vendors"})
    for (const auto& entry : std::filesystem::recursive_directory_iterator(source / folder)) {
      if (entry.path().extension() != ".cpp" && entry.path().extension() != ".hpp") continue;
      const std::string text = read(entry.path());
      for (auto it = std::sregex_iterator(text.begin(), text.end(), literal); it != std::sregex_iterator();
           ++it)
        ids.insert((*it)[1]);
    }
  EXPECT_GT(ids.size(), 60u);
  for (const std::string& id : ids) EXPECT_THAT(manual, HasSubstr("`" + id + "`"));
}

TEST(Rules, TheManualNamesNoReasonThatIsGone) {
  const std::string manual = read(source / "docs/reasons.md");
  std::set<std::string_view> known;
  for (const RuleText& text : rule_texts()) known.insert(text.id);
  const std::regex row("\\| `(routing\\.[a-z-]+)`");
  for (auto it = std::sregex_iterator(manual.begin(), manual.end(), row); it != std::sregex_iterator(); ++it)
    EXPECT_TRUE(known.contains((*it)[1].str())) << (*it)[1];
}

TEST(Rules, ForeignTextIsShownHarmlessly) {
  EXPECT_EQ(shown("a\x1b[31mb\n"), "a?[31mb?");
  const std::string longer = shown(std::string(199, 'x') + "äöü");
  EXPECT_EQ(longer, std::string(199, 'x') + "…") << "not cut inside a character";
  Profile profile;
  profile.contact = "the help desk";
  const Reason reason = make_reason(Rule::ticket_lost, profile, {"sides = two-sided-long-edge"});
  EXPECT_EQ(reason.id, "ticket-lost:sides");
  EXPECT_THAT(reason.remedy_de, HasSubstr("Ansprechpartner: the help desk."));
  EXPECT_EQ(summary({reason}, "en"),
            "On this port the job's wish sides = two-sided-long-edge would be lost. Use another port or "
            "printer, or let "
            "the profile say ticket: relaxed. Ask: the help desk.");
}
}  // namespace
}  // namespace printrouter
