// SPDX-License-Identifier: Apache-2.0
/// Contradictions that `config check` finds before print time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "routing/config_check.hpp"
#include "tests/unit/routing/scene.hpp"

namespace printrouter {
namespace {
using namespace scene;
using testing::Contains;
using testing::HasSubstr;

struct Checked : testing::Test {
  Checked() {
    for (const char* id : {"a", "b"}) config.devices.push_back(printer(id));
    config.groups["g"] = {"a", "b"};
    config.listeners.push_back({"ipp"});
    config.profile.enabled = true;
    config.profile.group = "g";
    config.profile.contact = "help desk";
    config.file = "desktop.json";
  }
  ConfigFindings check(const InstalledPlugins& installed = {}) {
    directory = Directory::build(config, models, nullptr);
    return check_config(config, *directory, vendor, installed);
  }
  const ConfigFinding* found(const ConfigFindings& findings, std::string_view id) {
    for (const ConfigFinding& f : findings) {
      EXPECT_FALSE(f.en.empty());
      EXPECT_FALSE(f.de.empty());
      if (f.id == id) return &f;
    }
    return nullptr;
  }
  void expect(std::string_view id, Severity severity, std::string_view field) {
    const ConfigFindings findings = check();
    const ConfigFinding* f = found(findings, id);
    ASSERT_NE(f, nullptr) << id;
    EXPECT_EQ(f->severity, severity);
    EXPECT_EQ(f->field, field);
  }
  Config config;
  ModelLibrary models;
  FakeVendor vendor;
  std::shared_ptr<const Directory> directory;
};

TEST_F(Checked, AGoodConfigurationHasNothingToSay) {
  for (const ConfigFinding& f : check()) ADD_FAILURE() << f.message();
}
TEST_F(Checked, NetworkManagerWithAPlainPort) {
  config.profile.integration = Integration::kx_driver_network_manager;
  config.profile.device_port = plain_port();
  expect("config.network-manager-plain-port", Severity::refusal, "profile.printing.fallback.device_port");
}
TEST_F(Checked, NetworkManagerWithAPortOfNoStatedClass) {
  config.profile.integration = Integration::kx_driver_network_manager;
  config.profile.device_port = Port{"raw", 9100};
  expect("config.network-manager-plain-port", Severity::refusal, "profile.printing.fallback.device_port");
}
TEST_F(Checked, NetworkManagerInAnOverride) {
  config.profile.overrides.push_back({"a", {}, plain_port(), Integration::kx_driver_network_manager, {}});
  expect("config.network-manager-plain-port", Severity::refusal, "profile.printing.fallback.overrides[0]");
}
TEST_F(Checked, NetworkManagerAndNoDeviceSpoolingPort) {
  config.profile.integration = Integration::kx_driver_network_manager;
  expect("config.network-manager-no-port", Severity::warning, "profile.printing.fallback.integration");
}
TEST_F(Checked, AClassThatTheModelFileKnowsOtherwise) {
  DeviceModel model;
  model.maker = "Acme";
  model.model = "One";
  model.ports = {plain_port()};
  models.add(model);
  config.devices[0].maker = "Acme";
  config.devices[0].model = "One";
  config.profile.device_port = Port{"raw", 9100, {}, Tls::none, PortClass::device_spooling};
  expect("config.class-contradiction", Severity::refusal, "profile.printing.fallback.device_port.class");
}
TEST_F(Checked, AReleaseConditionWithoutBalances) {
  config.profile.release_condition = ReleaseCondition::sufficient_balance;
  expect("config.no-balance-source", Severity::refusal, "profile.printing.fallback.release_condition");
  config.balances_file = "balances.json";
  expect("config.no-prices", Severity::warning, "profile.printing.fallback.release_condition");
}
TEST_F(Checked, ABalanceThatJobsOfSpoolersMayNotSpend) {
  EXPECT_EQ(found(check(), "config.asserted-spends-nothing"), nullptr) << "nothing is spent";
  config.profile.release_condition = ReleaseCondition::sufficient_balance;
  expect("config.asserted-spends-nothing", Severity::warning, "identity.accept_asserted");
  config.identity.accept_asserted = true;
  EXPECT_EQ(found(check(), "config.asserted-spends-nothing"), nullptr);
}
TEST_F(Checked, OnePortThatSomeMembersLack) {
  config.devices[0].ports.push_back({"lpr", 515, "lp"});
  config.profile.device_port = Port{"lpr", 515, "lp"};
  expect("config.port-missing", Severity::warning, "profile.printing.fallback.device_port");
  EXPECT_THAT(found(check(), "config.port-missing") ? check() : ConfigFindings{},
              Contains(testing::Field(&ConfigFinding::en, HasSubstr(": b"))));
  config.devices[0].ports.pop_back();
  expect("config.port-missing", Severity::refusal, "profile.printing.fallback.device_port");
}
TEST_F(Checked, FormatsThatNobodyTakes) {
  config.listeners[0].formats = {"image/urf"};
  expect("config.formats-unprintable", Severity::refusal, "listeners[0].formats");
  config.listeners[0].formats = {"image/urf", "application/pdf"};
  expect("config.formats-unprintable", Severity::warning, "listeners[0].formats");
}
TEST_F(Checked, ARawServerWithoutProbeAddress) {
  config.server.emplace();
  config.server->protocol = "raw";
  expect("config.raw-server-probe", Severity::refusal, "server.probe");
  config.server->probe.port = 631;
  EXPECT_EQ(found(check(), "config.raw-server-probe"), nullptr);
  config.server->probe.protocol = "raw";
  expect("config.raw-server-probe", Severity::refusal, "server.probe");
}
TEST_F(Checked, TargetsThatAreNotThere) {
  config.profile.printer = "gone";
  expect("config.target-unknown", Severity::refusal, "profile.printing.fallback.target.printer");
  config.profile.printer.clear();
  config.profile.group = "gone";
  expect("config.target-unknown", Severity::refusal, "profile.printing.fallback.target.group");
}
TEST_F(Checked, AProfileInAFileOfItsOwnIsNamed) {
  config.profile_file = "profile.json";
  config.profile.contact.clear();
  const ConfigFindings findings = check();
  const ConfigFinding* f = found(findings, "config.no-contact");
  ASSERT_NE(f, nullptr);
  EXPECT_EQ(f->file, "profile.json");
  EXPECT_EQ(f->field, "printing.fallback.contact");
}
TEST_F(Checked, AnOverrideForNobody) {
  config.profile.overrides.push_back({"gone", {}, {}, Integration::none, {}});
  expect("config.override-unused", Severity::warning, "profile.printing.fallback.overrides[0]");
}
TEST_F(Checked, DevicesThatNoRulePermits) {
  vendor.rule = [](const Device& d, const Port&, const VendorJob&, const VendorContext&, PortChoice& out) {
    if (d.id == "b") refuse(out, "fake.no");
  };
  expect("config.device-never-permitted", Severity::warning, "devices.b");
  EXPECT_EQ(found(check(), "config.none-permitted"), nullptr);
}
TEST_F(Checked, Listeners) {
  config.listeners[0].address = "0.0.0.0";
  expect("config.listener-open", Severity::warning, "listeners[0].address");
  config.listeners[0] = {"ipp", "127.0.0.1", 8631};
  config.listeners.push_back(config.listeners[0]);
  expect("config.listener-twice", Severity::refusal, "listeners[1].port");
}
TEST_F(Checked, PluginsThatAreNotInstalled) {
  config.server.emplace();
  config.server->host = "h";
  const ConfigFindings findings = check({{"raw"}, {"lpr"}, {"other"}});
  EXPECT_THAT(findings, Contains(testing::Field(&ConfigFinding::field, "listeners[0].protocol")));
  EXPECT_THAT(findings, Contains(testing::Field(&ConfigFinding::field, "server.plugin")));
  EXPECT_THAT(findings, Contains(testing::Field(&ConfigFinding::field, "server.protocol")));
}

TEST_F(Checked, AdvertisedFormats) {
  directory = Directory::build(config, models, nullptr);
  EXPECT_THAT(advertised_formats(config, *directory, config.listeners[0]),
              testing::ElementsAre("application/pdf", "application/postscript", "text/plain",
                                   "application/octet-stream"))
      << "what at least one fallback port takes";
  config.server.emplace();
  config.server->formats = {"application/pdf", "image/urf"};
  EXPECT_THAT(advertised_formats(config, *directory, config.listeners[0]),
              testing::ElementsAre("application/pdf", "application/octet-stream"));
  config.listeners[0].formats = {"image/urf"};
  EXPECT_THAT(advertised_formats(config, *directory, config.listeners[0]), testing::ElementsAre("image/urf"));
}
}  // namespace
}  // namespace printrouter
