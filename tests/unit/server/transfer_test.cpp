// SPDX-License-Identifier: Apache-2.0
#include "server/transfer.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "server/csv.hpp"
#include "server/transfer_cells.hpp"

namespace printrouter::server {
namespace {
using nlohmann::json;

Catalog empty_catalog() {
  EXPECT_TRUE(start_secrets());
  return Catalog(ModelLibrary(), nullptr, SecretBox::fresh());
}

struct Kept {
  const char *what, *json;
};
/// One of everything that a table must not lose.
const Kept kept[] = {
    {"profiles",
     R"({"#1, odd": {"name": "2024", "comment": {"by": "anna", "at": [1, 2.5]}},
         "none": {},
         "off": {"name": "", "printing": {"fallback": {"enabled": false}}},
         "one": {"name": "true", "printing": {"fallback": {"enabled": true, "target": {"printer": "0471"},
           "device_port": "by-model", "outage_ceiling": "5.00", "contact": "help, \"desk\"\n2nd line"}}},
         "two": {"printing": {"fallback": {"enabled": true, "target": {"group": "floor"}, "history_days": 30,
           "device_port": {"protocol": "lpr", "port": 515, "queue": "42", "class": "plain"},
           "overrides": [{"model": "X;Y", "integration": "none"}], "outage_ceiling": null,
           "balance_max_age": "2d", "held": {"max_age": "12h", "when_back": "ask"}, "private": true}}}})"},
    {"printers",
     R"({"bare": {"address": "b.example"},
         "full": {"address": "f.example", "name": "Lobby, east", "place": "null", "maker": "Kyocera",
           "model": "TASKalfa", "price_list": "12", "ports": [{"protocol": "raw", "port": 9100},
           {"protocol": "ipp", "port": 631, "queue": "/ipp/print", "class": "plain"},
           {"protocol": "lpr", "port": 515, "queue": "lp", "class": "device-spooling"}],
           "settings": {"terminal-present": false, "unknown-id-jobs": "permit", "account": "0471",
                        "wake.wait": 5}},
         "tls": {"address": "t.example", "ports": [{"protocol": "ipp", "port": 631, "tls": true}]},
         "none": {"address": "n.example", "ports": []}})"},
    {"groups", R"({"empty": {"members": []}, "floor": {"members": ["a", "b"], "comment": "third"},
                   "odd": {"members": ["a;b", "[c"]}})"},
    {"users", R"({"": null, "anna": {"name": "Anna \"A\"", "groups": ["staff", "lab"],
                  "desktops": ["pc-1", "lab-*"]}, "ben": {},
                  "carl": {"groups": []}, "4711": {"name": "4711", "comment": true}})"},
};

class TransferTest : public testing::TestWithParam<std::tuple<Kept, const char*>> {};
INSTANTIATE_TEST_SUITE_P(All, TransferTest,
                         testing::Combine(testing::ValuesIn(kept), testing::Values("json", "csv")),
                         [](const auto& p) {
                           return std::string(std::get<0>(p.param).what) + "_as_" + std::get<1>(p.param);
                         });

TEST_P(TransferTest, WhatIsExportedComesBackAsItWas) {
  const auto& [of, format] = GetParam();
  json wanted = json::parse(of.json);
  wanted.erase("");
  Catalog first = empty_catalog(), second = empty_catalog();
  const auto given = import_text(first, of.what, wanted.dump(), "given.json");
  ASSERT_TRUE(given) << given.error().message();
  EXPECT_EQ(given->entries, wanted.size());
  const auto text = export_text(first, {}, of.what, format);
  ASSERT_TRUE(text) << text.error().message();
  const auto taken = import_text(second, of.what, *text, std::string("file.") + format);
  ASSERT_TRUE(taken) << taken.error().message() << "\n" << *text;
  EXPECT_EQ(export_text(second, {}, of.what, format).value(), *text);
  EXPECT_EQ(json::parse(export_text(second, {}, of.what, "json").value()), wanted) << *text;
}

TEST(Transfer, ErrorsNameLineAndField) {
  struct Case {
    const char *what, *file, *text;
    std::vector<const char*> words;
  };
  const Case cases[] = {
      {"printers",
       "p.csv",
       "id,address,ports\nok,a,raw:9100\nbad,b,raw:99999\n",
       {"p.csv:3", "ports[0].port"}},
      {"printers", "p.csv", "id,address,ports\n\nbad,b,nonsense\n", {"p.csv:3: ports", "no port"}},
      {"printers", "p.csv", "id,address\nok,a\nfl\xf6ter,b\n", {"p.csv:3", "UTF-8"}},
      {"printers", "p.csv", "id;address\nok;a\n", {"p.csv:1", "semicolons", "comma"}},
      {"printers", "p.csv", "id,address\n\"a\nb\",b\n", {"p.csv:2", "id", "control characters"}},
      {"printers", "p.csv", "id,address,colour\nbad,b,1\n", {"p.csv:2", "colour"}},
      {"printers", "p.csv", "id,address\nbad,b,c\n", {"p.csv:2", "3 columns"}},
      {"printers", "p.csv", "id,settings,settings.x,address\nbad,1,2,b\n", {"p.csv:2", "settings.x"}},
      {"printers", "p.csv", "name,address\nx,y\n", {"p.csv:1: id", "header"}},
      {"groups", "g.csv", "id,members\na,b\na,c\n", {"g.csv:3: id", "twice"}},
      {"groups", "g.csv", "id,member\na,b\n", {"g.csv:2", "member"}},
      {"users", "u.csv", "id,credit\nanna,12.50\nben,lots\n", {"u.csv:3: credit", "12.50"}},
      {"users", "u.csv", "id,allowance_pages\nanna,-1\n", {"u.csv:2: allowance_pages"}},
      {"users", "u.csv", "id,codes\nanna,4711\n", {"u.csv:2: codes", "code.<name>"}},
      {"profiles",
       "p.csv",
       "id,printing.fallback.enabled\na,false\nb,maybe\n",
       {"p.csv:3: printing.fallback.enabled", "expected"}},
      {"profiles", "p.csv", "id,printing.fallback.overrides\na,[1\n", {"p.csv:2", "overrides"}},
      {"profiles",
       "p.json",
       "{\n \"a\": {},\n \"b\": {\n  \"printing\": {\n   \"fallback\": {\"enabeld\": 1}}}}",
       {"p.json:5: printing.fallback.enabeld"}},
      {"printers",
       "p.json",
       "{\"ok\": {\"address\": \"x\"},\n\"bad\": {\"address\": \"y\",\n\"ports\": [{\"protocol\": "
       "\"raw\",\n\"port\": 1},\n{\"protocol\": \"raw\",\n\"port\": 99999}]}}",
       {"p.json:6: ports[1].port"}},
      {"groups", "g.json", "{\"a\": {\"members\": [\"x\",\n 7]}}", {"g.json", "members"}},
      {"users", "u.json", "{\"anna\": {},\n\"anna\": {}}", {"u.json:2", "anna", "twice"}},
      {"users", "u.json", "{\"anna\": 7}", {"u.json:1"}},
      {"users", "u.json", "{\"anna\":\n", {"u.json:"}},
      {"users", "u.json", "[]", {"u.json", "object"}},
      {"accounts",
       "a.json",
       "{\"anna\": {\"credit\": \"1\"},\n\"ben\": {\"credit\": 1}}",
       {"a.json:2: credit"}},
      {"accounts", "a.csv", "id,credits\nanna,1\n", {"a.csv:2: credits", "quota_money", "period_pages"}},
      {"accounts", "a.csv", "id,quota_period\nanna,year\n", {"a.csv:2: quota_period", "month"}},
      {"prices", "p.csv", "id\n", {"JSON"}},
      {"things", "t.csv", "id\n", {"what", "accounts"}},
  };
  for (const Case& c : cases) {
    Catalog catalog = empty_catalog();
    const auto wrong = import_text(catalog, c.what, c.text, c.file);
    ASSERT_FALSE(wrong) << c.text;
    for (const char* word : c.words)
      EXPECT_NE(wrong.error().message().find(word), std::string::npos) << wrong.error().message() << "\n"
                                                                       << c.text;
  }
}

TEST(Transfer, UsersBringCodesAndMoneyInAndTakeNeitherOut) {
  Catalog catalog = empty_catalog();
  const auto in = import_text(catalog, "users",
                              "id,name,credit,quota_pages,code.pin,code.kyocera-account-code\n"
                              "anna,Anna,12.50,,0471,\nben,,,,,\n",
                              "users.csv");
  ASSERT_TRUE(in) << in.error().message();
  EXPECT_EQ(*catalog.codes_of("anna"), (std::map<std::string, std::string>{{"pin", "0471"}}));
  ASSERT_EQ(in->accounts.size(), 1u);
  EXPECT_EQ(in->accounts[0], std::pair(std::string("anna"), std::string(R"({"credit":"12.50"})")));
  for (const char* format : {"json", "csv"}) {
    const auto out = export_text(catalog, {}, "users", format);
    EXPECT_EQ(out->find("0471"), std::string::npos) << *out;
    EXPECT_EQ(out->find("12.5"), std::string::npos) << *out;
  }
}

TEST(Transfer, AccountsComeBackAsTheyWere) {
  Catalog catalog = empty_catalog();
  std::map<std::string, Account> accounts;
  accounts["anna"] = {Money::parse("-1.25"), 30};
  accounts["ben"].quota_money = Money::parse("3");
  accounts["ben"].allowance = Money::parse("0");
  accounts["ben"].allowance_pages = 12;
  accounts["carl"] = {};
  accounts["dora"].quota_period = Period::week;
  accounts["dora"].quota_pages = -3;
  accounts["dora"].period_pages = 50;
  accounts["dora"].period_money = Money::parse("7");
  for (const char* format : {"json", "csv"}) {
    const auto text = export_text(catalog, accounts, "accounts", format);
    const auto in = import_text(catalog, "accounts", *text, std::string("a.") + format);
    ASSERT_TRUE(in) << in.error().message();
    std::map<std::string, Account> back;
    for (const auto& [user, said] : in->accounts) EXPECT_TRUE(take_account(said, back[user]));
    EXPECT_EQ(export_text(catalog, back, "accounts", format).value(), *text);
  }
}

TEST(Csv, LinesKeepTheirNumbersAndCommentsAreOnlyThoseUnquoted) {
  const auto rows = parse_csv("\xef\xbb\xbfid,x\r\n# no\n\n\"#1\",\"a\nb\"\nc,\"\"\"q\"\"\"", "f");
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 3u);
  EXPECT_EQ((*rows)[1].line, 4);
  EXPECT_EQ((*rows)[1].cells, (std::vector<std::string>{"#1", "a\nb"}));
  EXPECT_EQ((*rows)[2].line, 6);
  EXPECT_EQ((*rows)[2].cells[1], "\"q\"");
  EXPECT_NE(parse_csv("id\n\"x", "f").error().message().find("f:2"), std::string::npos);
}

}  // namespace
}  // namespace printrouter::server
