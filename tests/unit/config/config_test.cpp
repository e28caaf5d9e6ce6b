// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "config/config_load.hpp"
#include "config/json_tree.hpp"

namespace printrouter {
namespace {
using testing::HasSubstr;

const std::string source = PRINTROUTER_SOURCE_DIR;

Result<std::string> no_files(const std::string& path) {
  return fail(ErrorCode::io, "no such file", path);
}
ConfigResult parse(std::string_view text) {
  return parse_config(text, "desktop.json", no_files);
}
std::string all(const ConfigFindings& findings, std::string_view language = "en") {
  std::string out;
  for (const ConfigFinding& f : findings) out += f.message(language) + "\n";
  return out;
}

/// The cases that the published schemas are held against too (schema_agreement.py).
TEST(ConfigCases, TheValidatorJudgesAsTheSchemaDoes) {
  std::ifstream in(source + "/tests/unit/config/cases.json");
  const auto cases = nlohmann::json::parse(in);
  ASSERT_GT(cases.size(), 50u);
  for (const auto& c : cases) {
    const ConfigResult result = parse(c.at("config").dump());
    SCOPED_TRACE(c.at("name").get<std::string>() + "\n" + all(result.findings));
    ASSERT_EQ(result.config != nullptr, c.at("valid").get<bool>());
    if (result.config) continue;
    const std::string field = c.at("field");
    EXPECT_TRUE(std::ranges::any_of(result.findings,
                                    [&](const ConfigFinding& f) {
                                      return f.field == field && f.line == 1 && f.file == "desktop.json" &&
                                             !f.en.empty() && !f.de.empty();
                                    }))
        << "no finding names " << field;
  }
}

TEST(Config, SamplesAreTaken) {
  for (const char* name : {"desktop.json", "kyocera-office.json"}) {
    const ConfigResult result = load_config(source + "/samples/configs/" + name);
    ASSERT_TRUE(result.config) << all(result.findings);
    EXPECT_TRUE(result.findings.empty()) << all(result.findings);
    for (const ListenerConfig& l : result.config->listeners) {
      EXPECT_EQ(l.port, 0) << name;
      EXPECT_EQ(l.address, "127.0.0.1");
    }
    EXPECT_TRUE(result.config->profile.enabled);
    EXPECT_FALSE(result.config->profile.contact.empty());
  }
}

TEST(Config, ValuesArriveTyped) {
  const auto result = load_config(source + "/samples/configs/kyocera-office.json");
  ASSERT_TRUE(result.config);
  const Config& c = *result.config;
  EXPECT_EQ(c.server->protocol, "lpr");
  EXPECT_TRUE(c.server->holds_on_arrival);
  EXPECT_EQ(c.server->truncated, ServerConfig::Truncated::discards);
  EXPECT_EQ(text_of(c.server->target, "queue"), "secure");
  EXPECT_EQ(text_of(c.server->target, "on-arrival"), "hold");
  EXPECT_TRUE(c.listeners.at(1).private_jobs);
  EXPECT_EQ(c.profile.outage_ceiling, 500);
  EXPECT_EQ(c.profile.history_days, 180);
  ASSERT_EQ(c.profile.overrides.size(), 1u);
  EXPECT_EQ(c.profile.overrides[0].release_condition, ReleaseCondition::always);
  EXPECT_FALSE(c.profile.overrides[0].integration);
  const Device& corridor = c.devices.at(0);
  EXPECT_EQ(corridor.ports.at(0).port_class, PortClass::device_spooling);
  EXPECT_EQ(flag_of(corridor.settings, "terminal-present"), true);
  EXPECT_EQ(integer_of(corridor.settings, "wake-port"), 9100);
  EXPECT_THAT(texts_of(c.devices.at(1).settings, "permitted-senders"), testing::ElementsAre("192.0.2.0/24"));
  EXPECT_EQ(c.balances_file, source + "/samples/configs/balances.json") << "relative to the file's folder";
  EXPECT_EQ(c.identity.map.at("anna"), "anna.muster");
}

TEST(Config, AFindingNamesFileLineFieldAndWhatWasExpected) {
  const auto result = parse(R"({
  "limits": {
    "jobs": 5,
    "parallel": 0
  },
  "log": {
    "level": "loud"
  }
})");
  ASSERT_FALSE(result.config);
  ASSERT_EQ(result.findings.size(), 2u);
  EXPECT_EQ(result.findings[0].message(),
            "desktop.json:4: limits.parallel: is 0 (expected: a whole number from 1 to 1024)");
  EXPECT_EQ(result.findings[1].message("de"),
            "desktop.json:7: log.level: ist \"loud\" (erwartet: \"trace\", \"debug\", \"info\", \"warn\" "
            "oder \"error\")");
  EXPECT_EQ(result.error().message(),
            "desktop.json:4: limits.parallel: is 0 (expected a whole number from 1 to 1024)");
}

TEST(Config, ANumberAtTheEndOfItsLineHasItsLine) {
  const auto result = parse("{\n\"limits\": {\n\"jobs\": 0\n}\n}");
  ASSERT_EQ(result.findings.size(), 1u);
  EXPECT_EQ(result.findings[0].line, 3);
}

TEST(Config, UnknownKeysAreReportedWithWhatWasPerhapsMeant) {
  const auto result = parse("{\n \"listners\": [],\n \"gruops\": {}\n}");
  ASSERT_EQ(result.findings.size(), 2u);
  EXPECT_EQ(result.findings[0].message(),
            "desktop.json:2: listners: is not known here (expected: perhaps \"listeners\")");
  EXPECT_THAT(result.findings[1].message(), HasSubstr("perhaps \"groups\""));
}

TEST(Config, SyntaxErrorsHaveTheirLine) {
  const auto result = parse("{\n  \"log\": {\n    \"level\" \"info\"\n  }\n}");
  ASSERT_EQ(result.findings.size(), 1u);
  EXPECT_EQ(result.findings[0].line, 3);
  EXPECT_EQ(result.findings[0].id, "config.syntax");
  EXPECT_THAT(parse("").findings.at(0).message(), HasSubstr("JSON"));
  EXPECT_FALSE(parse("{} {}").config);
  EXPECT_FALSE(parse("[1]").config);
}

TEST(Config, ANameGivenTwiceIsRefused) {
  const auto result = parse("{\n\"language\": \"de\",\n\"language\": \"en\"}");
  ASSERT_EQ(result.findings.size(), 1u);
  EXPECT_EQ(result.findings[0].message(), "desktop.json:3: language: is given twice in one object");
}

TEST(Config, TooManyLevelsAreRefused) {
  std::string text = "{\"a\": ";
  text.append(100'000, '[');
  const auto result = parse(text);
  ASSERT_EQ(result.findings.size(), 1u);
  EXPECT_EQ(result.findings[0].id, "config.too-deep");
}

TEST(Config, DevicesGivenTwiceAreRefused) {
  const auto result = parse(
      R"({"devices": [{"id": "a", "address": "h"}, {"id": "b", "address": "h"}, {"id": "a", "address": "i"}]})");
  ASSERT_EQ(result.findings.size(), 1u);
  EXPECT_EQ(result.findings[0].field, "devices[2].id");
}

TEST(Config, ReferredFilesAreReadBesideTheFileAndTheirFindingsNameThem) {
  std::map<std::string, std::string> files = {
      {"/etc/printrouter/p.json",
       R"({"printing": {"fallback": {"enabled": true, "target": {"printer": "a"}}}})"},
      {"/etc/printrouter/more/d.json", R"({"devices": [{"id": "a", "address": "h"}]})"}};
  const auto reader = [&](const std::string& path) -> Result<std::string> {
    const auto it = files.find(path);
    if (it == files.end()) return fail(ErrorCode::io, "No such file or directory", path);
    return it->second;
  };
  const char* text = R"({"profile": "p.json", "device_files": ["more/d.json"]})";
  auto result = parse_config(text, "/etc/printrouter/desktop.json", reader);
  ASSERT_TRUE(result.config) << all(result.findings);
  EXPECT_EQ(result.config->profile.printer, "a");
  ASSERT_EQ(result.config->devices.size(), 1u);
  EXPECT_EQ(result.config->devices[0].name, "a") << "the id, where no name is given";

  files["/etc/printrouter/p.json"] = "{\n\"printing\": 1}";
  result = parse_config(text, "/etc/printrouter/desktop.json", reader);
  ASSERT_FALSE(result.config);
  EXPECT_THAT(result.findings.at(0).message(),
              HasSubstr("/etc/printrouter/p.json:2: printing: is a whole number"));

  files.clear();
  result = parse_config(text, "/etc/printrouter/desktop.json", reader);
  ASSERT_FALSE(result.config);
  EXPECT_THAT(result.findings.at(0).message(), HasSubstr("profile: names a file that cannot be read"));
}

TEST(Config, AFileThatIsNotThereIsAFinding) {
  const auto result = load_config("/nonexistent/desktop.json");
  ASSERT_FALSE(result.config);
  EXPECT_THAT(result.findings.at(0).message(), HasSubstr("/nonexistent/desktop.json: cannot be read"));
}

TEST(Values, Durations) {
  EXPECT_EQ(parse_duration("500ms"), Milliseconds(500));
  EXPECT_EQ(parse_duration("2h"), std::chrono::hours(2));
  EXPECT_EQ(parse_duration("7d"), std::chrono::hours(168));
  for (const char* bad :
       {"", "7", "d", "-1s", "1 s", "1.5h", "1w", "99999999999999999999s", "9223372036854775807d"})
    EXPECT_FALSE(parse_duration(bad)) << bad;
}
TEST(Values, Sizes) {
  EXPECT_EQ(parse_size("0"), 0u);
  EXPECT_EQ(parse_size("512KiB"), 524'288u);
  EXPECT_EQ(parse_size("4GiB"), std::uint64_t{4} << 30);
  for (const char* bad : {"", "KiB", "1KB", "-1", "1.5GiB", "18446744073709551615GiB"})
    EXPECT_FALSE(parse_size(bad)) << bad;
}
TEST(Values, Money) {
  EXPECT_EQ(parse_money("12.5", 2), 1250);
  EXPECT_EQ(parse_money("0.05", 2), 5);
  EXPECT_EQ(parse_money("7", 4), 70'000);
  for (const char* bad : {"", ".", "1.", "1.005", "-1", "1e3", "1,5", "99999999999999999999"})
    EXPECT_FALSE(parse_money(bad, 2)) << bad;
}
}  // namespace
}  // namespace printrouter
