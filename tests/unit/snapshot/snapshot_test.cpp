// SPDX-License-Identifier: Apache-2.0
#include "snapshot/snapshot.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "snapshot/snapshot_store.hpp"

namespace printrouter {
namespace {

using ::testing::HasSubstr;

std::string snapshot_with(const std::string& users, const std::string& devices = R"([
    {"id": "lobby", "address": "10.0.0.1", "ports": [{"protocol": "raw", "port": 9100, "class": "plain"}]},
    {"id": "hall", "address": "10.0.0.2"}])") {
  return R"({"version": 7, "as_of": "2026-11-25T10:00:00Z", "a-newer-member": 1,
    "profile": {"name": "office", "printing": {"fallback": {"enabled": true, "target": {"group": "floor"}}}},
    "groups": {"floor": ["lobby", "hall"]}, "devices": )" +
         devices + R"(, "prices": {"currency": "EUR", "decimals": 2, "lists": {"default": {"mono": 4}}},
    "users": )" +
         users + "}";
}

TEST(Snapshot, lies_over_the_administrators_file_part_by_part) {
  const auto read = parse_snapshot(snapshot_with(R"({
    "anna": {"history": [{"device": "lobby", "last_used": "2026-11-20T08:00:00Z"},
                         {"device": "lobby", "last_used": "2026-11-24T08:00:00Z"}],
             "balance": {"credit": "12.5000", "quota_pages": 100, "quota_money": "3.5000",
                         "renews_at": "2026-11-30T23:00:00Z", "period_pages": 150, "period_money": "8.0000",
                         "as_of": "2026-11-25T09:59:00Z"},
             "allowance": {"credit": "2.0000", "pages": 300}, "codes": {"kyocera-account-code": "0471"}},
    "bob": {}})"),
                                   "server");
  ASSERT_TRUE(read.snapshot) << read.error().message();
  EXPECT_EQ(read.snapshot->version, 7);
  EXPECT_EQ(read.snapshot->users, 2u);
  EXPECT_EQ(read.snapshot->history.at("anna").at("lobby").to_string(), "2026-11-24T08:00:00.000Z");
  const auto balance = read.snapshot->balances.of("anna");
  // Each for itself, so that a refusal can say which of them it was.
  EXPECT_EQ(balance->credit, Money::parse("12.5"));
  EXPECT_EQ(balance->quota_money, Money::parse("3.5"));
  EXPECT_EQ(balance->allowance, Money::parse("2"));
  EXPECT_EQ(balance->quota_pages, 100);
  EXPECT_EQ(balance->allowance_pages, 300);
  EXPECT_EQ(balance->renews_at.to_string(), "2026-11-30T23:00:00.000Z");
  EXPECT_EQ(balance->period_pages, 150);
  EXPECT_EQ(balance->period_money, Money::parse("8"));
  EXPECT_EQ(balance->as_of.to_string(), "2026-11-25T09:59:00.000Z");
  EXPECT_FALSE(read.snapshot->balances.of("bob"));

  Config file;
  file.sender_address = "10.9.9.9";
  file.identity.codes["carl"]["pin"] = "1";
  file.devices.push_back({});
  const auto config = overlay(file, *read.snapshot);
  EXPECT_EQ(config->profile.name, "office");
  EXPECT_EQ(config->profile.group, "floor");
  EXPECT_EQ(config->groups.at("floor").size(), 2u);
  ASSERT_EQ(config->devices.size(), 2u);
  EXPECT_EQ(config->devices[0].ports[0].port, 9100);
  EXPECT_EQ(config->identity.codes.at("anna").at("kyocera-account-code"), "0471");
  EXPECT_EQ(config->identity.codes.at("carl").at("pin"), "1");
  EXPECT_EQ(config->sender_address, "10.9.9.9");
  EXPECT_EQ(config->prices_file, "server");
}

TEST(Snapshot, a_server_that_says_not_modified_makes_balances_as_fresh_as_its_word) {
  const auto read = parse_snapshot(
      snapshot_with(R"({"anna": {"balance": {"credit": "1", "as_of": "2026-11-25T09:59:00Z"}}})"), "s");
  const Timestamp later = read.snapshot->as_of + Milliseconds(60'000);
  const auto fresh = confirmed(*read.snapshot, later);
  EXPECT_EQ(fresh->balances.of("anna")->as_of, later);
  EXPECT_EQ(fresh->as_of, later);
  EXPECT_EQ(confirmed(*fresh, read.snapshot->as_of)->as_of, later);  // a clock put back makes nothing older
}

TEST(Snapshot, rules_change_only_if_the_rules_do) {
  const auto a = parse_snapshot(snapshot_with("{}"), "s").snapshot;
  const auto b = parse_snapshot(snapshot_with(R"({"anna": {}})"), "s").snapshot;
  const auto c = parse_snapshot(snapshot_with("{}", "[]"), "s").snapshot;
  EXPECT_EQ(a->rules, b->rules);
  EXPECT_NE(a->rules, c->rules);
}

TEST(Snapshot, one_error_refuses_it_whole_and_names_the_field) {
  const std::pair<std::string, const char*> cases[] = {
      {"[]", "is no JSON object"},
      {"{", "is no JSON object"},
      {"{}", "version"},
      {snapshot_with(R"({"anna": {"balance": {"credit": 12, "as_of": "2026-11-25T09:59:00Z"}}})"),
       "users.anna.balance.credit: is no amount"},
      {snapshot_with(R"({"anna": {"balance": {"credit": "1.5"}}})"), "users.anna.balance.as_of"},
      {snapshot_with(R"({"anna": {"balance": {"as_of": "2026-11-25T09:59:00Z", "renews_at": 5}}})"),
       "users.anna.balance.renews_at"},
      {snapshot_with(R"({"anna": {"history": [{"device": "lobby"}]}})"), "users.anna.history.last_used"},
      {snapshot_with("{}", R"([{"id": "a", "address": "x"}, {"id": "a", "address": "y"}])"),
       "gives \"a\" twice"},
      {snapshot_with("{}", R"([{"id": "a"}])"), "devices[0].address"},
      {snapshot_with("{}", R"([{"id": "a", "address": "x", "colour": true}])"), "colour"}};
  for (const auto& [text, words] : cases) {
    const auto read = parse_snapshot(text, "the server");
    ASSERT_FALSE(read.snapshot) << text;
    EXPECT_THAT(read.error().message(), HasSubstr(words)) << text;
    EXPECT_THAT(read.error().message(), HasSubstr("the server"));
  }
}

TEST(Snapshot, a_code_is_not_said_even_where_it_is_wrong) {
  const auto read = parse_snapshot(snapshot_with(R"({"anna": {"codes": {"pin": 4711}}})"), "s");
  ASSERT_FALSE(read.snapshot);
  EXPECT_THAT(read.error().message(), HasSubstr("users.anna.codes.pin"));
  EXPECT_THAT(read.error().message(), ::testing::Not(HasSubstr("4711")));
}

TEST(SnapshotStore, is_complete_or_not_there) {
  std::string root = (std::filesystem::temp_directory_path() / "pr-snapshot-XXXXXX").string();
  ASSERT_TRUE(::mkdtemp(root.data()));
  EXPECT_FALSE(load_snapshot(root)->has_value());
  ASSERT_TRUE(store_snapshot(root, {"\"7\"", {1234}, "{\"a\":\n1}"}));
  const auto stored = load_snapshot(root);
  ASSERT_TRUE(stored && *stored);
  EXPECT_EQ((*stored)->etag, "\"7\"");
  EXPECT_EQ((*stored)->confirmed.ms, 1234);
  EXPECT_EQ((*stored)->text, "{\"a\":\n1}");
  EXPECT_EQ(std::filesystem::status(snapshot_path(root)).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  std::filesystem::resize_file(snapshot_path(root), std::filesystem::file_size(snapshot_path(root)) - 1);
  EXPECT_EQ(load_snapshot(root).error().code, ErrorCode::corrupt);
  std::ofstream(snapshot_path(root)) << "garbage";
  EXPECT_EQ(load_snapshot(root).error().code, ErrorCode::corrupt);
  std::filesystem::remove_all(root);
}

}  // namespace
}  // namespace printrouter
