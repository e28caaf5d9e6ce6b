// SPDX-License-Identifier: Apache-2.0
#include "ipp_fixture.hpp"

namespace printrouter::ipp {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class IppReceiverTest : public ::testing::Test {
 protected:
  IppReceiverTest() {
    request.struct_size = sizeof request;
    request.local_port = 631;
    request.local_host = sdk::str("desk7");
  }
  testing::ReceiverRun run(std::string sends) {
    return testing::ReceiverRun(plugin, *table, request, std::move(sends));
  }
  /// What a client gets for these bytes.
  std::string reply_to(std::string sends) {
    auto r = run(std::move(sends));
    r.play();
    return r.written;
  }
  uint16_t status_for(const Message& m) { return message_in(reply_to(post(m))).code; }

  testing::FakeHost host;
  testing::LoadedPlugin plugin{host, printrouter_plugin_v1};
  const pr_receiver* table = plugin.extension<pr_receiver>(PR_RECEIVER_ID);
  pr_receive_request request{};
};

Message print_job() {
  Message m = request_of(op_print_job);
  m.groups[0].add("requesting-user-name", Tag::name, "anna");
  m.groups[0].add("job-name", Tag::name, "report");
  Group& job = m.add_group(Tag::job_group);
  job.add_integer("copies", 3);
  job.add("sides", Tag::keyword, "two-sided-long-edge");
  Group media;
  media.add("media", Tag::keyword, "iso_a4_210x297mm");
  media.add("media-source", Tag::keyword, "auto");
  Group g;
  g.add_integer("x-dimension", 21000);
  g.add_integer("y-dimension", 29700);
  job.add("media-col", Value::collection({{"media-size", {Value::collection(g.attributes)}},
                                          {"media-source", {Value::of_text(Tag::keyword, "auto")}}}));
  return m;
}

TEST_F(IppReceiverTest, print_job_with_a_length) {
  auto r = run(post(print_job(), "%PDF-1.4 document"));
  r.play();
  ASSERT_EQ(r.jobs.size(), 1u);
  EXPECT_TRUE(r.jobs[0].committed);
  EXPECT_THAT(r.jobs[0].documents, ElementsAre("%PDF-1.4 document"));
  // The ticket crosses flat; sides are not among this queue's facts.
  EXPECT_THAT(
      r.jobs[0].attributes,
      ElementsAre("job-name=\"report\"", "copies=3", "media=\"iso_a4_210x297mm\"", "media-source=\"auto\"",
                  "requesting-user-name=\"anna\"", "printer-path=\"/ipp/print\"",
                  "requesting-user-name=\"anna\"", "printer-path=\"/ipp/print\""));
  const Message reply = message_in(r.written);
  EXPECT_EQ(reply.code, successful_ok_ignored);
  EXPECT_EQ(reply.group(Tag::unsupported_group)->text("sides"), "two-sided-long-edge");
  EXPECT_EQ(reply.group(Tag::job_group)->value("job-id")->integer, 1);
  EXPECT_EQ(reply.group(Tag::job_group)->text("job-uri"), "ipp://localhost:631/ipp/print/1");
  EXPECT_EQ(r.last, "done");
}

TEST_F(IppReceiverTest, chunks_may_fall_anywhere) {
  const std::string message = encode(print_job());
  const std::string head =
      "POST /ipp/print HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/ipp\r\nTransfer-Encoding: "
      "chunked\r\n\r\n";
  const std::string bytes = head + http::chunk(message.substr(0, 50)) +
                            http::chunk(message.substr(50) + "one ") + http::chunk("two ") +
                            http::chunk("three") + "0\r\n\r\n";
  for (const size_t step : {size_t{1}, size_t{7}, size_t{100}, bytes.size()}) {
    auto r = run(bytes);
    r.chunk = step;
    r.play();
    ASSERT_EQ(r.jobs.size(), 1u);
    EXPECT_THAT(r.jobs[0].documents, ElementsAre("one two three"));
    EXPECT_TRUE(r.jobs[0].committed);
  }
}

TEST_F(IppReceiverTest, one_connection_carries_many_requests) {
  auto r = run(post(print_job(), "one") + post(request_of(op_get_printer_attributes, 2)) +
               post(print_job(), "two"));
  r.play();
  ASSERT_EQ(r.jobs.size(), 2u);
  EXPECT_THAT(r.jobs[0].documents, ElementsAre("one"));
  EXPECT_THAT(r.jobs[1].documents, ElementsAre("two"));
}

TEST_F(IppReceiverTest, who_waits_with_the_document_goes_on_when_the_job_is_taken) {
  const std::string bytes = post(print_job(), "document", "Expect: 100-continue\r\n");
  const size_t document = bytes.size() - 8;
  testing::Conversation talk(plugin, *table, request);
  talk.start();
  EXPECT_THAT(talk.bytes(bytes.substr(0, document)), StartsWith("request printer-attributes"));
  EXPECT_THAT(talk.reply(), StartsWith("request create-job"));
  EXPECT_THAT(talk.reply({sdk::attr_integer("job-id", 3)}), StartsWith("request add-document"));
  EXPECT_EQ(talk.reply(), "write \"HTTP/1.1 100 Continue\\r\\n\\r\\n\"");
  EXPECT_EQ(talk.written(), "receive 8");
}

TEST_F(IppReceiverTest, who_waits_with_everything_goes_on_after_a_moment) {
  const std::string bytes = post(print_job(), "document", "Expect: 100-continue\r\n");
  const size_t head = bytes.find("\r\n\r\n") + 4;
  testing::Conversation talk(plugin, *table, request);
  talk.start();
  EXPECT_EQ(talk.bytes(bytes.substr(0, head)), "read within=20");
  EXPECT_EQ(talk.io_error(PR_IO_TIMEOUT), "write \"HTTP/1.1 100 Continue\\r\\n\\r\\n\"");
  EXPECT_EQ(talk.written(), "read");
  EXPECT_THAT(talk.bytes(bytes.substr(head)), StartsWith("request printer-attributes"));
  EXPECT_EQ(talk.unread(), "document");
  talk.reply();
  talk.reply({sdk::attr_integer("job-id", 3)});
  EXPECT_EQ(talk.reply(), "receive 8");  // not a second time
}

TEST_F(IppReceiverTest, who_waits_with_a_chunked_document_is_asked_for_it) {
  const std::string head =
      "POST /ipp/print HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/ipp\r\nExpect: "
      "100-continue\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const bool has_document : {true, false}) {
    testing::Conversation talk(plugin, *table, request);
    talk.start();
    EXPECT_THAT(talk.bytes(head + http::chunk(encode(print_job()))),
                StartsWith("request printer-attributes"));
    talk.reply();
    talk.reply({sdk::attr_integer("job-id", 3)});
    EXPECT_THAT(talk.reply(), StartsWith("write \"HTTP/1.1 100"));
    EXPECT_EQ(talk.written(), "read");
    if (has_document) {
      EXPECT_EQ(talk.bytes("8\r\ndocument\r\n0\r\n\r\n"), "receive 8");
    } else {
      talk.bytes("0\r\n\r\n");
      const std::string reply(sdk::view(talk.last().bytes));
      EXPECT_EQ(message_in(reply).code, client_error_bad_request);
      EXPECT_THAT(reply, HasSubstr("Connection: close"));
    }
  }
}

TEST_F(IppReceiverTest, a_refusal_costs_who_waits_no_document) {
  const std::string bytes = post(print_job(), "document", "Expect: 100-continue\r\n");
  testing::Conversation talk(plugin, *table, request);
  talk.start();
  talk.bytes(bytes.substr(0, bytes.size() - 8));
  talk.reply();
  talk.refused(PR_REFUSED_BUSY, "later");
  EXPECT_EQ(message_in(sdk::view(talk.last().bytes)).code, server_error_busy);
}

TEST_F(IppReceiverTest, compression_is_the_hosts_to_undo) {
  Message m = print_job();
  m.groups[0].add("compression", Tag::keyword, "gzip");
  auto r = run(post(m, "xx"));
  r.play();
  EXPECT_THAT(r.actions, Contains("receive 2 gzip"));
  EXPECT_THAT(r.jobs[0].attributes, Contains("compression=\"gzip\""));
}

TEST_F(IppReceiverTest, a_break_in_the_document_keeps_it_aside) {
  auto bytes = post(print_job(), "document");
  bytes.resize(bytes.size() - 3);
  for (const bool broken : {true, false}) {
    auto r = run(bytes);
    r.broken = broken;
    r.play();
    EXPECT_EQ(r.last, "done keep-incomplete");
    ASSERT_EQ(r.jobs.size(), 1u);
    EXPECT_FALSE(r.jobs[0].committed);
    EXPECT_THAT(r.written, IsEmpty());
  }
}

TEST_F(IppReceiverTest, a_chunked_document_without_its_last_chunk_is_no_document) {
  const std::string head =
      "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/ipp\r\nTransfer-Encoding: "
      "chunked\r\n\r\n";
  auto r = run(head + http::chunk(encode(print_job()) + "document"));
  r.play();
  EXPECT_FALSE(r.jobs.at(0).committed);
  EXPECT_EQ(r.last, "done keep-incomplete");
  EXPECT_THAT(host.log, Contains("info: client left in the middle of a request"));
}

TEST_F(IppReceiverTest, refusals_of_the_host_become_ipp_status) {
  const struct {
    uint32_t refusal;
    uint16_t status;
  } cases[] = {{PR_REFUSED_NOT_FOUND, client_error_not_found},
               {PR_REFUSED_NOT_AUTHORIZED, client_error_not_authorized},
               {PR_REFUSED_NOT_POSSIBLE, client_error_not_possible},
               {PR_REFUSED_FORMAT, client_error_document_format_not_supported},
               {PR_REFUSED_ATTRIBUTE, client_error_attributes_or_values_not_supported},
               {PR_REFUSED_TOO_LARGE, client_error_request_entity_too_large},
               {PR_REFUSED_BUSY, server_error_busy},
               {PR_REFUSED_NOT_ACCEPTING, server_error_not_accepting_jobs},
               {PR_REFUSED_INTERNAL, server_error_internal_error}};
  for (const auto& c : cases)
    for (const uint32_t op : {PR_OP_PRINTER_ATTRIBUTES, PR_OP_CREATE_JOB, PR_OP_ADD_DOCUMENT, PR_OP_COMMIT}) {
      auto r = run(post(print_job(), "document"));
      r.refuse = [&](uint32_t asked) { return asked == op ? c.refusal : 0u; };
      r.play();
      EXPECT_EQ(message_in(r.written).code, c.status) << "op " << op;
      EXPECT_EQ(message_in(r.written).operation().text("status-message"), "no");
    }
  EXPECT_THAT(host.log, Contains("info: Print-Job: server-error-busy: no"));
}

TEST_F(IppReceiverTest, an_early_refusal_waits_until_the_client_has_seen_it) {
  auto r = run(post(print_job(), std::string(100'000, 'x')));
  r.chunk = 1000;
  r.refuse = [](uint32_t op) { return op == PR_OP_CREATE_JOB ? uint32_t{PR_REFUSED_BUSY} : 0u; };
  r.play();
  EXPECT_THAT(r.written, HasSubstr("Connection: close"));
  EXPECT_THAT(r.actions, Contains("shutdown-write"));
  EXPECT_EQ(r.last, "done");
  EXPECT_THAT(r.jobs, IsEmpty());
}

TEST_F(IppReceiverTest, get_jobs_gives_one_group_a_job_and_no_more_than_asked) {
  auto r = run(post(request_of(op_get_jobs)));
  r.listing = {sdk::attr_integer("job-id", 7), sdk::attr_integer("job-state", 5, PR_ATTR_ENUM),
               sdk::attr_integer("job-id", 8, PR_ATTR_INTEGER, 1)};
  r.play();
  const Message m = message_in(r.written);
  ASSERT_EQ(m.groups.size(), 3u);
  EXPECT_EQ(m.groups[1].attributes.size(), 2u);  // RFC 8011 4.2.6.1: job-uri and job-id
  EXPECT_EQ(m.groups[1].value("job-id")->integer, 7);
  EXPECT_EQ(m.groups[2].text("job-uri"), "ipp://localhost:631/ipp/print/8");
  EXPECT_THAT(r.actions,
              Contains("request get-jobs which-jobs=\"not-completed\" printer-path=\"/ipp/print\""));
}

TEST_F(IppReceiverTest, a_job_may_be_named_by_its_uri) {
  Message m = request_of(op_cancel_job);
  m.groups[0].attributes.pop_back();
  m.groups[0].add("job-uri", Tag::uri, "ipp://localhost:631/ipp/print/42");
  auto r = run(post(m));
  r.play();
  EXPECT_THAT(r.actions, Contains("request cancel-job job-id=42 printer-path=\"/ipp/print\""));
  EXPECT_EQ(message_in(r.written).code, successful_ok);
}

TEST_F(IppReceiverTest, passwords_are_never_shown) {
  Message m = request_of(op_get_job_attributes);
  m.groups[0].add_integer("job-id", 5);
  testing::Conversation talk(plugin, *table, request);
  talk.start();
  talk.bytes(post(m));
  talk.reply({sdk::attr_integer("job-id", 5), sdk::attr_text("job-password", "1234", PR_ATTR_BYTES)});
  EXPECT_THAT(std::string(sdk::view(talk.last().bytes)), ::testing::Not(HasSubstr("1234")));
}

TEST_F(IppReceiverTest, a_job_that_should_be_begun_anew_is_shown_with_busy) {
  // CUPS' ipp backend prints a job anew that is "busy" and has a state that is not an end.
  Message m = request_of(op_get_job_attributes);
  m.groups[0].add_integer("job-id", 5);
  m.groups[0].add("requested-attributes", Tag::keyword, "job-state");
  testing::Conversation talk(plugin, *table, request);
  talk.start();
  talk.bytes(post(m));
  talk.refused(PR_REFUSED_BUSY, "print it again",
               {sdk::attr_integer("job-id", 5), sdk::attr_integer("job-state", 4, PR_ATTR_ENUM)});
  const Message answered = message_in(sdk::view(talk.last().bytes));
  EXPECT_EQ(answered.code, server_error_busy);
  ASSERT_NE(answered.group(Tag::job_group), nullptr);
  EXPECT_EQ(answered.group(Tag::job_group)->value("job-state")->integer, 4);
  EXPECT_EQ(answered.group(Tag::job_group)->attributes.size(), 1u) << "what was asked for";
}

TEST_F(IppReceiverTest, requests_that_break_rules_of_RFC_8011) {
  const auto expect = [&](uint16_t status, const char* why, const std::function<void(Message&)>& change) {
    Message m = request_of(op_get_printer_attributes);
    change(m);
    EXPECT_EQ(status_for(m), status) << why;
  };
  auto& expect_bad = expect;
  expect_bad(client_error_bad_request, "4.1.1: request-id 0", [](Message& m) { m.request_id = 0; });
  expect_bad(client_error_bad_request, "4.1.1: request-id above MAX",
             [](Message& m) { m.request_id = 0x80000000u; });
  expect(server_error_version_not_supported, "4.1.8: version 3.0", [](Message& m) { m.major = 3; });
  expect(server_error_version_not_supported, "4.1.8: version 0.9",
         [](Message& m) { m.major = 0, m.minor = 9; });
  expect(successful_ok, "4.1.8: version 1.7", [](Message& m) { m.major = 1, m.minor = 7; });
  expect_bad(client_error_bad_request, "4.1.4: no operation attributes",
             [](Message& m) { m.groups.clear(); });
  expect_bad(client_error_bad_request, "4.1.4: another group first",
             [](Message& m) { m.groups[0].tag = Tag::job_group; });
  expect_bad(client_error_bad_request, "4.1.4: language first",
             [](Message& m) { std::swap(m.groups[0].attributes[0], m.groups[0].attributes[1]); });
  expect_bad(client_error_bad_request, "4.1.4: charset as keyword",
             [](Message& m) { m.groups[0].attributes[0].values[0].tag = Tag::keyword; });
  expect(client_error_charset_not_supported, "4.1.4.1: charset",
         [](Message& m) { m.groups[0].attributes[0].values[0].text = "utf-16"; });
  expect_bad(client_error_bad_request, "4.1.5: no target",
             [](Message& m) { m.groups[0].attributes.pop_back(); });
  expect(client_error_uri_scheme_not_supported, "4.1.5: scheme",
         [](Message& m) { m.groups[0].attributes[2].values[0].text = "file:///ipp/print"; });
  expect(client_error_not_found, "4.1.5: no path",
         [](Message& m) { m.groups[0].attributes[2].values[0].text = "ipp://localhost"; });
  expect_bad(client_error_bad_request, "4.1.3: attribute twice",
             [](Message& m) { m.groups[0].attributes.push_back(m.groups[0].attributes[2]); });
  expect_bad(client_error_bad_request, "4.1.3: syntax",
             [](Message& m) { m.groups[0].add("document-format", Tag::keyword, "text/plain"); });
  expect(server_error_operation_not_supported, "4.1.2: operation", [](Message& m) { m.code = 0x0010; });
}

TEST_F(IppReceiverTest, responses_repeat_version_and_request_id) {
  Message m = request_of(op_get_printer_attributes, 77);
  m.major = 1;
  m.minor = 1;
  const Message reply = message_in(reply_to(post(m)));
  EXPECT_EQ(reply.request_id, 77u);
  EXPECT_EQ(reply.major, 1);
  EXPECT_EQ(reply.minor, 1);
  EXPECT_EQ(reply.groups[0].attributes[0].name, "attributes-charset");
  EXPECT_EQ(reply.groups[0].attributes[1].name, "attributes-natural-language");
}

TEST_F(IppReceiverTest, a_damaged_message_is_answered_while_its_request_id_is_known) {
  std::string body = encode(request_of(op_get_printer_attributes, 9));
  body[body.size() - 2] = '\x7e';
  body.insert(8, 1, '\0');  // group tag 0
  const std::string bytes =
      "POST /ipp/print HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/ipp\r\n"
      "Content-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body;
  const Message reply = message_in(reply_to(bytes));
  EXPECT_EQ(reply.code, client_error_bad_request);
  EXPECT_EQ(reply.request_id, 9u);
  EXPECT_THAT(host.log, Contains("warning: bad IPP message: reserved group tag"));
}

struct HttpCase {
  const char* what;
  std::string bytes;
  const char* answer;
};

TEST_F(IppReceiverTest, web_pages_get_no_further_than_http) {
  const std::string body = encode(request_of(op_get_printer_attributes));
  const auto with = [&](const std::string& fields) {
    return "POST /ipp/print HTTP/1.1\r\n" + fields + "Content-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
  };
  const HttpCase cases[] = {
      {"a form", with("Host: localhost\r\nContent-Type: text/plain\r\n"), "HTTP/1.1 415"},
      {"no type", with("Host: localhost\r\n"), "HTTP/1.1 415"},
      {"a rebound name", with("Host: evil.example\r\nContent-Type: application/ipp\r\n"), "HTTP/1.1 421"},
      {"no host", with("Content-Type: application/ipp\r\n"), "HTTP/1.1 400"},
      {"two hosts", with("Host: localhost\r\nHost: x\r\nContent-Type: application/ipp\r\n"), "HTTP/1.1 400"},
      {"a coded body", with("Host: localhost\r\nContent-Type: application/ipp\r\nContent-Encoding: gzip\r\n"),
       "HTTP/1.1 415"},
      {"smuggling",
       with("Host: localhost\r\nContent-Type: application/ipp\r\nTransfer-Encoding: chunked\r\n"),
       "HTTP/1.1 400"},
      {"an unknown expectation", with("Host: localhost\r\nContent-Type: application/ipp\r\nExpect: x\r\n"),
       "HTTP/1.1 417"},
      {"no body", "POST /ipp/print HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/ipp\r\n\r\n",
       "HTTP/1.1 400"},
      {"another method", "PUT / HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP/1.1 405"},
      {"preflight", "OPTIONS / HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\n\r\n",
       "HTTP/1.1 200"},
      {"no http", "\x1b%-12345X@PJL\r\n\r\n", "HTTP/1.1 400"}};
  for (const HttpCase& c : cases) {
    const std::string answer = reply_to(c.bytes);
    EXPECT_THAT(answer, StartsWith(c.answer)) << c.what;
    EXPECT_THAT(answer, ::testing::Not(HasSubstr("Access-Control"))) << c.what;
  }
  for (const char* host_name :
       {"localhost", "localhost:631", "127.0.0.1:1", "[::1]:631", "DESK7", "desk7.:631"})
    EXPECT_THAT(reply_to(with("Host: " + std::string(host_name) + "\r\nContent-Type: application/ipp\r\n")),
                StartsWith("HTTP/1.1 200"))
        << host_name;
}

TEST_F(IppReceiverTest, pages_that_a_printer_serves) {
  const auto get = [&](const char* line) {
    return reply_to(std::string(line) + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  };
  EXPECT_THAT(get("GET /"), HasSubstr("text/html"));
  EXPECT_THAT(get("GET /icon-48.png"), HasSubstr("\x89PNG\r\n"));
  EXPECT_THAT(get("GET /icon-49.png"), StartsWith("HTTP/1.1 404"));
  const std::string head = get("HEAD /");
  EXPECT_EQ(head.substr(head.size() - 4), "\r\n\r\n");
}

}  // namespace
}  // namespace printrouter::ipp
