// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "model/claim.hpp"
#include "server/accounts.hpp"
#include "server/catalog.hpp"
#include "server/desktops.hpp"
#include "server/job_desk.hpp"
#include "server/job_retention.hpp"
#include "server/ledger_store.hpp"
#include "server/local_users.hpp"
#include "unit/server/store_kit.hpp"

namespace printrouter::server {
namespace {
constexpr Timestamp now{1'700'000'000'000};

class EnrolmentTest : public StoreTest {};
ON_BOTH_ENGINES(EnrolmentTest);

TEST_P(EnrolmentTest, AOneTimeTokenIsGoodOnce) {
  const auto db = open_migrated();
  const auto token = make_enrolment_token(*db, {false, "desk", "anna", {}, {}}, now);
  ASSERT_TRUE(token);
  const auto first = enrol(*db, {token->token, "pc-1", "", "", "192.0.2.1"}, now);
  ASSERT_TRUE(first) << first.error().message();
  EXPECT_EQ(hash_token(first->key), first->key_hash);
  const auto second = enrol(*db, {token->token, "pc-2", "", "", "192.0.2.2"}, now);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::not_permitted);
  const auto rows = Desktops::read(*db);
  ASSERT_EQ(rows->size(), 1u);
  // Neither key nor token can be read from the database.
  EXPECT_EQ(rows->front().text(3), first->key_hash);
  EXPECT_NE(rows->front().text(3).find_first_not_of("0123456789abcdef"), 0u);
}

TEST_P(EnrolmentTest, AFleetTokenHasATimeAndAPlace) {
  const auto db = open_migrated();
  EXPECT_FALSE(make_enrolment_token(*db, {true, "", "anna", {}, {}}, now)) << "needs an end";
  EXPECT_FALSE(make_enrolment_token(*db, {true, "", "anna", now + std::chrono::hours(1), {"nonsense"}}, now));
  const auto token = make_enrolment_token(
      *db, {true, "", "anna", now + std::chrono::hours(1), {"192.0.2.0/24", "2001:db8::/32"}}, now);
  ASSERT_TRUE(token);
  EXPECT_TRUE(enrol(*db, {token->token, "a", "", "", "192.0.2.200"}, now));
  EXPECT_TRUE(enrol(*db, {token->token, "b", "", "", "2001:db8:1::2"}, now));
  EXPECT_FALSE(enrol(*db, {token->token, "c", "", "", "192.0.3.1"}, now));
  EXPECT_FALSE(enrol(*db, {token->token, "d", "", "", "192.0.2.1"}, now + std::chrono::hours(2)));
  ASSERT_TRUE(db->execute("UPDATE enrolment_tokens SET revoked = 1"));
  EXPECT_FALSE(enrol(*db, {token->token, "e", "", "", "192.0.2.1"}, now));
}

TEST(DesktopsTest, WhoseDesktopsAreTold) {
  Desktops desktops;
  for (const char* id : {"pc-1", "pc-2"}) {
    Desktop desktop;
    desktop.id = id;
    desktops.put(std::move(desktop), std::string("hash of ") + id);
  }
  desktops.set_users("pc-1", {"anna", "bert"});
  desktops.set_users("pc-2", {"bert"});
  desktops.set_users("nobody's", {"anna"});
  EXPECT_EQ(desktops.desktops_of("bert"), (std::set<std::string>{"pc-1", "pc-2"}));
  desktops.set_users("pc-1", {"dora"});
  EXPECT_EQ(desktops.desktops_of("anna"), std::set<std::string>{}) << "forgotten there";
  EXPECT_EQ(desktops.desktops_of("bert"), std::set<std::string>{"pc-2"});
  EXPECT_EQ(desktops.desktops_of("dora"), std::set<std::string>{"pc-1"});
  EXPECT_EQ(desktops.find("pc-1")->users, std::set<std::string>{"dora"});
}

class AdmissionTest : public StoreTest {
 protected:
  std::vector<std::string> admit(Database& db, const std::vector<std::string>& asked, int day) {
    const auto all = admit_users(db, "pc", asked, 3, now + std::chrono::days(day));
    return all ? std::vector(all->begin(), all->end()) : std::vector<std::string>{all.error().message()};
  }
  static std::int64_t count(Database& db, const std::string& table) {
    return db.query("SELECT COUNT(*) FROM " + table)->front().integer(0);
  }
};
ON_BOTH_ENGINES(AdmissionTest);
using Names = std::vector<std::string>;

TEST_P(AdmissionTest, ADesktopHasItsLatestUsersAndNoMoreThanItMay) {
  const auto db = open_migrated();
  EXPECT_EQ(admit(*db, {"bert", "anna"}, 0), (Names{"anna", "bert"}));
  EXPECT_EQ(count(*db, "audit"), 2);
  EXPECT_EQ(count(*db, "alarms"), 0);
  EXPECT_EQ(admit(*db, {"emil", "dora", "bert", "anna"}, 1), (Names{"anna", "bert", "emil"}))
      << "the first asked for comes first";
  EXPECT_EQ(count(*db, "alarms"), 1);
  EXPECT_EQ(admit(*db, {"dora"}, 1), (Names{"anna", "bert", "emil"}));
  EXPECT_EQ(count(*db, "alarms"), 1) << "once is enough";
  EXPECT_EQ(count(*db, "audit"), 3);
}

TEST_P(AdmissionTest, WhoIsAskedForNoMoreMakesRoomAfterAMonth) {
  const auto db = open_migrated();
  EXPECT_EQ(admit(*db, {"anna", "bert"}, 0), (Names{"anna", "bert"}));
  EXPECT_EQ(admit(*db, {"emil", "bert"}, 20), (Names{"anna", "bert", "emil"}));
  EXPECT_EQ(admit(*db, {"dora", "emil", "bert"}, 29), (Names{"anna", "bert", "emil"}));
  EXPECT_EQ(admit(*db, {"dora", "emil", "bert"}, 30), (Names{"bert", "dora", "emil"}));
  EXPECT_EQ(admit(*db, {"fritz", "gerda", "dora"}, 45), (Names{"dora", "emil", "fritz"}));
  const auto other = admit_users(*db, "pc-2", {"anna"}, 3, now);
  EXPECT_EQ(*other, std::set<std::string>{"anna"}) << "of another desktop";
}

class LedgerStoreTest : public StoreTest {};
ON_BOTH_ENGINES(LedgerStoreTest);

const std::string ledger_id = "11111111-2222-4333-8444-555555555555";

ReportedEntry entry(std::int64_t seq, const std::string& content = "{}") {
  ReportedEntry out{seq, "claim", "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee", 1, content, {}};
  read_content(out);
  return out;
}
using Ranges = std::vector<std::pair<std::int64_t, std::int64_t>>;

TEST_P(LedgerStoreTest, RepeatingChangesNothingAndGapsShow) {
  const auto db = open_migrated();
  auto taken = take_entries(*db, ledger_id, "d", {entry(1), entry(2), entry(5)}, now);
  ASSERT_TRUE(taken) << taken.error().message();
  EXPECT_EQ(taken->acknowledged, (Ranges{{1, 2}, {5, 5}}));
  EXPECT_EQ(taken->fresh.size(), 3u);
  taken = take_entries(*db, ledger_id, "d", {entry(1), entry(2), entry(5)}, now);
  EXPECT_EQ(taken->acknowledged, (Ranges{{1, 2}, {5, 5}}));
  EXPECT_TRUE(taken->fresh.empty());
  taken = take_entries(*db, ledger_id, "d", {entry(4), entry(3), entry(3)}, now);
  EXPECT_EQ(taken->acknowledged, (Ranges{{1, 5}}));
  EXPECT_EQ(taken->fresh.size(), 2u);
  EXPECT_EQ(db->query("SELECT COUNT(*) FROM ledger_entries")->front().integer(0), 5);
  EXPECT_EQ(db->query("SELECT COUNT(*) FROM ledger_ranges")->front().integer(0), 1);
  taken = take_entries(*db, "99999999-2222-4333-8444-555555555555", "d", {}, now);
  EXPECT_TRUE(taken->acknowledged.empty()) << "another ledger's";
}

TEST_P(LedgerStoreTest, OtherContentUnderTheSameNumberIsAnAlarm) {
  const auto db = open_migrated();
  ASSERT_TRUE(take_entries(*db, ledger_id, "d", {entry(1, R"({"a":1})")}, now));
  for (int again = 0; again < 2; ++again) {
    const auto taken = take_entries(*db, ledger_id, "d", {entry(1, R"({"a":2})"), entry(2)}, now);
    ASSERT_TRUE(taken);
    ASSERT_EQ(taken->rejected.size(), 1u);
    EXPECT_EQ(taken->rejected.front().reason, "other-content");
    EXPECT_EQ(taken->acknowledged, (Ranges{{1, 2}}));
  }
  EXPECT_EQ(db->query("SELECT content FROM ledger_entries WHERE seq = 1")->front().text(0), R"({"a":1})");
  EXPECT_EQ(db->query("SELECT COUNT(*) FROM alarms")->front().integer(0), 1)
      << "one alarm, not one a repetition";
  // Within one batch too.
  const auto twice = take_entries(*db, ledger_id, "d", {entry(3, "{}"), entry(3, R"({"b":1})")}, now);
  ASSERT_TRUE(twice);
  EXPECT_EQ(twice->rejected.size(), 1u);
  EXPECT_EQ(twice->fresh.size(), 1u);
}

TEST_P(LedgerStoreTest, ClaimsTellWhichPrintersAUserReached) {
  const auto db = open_migrated();
  ledger::Claim claim;
  claim.job_uuid = *Uuid::parse("aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee");
  claim.attempt = 1;
  claim.user = "anna";
  claim.device = "lobby";
  claim.outcome = OutcomeKind::delivered;
  claim.ended = now;
  const std::string delivered = ledger::encode(claim);
  claim.device = "attic";
  claim.outcome = OutcomeKind::rejected;
  const std::string refused = ledger::encode(claim);
  const auto uses = uses_of({entry(1, delivered), entry(2, refused)}, now + std::chrono::hours(1));
  ASSERT_EQ(uses.size(), 1u);
  ASSERT_TRUE(note_uses(*db, uses));
  ASSERT_TRUE(note_uses(*db, {{"anna", "lobby", {now.ms - 5}}}));
  const auto rows = db->query("SELECT username, device, last_used FROM history");
  ASSERT_EQ(rows->size(), 1u);
  EXPECT_EQ(rows->front().integer(2), now.ms) << "an older use does not replace a newer one";
}

TEST_P(LedgerStoreTest, AKernelsWordMakesAUserLocalAndNothingElse) {
  const auto db = open_migrated();
  const auto said = [](std::int64_t seq, const char* user, UserEvidence evidence, std::int64_t corrects = 0) {
    ledger::Claim claim;
    claim.job_uuid = *Uuid::parse("aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee");
    claim.attempt = 1;
    claim.user = user;
    claim.user_evidence = evidence;
    claim.device = "lobby";
    claim.corrects = corrects;
    return entry(seq, ledger::encode(claim));
  };
  const std::vector entries{said(1, "anna", UserEvidence::owner),    said(2, "anna", UserEvidence::mapped),
                            said(3, "ben", UserEvidence::asserted),  said(4, "carl", UserEvidence::none),
                            said(5, "dora", UserEvidence::owner, 4), said(6, "", UserEvidence::owner)};
  EXPECT_EQ(note_local_users(*db, "d1", entries, now).value(), std::set<std::string>{"anna"});
  EXPECT_TRUE(note_local_users(*db, "d1", entries, now)->empty()) << "known by now";
  EXPECT_TRUE(*note_local_user(*db, "d2", "ben", "job x", now));
  for (const char* user : {"anna", "ben", "carl", "dora"}) {
    EXPECT_EQ(*is_local_user(*db, "d1", user), std::string(user) == "anna");
    EXPECT_EQ(*is_local_user(*db, "d2", user), std::string(user) == "ben");
  }
  EXPECT_EQ(db->query("SELECT COUNT(*) FROM audit WHERE action = 'local user proven'")->front().integer(0),
            2);
  ASSERT_TRUE(write_resources(*db, {{Kind::user, "anna", std::nullopt}}, "me", now));
  EXPECT_FALSE(*is_local_user(*db, "d1", "anna"));
}

class RetentionTest : public StoreTest {};
ON_BOTH_ENGINES(RetentionTest);

TEST_P(RetentionTest, WhatIsOverGoesAndWhatIsOpenOrNotBookedStays) {
  const auto db = open_migrated();
  const auto put = [&](const std::string& uuid, const std::string& state, Timestamp changed,
                       const char* booking = "", const char* document = "", const char* claim = "") {
    ASSERT_TRUE(db->execute(
        "INSERT INTO jobs (uuid, desktop, username, evidence, title, format, attempt, ticket, state, size, "
        "document, device, outcome, reason, created, changed, claim) VALUES "
        "($1,'d','anna','owner','','',1,'{}',$2,1,$3,'','','',0,$4,$5)",
        {uuid, state, std::string(document), changed.ms, std::string(claim)}));
    if (*booking) {
      ASSERT_TRUE(db->execute(
          "INSERT INTO bookings (key, kind, device, job, attempt, match_user, printed, due, status, listed, "
          "username, booked, price, currency, received, body) VALUES "
          "($1,'job','lobby',$2,1,'',0,0,$3,0,'anna',1,0,'EUR',0,'{}')",
          {"job:" + uuid, uuid, std::string(booking)}));
    }
  };
  const Timestamp old = now + -std::chrono::hours(24 * 91), before = now + -std::chrono::hours(24 * 90);
  const std::vector<std::string> over{"booked", "confirmed", "uncounted", "not-printed", "not-released"};
  for (const std::string& status : over) put("over-" + status, "completed", old, status.c_str());
  for (const char* state : {"aborted", "canceled", "voided"}) put(state, state, old);
  for (const char* state : {"held", "pending", "sending", "confirming", "unknown"})
    put(std::string("open-") + state, state, old, "booked", "kept.doc");
  for (const char* status : {"awaiting-claim", "awaiting-record", "awaiting-person", "awaiting-owner"})
    put(std::string("waits-") + status, "completed", old, status);
  put("waits-never-booked", "completed", old);
  put("waits-claim", "aborted", old, "", "", "{}");
  put("young", "completed", before, "booked", "young.doc");

  const auto first = sweep_jobs(*db, before, 3);
  ASSERT_TRUE(first) << first.error().message();
  EXPECT_EQ(first->rows, 3);
  EXPECT_EQ(first->documents, std::vector<std::string>{"young.doc"}) << "soon, whatever its age";
  const auto second = sweep_jobs(*db, before, 100);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->rows, static_cast<std::int64_t>(over.size()));
  EXPECT_TRUE(second->documents.empty());
  std::set<std::string> left;
  const auto rows = db->query("SELECT uuid FROM jobs");
  for (const Row& row : *rows) left.insert(row.text(0));
  EXPECT_EQ(left, (std::set<std::string>{"open-confirming", "open-held", "open-pending", "open-sending",
                                         "open-unknown", "waits-awaiting-claim", "waits-awaiting-owner",
                                         "waits-awaiting-person", "waits-awaiting-record", "waits-claim",
                                         "waits-never-booked", "young"}));
  EXPECT_EQ(db->query("SELECT COUNT(*) FROM jobs WHERE document = 'kept.doc'")->front().integer(0), 5);
  EXPECT_EQ(db->query("SELECT COUNT(*) FROM bookings")->front().integer(0), 15) << "bookings stay";
}

TEST_P(RetentionTest, ADocumentThatAJobLetsGoIsRememberedUntilTheSweep) {
  const auto db = open_migrated();
  ASSERT_TRUE(db->execute(
      "INSERT INTO jobs (uuid, desktop, username, evidence, title, format, attempt, ticket, state, size, "
      "document, device, outcome, reason, created, changed) VALUES ('u','d','anna','','','',1,'{}','held',1,"
      "'a.doc','','','',0,0)"));
  ServerJob job = **find_job(*db, "u");
  job.state = "pending";
  ASSERT_TRUE(*move_job(*db, job, "held", now));
  job.document.clear();
  job.state = "completed";
  ASSERT_FALSE(*move_job(*db, job, "held", now)) << "it is no longer held";
  EXPECT_TRUE(sweep_jobs(*db, now, 10)->documents.empty());
  ASSERT_TRUE(*move_job(*db, job, "pending", now));
  EXPECT_EQ(sweep_jobs(*db, now, 10)->documents, std::vector<std::string>{"a.doc"});
  EXPECT_TRUE(sweep_jobs(*db, now, 10)->documents.empty());
}

class AccountsTest : public StoreTest {};
ON_BOTH_ENGINES(AccountsTest);

TEST_P(AccountsTest, WhatIsNotKeptIsNotMadeUp) {
  const auto db = open_migrated();
  ASSERT_TRUE(set_account(*db, "anna", {Money::parse("12.50"), std::nullopt}, "start", "me", now));
  ASSERT_TRUE(*move_account(*db, "anna", *Money::parse("-0.0375"), -3, local_day(now), now));
  const auto account = find_account(*db, "anna", now);
  ASSERT_TRUE(account && *account);
  EXPECT_EQ((*account)->credit->decimal(), "12.4625");
  EXPECT_FALSE((*account)->quota_pages || (*account)->quota_money || (*account)->allowance);
  ASSERT_TRUE(*move_account(*db, "anna", *Money::parse("-20"), 0, local_day(now), now));
  EXPECT_EQ((*find_account(*db, "anna", now))->credit->decimal(), "-7.5375") << "a visible overdraft";
  EXPECT_FALSE(*move_account(*db, "ben", *Money::parse("-1"), 0, local_day(now), now));
  EXPECT_FALSE(*find_account(*db, "ben", now));
}

TEST_P(AccountsTest, AQuotaInMoneyMovesAndAnAllowanceStays) {
  const auto db = open_migrated();
  Account account;
  ASSERT_TRUE(take_account(R"({"quota_money": "5", "allowance": "2.5", "allowance_pages": 40})", account));
  ASSERT_TRUE(set_account(*db, "anna", account, "start", "me", now));
  ASSERT_TRUE(*move_account(*db, "anna", *Money::parse("-0.25"), -2, local_day(now), now));
  const auto moved = **find_account(*db, "anna", now);
  EXPECT_EQ(account_json(moved), R"({"allowance":"2.5000","allowance_pages":40,"quota_money":"4.7500"})");
  // Its entry says by how much, as that of credit and pages does.
  account.quota_money = Money::parse("10");
  ASSERT_TRUE(set_account(*db, "anna", account, "new month", "me", now));
  const auto entries =
      db->query("SELECT quota_money FROM account_entries WHERE reason = 'new month' AND credit IS NULL");
  ASSERT_EQ(entries->size(), 1u);
  EXPECT_EQ(entries->front().integer(0), Money::parse("5.25")->units);
  EXPECT_EQ(all_accounts(*db, now)->at("anna").quota_money, Money::parse("10"));
}

TEST(Accounts, ErrorsNameTheFieldAndWhatIsNotNamedStays) {
  for (const auto& [text, field] : {std::pair{R"({"credit": 12})", "credit"},
                                    {R"({"quota_money": "1,5"})", "quota_money"},
                                    {R"({"allowance": "-1"})", "allowance"},
                                    {R"({"allowance_pages": -1})", "allowance_pages"},
                                    {R"({"quota_pages": 1.5})", "quota_pages"}}) {
    Account account;
    const Status wrong = take_account(text, account);
    ASSERT_FALSE(wrong) << text;
    EXPECT_EQ(wrong.error().field, field);
    EXPECT_FALSE(wrong.error().expected.empty());
  }
  Account account{Money::parse("-3"), 7};
  ASSERT_TRUE(take_account(R"({"quota_pages": null, "allowance": "0"})", account));
  EXPECT_EQ(account_json(account), R"({"allowance":"0.0000","credit":"-3.0000"})");
}

class CatalogTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(start_secrets()); }
  void put(Kind kind, const std::string& id, const std::string& text) {
    const auto checked = catalog.check(kind, id, text, "body");
    ASSERT_TRUE(checked) << checked.error().message();
    catalog.put(kind, id, checked->body);
  }
  Catalog catalog{ModelLibrary(), nullptr, SecretBox::fresh()};
};

TEST_F(CatalogTest, CodesAreSealedAndStayUntilReplaced) {
  put(Kind::user, "anna", R"({"name": "Anna", "codes": {"kyocera-account-code": "04711"}})");
  const std::string stored = *catalog.find(Kind::user, "anna");
  EXPECT_EQ(stored.find("04711"), std::string::npos);
  EXPECT_EQ(catalog.codes_of("anna")->at("kyocera-account-code"), "04711");
  EXPECT_EQ(catalog.shown_user(stored).find("04711"), std::string::npos);
  EXPECT_NE(catalog.shown_user(stored).find("kyocera-account-code"), std::string::npos);
  put(Kind::user, "anna", R"({"name": "Anna M."})");
  EXPECT_EQ(catalog.codes_of("anna")->size(), 1u);
  put(Kind::user, "anna", R"({"codes": {}})");
  EXPECT_TRUE(catalog.codes_of("anna")->empty());
  const auto wrong = catalog.check(Kind::user, "anna", R"({"codes": {"pin": 4711}})", "body");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().field, "codes.pin");
  EXPECT_EQ(wrong.error().message().find("4711"), std::string::npos) << "a code never stands in an error";
}

TEST_F(CatalogTest, ErrorsNameFieldPlaceAndExpectation) {
  const auto wrong = catalog.check(
      Kind::printer, "lobby",
      R"({"address": "lobby.example", "ports": [{"protocol": "raw", "port": 99999}]})", "printers.csv:3");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().field, "ports[0].port");
  EXPECT_NE(wrong.error().place.find("printers.csv:3"), std::string::npos);
  EXPECT_FALSE(wrong.error().expected.empty());
  EXPECT_FALSE(catalog.check(Kind::profile, "p", R"({"printing": {"fallback": {"enabeld": true}}})", "body"));
  EXPECT_FALSE(catalog.check(Kind::assignment, "a", R"({"profile": "none"})", "body"));
  EXPECT_FALSE(catalog.check(Kind::group, "g", R"({})", "body"));
}

TEST_F(CatalogTest, TheAssignmentWithTheLowestOrderDecides) {
  put(Kind::profile, "all", R"({"printing": {"fallback": {"enabled": false}}})");
  put(Kind::profile, "lab", R"({"printing": {"fallback": {"enabled": false}}})");
  put(Kind::profile, "staff", R"({"printing": {"fallback": {"enabled": false}}})");
  put(Kind::assignment, "1", R"({"profile": "all", "order": 1000})");
  put(Kind::assignment, "2",
      R"({"profile": "lab", "hosts": ["lab-*"], "ranges": ["192.0.2.0/24"], "order": 10})");
  put(Kind::assignment, "3", R"({"profile": "staff", "user_groups": ["staff"], "order": 20})");
  EXPECT_EQ(catalog.assignment_of("pc", "198.51.100.1", {}).profile, "all");
  EXPECT_EQ(catalog.assignment_of("LAB-7", "198.51.100.1", {}).profile, "lab");
  EXPECT_EQ(catalog.assignment_of("pc", "192.0.2.9", {"staff"}).profile, "lab");
  EXPECT_EQ(catalog.assignment_of("pc", "198.51.100.1", {"staff"}).profile, "staff");
  put(Kind::assignment, "2", R"({"profile": "lab", "hosts": ["lab-*"], "order": 10, "allowance": "1.50",
                                 "allowance_pages": 20})");
  EXPECT_EQ(catalog.assignment_of("lab-7", "198.51.100.1", {}).allowance, Money::parse("1.5"));
  EXPECT_EQ(catalog.assignment_of("lab-7", "198.51.100.1", {}).allowance_pages, 20);
  EXPECT_FALSE(catalog.assignment_of("pc", "198.51.100.1", {}).allowance);
  for (const char* wrong :
       {R"({"profile": "lab", "allowance": 5})", R"({"profile": "lab", "allowance": "-5"})",
        R"({"profile": "lab", "allowance_pages": -1})"})
    EXPECT_FALSE(catalog.check(Kind::assignment, "2", wrong, "body")) << wrong;
  EXPECT_FALSE(catalog.needed_by(Kind::profile, "lab").empty());
  EXPECT_TRUE(catalog.needed_by(Kind::profile, "other").empty());
}

TEST(SecretBox, WhatWasChangedDoesNotOpen) {
  ASSERT_TRUE(start_secrets());
  const SecretBox box = SecretBox::fresh();
  std::string sealed = box.seal("4711");
  EXPECT_EQ(box.open_text(sealed).value(), "4711");
  EXPECT_FALSE(SecretBox::fresh().open_text(sealed));
  sealed[sealed.size() / 2] = sealed[sealed.size() / 2] == 'A' ? 'B' : 'A';
  EXPECT_FALSE(box.open_text(sealed));
  EXPECT_FALSE(box.open_text("short"));
}

TEST(Passwords, Argon2id) {
  ASSERT_TRUE(start_secrets());
  const auto hash = hash_password("correct horse");
  ASSERT_TRUE(hash);
  EXPECT_TRUE(hash->starts_with("$argon2id$"));
  EXPECT_TRUE(check_password(*hash, "correct horse"));
  EXPECT_FALSE(check_password(*hash, "correct horsf"));
}

}  // namespace
}  // namespace printrouter::server
