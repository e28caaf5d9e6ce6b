// SPDX-License-Identifier: Apache-2.0
/// The registry among the culprits: it loads what is good and says of all else why not.
#include "plugin/plugin_registry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <fstream>

#include "plugin/plugin_quarantine.hpp"
#include "plugin/plugin_report.hpp"
#include "tests/unit/plugin/temporary_folder.hpp"

namespace printrouter {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

const std::filesystem::path corpus = BADPLUGINS_CORPUS;

PluginOptions options(const TemporaryFolder& state, std::vector<std::string> names) {
  PluginOptions o;
  for (const auto& name : names) o.folders.push_back(corpus / name);
  o.state_dir = state.path;
  o.scan_program = PLUGIN_SCAN_PROGRAM;
  o.scan_timeout = Milliseconds(600);
  return o;
}

std::vector<std::string> ids(const PluginFindings& findings) {
  std::vector<std::string> out;
  for (const auto& finding : findings) out.push_back(finding.plugin + " " + finding.id);
  return out;
}

// A culprit that behaves until it is armed serves as the good plugin here.
constexpr const char* good = "late-crash-at-work";

TEST(PluginRegistry, LoadsTheGoodAndNamesTheBad) {
  TemporaryFolder state;
  PluginFindings findings;
  const auto plugins =
      PluginRegistry::load(options(state, {"crash-at-work", good, "init-failed", "wrong-hash"}), &findings);
  ASSERT_TRUE(plugins) << plugins.error().message();
  EXPECT_THAT(ids(findings), UnorderedElementsAre("crash-at-work crash-at-work", "init-failed init-failed",
                                                  "wrong-hash hash-mismatch"));
  const auto* raw = (*plugins)->protocol("raw");
  ASSERT_NE(raw, nullptr);
  EXPECT_EQ(raw->identity->id, good);
  EXPECT_EQ(raw->identity->slot, 0u);
  EXPECT_NE(raw->instance, nullptr);
  EXPECT_EQ((*plugins)->protocol("crash-at-work"), nullptr);
  EXPECT_EQ((*plugins)->receiver("raw"), nullptr);
  EXPECT_THAT((*plugins)->protocols(), SizeIs(1));
  EXPECT_THAT((*plugins)->identities(), SizeIs(1));

  const auto list = (*plugins)->list();
  ASSERT_THAT(list, SizeIs(4));
  EXPECT_EQ(list[2].identity.id, good);
  EXPECT_TRUE(list[2].loaded);
  EXPECT_THAT(list[2].names, ElementsAre("protocol raw"));
  EXPECT_FALSE(list[0].loaded);
  EXPECT_TRUE(list[0].findings.at(0).quarantined);
  EXPECT_THAT(plugins_text(list, ReportLanguage::german), HasSubstr("in Quarantäne"));
  EXPECT_THAT(plugins_json(list), HasSubstr("\"crash-at-work\""));
  EXPECT_EQ(plugin_exit_code(list), plugin_exit::findings);
}

TEST(PluginRegistry, WhatIsKnownIsNotScannedAgain) {
  TemporaryFolder state;
  auto o = options(state, {"call-timeout", good});
  ASSERT_TRUE(PluginRegistry::load(o, nullptr));
  // Without its scan program it could not scan: everything it says now comes from what was kept.
  o.scan_program = "/nonexistent/printrouter-plugin-scan";
  PluginFindings findings;
  const auto start = std::chrono::steady_clock::now();
  const auto plugins = PluginRegistry::load(o, &findings);
  ASSERT_TRUE(plugins);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(600));
  EXPECT_THAT(ids(findings), ElementsAre("call-timeout call-timeout"));
  EXPECT_NE((*plugins)->protocol("raw"), nullptr);
}

TEST(PluginRegistry, WithoutAScanNothingUnknownIsLoaded) {
  TemporaryFolder state;
  auto o = options(state, {good});
  o.scan_program = "/nonexistent/printrouter-plugin-scan";
  PluginFindings findings;
  const auto plugins = PluginRegistry::load(o, &findings);
  ASSERT_TRUE(plugins);
  EXPECT_THAT(ids(findings), ElementsAre(std::string(good) + " scan-failed"));
  EXPECT_EQ((*plugins)->protocol("raw"), nullptr);
  EXPECT_THAT(PluginQuarantine::open(state.path)->findings(), IsEmpty())
      << "nothing was learned about the plugin";
}

TEST(PluginRegistry, TheSecondOfTwoWithOneNameIsLeftOut) {
  TemporaryFolder state;
  PluginFindings findings;
  const auto plugins =
      PluginRegistry::load(options(state, {"late-step-loop", "late-call-timeout"}), &findings);
  ASSERT_TRUE(plugins);
  EXPECT_EQ((*plugins)->protocol("raw")->identity->id, "late-call-timeout") << "by id, not by folder";
  EXPECT_THAT(ids(findings), ElementsAre("late-step-loop id-taken"));
}

TEST(PluginRegistry, TheSamePluginTwice) {
  TemporaryFolder state;
  PluginFindings findings;
  const auto plugins = PluginRegistry::load(options(state, {good, good}), &findings);
  ASSERT_TRUE(plugins);
  EXPECT_THAT(ids(findings), ElementsAre(std::string(good) + " id-taken"));
}

TEST(PluginRegistry, AFaultAtWorkIsKeptButThePluginStays) {
  TemporaryFolder state;
  {
    const auto plugins = PluginRegistry::load(options(state, {good}), nullptr);
    ASSERT_TRUE(plugins);
    const auto* raw = (*plugins)->protocol("raw");
    (*plugins)->report(*raw->identity, finding::lied_not_sent, "said not-sent after 100 bytes\n");
    (*plugins)->report(*raw->identity, finding::lied_not_sent, "and again");
    ASSERT_THAT((*plugins)->list().at(0).findings, SizeIs(1));
    EXPECT_EQ((*plugins)->list()[0].findings[0].text, "said not-sent after 100 bytes\\x0a");
    EXPECT_TRUE((*plugins)->list()[0].loaded);
  }
  const auto plugins = PluginRegistry::load(options(state, {good}), nullptr);
  ASSERT_TRUE(plugins);
  EXPECT_NE((*plugins)->protocol("raw"), nullptr);
  EXPECT_THAT((*plugins)->list().at(0).findings, Contains(Field(&PluginFinding::id, "lied-not-sent")));
}

TEST(PluginRegistry, QuarantineHoldsUntilItIsReleased) {
  TemporaryFolder state;
  {
    const auto plugins = PluginRegistry::load(options(state, {good}), nullptr);
    ASSERT_TRUE(plugins);
    auto finding = PluginFinding{"crash-at-work", good, (*plugins)->protocol("raw")->identity->sha256, "",
                                 "at work",       true};
    ASSERT_TRUE(PluginQuarantine::open(state.path)->add(finding));
  }
  PluginFindings findings;
  EXPECT_EQ((*PluginRegistry::load(options(state, {good}), &findings))->protocol("raw"), nullptr);
  EXPECT_THAT(ids(findings), ElementsAre(std::string(good) + " crash-at-work"));
  EXPECT_EQ(release_plugin(state.path, good).value_or(0), 1);
  EXPECT_NE((*PluginRegistry::load(options(state, {good}), &findings))->protocol("raw"), nullptr);
  EXPECT_THAT(findings, IsEmpty());
  EXPECT_FALSE(release_plugin(state.path, good));
}

TEST(PluginRegistry, AFolderThatIsNotThereHasNoPlugins) {
  TemporaryFolder state;
  const auto plugins = PluginRegistry::load(options(state, {"no such folder"}), nullptr);
  ASSERT_TRUE(plugins);
  EXPECT_THAT((*plugins)->list(), IsEmpty());
}

TEST(PluginRegistry, TheProductsOwnPluginsAreGoodAndQuickToLoad) {
  TemporaryFolder state;
  auto o = options(state, {});
  o.folders = {PRODUCT_PLUGINS};
  o.scan_timeout = Milliseconds(5000);
  PluginFindings findings;
  ASSERT_TRUE(PluginRegistry::load(o, &findings));
  EXPECT_THAT(ids(findings), IsEmpty());
  const auto start = std::chrono::steady_clock::now();
  const auto plugins = PluginRegistry::load(o, &findings);
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  ASSERT_TRUE(plugins);
  std::cout << (*plugins)->list().size() << " plugins loaded in " << took.count() << " ms\n";
  EXPECT_GE((*plugins)->list().size(), 4u);
}

}  // namespace
}  // namespace printrouter
