// SPDX-License-Identifier: Apache-2.0
#include "ipp_sender_fixture.hpp"

namespace printrouter::ipp {
namespace {

/// What the profile's `ticket: exact` asks of an IPP port.
class IppExactTicketTest : public IppSenderTest {
 protected:
  IppExactTicketTest() {
    request.extra = {&exact, 1};
    request.ticket = {ticket.data(), ticket.size()};
  }
  std::vector<std::string> reported(const testing::Conversation& talk) const {
    std::vector<std::string> names;
    for (const pr_attr& a : sdk::Attributes(talk.last().outcome.attributes))
      if (sdk::view(a.name) == "ticket-unsupported") names.emplace_back(sdk::view(a.text));
    return names;
  }
  const pr_attr exact = sdk::attr_integer("ticket-exact", 1, PR_ATTR_BOOLEAN);
  std::vector<pr_attr> ticket{sdk::attr_integer("copies", 2), sdk::attr_text("sides", "two-sided-long-edge"),
                              sdk::attr_integer("finishings", 4, PR_ATTR_ENUM)};
};

TEST_F(IppExactTicketTest, a_printer_that_says_it_cannot_gets_nothing) {
  Message facts = printer();
  std::erase_if(facts.groups.back().attributes,
                [](const Attribute& a) { return a.name == "sides-supported"; });
  facts.groups.back().add("sides-supported", Tag::keyword, "one-sided");
  auto talk = open();
  EXPECT_EQ(until_known(talk, facts), "done rejected ticket-lost:sides");
}

TEST_F(IppExactTicketTest, validate_job_comes_first_and_what_it_ignores_must_not_matter) {
  for (const char* ignored : {"sides", "finishings"}) {
    auto talk = open();
    EXPECT_THAT(until_known(talk), StartsWith("write"));
    const Message asked = sent(talk);
    EXPECT_EQ(asked.code, op_validate_job);
    EXPECT_EQ(asked.group(Tag::job_group)->find("ticket-exact"), nullptr) << "ours alone";
    EXPECT_EQ(talk.written(), "read");
    Message said = response_of(successful_ok_ignored, 2);
    said.add_group(Tag::unsupported_group).add(ignored, Tag::keyword, "x");
    const std::string next = talk.bytes(answer(said));
    if (ignored == std::string_view("sides")) {
      EXPECT_EQ(next, "done rejected ticket-lost:sides");
      EXPECT_EQ(reported(talk), std::vector<std::string>{"sides"});
      continue;
    }
    EXPECT_THAT(next, StartsWith("write"));
    EXPECT_EQ(sent(talk).code, op_print_job);
    EXPECT_EQ(talk.written(), "read");
    EXPECT_THAT(talk.bytes(go_ahead), StartsWith("send"));
    EXPECT_EQ(talk.payload_sent(12), "read");
    EXPECT_EQ(talk.bytes(answer(accepted(3))), "done delivered successful-ok");
    EXPECT_EQ(reported(talk), std::vector<std::string>{"finishings"});
  }
}

TEST_F(IppExactTicketTest, a_printer_without_validate_job_is_not_left_out) {
  auto talk = open();
  until_known(talk);
  EXPECT_EQ(talk.written(), "read");
  EXPECT_THAT(talk.bytes(answer(response_of(server_error_operation_not_supported, 2))), StartsWith("write"));
  EXPECT_EQ(sent(talk).code, op_print_job);
}

TEST_F(IppExactTicketTest, a_refused_ticket_is_named) {
  auto talk = open();
  until_known(talk);
  EXPECT_EQ(talk.written(), "read");
  Message said = response_of(client_error_attributes_or_values_not_supported, 2);
  said.add_group(Tag::unsupported_group).add_integer("copies", 2);
  EXPECT_EQ(talk.bytes(answer(said)), "done rejected ticket-lost:copies");
}

TEST_F(IppExactTicketTest, one_copy_on_one_side_asks_nothing_first) {
  ticket = {sdk::attr_integer("copies", 1), sdk::attr_text("sides", "one-sided")};
  request.ticket = {ticket.data(), ticket.size()};
  auto talk = open();
  until_known(talk);
  EXPECT_EQ(sent(talk).code, op_print_job);
}

}  // namespace
}  // namespace printrouter::ipp
