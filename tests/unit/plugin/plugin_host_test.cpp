// SPDX-License-Identifier: Apache-2.0
#include "plugin/plugin_host.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <printrouter/plugin.hpp>

namespace printrouter {
namespace {

using ::testing::ElementsAre;

TEST(LogText, KeepsWordsAndEscapesWhatCouldForgeALine) {
  EXPECT_EQ(log_text("Drucker müde"), "Drucker müde");
  EXPECT_EQ(log_text("one\ntwo\r\t\x1b[31m"), "one\\x0atwo\\x0d\\x09\\x1b[31m");
  EXPECT_EQ(log_text(std::string_view("a\0b", 3)), "a\\x00b");
  EXPECT_EQ(log_text("\xff\xfe"), "\\xff\\xfe");
  EXPECT_EQ(log_text("\xc0\xaf"), "\\xc0\\xaf") << "an overlong slash is no UTF-8";
  EXPECT_EQ(log_text("\xed\xa0\x80"), "\\xed\\xa0\\x80") << "a surrogate is no UTF-8";
  EXPECT_EQ(log_text("\xe2\x80\xae"
                     "evil"),
            "\\u{202e}evil")
      << "right-to-left override";
  EXPECT_EQ(log_text("\xe2\x80\xa8"), "\\u{2028}");
  EXPECT_EQ(log_text("\xc2\x85"), "\\u{85}");
  EXPECT_EQ(log_text("\xf0\x9f\x96\xa8"), "\xf0\x9f\x96\xa8");
  EXPECT_EQ(log_text("cut \xe2\x82"), "cut \\xe2\\x82");
}

TEST(LogText, IsBounded) {
  EXPECT_EQ(log_text("abcdef", 3), "abc...");
  EXPECT_EQ(log_text("abc", 3), "abc");
  EXPECT_EQ(log_text("a\n", 3), "a...") << "an escape is never cut in two";
}

template <class Service>
const Service* service(const PluginHost& host, const char* id) {
  return static_cast<const Service*>(host.abi()->get_service(host.abi(), id));
}

TEST(PluginHost, LogsWithTheIdOfThePlugin) {
  std::vector<std::string> lines;
  HostServices services{.plugin = "acme"};
  services.log = [&](std::uint32_t level, std::string_view plugin, std::string_view text) {
    lines.push_back(std::to_string(level) + " " + std::string(plugin) + " " + std::string(text));
  };
  PluginHost host(services);
  const auto* log = service<pr_host_log>(host, PR_HOST_LOG_ID);
  ASSERT_NE(log, nullptr);
  log->write(host.abi(), PR_LOG_WARNING, sdk::str("low\ntoner"));
  log->write(host.abi(), PR_LOG_INFO, {nullptr, 0});
  EXPECT_THAT(lines, ElementsAre("3 acme low\\x0atoner", "2 acme "));
}

TEST(PluginHost, ThrowingLogDoesNotReachThePlugin) {
  HostServices services{.plugin = "acme"};
  services.log = [](std::uint32_t, std::string_view, std::string_view) { throw std::bad_alloc(); };
  PluginHost host(services);
  EXPECT_NO_THROW(service<pr_host_log>(host, PR_HOST_LOG_ID)->write(host.abi(), PR_LOG_INFO, sdk::str("x")));
}

TEST(PluginHost, ConfigOfThisPluginOnly) {
  PluginHost host({.plugin = "acme", .config = {{"retries", "3"}}});
  const auto* config = service<pr_host_config>(host, PR_HOST_CONFIG_ID);
  pr_str value{};
  EXPECT_EQ(config->get(host.abi(), sdk::str("retries"), &value), PR_OK);
  EXPECT_EQ(sdk::view(value), "3");
  EXPECT_EQ(config->get(host.abi(), sdk::str("other"), &value), PR_UNSUPPORTED);
}

TEST(PluginHost, SecretsNeedAPermission) {
  int asked = 0;
  HostServices services{.plugin = "acme", .permissions = {"secrets:upstream", "secrets:unset"}};
  services.secret = [&](std::string_view, std::string_view name) -> std::optional<std::string> {
    ++asked;
    if (name == "unset") return std::nullopt;
    return "hunter2";
  };
  PluginHost host(services);
  const auto* secrets = service<pr_host_secrets>(host, PR_HOST_SECRETS_ID);
  pr_str value{}, again{};
  EXPECT_EQ(secrets->get(host.abi(), sdk::str("root-password"), &value), PR_UNSUPPORTED);
  EXPECT_EQ(asked, 0) << "a name that is not permitted is not even looked up";
  EXPECT_EQ(secrets->get(host.abi(), sdk::str("unset"), &value), PR_UNSUPPORTED);
  EXPECT_EQ(secrets->get(host.abi(), sdk::str("upstream"), &value), PR_OK);
  EXPECT_EQ(sdk::view(value), "hunter2");
  EXPECT_EQ(secrets->get(host.abi(), sdk::str("upstream"), &again), PR_OK);
  EXPECT_EQ(again.data, value.data) << "stays where it is until the plugin ends";
}

TEST(PluginHost, UnknownServiceIsNull) {
  PluginHost host({.plugin = "acme"});
  EXPECT_EQ(host.abi()->get_service(host.abi(), "printrouter.host.log/draft-99"), nullptr);
  EXPECT_EQ(host.abi()->get_service(host.abi(), nullptr), nullptr);
}

TEST(PluginHost, ClocksTick) {
  PluginHost host({.plugin = "acme"});
  const auto* clock = service<pr_host_clock>(host, PR_HOST_CLOCK_ID);
  EXPECT_GT(clock->unix_ms(host.abi()), 1'600'000'000'000);
  const auto before = clock->monotonic_ms(host.abi());
  EXPECT_GE(clock->monotonic_ms(host.abi()), before);
}

}  // namespace
}  // namespace printrouter
