// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "devices/capabilities.hpp"
#include "devices/device_filter.hpp"
#include "devices/device_model.hpp"
#include "devices/directory.hpp"

namespace printrouter {
namespace {
using testing::ElementsAre;
using testing::HasSubstr;

const std::string source = PRINTROUTER_SOURCE_DIR;

ModelLibrary library(ConfigFindings* findings = nullptr) {
  return ModelLibrary::load({source + "/vendors/kyocera/devices", source + "/vendors/ricoh/devices"},
                            findings);
}
Device entry(std::string id, std::string maker, std::string model) {
  Device d;
  d.id = d.name = std::move(id);
  d.address = "192.0.2.1";
  d.maker = std::move(maker);
  d.model = std::move(model);
  return d;
}

TEST(DeviceModels, TheHousesOwnFilesAreRead) {
  ConfigFindings findings;
  const ModelLibrary models = library(&findings);
  EXPECT_GE(models.models().size(), 3u);
  for (const ConfigFinding& f : findings) ADD_FAILURE() << f.message();
  const DeviceModel* fs = models.find("Kyocera", "FS-4100DN");
  ASSERT_NE(fs, nullptr);
  EXPECT_EQ(flag_of(fs->facts, "color"), false);
  EXPECT_EQ(integer_of(fs->facts, "account-code-max-digits"), 8);
  EXPECT_EQ(fs->confidence.at("color"), "documented");
  EXPECT_THAT(fs->source.at("color"), HasSubstr("PPD"));
  ASSERT_EQ(fs->ports.size(), 1u);
  EXPECT_EQ(fs->ports[0].port_class, PortClass::plain);
}

TEST(DeviceModels, CountersAreFlattenedToTheirOids) {
  const ModelLibrary models = library();
  const DeviceModel* m = models.find("Kyocera", "TASKalfa 6052ci");
  ASSERT_NE(m, nullptr);
  EXPECT_EQ(text_of(m->facts, "counters.impressions-total"), "1.3.6.1.2.1.43.10.2.1.4.1.1");
}

TEST(DeviceModels, NamesAreFoundWithoutRegardToCaseBlanksAndMaker) {
  const ModelLibrary models = library();
  for (const char* name : {"TASKalfa 6052ci", "taskalfa6052CI", "Kyocera TASKalfa 6052ci"})
    EXPECT_NE(models.find("KYOCERA", name), nullptr) << name;
  EXPECT_NE(models.find("", "FS-4100DN"), nullptr);
  EXPECT_EQ(models.find("Acme", "FS-4100DN"), nullptr) << "another maker's device";
  EXPECT_EQ(models.find("Kyocera", "6052"), nullptr);
  EXPECT_EQ(models.find("Kyocera", ""), nullptr);
}

TEST(DeviceModels, AFactWithoutSourceIsRefusedAndADamagedFileIsLeftOut) {
  const auto result = parse_device_model(
      R"({"schema_version": 1, "maker": "A", "model": "B", "identify": {"names": ["B"]},
          "facts": {"color": {"value": true, "confidence": "documented"}}})",
      "b.json");
  EXPECT_TRUE(result.models.empty());
  EXPECT_THAT(result.findings.at(0).message(), HasSubstr("facts.color.source: is missing"));
  EXPECT_TRUE(parse_device_model("{", "x.json").models.empty());
}

TEST(Directory, JoinsEntryAndModel) {
  Config config;
  config.devices = {entry("a", "Kyocera", "ECOSYS FS-4100DN"), entry("b", "Acme", "Unheard-of")};
  config.devices[0].ports.clear();
  ConfigFindings findings;
  const auto directory = Directory::build(config, library(), &findings);
  const Device* a = directory->find("a");
  ASSERT_NE(a, nullptr);
  EXPECT_EQ(prints_color(*a), false);
  ASSERT_EQ(a->ports.size(), 1u) << "the model file's, where the entry states none";
  EXPECT_FALSE(directory->ports_stated(*a));
  EXPECT_EQ(directory->documented_class(*a, a->ports[0]), PortClass::plain);
  EXPECT_EQ(prints_color(*directory->find("b")), std::nullopt);
  EXPECT_EQ(directory->find("c"), nullptr);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].id, "config.model-unknown");
  EXPECT_EQ(findings[0].severity, Severity::info);
}

TEST(Directory, AStatedClassThatTheModelFileKnowsOtherwiseIsAnError) {
  Config config;
  config.devices = {entry("a", "Kyocera", "FS-4100DN")};
  config.devices[0].ports = {{"raw", 9100, {}, Tls::none, PortClass::device_spooling}};
  ConfigFindings findings;
  Directory::build(config, library(), &findings);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].id, "config.class-contradiction");
  EXPECT_EQ(findings[0].severity, Severity::refusal);
  EXPECT_THAT(findings[0].message("de"), HasSubstr("laut Modelldatei aber plain"));
}

TEST(Directory, AnUnstatedClassIsTakenFromTheModelFile) {
  Config config;
  config.devices = {entry("a", "Kyocera", "FS-4100DN")};
  config.devices[0].ports = {{"raw", 9100, {}, Tls::none, PortClass::unstated},
                             {"lpr", 515, "lp", Tls::none, {}}};
  const auto directory = Directory::build(config, library(), nullptr);
  EXPECT_EQ(directory->find("a")->ports[0].port_class, PortClass::plain);
  EXPECT_EQ(directory->find("a")->ports[1].port_class, PortClass::unstated);
  EXPECT_TRUE(directory->ports_stated(*directory->find("a")));
}

TEST(Directory, GroupsKeepTheirOrderOnceEachAndNameUnknownMembers) {
  Config config;
  config.devices = {entry("a", "", ""), entry("b", "", "")};
  config.groups["g"] = {"b", "x", "a", "b"};
  ConfigFindings findings;
  const auto directory = Directory::build(config, {}, &findings);
  const auto* group = directory->group("g");
  ASSERT_NE(group, nullptr);
  ASSERT_EQ(group->size(), 2u);
  EXPECT_EQ((*group)[0]->id, "b");
  EXPECT_EQ((*group)[1]->id, "a");
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_THAT(findings[0].message(), HasSubstr("\"x\""));
  Profile profile;
  profile.group = "g";
  EXPECT_EQ(directory->targets(profile).size(), 2u);
  profile.printer = "a";
  EXPECT_EQ(directory->targets(profile).size(), 1u);
  profile.printer = "x";
  EXPECT_TRUE(directory->targets(profile).empty());
}

TEST(Capabilities, MediaAreComparedBySize) {
  Device d;
  d.facts = {Attribute::word("media", "iso_a4_210x297mm"), Attribute::word("media", "na_letter_8.5x11in")};
  EXPECT_EQ(takes_media(d, "iso_a4_210x297mm"), true);
  EXPECT_EQ(takes_media(d, "A4"), true);
  EXPECT_EQ(takes_media(d, "custom_mine_210x297mm"), true);
  EXPECT_EQ(takes_media(d, "letter"), true);
  EXPECT_EQ(takes_media(d, "iso_a3_297x420mm"), false);
  EXPECT_EQ(takes_media(d, "stationery"), std::nullopt) << "names no size";
  EXPECT_EQ(takes_media(Device{}, "A4"), std::nullopt);
  EXPECT_EQ(prints_wide(d), false);
  d.facts.push_back(Attribute::word("max-media", "na_ledger_11x17in"));
  EXPECT_EQ(prints_wide(d), false) << "ledger is narrower than A3";
  d.facts.push_back(Attribute::word("media", "iso_a3_297x420mm"));
  EXPECT_EQ(prints_wide(d), true);
  EXPECT_EQ(prints_wide(Device{}), std::nullopt);
}

TEST(Capabilities, FormatsHaveAliases) {
  Device d;
  d.facts = {Attribute::word("languages", "application/vnd.hp-PCL")};
  EXPECT_EQ(takes_format(d, "application/vnd.hp-pcl"), true);
  EXPECT_EQ(takes_format(d, "application/x-pcl"), true);
  EXPECT_EQ(takes_format(d, "application/pdf"), false);
  EXPECT_EQ(takes_format(d, "application/octet-stream"), std::nullopt);
  EXPECT_EQ(takes_format(d, ""), std::nullopt);
}

TEST(Capabilities, MediaSizeRefusesNonsense) {
  for (const char* bad : {"", "_", "a_b_x", "iso_a4_210x297", "iso_a4_210mm", "a_b_0x1mm", "a_b_-1x2mm",
                          "a_b_1e9x1mm", "a_b_nanx1mm", "a_b_infx1mm", "a_b_1x2x3mm"})
    EXPECT_FALSE(media_size(bad)) << bad;
}

struct FilterCase {
  const char* filter;
  std::vector<std::string> found;
};
class Filter : public testing::TestWithParam<FilterCase> {};
TEST_P(Filter, FindsTheseDevices) {
  std::vector<Device> devices = {entry("lobby", "Kyocera", "TASKalfa 6052ci"),
                                 entry("attic", "Kyocera", "FS-4100DN"),
                                 entry("cellar", "Acme", "Unheard-of")};
  devices[0].place = "2nd floor, Büro Süd";
  devices[1].place = "3rd floor";
  Config config;
  config.devices = devices;
  const auto directory = Directory::build(config, library(), nullptr);
  const auto filter = parse_device_filter(GetParam().filter);
  ASSERT_TRUE(filter) << filter.error().message();
  std::vector<std::string> found;
  for (const Device& d : directory->devices())
    if (matches(d, *filter)) found.push_back(d.id);
  EXPECT_EQ(found, GetParam().found);
}
INSTANTIATE_TEST_SUITE_P(
    Devices, Filter,
    testing::Values(FilterCase{"", {"lobby", "attic", "cellar"}}, FilterCase{"colour", {"lobby"}},
                    FilterCase{"mono", {"attic"}}, FilterCase{"wide", {"lobby"}},
                    FilterCase{"A3 duplex", {"lobby"}}, FilterCase{"duplex", {"lobby", "attic"}},
                    FilterCase{"farbe beidseitig", {"lobby"}}, FilterCase{"staple", {"lobby"}},
                    FilterCase{"finishing:saddle", {"lobby"}}, FilterCase{"place:floor", {"lobby", "attic"}},
                    FilterCase{"ort:\"3rd floor\"", {"attic"}}, FilterCase{"BÜRO", {"lobby"}},
                    FilterCase{"name:attic", {"attic"}}, FilterCase{"acme", {"cellar"}},
                    FilterCase{"kyocera lobby", {"lobby"}}, FilterCase{"nothing", {}}));
TEST(Filter, ErrorsNameWhatWasExpected) {
  EXPECT_THAT(parse_device_filter("place:").error().message(), HasSubstr("place:word"));
  EXPECT_FALSE(parse_device_filter("\"open"));
}
}  // namespace
}  // namespace printrouter
