// SPDX-License-Identifier: Apache-2.0
#include "ipp_sender_fixture.hpp"

namespace printrouter::ipp {
namespace {

TEST_F(IppSenderTest, probe_tells_what_was_learned) {
  request.operation = PR_SEND_PROBE;
  auto talk = open();
  EXPECT_EQ(until_known(talk), "done delivered accepting-jobs");
  EXPECT_EQ(sdk::Attributes(talk.last().outcome.attributes).integer("printer-state", 0), 3);
}

TEST_F(IppSenderTest, query_by_id_then_by_uuid_or_name) {
  request.operation = PR_SEND_QUERY;
  request.remote_job_id = sdk::str("17");
  {
    auto talk = open();
    talk.start();
    talk.connected();
    EXPECT_EQ(sent(talk).code, op_get_job_attributes);
    talk.written();
    Message m = accepted(1, 9);
    m.groups[1].add_integer("job-impressions-completed", 4);
    EXPECT_EQ(talk.bytes(answer(m)), "done delivered(confirmed 4) job-found");
  }
  request.remote_job_id = {};
  const auto list = [](uint32_t id, std::string_view name, std::string_view job_uuid) {
    Message m = accepted(id, 5);
    m.groups[1].add("job-name", Tag::name, name);
    m.groups[1].add("job-uuid", Tag::uri, job_uuid);
    return answer(m);
  };
  {
    auto talk = open();
    talk.start();
    talk.connected();
    EXPECT_EQ(sent(talk).operation().text("which-jobs"), "not-completed");
    talk.written();
    EXPECT_EQ(talk.bytes(list(1, "report (" + std::string(uuid) + ")", "urn:uuid:other")),
              "done delivered job-found");
  }
  {  // An attempt that broke off before is listed under the same uuid, in whatever order.
    for (const bool newest_first : {true, false}) {
      auto talk = open();
      talk.start();
      talk.connected();
      talk.written();
      const std::string mine = "urn:uuid:" + std::string(uuid);
      Message both = accepted(1, 8);
      both.groups[1].add("job-uuid", Tag::uri, mine);
      Group other;
      other.tag = Tag::job_group;
      other.add_integer("job-id", 18);
      other.add_enum("job-state", 9);
      other.add("job-uuid", Tag::uri, mine);
      both.groups.insert(newest_first ? both.groups.begin() + 1 : both.groups.end(), other);
      EXPECT_THAT(talk.bytes(answer(both)), StartsWith("done delivered(confirmed"));
    }
  }
  {
    auto talk = open();
    talk.start();
    talk.connected();
    talk.written();
    EXPECT_THAT(talk.bytes(list(1, "other", "urn:uuid:other")), StartsWith("write"));
    EXPECT_EQ(sent(talk).operation().text("which-jobs"), "completed");
    talk.written();
    EXPECT_EQ(talk.bytes(list(2, "other", "urn:uuid:other")), "done not-sent job-not-found");
  }
  {
    auto talk = open();
    talk.start();
    talk.connected();
    talk.written();
    talk.bytes(answer(response_of(successful_ok, 1)));
    talk.written();
    // A printer that keeps no history proves nothing.
    EXPECT_EQ(talk.bytes(answer(response_of(successful_ok, 2))), "done rejected query-unsupported");
  }
}

TEST_F(IppSenderTest, cancel_and_validate) {
  request.operation = PR_SEND_CANCEL;
  request.remote_job_id = sdk::str("17");
  {
    auto talk = open();
    talk.start();
    talk.connected();
    EXPECT_EQ(sent(talk).code, op_cancel_job);
    EXPECT_EQ(sent(talk).operation().value("job-id")->integer, 17);
    talk.written();
    EXPECT_EQ(talk.bytes(answer(response_of(client_error_not_found, 1))), "done not-sent job-not-found");
  }
  request.remote_job_id = {};  // only our own uuid is known: the job is looked for
  {
    auto talk = open();
    talk.start();
    talk.connected();
    EXPECT_EQ(sent(talk).code, op_get_jobs);
    talk.written();
    Message list = accepted(1, 3);
    list.groups[1].add("job-uuid", Tag::uri, "urn:uuid:" + std::string(uuid));
    EXPECT_THAT(talk.bytes(answer(list)), StartsWith("write"));
    EXPECT_EQ(sent(talk).code, op_cancel_job);
    EXPECT_EQ(sent(talk).operation().value("job-id")->integer, 17);
    talk.written();
    EXPECT_EQ(talk.bytes(answer(response_of(successful_ok, 2))), "done delivered cancelled");
  }
  {
    auto talk = open();
    talk.start();
    talk.connected();
    talk.written();
    talk.bytes(answer(response_of(successful_ok, 1)));
    talk.written();
    EXPECT_EQ(talk.bytes(answer(response_of(successful_ok, 2))), "done not-sent job-not-found");
  }
  request.operation = PR_SEND_VALIDATE;
  auto talk = open();
  until_known(talk);
  EXPECT_EQ(sent(talk).code, op_validate_job);
  talk.written();
  EXPECT_EQ(talk.bytes(answer(response_of(successful_ok, 2))), "done delivered successful-ok");
}

TEST_F(IppSenderTest, cancelling_says_how_far_it_had_come) {
  {
    auto talk = open();
    until_sending(talk);
    EXPECT_EQ(talk.cancel(), "done cancelled cancelled abort");
  }
  auto talk = open();
  until_sent(talk);
  EXPECT_EQ(talk.cancel(), "done unknown cancelled-late abort");
}

}  // namespace
}  // namespace printrouter::ipp
