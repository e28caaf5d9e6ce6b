// SPDX-License-Identifier: Apache-2.0
#include "plugin/plugin_quarantine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "temporary_folder.hpp"

namespace printrouter {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::string hash_a(64, 'a'), hash_b(64, 'b');

PluginFinding fault(std::string id, std::string hash, bool quarantined) {
  return {std::move(id), "acme", std::move(hash), "/plugins/acme.so", "why", quarantined};
}

TEST(PluginQuarantine, KeepsFindingsOverARestart) {
  TemporaryFolder folder;
  {
    auto quarantine = PluginQuarantine::open(folder.path);
    ASSERT_TRUE(quarantine);
    ASSERT_TRUE(quarantine->add(fault("crash-at-work", hash_a, true)));
    ASSERT_TRUE(quarantine->add(fault("lied-not-sent", hash_b, false)));
    ASSERT_TRUE(quarantine->add(fault("lied-not-sent", hash_b, false)));
    ASSERT_TRUE(quarantine->set_good({hash_b}));
  }
  auto quarantine = PluginQuarantine::open(folder.path);
  ASSERT_TRUE(quarantine);
  EXPECT_THAT(quarantine->findings(), SizeIs(2));
  ASSERT_NE(quarantine->quarantined(hash_a), nullptr);
  EXPECT_EQ(*quarantine->quarantined(hash_a), fault("crash-at-work", hash_a, true));
  EXPECT_EQ(quarantine->quarantined(hash_b), nullptr) << "a fault the host has defended itself against";
  EXPECT_TRUE(quarantine->known_good(hash_b));
}

TEST(PluginQuarantine, WhatFallsIsNoLongerKnownGood) {
  TemporaryFolder folder;
  auto quarantine = PluginQuarantine::open(folder.path);
  ASSERT_TRUE(quarantine && quarantine->set_good({hash_a}));
  ASSERT_TRUE(quarantine->add(fault("call-timeout", hash_a, true)));
  EXPECT_FALSE(quarantine->known_good(hash_a));
  EXPECT_FALSE(PluginQuarantine::open(folder.path)->known_good(hash_a));
}

TEST(PluginQuarantine, ForgetsOnRequest) {
  TemporaryFolder folder;
  auto quarantine = PluginQuarantine::open(folder.path);
  ASSERT_TRUE(quarantine && quarantine->add(fault("crash-at-work", hash_a, true)));
  ASSERT_TRUE(quarantine->forget(hash_a));
  EXPECT_EQ(quarantine->quarantined(hash_a), nullptr);
  EXPECT_THAT(PluginQuarantine::open(folder.path)->findings(), IsEmpty());
}

TEST(PluginQuarantine, ADamagedFileIsSetAsideAndCountsAsEmpty) {
  TemporaryFolder folder;
  std::ofstream(folder.path / "plugin-quarantine.json") << "{\"findings\": [";
  auto quarantine = PluginQuarantine::open(folder.path);
  ASSERT_TRUE(quarantine);
  EXPECT_THAT(quarantine->findings(), IsEmpty());
  EXPECT_TRUE(std::filesystem::exists(folder.path / "plugin-quarantine.json.corrupt"));
}

TEST(PluginQuarantine, OddEntriesAreNoDanger) {
  TemporaryFolder folder;
  std::ofstream(folder.path / "plugin-quarantine.json")
      << R"({"findings": [1, {"id": 5}, {"id": "crash-at-work", "sha256": "x", "quarantined": "yes"}]})";
  std::ofstream(folder.path / "plugin-scan.json") << R"({"scanner": "an older one", "good": ["x"]})";
  auto quarantine = PluginQuarantine::open(folder.path);
  ASSERT_TRUE(quarantine);
  EXPECT_THAT(quarantine->findings(), SizeIs(1));
  EXPECT_EQ(quarantine->quarantined("x"), nullptr);
  EXPECT_FALSE(quarantine->known_good("x")) << "other scripts have passed it";
}

TEST(PluginQuarantine, WithoutAFolderItKeepsNothing) {
  auto quarantine = PluginQuarantine::open({});
  ASSERT_TRUE(quarantine && quarantine->add(fault("crash-at-work", hash_a, true)));
  EXPECT_NE(quarantine->quarantined(hash_a), nullptr);
}

}  // namespace
}  // namespace printrouter
