// SPDX-License-Identifier: Apache-2.0
#include "ipp_sender_fixture.hpp"

namespace printrouter::ipp {
namespace {

TEST_F(IppSenderTest, print_job_from_question_to_receipt) {
  const pr_attr ticket[] = {sdk::attr_integer("copies", 3), sdk::attr_text("sides", "two-sided-long-edge"),
                            sdk::attr_text("media", "iso_a4_210x297mm"),
                            sdk::attr_text("media-source", "tray-1"),
                            sdk::attr_integer("finishings", 4, PR_ATTR_ENUM)};
  request.ticket = {ticket, 5};
  auto talk = open();
  until_known(talk);
  const std::string head = written(talk);
  EXPECT_THAT(head, HasSubstr("Expect: 100-continue\r\n"));
  EXPECT_THAT(head, HasSubstr("Host: 192.0.2.7:631\r\n"));
  // The attributes go unasked, the document waits.
  const Message message = sent(talk);
  EXPECT_THAT(head, HasSubstr("Content-Length: " + std::to_string(encode(message).size() + 12)));
  EXPECT_EQ(message.code, op_print_job);
  const Group& op = message.operation();
  EXPECT_EQ(op.text("job-name"), "report (" + std::string(uuid) + ")");
  EXPECT_EQ(op.text("requesting-user-name"), "anna");
  EXPECT_EQ(op.text("document-format"), "application/pdf");
  EXPECT_EQ(op.find("compression"), nullptr);
  const Group& job = *message.group(Tag::job_group);
  EXPECT_EQ(job.text("job-uuid"), "urn:uuid:" + std::string(uuid));
  EXPECT_EQ(job.value("copies")->integer, 3);
  EXPECT_EQ(job.value("finishings")->tag, Tag::enumeration);
  EXPECT_EQ(job.find("media"), nullptr);  // folded: the printer takes media-col
  EXPECT_EQ(job.value("media-col")->members.size(), 2u);
  EXPECT_EQ(talk.written(), "read");
  EXPECT_THAT(talk.bytes(go_ahead), StartsWith("send"));
  EXPECT_EQ(talk.payload_sent(12), "read");
  EXPECT_EQ(talk.bytes(answer(accepted(2))), "done delivered successful-ok");
  EXPECT_EQ(sdk::view(talk.last().outcome.remote_job_id), "17");
  EXPECT_EQ(sdk::Attributes(talk.last().outcome.attributes).integer("job-state", 0), 3);
}

TEST_F(IppSenderTest, answers_may_come_byte_by_byte_and_chunked) {
  auto talk = open();
  until_sent(talk);
  const std::string body = encode(accepted(2));
  const std::string bytes =
      "HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\nTransfer-Encoding: chunked\r\n\r\n" +
      http::chunk(body.substr(0, 20)) + http::chunk(body.substr(20)) + "0\r\n\r\n";
  for (size_t i = 0; i + 1 < bytes.size(); ++i) ASSERT_EQ(talk.bytes(bytes.substr(i, 1)), "read");
  EXPECT_EQ(talk.bytes(bytes.substr(bytes.size() - 1)), "done delivered successful-ok");
}

TEST_F(IppSenderTest, a_large_job_gets_its_id_before_its_first_byte) {
  request.document_size = 1 << 20;
  auto talk = open();
  until_known(talk);
  EXPECT_EQ(sent(talk).code, op_create_job);
  EXPECT_EQ(sent(talk).operation().find("document-format"), nullptr);
  talk.written();
  EXPECT_THAT(talk.bytes(answer(accepted(2))), StartsWith("write"));
  EXPECT_THAT(written(talk), HasSubstr("Expect"));
  EXPECT_EQ(sent(talk).code, op_send_document);
  EXPECT_EQ(sent(talk).operation().value("job-id")->integer, 17);
  EXPECT_EQ(sent(talk).operation().value("last-document")->integer, 1);
  talk.written();
  EXPECT_THAT(talk.bytes(go_ahead), StartsWith("send"));
  // A break now: the id is known, so that the printer can be asked what became of it.
  EXPECT_EQ(talk.io_error(PR_IO_RESET), "done unknown connection-broken abort");
  EXPECT_EQ(sdk::view(talk.last().outcome.remote_job_id), "17");
}

TEST_F(IppSenderTest, unknown_length_goes_in_chunks_and_text_is_compressed) {
  request.document_size = PR_LENGTH_TO_END;
  request.document_format = sdk::str("application/postscript");
  auto talk = open();
  until_known(talk);
  talk.written();
  talk.bytes(answer(accepted(2)));  // Create-Job
  EXPECT_THAT(written(talk), HasSubstr("Transfer-Encoding: chunked"));
  EXPECT_THAT(written(talk), HasSubstr("gzip"));
  talk.written();
  EXPECT_EQ(talk.bytes(go_ahead), "send [document(0,end)] length=end chunked gzip reading=65536");
}

struct BreakCase {
  const char* what;
  uint32_t discards;
  const char* in_document;
  const char* after;
};

TEST_F(IppSenderTest, what_a_break_means_depends_on_what_had_left) {
  const BreakCase cases[] = {
      {"a target that prints what it got", 0, "done unknown connection-broken abort",
       "done unknown connection-broken abort"},
      {"a target that discards what breaks off", 1, "done not-sent connection-broken abort",
       "done unknown connection-broken abort"}};
  for (const BreakCase& c : cases) {
    SCOPED_TRACE(c.what);
    request.truncated_discards = c.discards;
    {
      auto talk = open();
      until_sending(talk);
      EXPECT_EQ(talk.io_error(PR_IO_RESET), c.in_document);
    }
    {
      auto talk = open();
      until_sent(talk);
      EXPECT_EQ(talk.io_error(PR_IO_RESET), c.after);
    }
  }
  {
    auto talk = open();
    talk.start();
    EXPECT_EQ(talk.io_error(PR_IO_REFUSED, "no route"), "done not-sent connect-refused abort");
    EXPECT_THAT(host.log, Contains("warning: ipp://192.0.2.7:631/ipp/print: connect-refused: no route"));
  }
  {
    auto talk = open();
    until_known(talk);
    talk.written();
    EXPECT_EQ(talk.io_error(PR_IO_TIMEOUT), "done not-sent no-answer abort");  // no 100 Continue
  }
  {
    auto talk = open();
    until_sent(talk);
    EXPECT_EQ(talk.eof(), "done unknown connection-closed abort");
  }
}

TEST_F(IppSenderTest, an_idle_connection_closed_by_the_printer_is_opened_once_more) {
  auto talk = open();
  until_known(talk);
  talk.written();
  EXPECT_EQ(talk.eof(), "close");
  EXPECT_EQ(talk.written(), "connect 192.0.2.7:631");
  EXPECT_THAT(talk.connected(), StartsWith("write"));
  talk.written();
  EXPECT_EQ(talk.eof(), "done not-sent connection-closed abort");
}

TEST_F(IppSenderTest, a_printer_without_keep_alive_gets_a_connection_a_request) {
  auto talk = open();
  talk.start();
  talk.connected();
  talk.written();
  EXPECT_EQ(talk.bytes(answer(printer(), "Connection: close\r\n")), "close");
  EXPECT_EQ(talk.written(), "connect 192.0.2.7:631");
  EXPECT_THAT(talk.connected(), StartsWith("write"));
  EXPECT_EQ(talk.written(), "read");
}

struct StatusCase {
  uint16_t status;
  const char* before;  // answer to the head of Print-Job
  const char* after;   // answer to the whole document
};

TEST_F(IppSenderTest, ipp_status_becomes_an_outcome) {
  const StatusCase cases[] = {
      {client_error_not_authenticated, "done auth-required client-error-not-authenticated",
       "done auth-required client-error-not-authenticated"},
      {client_error_not_authorized, "done rejected client-error-not-authorized",
       "done rejected client-error-not-authorized"},
      {client_error_forbidden, "done rejected client-error-forbidden",
       "done rejected client-error-forbidden"},
      {client_error_document_format_not_supported, "done rejected client-error-document-format-not-supported",
       "done rejected client-error-document-format-not-supported"},
      {client_error_not_possible, "done not-sent(busy) client-error-not-possible",
       "done rejected(busy) client-error-not-possible"},
      {server_error_busy, "done not-sent(busy) server-error-busy", "done rejected(busy) server-error-busy"},
      {server_error_not_accepting_jobs, "done not-sent(busy) server-error-not-accepting-jobs",
       "done rejected(busy) server-error-not-accepting-jobs"},
      {server_error_service_unavailable, "done not-sent(busy) server-error-service-unavailable",
       "done rejected(busy) server-error-service-unavailable"},
      {server_error_internal_error, "done not-sent server-error-internal-error",
       "done unknown server-error-internal-error"},
      {server_error_job_canceled, "done cancelled server-error-job-canceled",
       "done cancelled server-error-job-canceled"},
      {0x041e, "done rejected client-error-account-limit-reached",
       "done rejected client-error-account-limit-reached"}};
  for (const StatusCase& c : cases) {
    SCOPED_TRACE(c.before);
    {
      auto talk = open();
      until_known(talk);
      talk.written();
      EXPECT_EQ(talk.bytes(answer(response_of(c.status, 2))), c.before);
    }
    {
      auto talk = open();
      until_sent(talk);
      EXPECT_EQ(talk.bytes(answer(response_of(c.status, 2))), c.after);
    }
  }
}

TEST_F(IppSenderTest, http_status_becomes_an_outcome) {
  const struct {
    const char* line;
    const char* outcome;
  } cases[] = {{"401 Unauthorized", "done auth-required http-401"},
               {"403 Forbidden", "done rejected http-403"},
               {"404 Not Found", "done rejected http-404"},
               {"426 Upgrade Required", "done rejected http-426"},
               {"500 Oops", "done not-sent http-500"},
               {"502 Bad Gateway", "done not-sent(busy) http-502"},
               {"503 Service Unavailable", "done not-sent(busy) http-503"},
               {"302 Found", "done rejected http-302"},
               {"200 OK", "done rejected http-200"}};
  for (const auto& c : cases) {
    auto talk = open();
    talk.start();
    talk.connected();
    talk.written();
    EXPECT_EQ(talk.bytes("HTTP/1.1 " + std::string(c.line) +
                         "\r\nContent-Type: text/html\r\nContent-Length: 3\r\n\r\nno\n"),
              c.outcome);
  }
}

TEST_F(IppSenderTest, a_refusal_ends_the_document_on_its_way) {
  auto talk = open();
  until_sending(talk);
  EXPECT_EQ(talk.bytes("HTTP/1.1 413 Content Too Large\r\nContent-Le"), "continue");
  EXPECT_EQ(talk.bytes("ngth: 0\r\n\r\n"), "done rejected http-413 abort");
}

TEST_F(IppSenderTest, a_success_before_the_last_byte_waits_for_it) {
  auto talk = open();
  until_sending(talk);
  EXPECT_EQ(talk.bytes(answer(accepted(2))), "continue");
  EXPECT_EQ(talk.payload_sent(12), "done delivered successful-ok");
}

TEST_F(IppSenderTest, a_printer_of_ipp_1_1_is_asked_again) {
  auto talk = open();
  talk.start();
  talk.connected();
  EXPECT_EQ(sent(talk).major, 2);
  talk.written();
  Message refusal = response_of(server_error_version_not_supported, 1);
  refusal.major = refusal.minor = 1;
  EXPECT_THAT(talk.bytes(answer(refusal)), StartsWith("write"));
  EXPECT_EQ(sent(talk).major, 1);
  EXPECT_EQ(sent(talk).minor, 1);
  EXPECT_EQ(sent(talk).request_id, 2u);
  EXPECT_THAT(host.log, Contains("info: ipp://192.0.2.7:631/ipp/print: no IPP/2.0, going on with IPP/1.1"));
}

TEST_F(IppSenderTest, expectation_failed_is_tried_without) {
  auto talk = open();
  until_known(talk);
  talk.written();
  EXPECT_THAT(talk.bytes("HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n"),
              StartsWith("write"));
  EXPECT_THAT(written(talk), ::testing::Not(HasSubstr("Expect")));
  EXPECT_THAT(talk.written(), StartsWith("send"));
}

TEST_F(IppSenderTest, named_leniency_for_devices_that_never_say_go_ahead) {
  pr_attr extra = sdk::attr_integer("http-no-expect", 1, PR_ATTR_BOOLEAN);
  request.extra = {&extra, 1};
  auto talk = open();
  until_known(talk);
  EXPECT_THAT(written(talk), ::testing::Not(HasSubstr("http-no-expect")));
  EXPECT_THAT(talk.written(), StartsWith("send"));
}

TEST_F(IppSenderTest, what_the_printer_says_of_itself_stops_a_job_before_its_first_byte) {
  {
    Message m = printer();
    m.groups[1].attributes[0].values[0] = Value::of_boolean(false);
    auto talk = open();
    EXPECT_EQ(until_known(talk, m), "done not-sent(busy) not-accepting-jobs");
  }
  {
    request.document_format = sdk::str("image/urf");
    auto talk = open();
    EXPECT_EQ(until_known(talk), "done rejected document-format-not-supported");
    request.document_format = sdk::str("APPLICATION/PDF");
    auto spelled = open();
    until_known(spelled);
    EXPECT_THAT(written(spelled), HasSubstr("application/pdf"));
  }
  const pr_attr ticket[] = {sdk::attr_text("sides", "two-sided-short-edge"),
                            sdk::attr_integer("ipp-attribute-fidelity", 1, PR_ATTR_BOOLEAN)};
  {
    request.document_format = sdk::str("application/pdf");
    request.ticket = {ticket, 2};
    auto talk = open();
    EXPECT_EQ(until_known(talk), "done rejected ticket-lost:sides");
  }
  {
    request.ticket = {ticket, 1};  // not strict: sent, and reported
    auto talk = open();
    EXPECT_THAT(until_known(talk), StartsWith("write"));
    EXPECT_THAT(host.log, Contains(HasSubstr("the printer does not offer what the job asks for: sides")));
  }
}

TEST_F(IppSenderTest, a_tray_that_cannot_be_named_is_reported_as_lost) {
  const pr_attr ticket[] = {sdk::attr_text("media-source", "tray-2"), sdk::attr_integer("number-up", 2)};
  request.ticket = {ticket, 2};
  Message plain = printer();
  std::erase_if(plain.groups[1].attributes,
                [](const Attribute& a) { return a.name == "media-col-supported"; });
  plain.groups[1].add("job-creation-attributes-supported", Tag::keyword, {"copies", "sides"});
  auto talk = open();
  EXPECT_THAT(until_known(talk, plain), StartsWith("write"));
  talk.written();
  talk.bytes(go_ahead);
  talk.payload_sent(12);
  EXPECT_EQ(talk.bytes(answer(accepted(2))), "done delivered successful-ok");
  std::vector<std::string> lost;
  for (const pr_attr& a : sdk::Attributes(talk.last().outcome.attributes))
    if (sdk::view(a.name) == "ticket-unsupported") lost.emplace_back(sdk::view(a.text));
  EXPECT_THAT(lost, ::testing::ElementsAre("media-source", "number-up"));
}

TEST_F(IppSenderTest, tls_from_the_start_and_by_upgrade) {
  {
    request.tls = 1;
    auto talk = open();
    talk.start();
    EXPECT_EQ(talk.connected(), "start-tls 192.0.2.7 alpn=http/1.1");
    EXPECT_THAT(talk.tls_started(), StartsWith("write \"POST"));
    EXPECT_EQ(sent(talk).operation().text("printer-uri"), "ipps://192.0.2.7:631/ipp/print");
  }
  {
    auto talk = open();
    talk.start();
    talk.connected();
    EXPECT_EQ(talk.io_error(PR_IO_TLS, "self-signed"), "done rejected tls-failed abort");
  }
  request.tls = 2;  // RFC 2817
  {
    auto talk = open();
    talk.start();
    EXPECT_THAT(talk.connected(),
                StartsWith("write \"OPTIONS * HTTP/1.1\\r\\nHost: 192.0.2.7:631\\r\\nUpgrade: TLS"));
    EXPECT_EQ(talk.written(), "read");
    EXPECT_EQ(
        talk.bytes(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: TLS/1.2, HTTP/1.1\r\nConnection: Upgrade\r\n\r\n"),
        "start-tls 192.0.2.7 alpn=http/1.1");
    EXPECT_EQ(talk.tls_started(), "read");
    EXPECT_THAT(talk.bytes("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), StartsWith("write \"POST"));
  }
  {
    auto talk = open();
    talk.start();
    talk.connected();
    talk.written();
    EXPECT_EQ(talk.bytes("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
              "done stop-target tls-upgrade-refused");
  }
}

TEST_F(IppSenderTest, success_without_the_document_is_no_receipt) {
  auto talk = open();
  until_known(talk);
  talk.written();
  EXPECT_EQ(talk.bytes(answer(accepted(2))), "done not-sent protocol abort");
}

TEST_F(IppSenderTest, a_refused_document_takes_its_job_along) {
  request.document_size = 1 << 20;
  auto talk = open();
  until_known(talk);
  talk.written();
  talk.bytes(answer(accepted(2)));
  talk.written();
  EXPECT_THAT(talk.bytes(answer(response_of(client_error_document_format_not_supported, 3))),
              StartsWith("write"));
  EXPECT_EQ(sent(talk).code, op_cancel_job);
  EXPECT_EQ(sent(talk).operation().value("job-id")->integer, 17);
  talk.written();
  EXPECT_EQ(talk.bytes(answer(response_of(successful_ok, 4))),
            "done rejected client-error-document-format-not-supported");
}

TEST_F(IppSenderTest, damaged_answers_are_no_receipt) {
  for (const char* bytes :
       {"garbage\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\nContent-Length: 9\r\n\r\n123456789"}) {
    auto talk = open();
    until_sent(talk);
    EXPECT_EQ(talk.bytes(bytes), "done unknown protocol abort");
  }
  auto talk = open();
  until_sent(talk);
  EXPECT_EQ(talk.bytes(answer(accepted(99))), "done unknown protocol abort");  // another request's answer
}

}  // namespace
}  // namespace printrouter::ipp
