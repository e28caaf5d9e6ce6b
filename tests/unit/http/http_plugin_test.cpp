// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <printrouter/server.hpp>
#include <printrouter/testing.hpp>

#include "json_text.hpp"

extern "C" const pr_plugin_entry printrouter_plugin_v1;

namespace printrouter::http_server {
namespace {

using sdk::attr_integer;
using sdk::attr_text;
using ::testing::HasSubstr;
using ::testing::Not;
using List = std::vector<pr_attr>;

const std::string uuid = "632b2c13-93c6-41c3-962d-0f98c174a488";
const std::string slow = "read within=30000";

class HttpPluginTest : public ::testing::Test {
 protected:
  HttpPluginTest() {
    host.secrets["server-key"] = "s3cret";
    job.struct_size = sizeof job;
    job.job_uuid = sdk::str(uuid);
    job.user = sdk::str("anna");
    job.title = sdk::str(
        "Stra\xc3\x9f"
        "e \xf0\x9f\x96\xa8");
    job.document_format = sdk::str("application/pdf");
    job.document_size = 1000;
    job.ticket = {ticket.data(), ticket.size()};
  }
  std::string check(const List& at) {
    const pr_attrs attrs{at.data(), at.size()};
    char error[512];
    size_t size = 0;
    facts = {};
    const pr_status status = table->check(plugin.get(), &attrs, &facts, error, sizeof error, &size);
    EXPECT_EQ(status, size ? PR_INVALID : PR_OK);
    return {error, size};
  }
  /// Opens, connects, answers what goes out first.
  std::string head(uint32_t operation, const List& attributes = {}, std::string_view body = {}) {
    talk.reset();
    pr_server_request request{};
    request.struct_size = sizeof request;
    request.operation = operation;
    request.target = {target.data(), target.size()};
    request.send = &job;
    request.attributes = {attributes.data(), attributes.size()};
    request.body = sdk::bytes(body);
    talk = std::make_unique<testing::Conversation>(plugin, *table, request);
    EXPECT_EQ(talk->start(), "connect srv:8080");
    const std::string said = talk->connected();
    return std::string(sdk::view(talk->last().bytes));
  }
  /// The outcome after an answer to what asks.
  std::string outcome(uint32_t operation, const std::string& answer) {
    head(operation);
    talk->written();
    return talk->bytes(answer);
  }
  std::string learned(std::string_view name) const {
    return std::string(sdk::Attributes(talk->last().outcome.attributes).text(name));
  }
  static std::string json(int status, const std::string& body) {
    return "HTTP/1.1 " + std::to_string(status) +
           " x\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
  }

  testing::FakeHost host;
  testing::LoadedPlugin plugin{host, printrouter_plugin_v1};
  const pr_server* table = plugin.extension<pr_server>(PR_SERVER_ID);
  pr_server_facts facts{};
  List target{attr_text("host", "srv"), attr_integer("port", 8080)};
  List ticket{attr_integer("copies", 2), attr_text("sides", "two-sided-long-edge"),
              attr_integer("finishings", 4), attr_integer("finishings", 5)};
  pr_send_request job{};
  std::unique_ptr<testing::Conversation> talk;
};

TEST_F(HttpPluginTest, facts_and_wrong_targets) {
  EXPECT_EQ(check({attr_text("host", "srv"), attr_text("on-arrival", "hold")}), "");
  EXPECT_EQ(facts.holds_on_arrival, 1u);
  EXPECT_EQ(facts.truncated_discards, 1u);
  EXPECT_EQ(facts.unknown_length, 1u);
  EXPECT_EQ(facts.can_void, 1u);
  EXPECT_EQ(facts.can_report, 1u);
  EXPECT_THAT(check({}), HasSubstr("host: \"\", expected a host name"));
  EXPECT_THAT(check({attr_text("host", "http://srv")}), HasSubstr("host: \"http://srv\""));
  EXPECT_THAT(check({attr_text("host", "srv"), attr_integer("tls", 2)}), HasSubstr("tls"));
  EXPECT_THAT(check({attr_text("host", "srv"), attr_integer("port", 70000)}), HasSubstr("port: \"70000\""));
  EXPECT_THAT(check({attr_text("host", "srv"), attr_text("queue", "q")}), HasSubstr("queue"));
}

TEST_F(HttpPluginTest, a_job_waits_for_the_go_ahead_and_is_there_when_the_server_says_so) {
  const List more{attr_integer("attempt", 3), attr_text("user-evidence", "owner")};
  const std::string sent = head(PR_SERVER_DELIVER, more);
  EXPECT_THAT(sent, HasSubstr("PUT /api/v1/desktop/jobs/" + uuid + " HTTP/1.1\r\nHost: srv:8080\r\n"));
  EXPECT_THAT(sent, HasSubstr("\r\nAuthorization: Bearer s3cret\r\n"));
  EXPECT_THAT(sent, HasSubstr("\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n"));
  EXPECT_THAT(sent, HasSubstr(R"(Printrouter-Job: {"user":"anna","title":"Stra\u00dfe \ud83d\udda8",)"
                              R"("user_evidence":"owner","format":"application/pdf","attempt":3,)"
                              R"("ticket":{"copies":2,"sides":"two-sided-long-edge","finishings":[4,5]}})"));
  EXPECT_EQ(talk->written(), "read");
  EXPECT_THAT(talk->bytes("HTTP/1.1 100 Continue\r\n\r\n"),
              HasSubstr("send [document(0,1000)] length=1000 reading="));
  EXPECT_EQ(talk->payload_sent(1000), slow);
  EXPECT_EQ(talk->bytes(json(201, R"({"uuid":"x","state":"pending","size":1000})")),
            "done delivered accepted");
  for (const std::string& line : host.log) EXPECT_THAT(line, Not(HasSubstr("s3cret")));
}

TEST_F(HttpPluginTest, a_document_of_unknown_length_goes_in_chunks) {
  job.document_size = PR_LENGTH_TO_END;
  EXPECT_THAT(head(PR_SERVER_DELIVER), HasSubstr("Transfer-Encoding: chunked"));
  talk->written();
  EXPECT_THAT(talk->bytes("HTTP/1.1 100 Continue\r\n\r\n"), HasSubstr("length=end chunked"));
}

TEST_F(HttpPluginTest, what_the_server_has_already_costs_no_document_byte) {
  head(PR_SERVER_DELIVER);
  talk->written();
  EXPECT_EQ(talk->bytes(json(200, R"({"state":"held"})")), "done delivered already-there");
}

TEST_F(HttpPluginTest, refusals_are_the_servers_own_words) {
  const std::string no = R"({"error":{"code":"no-credit","message":"2.10 EUR needed, 0.50 EUR left"}})";
  EXPECT_EQ(outcome(PR_SERVER_DELIVER, json(422, no)), "done rejected no-credit");
  EXPECT_EQ(sdk::view(talk->last().outcome.text), "2.10 EUR needed, 0.50 EUR left");
  EXPECT_EQ(outcome(PR_SERVER_DELIVER, json(401, "{}")), "done auth-required http-401");
  EXPECT_EQ(outcome(PR_SERVER_DELIVER, json(409, R"({"error":{"code":"voided","message":"m"}})")),
            "done rejected voided");
  EXPECT_EQ(outcome(PR_SERVER_DELIVER, json(503, "")), "done not-sent(busy) http-503");
  EXPECT_EQ(outcome(PR_SERVER_DELIVER, json(500, "")), "done not-sent http-500");
  // in the middle of the document
  head(PR_SERVER_DELIVER);
  talk->written();
  talk->bytes("HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(talk->bytes(json(413, "{}")), "done rejected http-413 abort");
}

TEST_F(HttpPluginTest, after_the_last_byte_silence_is_no_answer) {
  head(PR_SERVER_DELIVER);
  talk->written();
  talk->bytes("HTTP/1.1 100 Continue\r\n\r\n");
  talk->payload_sent(1000);
  EXPECT_EQ(talk->io_error(PR_IO_RESET, "reset"), "done unknown connection-broken abort");
  head(PR_SERVER_DELIVER);
  talk->written();
  talk->bytes("HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(talk->io_error(PR_IO_RESET, "reset"), "done not-sent connection-broken abort");
  head(PR_SERVER_DELIVER);
  talk->written();
  EXPECT_EQ(talk->io_error(PR_IO_TIMEOUT), "done not-sent no-answer abort");
}

TEST_F(HttpPluginTest, a_job_is_asked_for_and_taken_back_by_its_uuid) {
  EXPECT_EQ(
      outcome(PR_SERVER_QUERY, json(200, R"({"uuid":"x","more":[{"state":"no"}],"state":"completed"})")),
      "done delivered accepted");
  EXPECT_EQ(sdk::Attributes(talk->last().outcome.attributes).integer("job-state", 0), 9);
  EXPECT_EQ(outcome(PR_SERVER_QUERY, json(404, "{}")), "done not-sent job-not-found");
  EXPECT_THAT(head(PR_SERVER_VOID), HasSubstr("DELETE /api/v1/desktop/jobs/" + uuid));
  EXPECT_EQ(outcome(PR_SERVER_VOID, json(200, R"({"state":"voided"})")), "done delivered accepted");
  EXPECT_EQ(outcome(PR_SERVER_VOID, json(409, R"({"error":{"code":"printed","message":"m"}})")),
            "done rejected printed");
}

TEST_F(HttpPluginTest, health_is_asked_without_a_key) {
  EXPECT_THAT(head(PR_SERVER_PROBE),
              ::testing::AllOf(HasSubstr("GET /health/ready "), Not(HasSubstr("Bearer"))));
  EXPECT_EQ(outcome(PR_SERVER_PROBE, json(200, "{}")), "done delivered ready");
  EXPECT_EQ(outcome(PR_SERVER_PROBE, json(503, "{}")), "done not-sent http-503");
  EXPECT_EQ(outcome(PR_SERVER_PROBE, json(404, "")), "done stop-target http-404");
}

TEST_F(HttpPluginTest, a_batch_is_one_object_around_the_lines) {
  const List with{attr_text("ledger", "L1")};
  EXPECT_THAT(head(PR_SERVER_REPORT, with, "{\"seq\":1}\n{\"seq\":2}\n"),
              HasSubstr("Content-Length: 47\r\nConnection: "
                        "close\r\n\r\n{\"ledger\":\"L1\",\"entries\":[{\"seq\":1},{\"seq\":2}]}"));
  EXPECT_EQ(talk->written(), slow);
  const std::string said = R"({"acknowledged":[[1,2]],"rejected":[]})";
  EXPECT_EQ(talk->bytes(json(200, said)), "done delivered accepted");
  EXPECT_EQ(learned("body"), said);
  EXPECT_THAT(head(PR_SERVER_REPORT, with), HasSubstr("{\"ledger\":\"L1\",\"entries\":[]}"));
  EXPECT_EQ(outcome(PR_SERVER_REPORT, json(400, R"({"error":{"code":"malformed","message":"m"}})")),
            "done rejected malformed");
  EXPECT_EQ(outcome(PR_SERVER_REPORT, json(503, "")), "done not-sent http-503");
  EXPECT_EQ(outcome(PR_SERVER_REPORT, json(404, "")), "done not-sent http-404");
}

TEST_F(HttpPluginTest, a_snapshot_comes_only_if_it_is_new) {
  const List with{attr_text("users", "anna"), attr_text("users", "Jörg K"),
                  attr_text("if-none-match", "\"7\"")};
  EXPECT_THAT(head(PR_SERVER_SNAPSHOT, with),
              ::testing::AllOf(HasSubstr("GET /api/v1/desktop/snapshot?users=anna,J%C3%B6rg%20K "),
                               HasSubstr("\r\nIf-None-Match: \"7\"\r\n")));
  EXPECT_EQ(talk->written(), slow);
  EXPECT_EQ(talk->bytes("HTTP/1.1 304 Not Modified\r\nETag: \"7\"\r\n\r\n"), "done delivered not-modified");
  EXPECT_EQ(learned("body"), "");
  outcome(PR_SERVER_SNAPSHOT,
          "HTTP/1.1 200 OK\r\nETag: \"8\"\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{\"a\"\r\n");
  EXPECT_EQ(talk->bytes("3\r\n:1}\r\n0\r\n\r\n"), "done delivered accepted");
  EXPECT_EQ(learned("body"), "{\"a\":1}");
  EXPECT_EQ(learned("etag"), "\"8\"");
}

TEST_F(HttpPluginTest, enrolment_and_readiness) {
  const List with{attr_text("token", "once"), attr_text("host-name", "pc-7"), attr_text("ledger", uuid)};
  EXPECT_THAT(
      head(PR_SERVER_ENROL, with),
      ::testing::AllOf(HasSubstr("POST /api/v1/enrolments "), Not(HasSubstr("Bearer")),
                       HasSubstr("{\"token\":\"once\",\"host_name\":\"pc-7\",\"ledger\":\"" + uuid + "\"}")));
  EXPECT_EQ(outcome(PR_SERVER_ENROL, json(403, R"({"error":{"code":"token-used","message":"m"}})")),
            "done auth-required token-used");
  EXPECT_THAT(head(PR_SERVER_READINESS, {}, "{\"devices\":[]}"), HasSubstr("PUT /api/v1/desktop/readiness "));
  talk->written();
  EXPECT_EQ(talk->bytes("HTTP/1.1 204 No Content\r\n\r\n"), "done delivered accepted");
}

TEST_F(HttpPluginTest, tls_starts_before_the_first_byte_and_its_failure_is_no_outage) {
  target.push_back(attr_integer("tls", 1));
  pr_server_request request{};
  request.struct_size = sizeof request;
  request.operation = PR_SERVER_PROBE;
  request.target = {target.data(), target.size()};
  testing::Conversation tls(plugin, *table, request);
  tls.start();
  EXPECT_EQ(tls.connected(), "start-tls srv alpn=http/1.1");
  EXPECT_EQ(tls.io_error(PR_IO_TLS, "expired"), "done rejected tls-failed abort");
}

TEST_F(HttpPluginTest, damaged_answers_are_no_answers) {
  EXPECT_EQ(outcome(PR_SERVER_QUERY, "SSH-2.0-x\r\n\r\n"), "done not-sent protocol abort");
  head(PR_SERVER_QUERY);
  talk->written();
  EXPECT_EQ(talk->eof(), "done not-sent connection-closed abort");
}

/// Opens a watch and answers with the head of a stream.
class HttpWatchTest : public HttpPluginTest {
 protected:
  const std::string stream =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";
  const std::string waits = "read within=50000";
  void open() {
    sent = head(PR_SERVER_WATCH);
    EXPECT_EQ(talk->written(), slow);
    EXPECT_EQ(talk->bytes(stream), "request changed");
    EXPECT_EQ(talk->reply(), waits);
  }
  std::string sent;
};

TEST_F(HttpWatchTest, tells_of_each_event_and_of_nothing_else) {
  open();
  EXPECT_THAT(sent, ::testing::AllOf(HasSubstr("GET /api/v1/desktop/events HTTP/1.1\r\n"),
                                     HasSubstr("\r\nAuthorization: Bearer s3cret\r\n"),
                                     HasSubstr("\r\nAccept: text/event-stream\r\n")));
  EXPECT_EQ(talk->bytes(":\n\n"), waits);  // a heartbeat
  EXPECT_EQ(talk->bytes("event: snapshot\n"), waits);
  EXPECT_EQ(talk->bytes("data: {\"version\":7}\n"), waits);
  EXPECT_EQ(talk->bytes("\n"), "request changed");
  EXPECT_EQ(talk->reply(), waits);
  // Several at once are one; other line ends, and a comment in between.
  EXPECT_EQ(talk->bytes("data: 1\r\n\r\n: still here\r\n\r\nevent: snapshot\r\ndata: 2\r\n\r\n"),
            "request changed");
  EXPECT_EQ(talk->reply(), waits);
  EXPECT_EQ(talk->cancel(), "done cancelled cancelled abort");
}

TEST_F(HttpWatchTest, an_event_that_comes_with_the_head_is_not_told_twice) {
  head(PR_SERVER_WATCH);
  talk->written();
  EXPECT_EQ(talk->bytes(stream + "event: snapshot\ndata: {\"version\":7}\n\n"), "request changed");
  EXPECT_EQ(talk->reply(), waits);
}

TEST_F(HttpWatchTest, silence_and_every_break_end_it) {
  open();
  EXPECT_EQ(talk->io_error(PR_IO_TIMEOUT), "done not-sent no-heartbeat abort");
  open();
  EXPECT_EQ(talk->eof(), "done not-sent connection-closed abort");
  open();
  EXPECT_EQ(talk->io_error(PR_IO_RESET, "reset"), "done not-sent connection-broken abort");
  open();
  EXPECT_EQ(talk->bytes(std::string(70'000, 'x')), "done not-sent protocol abort");
  head(PR_SERVER_WATCH);
  EXPECT_EQ(talk->io_error(PR_IO_TIMEOUT), "done not-sent no-answer abort");
}

TEST_F(HttpWatchTest, a_refusal_is_said_in_the_servers_words) {
  EXPECT_EQ(
      outcome(PR_SERVER_WATCH, json(401, R"({"error":{"code":"not-permitted","message":"no valid key"}})")),
      "done auth-required not-permitted abort");
  EXPECT_EQ(talk->outcome_text(), "no valid key");
  EXPECT_EQ(outcome(PR_SERVER_WATCH, json(404, "{}")), "done not-sent http-404 abort");
  EXPECT_EQ(outcome(PR_SERVER_WATCH, json(503, "{}")), "done not-sent http-503 abort");
  EXPECT_EQ(outcome(PR_SERVER_WATCH, json(200, "{}")), "done not-sent protocol abort");
  EXPECT_EQ(outcome(PR_SERVER_WATCH, "SSH-2.0-x\r\n\r\n"), "done not-sent protocol abort");
}

TEST(JsonText, finds_a_text_and_nothing_else) {
  EXPECT_EQ(json_text_at(R"({"a":{"b":1,"error":"x"},"error":{"code":"c\u00e4\ud83d\udda8\n","n":1}})",
                         "error.code"),
            "c\xc3\xa4\xf0\x9f\x96\xa8\n");
  EXPECT_EQ(json_text_at(R"({"error":{"code":7}})", "error.code"), std::nullopt);
  EXPECT_EQ(json_text_at(R"({"error":"x"})", "error.code"), std::nullopt);
  EXPECT_EQ(json_text_at(R"([1])", "a"), std::nullopt);
  EXPECT_EQ(json_text_at(R"({"a":"never ends)", "a"), std::nullopt);
  EXPECT_EQ(json_text_at(std::string(1000, '[') + "1", "a"), std::nullopt);
  EXPECT_EQ(json_text_at("{\"b\":" + std::string(1000, '[') + "1", "a"), std::nullopt);
  EXPECT_EQ(json_string("a\"\\\x01\xff"), "\"a\\\"\\\\\\u0001\\ufffd\"");
}

}  // namespace
}  // namespace printrouter::http_server
