// SPDX-License-Identifier: Apache-2.0
#include "plugin/plugin_manifest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace printrouter {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

json good() {
  return {{"id", "raw"},
          {"version", "1.0.0"},
          {"abi", {{"min", 1}, {"max", 2}}},
          {"provides", {"printrouter.protocol/draft-1"}},
          {"permissions", {"secrets:upstream"}},
          {"library", "raw.so"},
          {"sha256", std::string(64, 'a')}};
}

TEST(PluginManifest, ReadsEveryField) {
  const auto manifest = parse_manifest(good().dump(), "/plugins/raw.plugin.json");
  ASSERT_TRUE(manifest) << manifest.error().message();
  EXPECT_EQ(manifest->id, "raw");
  EXPECT_EQ(manifest->version, "1.0.0");
  EXPECT_EQ(manifest->abi_min, 1u);
  EXPECT_EQ(manifest->abi_max, 2u);
  EXPECT_THAT(manifest->provides, ElementsAre("printrouter.protocol/draft-1"));
  EXPECT_THAT(manifest->permissions, ElementsAre("secrets:upstream"));
  EXPECT_EQ(manifest->library, "raw.so");
}

TEST(PluginManifest, PermissionsMayBeLeftOut) {
  auto text = good();
  text.erase("permissions");
  EXPECT_TRUE(parse_manifest(text.dump(), "raw.plugin.json"));
}

struct Wrong {
  const char* pointer;
  json value;  ///< null: the field is removed
  const char* field;
  const char* expected;
};

class WrongField : public ::testing::TestWithParam<Wrong> {};

TEST_P(WrongField, IsNamedWithFileAndExpectation) {
  const auto& wrong = GetParam();
  auto text = good();
  const json::json_pointer at(wrong.pointer);
  if (wrong.value.is_null())
    text.at(at.parent_pointer()).erase(at.back());
  else
    text[at] = wrong.value;
  const auto manifest = parse_manifest(text.dump(), "/plugins/raw.plugin.json");
  ASSERT_FALSE(manifest) << text;
  EXPECT_EQ(manifest.error().code, ErrorCode::invalid);
  EXPECT_EQ(manifest.error().place, "/plugins/raw.plugin.json");
  EXPECT_EQ(manifest.error().field, wrong.field);
  EXPECT_THAT(manifest.error().expected, HasSubstr(wrong.expected));
}

INSTANTIATE_TEST_SUITE_P(
    Manifest, WrongField,
    ::testing::Values(
        Wrong{"/id", nullptr, "id", "lower-case"}, Wrong{"/id", "Raw", "id", "lower-case"},
        Wrong{"/id", "../raw", "id", "lower-case"}, Wrong{"/id", 7, "id", "lower-case"},
        Wrong{"/id", "lpr", "id", "lpr.plugin.json"}, Wrong{"/version", "1 0", "version", "1.0.0"},
        Wrong{"/version", nullptr, "version", "1.0.0"}, Wrong{"/abi", nullptr, "abi", "min"},
        Wrong{"/abi", 1, "abi", "min"}, Wrong{"/abi/min", 0, "abi.min", "1 or more"},
        Wrong{"/abi/min", 3, "abi.max", "min <= max"}, Wrong{"/abi/max", 1.5, "abi.max", "1 or more"},
        Wrong{"/abi/max", 4294967296, "abi.max", "1 or more"}, Wrong{"/abi/most", 1, "abi.most", "schema"},
        Wrong{"/provides", json::array(), "provides", "list"},
        Wrong{"/provides", "printrouter.protocol/draft-1", "provides", "list"},
        Wrong{"/provides/0", "printrouter.protocol", "provides[0]", "draft-1"},
        Wrong{"/provides/1", "printrouter.protocol/draft-1", "provides[1]", "once"},
        Wrong{"/permissions/0", "files:/etc/passwd", "permissions[0]", "secrets:<name>"},
        Wrong{"/library", "../raw.so", "library", "file name"},
        Wrong{"/library", ".hidden.so", "library", "file name"},
        Wrong{"/sha256", std::string(63, 'a'), "sha256", "64"},
        Wrong{"/sha256", std::string(64, 'A'), "sha256", "lower-case"},
        Wrong{"/permisions", json::array(), "permisions", "schema"}));

TEST(PluginManifest, BrokenJsonNamesItsLine) {
  const auto manifest = parse_manifest("{\n\"id\": \"raw\",\n\"version\" 1\n}", "raw.plugin.json");
  ASSERT_FALSE(manifest);
  EXPECT_EQ(manifest.error().place, "raw.plugin.json:3");
}

TEST(PluginManifest, DeepNestingIsRefusedBeforeItIsParsed) {
  const auto manifest = parse_manifest(std::string(100000, '['), "raw.plugin.json");
  ASSERT_FALSE(manifest);
  EXPECT_THAT(manifest.error().text, HasSubstr("nested"));
}

TEST(PluginManifest, NumbersBeyondEveryRange) {
  EXPECT_FALSE(parse_manifest(R"({"id": "raw", "abi": {"min": 1e400}})", "raw.plugin.json"));
}

TEST(PluginManifest, NotAnObject) {
  EXPECT_FALSE(parse_manifest("[]", "raw.plugin.json"));
}

}  // namespace
}  // namespace printrouter
